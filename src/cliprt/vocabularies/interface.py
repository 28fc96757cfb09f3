"""The contract of an action vocabulary: a finite set of primitives that a policy chooses from."""

from __future__ import annotations

from abc import ABC

from cliprt.types import Primitive


class ActionVocabulary(ABC):
    """Which primitives exist.

    Everything else about a vocabulary (nearest primitive, fingerprint, groups) follows from its
    entries: see the functions of :mod:`cliprt.vocabularies.nearest`.
    """

    name: str
    """Registry name, or the name in the YAML table."""

    primitives: tuple[Primitive, ...]
    """The entries; ``primitives[i].label == i``, phrases and motions are unique."""
