"""One clause of a goal -> whom it is about, phrases, amounts, and what no rule knows."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, Not, all_of, any_of
from cliprt.goals.phrases import (
    AT_LEAST,
    AT_MOST,
    CONDITIONS,
    FILLERS,
    LONGEST_PHRASE,
    NEGATIONS,
    OFFERS,
    PARTS,
    PHRASES,
    POSTURES,
    PRONOUNS,
    WEAK,
    Phrase,
)
from cliprt.goals.tokens import Measure, Named, Token
from cliprt.language.remarks import Remark


def cannot_be_judged(words: Iterable[Token]) -> UsageError:
    """What is said of words that no measurement answers."""
    said = [_said(word) for word in words]
    if nearest := _nearest(said):
        return UsageError(
            Remark(
                "“{words}” is nothing that can be measured. Did you mean “{nearest}”? Say it so, or"
                " judge yourself when it is done.",
                words=" ".join(said),
                nearest=nearest,
            )
        )
    return UsageError(
        Remark(
            "“{words}” is nothing that can be measured. Say where things are or how they are, such"
            " as “the cup is on the plate” or “the box is open”, or judge yourself when it is"
            " done.",
            words=" ".join(said),
        )
    )


def _nearest(said: Sequence[str]) -> str:
    """What can be measured that is nearest to some words; "" where there is none."""
    known = [words[0] for words in PHRASES if len(words) == 1 and len(words[0]) > 4]
    near = difflib.get_close_matches(said[0], known, 1, 0.8) if len(said) == 1 else []
    near = [] if set(near) & set(said) else near
    return next((OFFERS[word] for word in said if word in OFFERS), near[0] if near else "")


def _said(token: Token) -> str:
    if isinstance(token, Named):
        return token.names[0]
    return token if isinstance(token, str) else f"{token.amount:g}"


@dataclass(frozen=True)
class Subjects:
    """Things that a clause is about.

    Attributes:
        named: One after the other.
        joint: "and" or "or".
    """

    named: tuple[Named, ...] = ()
    joint: str = "and"

    def more(self, named: Named, joint: str) -> Subjects:
        """These, and another; joined by "" where nothing joins them all alike."""
        if any(one.is_everything for one in (*self.named[:1], named)):
            joint = ""  # everything but the cup
        if len(self.named) < 2:
            return Subjects((*self.named, named), joint if self.named else "and")
        return Subjects((*self.named, named), joint if joint == self.joint else "")

    @property
    def is_plain(self) -> bool:
        """Whether it is said of each of them."""
        return self.joint == "and" and all(
            one.how == "all" and not one.others for one in self.named
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every name, once."""
        return tuple(dict.fromkeys(name for one in self.named for name in one.names))

    def goal(self, say: Callable[[str, str], Goal], besides: tuple[str, ...] = ()) -> Goal:
        """What is said of each, by its name and part, put together as it was said.

        Raises:
            UsageError: Nothing is left to say it of.
        """
        goals = [_quantified(one, say, besides) for one in self.named]
        return any_of(goals) if self.joint == "or" else all_of(goals)


def _quantified(one: Named, say: Callable[[str, str], Goal], besides: tuple[str, ...]) -> Goal:
    names = [n for n in one.names if not (one.is_everything and n in besides)]
    if not names:
        raise cannot_be_judged(["everything"])
    goals = [say(name, one.part) for name in names]
    goals += [Not(say(name, "")) for name in one.others if name not in besides]
    if one.how == "none":
        return all_of(Not(goal) for goal in goals)
    return all_of(goals) if one.how == "all" else any_of(goals, one.how)


_DOORS = ("open", "closed")


@dataclass
class Said:
    """A phrase in its clause, with what belongs to it."""

    phrase: Phrase
    words: tuple[str, ...]
    begin: int
    is_so: bool
    objects: Subjects = field(default_factory=Subjects)
    measure: Measure | None = None
    is_least: bool | None = None
    is_adjective: bool = False
    pronoun: str = ""
    is_later: bool = False

    def describes(self, before: Said) -> bool:
        """Whether it stands between another phrase and its thing: "in the closed box"."""
        is_next = before.end == self.begin and not before.objects.named
        return before.phrase.is_of_two and not self.phrase.is_of_two and is_next

    def is_of(self, pronoun: str) -> bool:
        """Whether there is room for whom it is said of; that is a pronoun then."""
        is_free = not self.objects.named and not self.pronoun
        self.pronoun = pronoun
        return is_free

    def is_by(self, after: Said) -> bool:
        """Whether it only says how the next comes about."""
        is_same = self.objects.named and not after.objects.named
        return bool(is_same and self.phrase.relation == "moved" and after.phrase.relation in _DOORS)

    def takes(self, after: Said) -> bool:
        """Whether the word after it adds nothing: "lifted up"."""
        kinds = {"up": ("lifted", "held", "open", "upright"), "down": ("closed", "lying")}
        return self.end == after.begin and self.phrase.relation in kinds.get(after.words[0], ())

    @property
    def end(self) -> int:
        """Place of the first word after it."""
        return self.begin + len(self.words)


def has_phrase(tokens: Sequence[Token]) -> bool:
    """Whether something is said of what is named."""
    return "(" in tokens or bool(scan(without_measures(tokens)[0]).said)


def has_subject(tokens: Sequence[Token]) -> bool:
    """Whether a clause says whom it is about, and does not go on about those before."""
    found = scan(without_measures(tokens)[0])
    first = found.said[0] if found.said else None
    is_asked = first is not None and not first.phrase.is_of_two and bool(first.objects.named)
    return (
        bool({"(", *PARTS} & {*map(str, tokens)})
        or is_asked
        or bool(found.subjects.named or found.pronoun)
    )


def without_measures(
    tokens: Sequence[Token],
) -> tuple[list[Token], list[tuple[Measure, bool | None, int]]]:
    """What is left, and every amount: whether it is the least or the most, and where it stood."""
    left: list[Token] = []
    measures: list[tuple[Measure, bool | None, int]] = []
    for token, after in zip_longest(tokens, tokens[1:]):
        if not isinstance(token, Measure):
            left.append(token)
            continue
        if token.unit == "" and isinstance(after, Named):  # half of the cups
            left.append(f"{token.amount:g}")
            continue
        is_least: bool | None = None
        words: tuple[str, ...] = ()
        closer = False
        while words != ("within",) and (taken := _taken(left)) is not None:
            words, is_least = taken[0], taken[1] if is_least is None else is_least
            closer = closer or words[0] in ("closer", "nearer")
        left += ["from"] * closer
        measures.append((token, is_least, len(left)))
    return left, measures


def _taken(left: list[Token]) -> tuple[tuple[str, ...], bool] | None:
    """The last words, where they say "at least" or "at most"; they are taken away.

    But for "within", which is a part of "within 5 cm of".
    """
    for words, is_least in [*((w, True) for w in AT_LEAST), *((w, False) for w in AT_MOST)]:
        if tuple(left[-len(words) :]) == words:
            if words != ("within",) or left[-2:-1] == ["to"]:
                del left[-len(words) :]
            return words, is_least
    return None


@dataclass(frozen=True)
class Scan:
    """What a clause's words are.

    Attributes:
        subjects: Whom it is about.
        said: Phrases with what follows them.
        strange: What no rule knows.
        pronoun: What stands for whom it is about.
    """

    subjects: Subjects
    said: list[Said]
    strange: list[Token]
    pronoun: str


def scan(words: Sequence[Token]) -> Scan:
    """Every word of a clause in its place, none left out but `FILLERS`."""
    subjects = Subjects()
    said: list[Said] = []
    strange: list[Token] = []
    is_so, i = True, 0
    joint = denied = pronoun = ""
    while i < len(words):
        word = words[i]
        sizes = range(min(LONGEST_PHRASE, len(words) - i), 0, -1)
        size = next((n for n in sizes if tuple(words[i : i + n]) in PHRASES), 0)
        if size:
            text = tuple(map(str, words[i : i + size]))
            said.append(Said(PHRASES[text], text, i, is_so))
            is_so, joint, denied = True, "", ""
        elif isinstance(word, Named):
            strange += [denied] * (denied not in ("", "neither", "nor"))
            more = (said[-1].objects if said else subjects).more(word, joint)
            if said:
                said[-1].objects = more
                if len(said) > 1 and said[-1].describes(said[-2]):
                    said[-2].objects, said[-1].is_adjective = more, True
            else:
                subjects = more
            joint = ""
        elif word in PRONOUNS:
            pronoun = pronoun if said else str(word)
            strange += [word] * (bool(said) and not said[-1].is_of(str(word)))
        elif word in ("and", "or") or (word == "nor" and denied == "neither" and not said):
            joint = "or" if word == "or" else "and"
        elif word in NEGATIONS:
            is_so, denied = not is_so, str(word)
        elif word not in FILLERS or (word in CONDITIONS and (said or subjects.named)):
            strange.append(word)
        i += max(size, 1)
    return Scan(subjects, said, strange or [denied] * (not is_so), pronoun)


def telling(said: Sequence[Said], amounts: Sequence[int]) -> list[Said]:
    """Without what only leads to another phrase or, as "by" does, to an amount at such a place."""
    kept: list[Said] = []
    for one, after in zip_longest(said, said[1:]):
        leads = one.words[0] in POSTURES and len(one.words) == 1 and after is not None
        is_weak = " ".join(one.words) in WEAK and not one.objects.named and len(said) > 1
        dangles = is_weak and (
            any(at - one.end in (0, 1) for at in amounts) or (bool(kept) and kept[-1].takes(one))
        )
        if after and one.is_by(after):  # pull the drawer open
            after.objects = one.objects
        elif leads and not one.objects.named and after is not None:
            after.is_so = after.is_so == one.is_so
        elif not dangles:
            kept.append(one)
    return kept


def belonging(said: Sequence[Said], at: int) -> Said:
    """The phrase to which an amount at a place belongs."""
    around = [one for one in said if one.begin < at < one.end]
    after = [one for one in said if one.begin == at]
    before = [one for one in said if one.end <= at]
    return [*around, *after, *reversed(before), *said][0]
