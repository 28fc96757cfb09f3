"""A whole utterance -> steps in order: clauses, shared amounts, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliprt.language.asides import judges_what_was_done, settle_doubles
from cliprt.language.beside import find_reason, without_condition
from cliprt.language.clauses import Clause, read_clause
from cliprt.language.lexicon import Token
from cliprt.language.numbers import EXACT, VAGUE, Amount, least
from cliprt.language.remarks import Remark
from cliprt.language.roles import CONTRARY, DETERMINERS, GOALS, LEADING
from cliprt.language.sharing import share_amounts

MAX_STEPS = 6
"""More steps than this in one utterance are questioned."""

_EMPTY = {"filler"}
_GRIPPER = Token("hand", "", "gripper")
_PLAIN = Amount("plain")
_FIRST = Amount("bit")
_CANNOT_WATCH = "I cannot watch for that: start with a small step, or say how far."


@dataclass(frozen=True)
class Sentence:
    """What an utterance asks for.

    Attributes:
        steps: (group, amount) in order; empty where `problem` says why.
        clauses: The clauses as read, for offers.
        problem: Why it cannot be acted on; None if it can.
        may_offer: False where an offer would contradict what was said.
    """

    steps: tuple[tuple[str, Amount], ...] = ()
    clauses: tuple[Clause, ...] = ()
    problem: str | None = None
    may_offer: bool = True

    @property
    def least(self) -> Amount | None:
        """The smallest number of all clauses, or the words that all have."""
        amounts = {clause.amount for clause in self.clauses}
        exact = [amount for amount in amounts if amount and amount.kind in EXACT]
        return least(exact) or (amounts.pop() if len(amounts) == 1 else None)


@dataclass(frozen=True)
class _Segment:
    joiner: str
    tokens: tuple[Token, ...]

    @property
    def roles(self) -> set[str]:
        return {token.role for token in self.tokens}

    @property
    def is_vague(self) -> bool:
        """Whether only words say how much."""
        said = [token.value for token in self.tokens if token.role == "amount"]
        return bool(said) and set(said) <= set(VAGUE)

    @property
    def grips(self) -> list[str]:
        """What is said of the gripper, where nothing else is said."""
        said = [token.text for token in self.tokens if token.role not in _EMPTY]
        return said if self.has_only("open", "close", "release", "grab", "hand") else []

    def has_only(self, *roles: str) -> bool:
        return self.roles <= {*roles, *_EMPTY}


def read_sentence(tokens: Sequence[Token]) -> Sentence:
    """Read tagged tokens.

    The amount at the end of "up and to the left 5 cm" is that of both; a correction ("left, no,
    right") replaces what stands before it.
    """
    if (reason := find_reason(tokens)) is not None:
        return _with_reason(*reason)
    if (now := without_condition(tokens)) is not None and (first := read_sentence(now)).steps:
        small = tuple(replace(clause, amount=_FIRST) for clause in first.clauses)
        return Sentence((), small, _CANNOT_WATCH)
    said = _split([_settled(token) for token in settle_doubles(tokens)])
    segments, problem = _corrected(said)
    segments = _once(_with_gripper(_with_same(_merged(segments))))
    clauses = tuple(read_clause(segment.tokens) for segment in segments)
    joiners = [segment.joiner for segment in segments]
    clauses, unshared = share_amounts(clauses, joiners)
    problem = problem or next((c.problem for c in clauses if c.problem), None)
    problem = problem or unshared or _order_problem(clauses, joiners)
    went_down = [i for i, clause in enumerate(clauses) if "z-" in clause.groups]
    if went_down and any("back up" in segment.roles for segment in segments[went_down[0] :]):
        problem = problem or "Up again, or back?"
    if judges_what_was_done(tokens):
        problem = problem or "That sounds like what I did: say only what to do."
    if tokens and tokens[-1].value in ("and", "then"):
        problem = problem or Remark("After {text!r} something is missing.", text=tokens[-1].text)
    if not clauses:
        problem = problem or "I heard nothing to do."
    may_offer = not any(CONTRARY & segment.roles for segment in said)
    if problem:
        return Sentence((), clauses, problem, may_offer)
    steps = tuple((clause.groups[0], clause.amount or _PLAIN) for clause in clauses)
    return Sentence(steps, clauses)


def _with_reason(too_far: str, command: Sequence[Token]) -> Sentence:
    """The command, if it goes against what is too far: "it is too high, lower it"."""
    sentence = read_sentence(command)
    groups = {group for clause in sentence.clauses for group in clause.groups}
    if too_far not in groups and any(group[0] == too_far[0] for group in groups):
        return sentence
    return Sentence((), problem="That does not fit together: say only which way to go.")


def _settled(token: Token) -> Token:
    """ "Go back" as it is meant where it is not about the step before."""
    is_back = token.role == "go back" and token.value
    return Token("carrier", token.value, token.text) if is_back else token


def _split(tokens: Sequence[Token]) -> list[_Segment]:
    """Cut at joiners and corrections; the strongest of several joiners in a row counts."""
    strength = ("", ",", "and", "then", "correction")
    segments = []
    joiner, current = "", []
    for i, token in enumerate(tokens):
        if token.role == "mark":
            continue
        at_edge = i == 0 or tokens[i - 1].role == "joiner"
        before_edge = i + 1 == len(tokens) or tokens[i + 1].role == "joiner"
        alone = token.value == "no" and at_edge and before_edge
        if token.role != "joiner" and token.role != "correction" and not alone:
            current.append(token)
            continue
        if current:
            segments.append(_Segment(joiner, tuple(current)))
            joiner, current = "", []
        value = token.value if token.role == "joiner" else "correction"
        joiner = max(joiner, value, key=strength.index)
    if current or joiner == "correction":
        segments.append(_Segment(joiner, tuple(current)))
    return segments


def _corrected(segments: list[_Segment]) -> tuple[list[_Segment], str | None]:
    """Replace what a correction takes back; (segments, why it cannot be done)."""
    at = [i for i, segment in enumerate(segments) if segment.joiner == "correction"]
    before = [s for s in segments[: at[0]] if s.roles - _EMPTY] if at else []
    if not before:
        return [s for s in segments if s.tokens], None
    unclear = "I am not sure what you corrected: say only what to do."
    if any(segment.roles & {"negation", "unknown"} for segment in before):
        return segments, unclear
    after = [s for s in segments[at[0] :] if s.roles - _EMPTY]
    if len(at) > 1 or len(before) != 1 or len(after) != 1:
        return after, unclear
    old, new = before[0], after[0]
    had_amount = "amount" in old.roles
    if new.has_only("amount", "unclear"):
        kept = tuple(t for t in old.tokens if t.role not in ("amount", "unclear"))
        return [_Segment("", kept + new.tokens)], None
    is_turned = bool(old.roles & {"axis", "turn"})
    if had_amount and "amount" not in new.roles:
        kept = tuple(t for t in old.tokens if t.role == "amount")
        return [_Segment("", new.tokens + kept)], unclear
    if is_turned and new.has_only("sense", "amount"):
        kept = tuple(t for t in old.tokens if t.role not in ("sense", "amount"))
        return [_Segment("", kept + new.tokens)], None
    if is_turned and new.has_only("direction", "amount", "arm", "hand"):
        return [], unclear
    return [_Segment("", new.tokens)], None


def _merged(segments: Sequence[_Segment]) -> list[_Segment]:
    """Put pieces that say nothing by themselves to the clause that they belong to."""
    kept = [s for s in segments if s.roles - _EMPTY and not s.has_only("hedge")]
    merged: list[_Segment] = []
    for segment in kept:
        last = merged[-1] if merged else None
        by_comma = segment.joiner in (",", "")
        if last and by_comma and "amount" in last.roles and _says_nothing(segment):
            continue
        if last and by_comma and (_completes(last, segment) or _starts(last)):
            merged[-1] = _Segment(last.joiner, last.tokens + segment.tokens)
        else:
            merged.append(segment)
    return merged


def _says_nothing(segment: _Segment) -> bool:
    """Whether a piece is the end of "up 5 cm, go", or of "up, robot"."""
    said = [token for token in segment.tokens if token.role not in _EMPTY]
    return segment.has_only("verb", "arm") and not any(token.value for token in said)


def _starts(last: _Segment) -> bool:
    """Whether a piece such as "a bit" or "move the arm" waits for its direction."""
    return not last.roles & {*GOALS, "sense"}


def _completes(last: _Segment, segment: _Segment) -> bool:
    """Whether a piece such as "5 cm" or "clockwise" belongs to the one before it."""
    if _starts(last):
        return False
    if segment.has_only("amount", "unclear", "hedge", "each") and not segment.is_vague:
        return last.is_vague or "amount" not in last.roles
    if segment.has_only("amount", "unclear", "hedge", "each"):
        return "amount" not in last.roles
    if segment.has_only("tight", "fully"):
        return bool(last.roles & {"open", "close", "release", "grab", "grip"})
    is_turned = bool(last.roles & {"axis", "turn"})
    return is_turned and "sense" not in last.roles and segment.has_only("sense", "amount")


def _with_same(segments: Sequence[_Segment]) -> list[_Segment]:
    """Put the amount before it for the same of "up 2 cm, then the same to the left"."""
    named = list(segments[:1])
    for segment in segments[1:]:
        amounts = [t for t in named[-1].tokens if t.role == "amount"]
        if len(amounts) == 1 and segment.roles & GOALS and "amount" not in segment.roles:
            tokens = tuple(amounts[0] if t.role == "same" else t for t in segment.tokens)
            segment = _Segment(segment.joiner, tokens)
        named.append(segment)
    return named


def _with_gripper(segments: Sequence[_Segment]) -> list[_Segment]:
    """Name the gripper in the "close" of "close, then lift", and in a "close it" after it.

    A first "close," may also say that something is near, unless the gripper is meant later.
    """
    named: list[_Segment] = []
    hand_named = False
    is_measured = any(t.value == "length" for s in segments for t in s.tokens)  # of the arm
    is_near = len(segments) > 1 and segments[1].joiner == ","
    is_near &= not any(s.roles & {"open", "hand", "release", "grab"} for s in segments[1:])
    for i, segment in enumerate(segments):
        steps = [t for t in segment.tokens if t.value == "step"]
        plain = {"fully", "tight", *(["it"] if hand_named or is_measured else [])}
        is_bare = len(steps) == 1 and len(segments) > 1 and segment.has_only(steps[0].role, *plain)
        is_bare &= not any(t.value in LEADING | DETERMINERS for t in segment.tokens)
        if is_bare and not (is_near and i == 0 and steps[0].role == "close"):
            segment = _Segment(segment.joiner, (*segment.tokens, _GRIPPER))
        hand_named |= {"hand"} < segment.roles and bool(segment.roles & {"open", "close"})
        named.append(segment)
    return named


def _once(segments: Sequence[_Segment]) -> list[_Segment]:
    """Without a grip that is said again at once: "grab, grab"."""
    pairs = zip([None, *segments], segments, strict=False)
    return [s for before, s in pairs if not (before and before.grips == s.grips and s.grips)]


def _order_problem(clauses: Sequence[Clause], joiners: Sequence[str]) -> str | None:
    if len(clauses) > MAX_STEPS:
        return Remark(
            "That is {count} steps: say at most {most} at a time.",
            count=len(clauses),
            most=MAX_STEPS,
        )
    since_then = 0
    for i in range(1, len(clauses)):
        last, this = clauses[i - 1], clauses[i]
        has_length = this.amount is not None and this.amount.kind == "length"
        if last.is_rotation and this.is_translation and not (this.has_verb or has_length):
            return "Turn, or move? Say the second step in full."
        if joiners[i] == "then":
            since_then = i
        before = clauses[max(since_then, i - 1 if this.is_gripper else 0) : i]
        if any(_is_unordered(clause, this) for clause in before):
            return "One after the other? Say 'then', and how far each."
    return None


def _is_unordered(one: Clause, other: Clause) -> bool:
    """Whether two steps undo each other, unless it is said how far each goes."""
    axes = {one.groups[0].rstrip("+-"), other.groups[0].rstrip("+-")}
    alike = len(axes) == 1 or axes == {"open", "close"}
    return alike and not (one.amount and other.amount)
