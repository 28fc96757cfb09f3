"""What both protocols' messages are about: pictures, numbers, words and actions, by their keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from cliprt.data.columns import GRIPPER
from cliprt.errors import did_you_mean
from cliprt.protocols.arrays import MalformedMessage
from cliprt.types import PlannedStep

MOST_WORDS = 2_000
"""Characters of an instruction."""


def to_actions(steps: Sequence[PlannedStep]) -> np.ndarray:
    """Steps as actions, float32 (k, 8), as :class:`cliprt.protocols.actions.ActionSpec` has them.

    Motions are in the base frame [m, rad]; the last number opens the gripper where it is 1, closes
    it where it is -1, and leaves it where it is 0.

    >>> from cliprt.types import Primitive
    >>> raise_it = Primitive(None, "raise the arm", (0, 0, 0.5, 0, 0, 0, 0), "open")
    >>> to_actions([PlannedStep(raise_it)]).tolist()
    [[0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 1.0]]
    """
    rows = [(*s.primitive.motion, GRIPPER[s.primitive.gripper]) for s in steps]
    return np.array(rows, dtype=np.float32).reshape(-1, 8)


def find(fields: Mapping[str, Any], key: str) -> Any:
    """What stands under a key: ``"images/scene"`` is one key, or ``scene`` in the map ``images``.

    Raises:
        MalformedMessage: Nothing does; says what there is.
    """
    if key in fields:
        return fields[key]
    first, _, rest = key.partition("/")
    inner = fields.get(first)
    if rest and isinstance(inner, Mapping) and (rest in inner or "/" in rest):
        return find(inner, rest)
    known = list(_keys(fields))[:20]
    raise MalformedMessage(
        f"the observation has no {key!r:.80}.{did_you_mean(key, known)}"
        f" It has: {', '.join(f'{one:.40}' for one in known) or 'nothing'}"
    )


def to_picture(value: Any, key: str) -> np.ndarray:
    """uint8 (h, w, 3), RGB; one whose colours come first (3, h, w) is turned.

    Raises:
        MalformedMessage: It is something else.
    """
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3 and value.size:
        if value.shape[2] == 3:
            return value
        if value.shape[0] == 3:
            return value.transpose(1, 2, 0)
    raise MalformedMessage(
        f"{key!r:.80} is {_kind(value)}, not a picture: uint8 of shape (h, w, 3) or (3, h, w)"
    )


def to_numbers(value: Any, key: str) -> np.ndarray:
    """Finite numbers (n,), float64; lists and single numbers are taken too.

    Raises:
        MalformedMessage: It is something else.
    """
    try:
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
    except (TypeError, ValueError, OverflowError):
        numbers = np.zeros((0, 0))
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise MalformedMessage(f"{key!r:.80} is {_kind(value)}, not a row of finite numbers")
    return numbers


def to_words(value: Any, key: str) -> str:
    """A text that says something.

    Raises:
        MalformedMessage: It is something else.
    """
    if not isinstance(value, str) or not value.strip() or len(value) > MOST_WORDS:
        raise MalformedMessage(
            f"{key!r:.80} is {_kind(value)}, not an instruction of at most {MOST_WORDS} characters"
        )
    return value


def _keys(fields: Mapping[str, Any]) -> Iterator[str]:
    for key, value in fields.items():
        if isinstance(value, Mapping) and value:
            yield from (f"{key}/{one}" for one in value)
        else:
            yield key


def _kind(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape} and type {value.dtype}"
    return f"{type(value).__name__} ({value!r:.40})"
