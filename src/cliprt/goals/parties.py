"""Whom a phrase is about and to what it relates these, where the words stand in another order."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from cliprt.errors import UnknownNameError
from cliprt.goals.measures import HAND, TABLE
from cliprt.goals.phrases import AUXILIARIES, FILLERS, Phrase
from cliprt.goals.scanning import Said, Subjects, cannot_be_judged
from cliprt.goals.tokens import Token
from cliprt.things.catalogue import all_things, find_thing


def inverted(one: Said, subjects: Subjects, objects: Subjects) -> tuple[Subjects, Subjects]:
    """ "Closed is the laptop", "let go of the cup": the thing is named after the phrase."""
    is_done_to = subjects.names == (HAND,) or one.is_later or not subjects.named
    is_described = one.is_adjective or is_done_to
    if not one.phrase.is_of_two and objects.named and is_described:
        return objects, Subjects()
    if one.phrase.is_of_two and not objects.named and subjects.joint == "":
        whole, *inside = subjects.named  # the mug has the spoon in it
        return Subjects(tuple(inside)), Subjects((whole,))
    is_before = one.phrase.is_of_two and not subjects.named and not objects.joint
    if is_before and len(objects.named) == 2:
        first, second = objects.named
        return Subjects((second,)), Subjects((first,))
    return subjects, objects


def of_the_hand(
    one: Said, subjects: Subjects, objects: Subjects, before: Subjects
) -> tuple[Said, Subjects, Subjects]:
    """What the hand holds or lets go; what is in it is held."""
    if subjects.names == objects.names:
        raise cannot_be_judged(one.words)
    if one.phrase.relation in ("in", "on") and objects.names == (HAND,):
        inside = tuple(named for named in subjects.named if HAND not in named.names)
        joint = subjects.joint if len(inside) > 1 else "and"
        return (
            replace(one, phrase=Phrase("held", one.phrase.is_so)),
            Subjects(inside, joint),
            Subjects(),
        )
    if one.phrase.relation == "held" and not before.named:
        return replace(one, phrase=Phrase("open")), subjects, objects
    if one.phrase.relation == "held" and subjects.names == (HAND,):
        return one, before, objects
    return one, subjects, objects


def can_hold(name: str) -> bool:
    """Whether something fits into what is called so, as far as the catalogue knows it."""
    with suppress(UnknownNameError):
        thing = find_thing(name if name in all_things() else name.split()[-1])
        return bool(thing.opens) or "filled" in thing.can or thing.name == "box"
    return name != TABLE


def shows_ink(names: Sequence[str]) -> bool:
    """Whether these are called as something of the catalogue that shows ink."""
    sheets = [noun for thing in all_things().values() if thing.canvas for noun in thing.nouns]
    return any(name.endswith(noun) for name in names for noun in sheets)


def of_a_part(one: Said, subjects: Subjects, objects: Subjects) -> Said:
    """A lid that is up is open."""
    is_part = any(named.is_part for named in subjects.named)
    said = {"up": "open", "off": "open", "on": "closed"}.get(" ".join(one.words))
    return replace(one, phrase=Phrase(said)) if is_part and said and not objects.named else one


def is_odd(one: Said, words: Sequence[Token]) -> bool:
    """Whether "up" follows another verb than "is": "sits up"."""
    before = words[one.begin - 1] if one.begin else ""
    return one.words == ("up",) and before in FILLERS - AUXILIARIES
