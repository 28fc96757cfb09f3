"""What is said back where a sentence is not understood whole: what was, what was not, what next.

Pure functions over tokens and the sentence that they make; the words come from the speaker.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby, pairwise

from cliprt.language.clauses import Clause
from cliprt.language.lexicon import Token, is_owner, pieces
from cliprt.language.remarks import Remark
from cliprt.language.roles import ACTS, CUTS, DETERMINERS, SIDES, TURNING
from cliprt.language.sentences import Sentence

NOTHING = "I heard nothing to do."
READY = "I am ready. What should the arm do next?"
"""To a greeting, thanks or praise."""
GOAL = "That takes several small steps: tell me the first one, e.g. 'forward 5 cm'."
HELP = (
    "Tell me one small step at a time, e.g. 'a little to the left', 'down 5 cm' or"
    " 'close the gripper'."
)
LEFT_OVER = ("I do not know {text!r}.", "I cannot put {text!r} together with the rest.")
"""Patterns of problems that are only a word without a place in the sentence."""

HALF = "I understood {understood!r}, but not {word!r}. {then}"
_HALF_AND_MORE = "I understood {understood!r}, but not the rest. {then}"
_UNKNOWN = "I do not know {word!r}. Tell me one small step, e.g. 'left 5 cm'."
_ALL_UNKNOWN = "I did not get that. Tell me one small step, e.g. 'left 5 cm'."

_HOW_MUCH = "How much is {text!r}? Write it like 1.5 or 1 1/2."

_NUMBER = re.compile(r"\S*\d(?:.*\d)?\S*(?: \S+)?")
_WAYS = (
    SIDES
    | TURNING
    | {"carrier", "weak", "back up", "go back", "sense"}
    | {*("open", "close", "release", "grab", "fist")}
)
_TALK = {"filler", "intensifier", "joiner", "arm"}
_WORTH = _WAYS | {"amount", "hand", "arm", "it"}
_STRAIGHT = SIDES | {"carrier", "go back", "where"}
_HINTS = _STRAIGHT | {"weak", "back up", "push", "reach", "permission", "out"}
_HANDLING = {"open", "close", "grab", "push", "place"}
_NO_GOAL = {"question", "negation", "where"}
_BEFORE = ("to", "definite", "indefinite")
_GAP, _APOSTROPHES = r"[\s-]*", "['’‘ʼ]"
_BESIDE_NOUNS = SIDES | {"carrier", "amount", "unknown"}


def to_question(
    utterance: str, tokens: Sequence[Token], sentence: Sentence, problem: str, offers: int
) -> str:
    """What to ask.

    Args:
        utterance: As it was said.
        tokens: Of the utterance.
        sentence: That they make.
        problem: Why it is not acted on.
        offers: How many motions there are to choose from.
    """
    if asks_for_help(tokens):
        return HELP
    if not any(map(str.isalnum, utterance)):
        return NOTHING
    if _is_talk(tokens, problem):
        return READY
    if is_goal(tokens):
        return GOAL
    if getattr(problem, "pattern", "") not in LEFT_OVER:
        return problem
    return _half(utterance, tokens, sentence, problem, offers)


def asks_for_help(tokens: Sequence[Token]) -> bool:
    """Whether they ask nothing but how to speak to the arm."""
    roles = {token.role for token in tokens}
    return roles == {"mark"} or ("help" in roles and roles <= {"help", "filler", "joiner", "mark"})


def _is_talk(tokens: Sequence[Token], problem: str) -> bool:
    """Whether nothing is asked for: "hi robot", "nice, thanks"."""
    is_greeting = any(token.value == "greeting" for token in tokens)
    return {t.role for t in tokens} <= _TALK and (is_greeting or problem == NOTHING)


def is_question(tokens: Sequence[Token]) -> bool:
    """Whether a question mark or a first "should" asks, except after "can you ..."."""
    marks = [i for i, token in enumerate(tokens) if token.role == "mark"]
    asks = any(not i or tokens[i - 1].value != "yes" for i in marks)  # but "up 5 cm, ok?"
    asks |= tokens[0].value == "should"
    return asks and all(token.value != "request" for token in tokens)


def is_goal(tokens: Sequence[Token]) -> bool:
    """Whether something is to be done to a thing: "close the laptop", "pick it up"."""
    if any(token.role in _NO_GOAL for token in tokens):
        return False
    return any(_names_goal(piece) for piece in _pieces(tokens))


def things(tokens: Sequence[Token]) -> list[Token]:
    """The tokens that name things: "the lower drawer"."""
    return [piece[i] for piece in _pieces(tokens) for i in _things(piece)]


def ways_said(tokens: Sequence[Token]) -> set[str]:
    """Groups of moves whose words say a way, and not which thing: not "the lower drawer".

    Of a goal only those that say a way and nothing else: a push is none.
    """
    said: set[str] = set()
    for piece in _pieces(tokens):
        named = _things(piece)
        strange = any(t.role in ("unknown", "determiner", "speaker") for t in piece)
        roles = _STRAIGHT | {"weak", "back up"} if strange else _HINTS
        roles = _STRAIGHT if _names_goal(piece) else roles
        said |= {t.value for i, t in enumerate(piece) if t.role in roles and i not in named}
    return said


def _half(
    utterance: str, tokens: Sequence[Token], sentence: Sentence, problem: str, offers: int
) -> str:
    strange = [token.text for token in tokens if token.role == "unknown"]
    missed = strange or [problem.values["text"]]  # type: ignore[attr-defined]
    words = [word for word in dict.fromkeys(missed) if _is_a_word(word, utterance)]
    word = words[0] if len(words) == 1 else ""
    named = things(tokens)
    understood = _echo(utterance, tokens, {*missed, *(t.text for t in named)})
    if not understood:
        return Remark(_UNKNOWN, word=word) if word and strange else _ALL_UNKNOWN
    number = _NUMBER.search(utterance)
    if number and not words and any(token.role in _WAYS for token in tokens):
        return Remark(_HOW_MUCH, text=number[0])
    then = Remark(_next(sentence, offers))
    if not word:
        return Remark(_HALF_AND_MORE, understood=understood, then=then)
    return Remark(HALF, understood=understood, word=word, then=then)


def _is_a_word(text: str, utterance: str) -> bool:
    """Whether it stands in the utterance by itself, and is no sign, nor a piece of a word."""
    whole = rf"(?<!\w){re.escape(text)}(?!\w)"
    return any(map(str.isalpha, text)) and re.search(whole, utterance.lower()) is not None


def _echo(utterance: str, tokens: Sequence[Token], missed: set[str]) -> str:
    """As it was said, from the first to the last word of which way or how far; "" without one.

    What was missed in between is "…".
    """
    kept = [t.text not in missed and t.role in (*_WORTH, "filler", "joiner") for t in tokens]
    at = [i for i, t in enumerate(tokens) if kept[i] and t.role in {*_WAYS, "amount"}]
    if not any(tokens[i].role in _WAYS or tokens[i].value in ("length", "angle") for i in at):
        return ""
    start = at[0]
    while start and kept[start - 1] and tokens[start - 1].value in _BEFORE:
        start -= 1
    end = max(at[-1], *(i for i, t in enumerate(tokens) if kept[i] and t.role == "hand"), 0)
    spans = _spans(utterance, tokens)
    runs = [(is_kept, [*run]) for is_kept, run in groupby(range(start, end + 1), lambda i: kept[i])]
    said = [utterance[spans[run[0]][0] : spans[run[-1]][1]] for is_kept, run in runs if is_kept]
    return " … ".join(said)


def _spans(utterance: str, tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where each token stands in an utterance."""
    spans, end = [], 0
    for token in tokens:
        letters = (_APOSTROPHES if c == "'" else re.escape(c) for c in token.text if c != " ")
        found = re.compile(_GAP.join(letters), re.IGNORECASE).search(utterance, end)
        spans.append(found.span() if found else (end, end))
        end = spans[-1][1]
    return spans


def _next(sentence: Sentence, offers: int) -> str:
    clauses = [clause for clause in sentence.clauses if clause.groups or clause.amount]
    if len(clauses) > 1:
        return "Say one step at a time."
    clause = clauses[0] if clauses else Clause()
    amount = clause.amount if clause.amount and clause.amount.kind != "bare" else None
    if offers == 1 and (clause.is_gripper or amount):
        return "Shall I?"
    if not clause.groups:
        return "Which way?" if amount else "Say it in other words."
    axes = {group.rstrip("+-") for group in clause.groups}
    if len(clause.groups) > 1 and clause.is_rotation and len(axes) == 1:
        return "Clockwise or counterclockwise?"
    if len(clause.groups) > 1:
        return "Which of them?"
    return "Say it in other words." if clause.is_gripper or amount else "How far?"


def _pieces(tokens: Sequence[Token]) -> list[list[Token]]:
    """What stands between joiners, without what changes nothing."""
    said = [t for t in tokens if t.role != "filler" or t.value in DETERMINERS]
    return [said[start:end] for start, end in pieces(said, CUTS - {"mark"})]


def _names_goal(piece: Sequence[Token]) -> bool:
    first, after = piece[0], piece[1:2]
    if (first.role, first.value) == ("idiom", "a task"):
        return True
    named = _things(piece)
    if not named:
        return _handles(piece)
    if first.role == "unknown":
        return bool(after) and (_determines(after[0]) or after[0].role == "it")
    if first.role == "hand":
        return bool(after) and after[0].role in ("unknown", "speaker")
    if first.role == "verb":
        return not any(t.role in _STRAIGHT for i, t in enumerate(piece) if i not in named)
    return first.role in ACTS - {"back up"} | {"comparative"}


def _handles(piece: Sequence[Token]) -> bool:
    """Whether an unknown word beside the verb can only be what is handled: "close laptop"."""
    roles = [token.role for token in piece]
    if {*roles} - {"verb", "unknown", *_HANDLING}:
        return False
    return any({*pair} & _HANDLING and "unknown" in pair for pair in pairwise(roles))


def _things(piece: Sequence[Token]) -> set[int]:
    """Where a determiner with an unknown noun stands, and what is between them.

    "A" with a word that is not known is no thing where it may say how far: "lower it a tick".
    """
    found: set[int] = set()
    for i, token in enumerate(piece):
        if token.role != "unknown":
            continue
        start = i - 1
        while start > 0 and piece[start].role in _BESIDE_NOUNS:
            start -= 1
        if start < 0 or not _determines(piece[start]):
            continue
        inside = {t.role for t in piece[start:i]}
        outside = {t.role for t in (*piece[:start], *piece[i + 1 :])}
        may_be_how_far = "amount" in inside or outside & {"it", "arm", "hand", "direction"}
        if piece[start].value != "indefinite" or not may_be_how_far:
            end = i + 2 if is_owner(token) else i + 1  # "the viewer's right"
            found |= set(range(start, min(end, len(piece))))
    return found


def _determines(token: Token) -> bool:
    return token.role in ("determiner", "speaker", "object") or token.value in DETERMINERS
