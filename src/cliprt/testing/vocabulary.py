"""The contract of an action vocabulary as code."""

from __future__ import annotations

import math

from cliprt.types import NO_MOTION
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, fingerprint, nearest


def check_vocabulary(vocabulary: ActionVocabulary) -> None:
    """Raise unless `vocabulary` keeps the contract of an action vocabulary.

    Raises:
        AssertionError: What is broken.
    """
    name = type(vocabulary).__name__
    assert isinstance(vocabulary.name, str), f"{name}.name is not text"
    assert vocabulary.name.strip(), f"{name}.name is empty"
    entries = vocabulary.primitives
    assert isinstance(entries, tuple), f"{name}.primitives is no tuple"
    assert entries, f"{name}.primitives is empty"
    assert vocabulary.primitives == entries, f"{name}.primitives changes when read twice"
    for i, entry in enumerate(entries):
        where = f"{name}.primitives[{i}]"
        assert entry.label == i, f"{where}.label is {entry.label!r}, it must be {i}"
        assert entry.phrase == " ".join(entry.phrase.split()) != "", (
            f"{where}.phrase is {entry.phrase!r}: it must be words with single spaces"
        )
        assert len(entry.motion) == len(AXES), f"{where}.motion must have {len(AXES)} numbers"
        assert all(map(math.isfinite, entry.motion)), f"{where}.motion is not finite"
        assert entry.gripper in (None, "open", "closed"), (
            f"{where}.gripper is {entry.gripper!r}, allowed: None, 'open', 'closed'"
        )
        assert entry.motion != NO_MOTION or entry.gripper, f"{where} does nothing"
        assert entry.group, f"{where}.group is empty"
    phrases = {entry.phrase.lower() for entry in entries}
    assert len(phrases) == len(entries), f"{name} has one phrase twice"
    effects = {(entry.motion, entry.gripper) for entry in entries}
    assert len(effects) == len(entries), f"{name} has one motion twice"
    for entry in entries:
        found = nearest(vocabulary, entry.motion, entry.gripper)
        assert found == entry, f"{name}: the nearest to {entry.phrase!r} is {found}"
    assert fingerprint(vocabulary) == fingerprint(vocabulary), f"{name} changes its fingerprint"
