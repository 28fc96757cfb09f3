"""The words of a goal -> names of things, amounts and what is left."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from typing import Literal

from cliprt.errors import UsageError
from cliprt.goals.measures import HAND, TABLE, Unit
from cliprt.goals.phrases import ALL_WORDS, ARTICLES, FILLERS, PARTS, PHRASES
from cliprt.goals.spelled import is_slip, words_of
from cliprt.language.nouns import plural
from cliprt.language.numbers import COUNTS, Amount, fold_amounts
from cliprt.language.remarks import Remark
from cliprt.language.text import split_words
from cliprt.things.catalogue import COLOURS, all_things

_FIXTURES = {
    **dict.fromkeys(("hand", "gripper", "robot", "arm", "robot's hand", "robot hand"), HAND),
    **dict.fromkeys(("fingers", "finger", "claw", "grip", "robot arm", "fingertips"), HAND),
    **dict.fromkeys(("table", "desk", "tabletop", "table top", "floor", "ground"), TABLE),
}
_ALL = (["all", "of"], ["both", "of"], ["each", "of"], ["every"], ["each"], ["both"], ["all"])
_ANY = (["one", "of"], ["any", "of"], ["either", "of"], ["any"], ["either"], ["some"])
_NONE = (["none", "of"], ["neither", "of"], ["neither"], ["no"])
_WITH = ("side", "up", "line", "contact", "aligned", "level", "together")
"""Words to which a "with" belongs."""
_HOLDS = frozenset(["in", "on", "inside", "into", "under", "held", "holds", "holding", "hold"])
_INK = frozenset(["written", "drawn", "ink", "printed", "painted"])
_EVERYTHING = (["everything", "else"], ["everything"], ["all", "things"], ["all", "of", "them"])


@dataclass(frozen=True)
class Named:
    """Things that were named.

    Attributes:
        names: Of the things, `HAND` and `TABLE`.
        how: How many of them are meant, or none of them.
        part: The link that was named with it.
        is_part: Whether a part of it was named; which one does not matter where it has only one.
        is_everything: Whether all on the table was named, so that it is all but the other thing.
        others: What it is not so of: "only the cup".
    """

    names: tuple[str, ...]
    how: int | Literal["all", "none"] = "all"
    part: str = ""
    is_part: bool = False
    is_everything: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Measure:
    """An amount that was named.

    Attributes:
        amount: In `unit`.
        unit: Of it; "" for a bare number.
    """

    amount: float
    unit: Unit


Token = str | Named | Measure
_ROBOT = Named((HAND,))


def tokens_of(text: str, names: tuple[str, ...]) -> list[Token]:
    """The words of a text, names and amounts folded.

    Raises:
        UsageError: It can be more than one thing that is named.
    """
    words = words_of(text)
    tokens = _fold_names(words, _nouns(names), names)
    tokens = _fold_measures(_fold_everything(_mended(tokens, names), names))
    return _fold_parts(_joined_by_with(_or_more(_without_agent(tokens))))


@lru_cache(maxsize=64)
def _nouns(names: tuple[str, ...]) -> dict[tuple[str, ...], tuple[tuple[str, ...], bool]]:
    """Words -> the things that are called so, and whether that says several."""
    nouns: dict[tuple[str, ...], tuple[tuple[str, ...], bool]] = {
        tuple(said.split()): ((name,), False) for said, name in _FIXTURES.items()
    }
    called: dict[tuple[str, ...], list[str]] = {}
    for name in names:
        for noun in _ways_to_say(name):
            called.setdefault(noun, []).append(name)
    for noun, things in called.items():
        nouns[noun] = (tuple(dict.fromkeys(things)), False)
        several = tuple(plural(" ".join(noun)).split())
        nouns.setdefault(several, (tuple(dict.fromkeys(things)), True))
    for name in names:
        nouns[_words_of(name)] = ((name,), False)
    return nouns


def _words_of(name: str) -> tuple[str, ...]:
    words = split_words(name)
    return tuple([word for word in words if word not in ARTICLES] or words)


def _ways_to_say(name: str) -> Iterable[tuple[str, ...]]:
    """Its last words, what else such a thing is called, and its first word with "one"."""
    words = _words_of(name)
    bare = words[:-1] if len(words) > 1 and words[-1].isdecimal() else words
    things = {noun: thing for thing in all_things().values() for noun in thing.nouns}
    for begin in range(len(bare)):
        yield bare[begin:]
        if thing := things.get(" ".join(bare[begin:])):
            yield from ((*bare[:begin], *noun.split()) for noun in thing.nouns)
            yield from (tuple(noun.removesuffix(" can").split()) for noun in thing.nouns)
            yield from (tuple(noun.split()) for noun in thing.nouns)
    if len(words) > 1:
        yield (words[0], "one")
        yield from ([(words[0],)] if words[0] in COLOURS else [])


def _fold_names(
    tokens: Sequence[Token],
    nouns: dict[tuple[str, ...], tuple[tuple[str, ...], bool]],
    names: tuple[str, ...],
) -> list[Token]:
    """Every name becomes a `Named`, with the quantity before it; the longest name first."""
    longest = max(map(len, nouns))
    folded: list[Token] = []
    i = 0
    while i < len(tokens):
        sizes = range(min(longest, len(tokens) - i), 0, -1)
        size = next((n for n in sizes if tuple(tokens[i : i + n]) in nouns), 0)
        if size:
            said = tokens[i : i + size]
            things, is_plural = nouns[tuple(said)]  # type: ignore[arg-type]
            named = _quantified(folded, things, is_plural, " ".join(map(str, said)))
            if named.how == "all" and _take(folded, (["only"], ["just"])):
                named = replace(named, others=_others(named, names))
            folded.append(named)
        else:
            folded.append(tokens[i])
        i += max(size, 1)
    return folded


def _quantified(before: list[Token], things: tuple[str, ...], is_plural: bool, said: str) -> Named:
    """So many of some things; takes the words that say it from the end of `before`."""
    if len(things) == 1 and not is_plural:
        return Named(things, "none" if _take(before, (["no"],)) else "all")
    _take(before, (["of"],))
    count = _count(str(before[-1])) if before else None
    if count is not None:
        before.pop()
        _take(before, (["at", "least"], *_ALL))
        return Named(things, "all" if count >= len(things) else count or "none")
    if _take(before, _ALL):
        return Named(things)
    if _take(before, _ANY):
        return Named(things, 1)
    if _take(before, (["none"], *_NONE)):
        return Named(things, "none")
    if is_plural:
        return Named(things)
    raise UsageError(
        Remark(
            "Which {noun} is meant: {names}? Say its whole name.",
            noun=said,
            names=", ".join(things),
        )
    )


def _count(word: str) -> int | None:
    """The number that a word is."""
    return int(word) if word.isdecimal() else COUNTS.get(word)


def _others(named: Named, names: tuple[str, ...]) -> tuple[str, ...]:
    """The rest of its kind, or of all where it is the only one of it."""
    rest = [name for name in names if name not in named.names]
    kinds = {_words_of(name)[-1] for name in named.names}
    return tuple([name for name in rest if _words_of(name)[-1] in kinds] or rest)


def _take(tokens: list[Token], endings: Iterable[Sequence[str]]) -> bool:
    """Whether the tokens end with one of these, which is taken away then."""
    for ending in endings:
        if tokens[-len(ending) :] == list(ending):
            del tokens[-len(ending) :]
            return True
    return False


def _mended(tokens: Sequence[Token], names: tuple[str, ...]) -> list[Token]:
    """Typing mistakes of a letter or two mended; short words only where they name something."""
    nouns = _nouns(names)
    called = {word for noun in nouns for word in noun}
    short, long = sorted(called), sorted((called | ALL_WORDS) - FILLERS)
    mended: list[Token] = []
    for token in tokens:
        near: list[str] = []
        if isinstance(token, str) and token.isalpha() and token not in called | ALL_WORDS:
            candidates = (short if len(token) == 4 else long) if len(token) > 3 else []
            near = difflib.get_close_matches(token, candidates, 3, 0.8)
        near = [word for word in near if is_slip(str(token), word, word in called)]
        mended.append(near[0] if near else token)
    return _fold_names(mended, nouns, names) if mended != list(tokens) else mended


def _fold_everything(tokens: Sequence[Token], names: tuple[str, ...]) -> list[Token]:
    folded: list[Token] = []
    for token in tokens:
        folded.append(token)
        if token == "nothing":
            rest = set(map(str, tokens))
            is_thing = bool(names) and bool(_HOLDS & rest) and not _INK & rest
            folded[-1] = Named(names, "none", is_everything=True) if is_thing else "no"
        if len(names) == 3 and _take(folded, (["one", "of", "two"],)):
            folded.append(Named(names, 1, is_everything=True))
        if names and _take(folded, _EVERYTHING):
            folded.append(Named(names, is_everything=True))
    return folded


def _or_more(tokens: Sequence[Token]) -> list[Token]:
    """ "5 cm or more" is at least so much."""
    said = list(tokens)
    for i in reversed(range(len(said) - 2)):
        sense = {"more": "least", "less": "most"}.get(str(said[i + 2]))
        if isinstance(said[i], Measure) and said[i + 1] == "or" and sense:
            said[i : i + 3] = ["at", sense, said[i]]
    return said


def _without_agent(tokens: Sequence[Token]) -> list[Token]:
    """ "Moved by the robot" is moved: nobody else is there who could."""
    return [
        token
        for before, token, after in zip(("", *tokens), tokens, (*tokens[1:], ""), strict=False)
        if (before, token) != ("by", _ROBOT) and (token, after) != ("by", _ROBOT)
    ]


def _joined_by_with(tokens: Sequence[Token]) -> list[Token]:
    """ "And" for the "with" of "the box is closed with the ball inside"."""
    joined: list[Token] = []
    begin = {words[0] for words in PHRASES}
    for i, (token, after) in enumerate(zip_longest(tokens, tokens[1:])):
        is_own = bool(joined) and joined[-1] in _WITH
        goes_on = isinstance(after, Named) and bool(
            begin & {t for t in tokens[i:] if isinstance(t, str)}
        )
        is_joint = token == "with" and goes_on and not is_own
        joined.append("and" if is_joint else token)
    return joined


def _fold_parts(tokens: Sequence[Token]) -> list[Token]:
    """``lid of box`` and ``box lid`` name a part of a thing; so may any word before "of box"."""
    folded: list[Token] = []
    for token in tokens:
        before = folded[-1] if folded else ""
        if token in PARTS and isinstance(before, Named) and not before.part:
            folded[-1] = replace(before, part=str(token), is_part=True)
        elif folded[-2:] == [token, "of"]:  # the drawer of the cabinet, which is called so too
            folded.pop()
        elif isinstance(token, Named) and (part := _part_before(folded)):
            folded.append(replace(token, part=part, is_part=True))
        else:
            folded.append(token)
    return folded


def _part_before(folded: list[Token]) -> str:
    if len(folded) < 2 or folded[-1] not in ("of", "on") or not isinstance(folded[-2], str):
        return ""
    if folded[-2] not in PARTS and (folded[-1] == "on" or folded[-2] in ALL_WORDS | FILLERS):
        return ""
    folded.pop()
    return str(folded.pop())


def _fold_measures(tokens: Sequence[Token]) -> list[Token]:
    """Every number with its unit becomes a `Measure`."""
    folded: list[Token] = []
    words: list[str] = []
    for token in [*tokens, Named(())]:
        if isinstance(token, str):
            words.append(token)
        else:
            folded += _measured(fold_amounts(words))
            words = []
            folded.append(token)
    return folded[:-1]


def _measured(parts: Sequence[str | Amount]) -> list[Token]:
    units: dict[str, Unit] = {"length": "m", "angle": "rad"}
    folded: list[Token] = []
    for part in parts:
        last = folded[-1] if folded else ""
        unit = last.unit if isinstance(last, Measure) else None
        if isinstance(part, Amount):
            folded.append(Measure(part.value, units.get(part.kind, "")))
        elif isinstance(last, Measure) and part in ("%", "percent") and unit == "":
            folded[-1] = Measure(last.amount / 100, "share")
        elif isinstance(last, Measure) and part == "²" and unit == "m":
            folded[-1] = Measure(last.amount / 100, "m2")
        else:
            folded.append(part)
    return folded
