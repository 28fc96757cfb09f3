"""One clause of a goal -> whom it is about, phrases, amounts, and what no rule knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from cliprt.errors import UsageError
from cliprt.goals.conditions import Goal, Not, all_of, any_of
from cliprt.goals.phrases import (
    AT_LEAST,
    AT_MOST,
    FILLERS,
    LONGEST_PHRASE,
    NEGATIONS,
    PHRASES,
    POSTURES,
    WEAK,
    Phrase,
)
from cliprt.goals.tokens import Measure, Named, Token
from cliprt.language.remarks import Remark


def cannot_be_judged(words: Iterable[Token]) -> UsageError:
    """What is said of words that no measurement answers."""
    return UsageError(
        Remark(
            "“{words}” is nothing that can be measured. What can be: where things are (in, on,"
            " under, above, near, left of, behind, side by side), what is open, closed, held, let"
            " go, lifted, moved, turned, upright, written on or clean. Say it so, or judge yourself"
            " when it is done.",
            words=" ".join(_said(word) for word in words),
        )
    )


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
    is_later: bool = False

    def describes(self, before: Said) -> bool:
        """Whether it stands between another phrase and its thing: "in the closed box"."""
        is_next = before.end == self.begin and not before.objects.named
        return before.phrase.is_of_two and not self.phrase.is_of_two and is_next

    @property
    def end(self) -> int:
        """Place of the first word after it."""
        return self.begin + len(self.words)


def has_phrase(tokens: Sequence[Token]) -> bool:
    """Whether something is said of what is named."""
    return "(" in tokens or bool(scan(without_measures(tokens)[0])[1])


def without_measures(
    tokens: Sequence[Token],
) -> tuple[list[Token], list[tuple[Measure, bool | None, int]]]:
    """What is left, and every amount: whether it is the least or the most, and where it stood."""
    left: list[Token] = []
    measures: list[tuple[Measure, bool | None, int]] = []
    for token in tokens:
        if not isinstance(token, Measure):
            left.append(token)
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


def scan(words: Sequence[Token]) -> tuple[Subjects, list[Said], list[Token]]:
    """Whom it is about, the phrases with what follows them, and what no rule knows."""
    subjects = Subjects()
    said: list[Said] = []
    strange: list[Token] = []
    is_so, i = True, 0
    joint = ""
    while i < len(words):
        word = words[i]
        sizes = range(min(LONGEST_PHRASE, len(words) - i), 0, -1)
        size = next((n for n in sizes if tuple(words[i : i + n]) in PHRASES), 0)
        if size:
            text = tuple(map(str, words[i : i + size]))
            said.append(Said(PHRASES[text], text, i, is_so))
            is_so, joint = True, ""
        elif isinstance(word, Named):
            here = said[-1].objects if said else subjects
            more = Subjects((*here.named, word), joint if here.named else "and")
            if said:
                said[-1].objects = more
                if len(said) > 1 and said[-1].describes(said[-2]):
                    said[-2].objects, said[-1].is_adjective = more, True
            else:
                subjects = more
            joint = ""
        elif word in ("and", "or") or (word == "nor" and subjects.named and not said):
            joint = "or" if word == "or" else "and"
        elif word in NEGATIONS:
            is_so = not is_so
        elif word not in FILLERS:
            strange.append(word)
        i += max(size, 1)
    return subjects, said, strange


def telling(said: Sequence[Said]) -> list[Said]:
    """Without what only leads to another phrase, or lacks its thing where another has one."""
    kept: list[Said] = []
    for one, after in zip_longest(said, said[1:]):
        leads = one.words[0] in POSTURES and len(one.words) == 1 and after is not None
        dangles = " ".join(one.words) in WEAK and not one.objects.named and len(said) > 1
        if leads and not one.objects.named and after is not None:
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
