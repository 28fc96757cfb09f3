"""What things are called: in English where they are kept, in its own language in each tab."""

from __future__ import annotations

from cliprt.language.remarks import Remark
from cliprt.things.catalogue import COLOURS, all_things


def say_name(name: str) -> str:
    """The name of a thing in a scene: "cup", "red cup"; any other as it is.

    >>> say_name("red cup")
    'red cup'
    """
    colour, _, noun = name.partition(" ")
    if _is_known(name):
        return Remark(name)
    if colour in COLOURS and _is_known(noun):
        return Remark("{colour} {thing}", colour=Remark(colour), thing=Remark(noun))
    return name


def with_names(told: str) -> str:
    """A goal in words, with the names of its things as each tab says them."""
    if not isinstance(told, Remark):
        return say_name(told) if isinstance(told, str) else told
    if not told.values:
        return told
    return Remark(told.pattern, **{key: with_names(value) for key, value in told.values.items()})


def _is_known(noun: str) -> bool:
    return noun in all_things() and not set(noun) & set("{}")
