"""What follows from a vocabulary's entries: nearest primitive, label, groups, fingerprint.

Pure functions, no numpy.  Amounts are compared as whole *ticks*, so floating-point noise never
decides: one tick is a millionth of a degree, and 10 cm weigh as much as 45 degrees (CLIP-RT's
7.854 rad/m), which makes a micrometre 450 ticks.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from functools import lru_cache

from cliprt.errors import VocabularyError
from cliprt.types import NO_MOTION, GripperState, Motion, Primitive
from cliprt.vocabularies.interface import ActionVocabulary

AXES = ("x", "y", "z", "roll", "pitch", "yaw", "gripper_rotation")
"""Names of a motion's seven numbers."""

FIRST = "6db16379d52c"
"""Fingerprint of ``clip_rt_58``."""

_TICKS_PER_MICROMETRE = 450
_TRANSLATIONS = 3
_LARGEST = 1e6  # [m or rad], beyond any arm; nan is not below it either


def nearest(
    vocabulary: ActionVocabulary, motion: Sequence[float], gripper: GripperState | None = None
) -> Primitive | None:
    """Label, phrase and group of the nearest entry, with the exact motion that was asked for.

    1. An entry with this very motion and gripper state is the answer.
    2. Otherwise a gripper state together with a motion has none.
    3. The axis with the largest component decides.  Any other component of more than half of it:
       no answer.
    4. Among the entries along that axis in that direction, the one whose amount is nearest; in
       the middle between two (3, 7.5, 15 cm in ``clip_rt_58``), the smaller.
    5. Less than half the smallest amount, or more than 1.5 x the largest translation or 2 x the
       largest rotation (30 cm, 180 degrees): no answer.

    Args:
        vocabulary: The entries to choose from.
        motion: (7,) [m, rad].
        gripper: State to bring the gripper to; None leaves it as it is.

    Returns:
        None where no entry is near enough, also for no motion at all and for numbers that are not
        finite.

    >>> from cliprt.vocabularies.grid import ClipRt58Vocabulary
    >>> eight = nearest(ClipRt58Vocabulary(), (0.0, 0.08, 0.0, 0.0, 0.0, 0.0, 0.0))
    >>> eight.phrase, eight.motion[1]
    ('move the arm to the left by ten centimeters', 0.08)
    """
    if len(motion) != len(AXES) or not all(abs(x) <= _LARGEST for x in motion):
        return None
    asked = _ticks(motion)
    for entry in vocabulary.primitives:
        if entry.gripper == gripper and _ticks(entry.motion) == asked:
            return _with_motion(entry, motion, gripper)
    axis = max(range(len(AXES)), key=lambda i: abs(asked[i]))
    amount = asked[axis]
    if gripper is not None or amount == 0:
        return None
    if any(2 * abs(x) > abs(amount) for i, x in enumerate(asked) if i != axis):
        return None
    along = [
        (abs(entry_amount), entry)
        for entry in vocabulary.primitives
        if (entry_amount := _amount_along(entry, axis)) * amount > 0
    ]
    if not along:
        return None
    amounts = [entry_amount for entry_amount, _ in along]
    too_large = (
        2 * abs(amount) > 3 * max(amounts)
        if axis < _TRANSLATIONS
        else abs(amount) > 2 * max(amounts)
    )
    if too_large or 2 * abs(amount) < min(amounts):
        return None
    _, entry = min(along, key=lambda pair: (abs(pair[0] - abs(amount)), pair[0]))
    return _with_motion(entry, motion, gripper)


def by_phrase(vocabulary: ActionVocabulary, phrase: str) -> Primitive | None:
    """The entry called `phrase` (case and spaces do not matter), or None."""
    wanted = " ".join(phrase.lower().split())
    return next((p for p in vocabulary.primitives if p.phrase.lower() == wanted), None)


def group_of(motion: Sequence[float], gripper: GripperState | None = None) -> str:
    """Displacement group: ``"y+"`` for the largest component, or ``"open"`` / ``"close"``.

    A motion that is nothing but zeros and changes no gripper has the group ``""``.

    >>> group_of((0.0, 0.0, -0.05, 0.0, 0.0, 0.0, 0.0)), group_of(NO_MOTION, "closed")
    ('z-', 'close')
    """
    ticks = _ticks(motion)
    axis = max(range(len(AXES)), key=lambda i: abs(ticks[i]))
    if ticks[axis]:
        return AXES[axis] + ("+" if ticks[axis] > 0 else "-")
    return {"open": "open", "closed": "close", None: ""}[gripper]


def fingerprint(vocabulary: ActionVocabulary) -> str:
    """12 hexadecimal digits that change with any label, phrase, motion or gripper state.

    The name is not part of it: the same entries under another name are the same vocabulary.

    >>> from cliprt.vocabularies.grid import ClipRt58Vocabulary
    >>> len(fingerprint(ClipRt58Vocabulary()))
    12
    """
    entries = [[p.label, p.phrase, _ticks(p.motion), p.gripper] for p in vocabulary.primitives]
    text = json.dumps(entries, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def mark(vocabulary: ActionVocabulary) -> dict[str, str]:
    """What is kept with labels, so that nobody takes them for another vocabulary's."""
    return {"name": vocabulary.name, "fingerprint": fingerprint(vocabulary)}


def label_view(
    vocabulary: ActionVocabulary,
) -> Callable[[Primitive, str | None], int | None]:
    """A function (recorded primitive, fingerprint that it was recorded with) -> label here.

    A label of the very same vocabulary is kept; any other follows from the motion.  Where nobody
    kept the fingerprint, a phrase that the vocabulary has under the same label is right too; where
    nobody kept anything but the label, as in shards of 0.1.0, it is one of ``clip_rt_58``.

    The function raises :class:`VocabularyError` where a label is not that of what was said and
    done, or nothing says whose it is.
    """
    own = fingerprint(vocabulary)
    entries = vocabulary.primitives

    @lru_cache(maxsize=100_000)
    def label_of(recorded: Primitive, fingerprint: str | None) -> int | None:
        label = recorded.label
        if label is not None and fingerprint == own:
            _check_label(recorded, vocabulary)
        if fingerprint == own:
            return label
        if fingerprint is None and recorded == Primitive(label, "", NO_MOTION):
            if label is not None and own != FIRST:
                raise VocabularyError(
                    f"nothing says whose the label {label} is, and {vocabulary.name!r} is not"
                    " 'clip_rt_58', as which such labels count. Use that vocabulary, or export the"
                    " episodes again: cliprt episodes export"
                )
            return label
        found = nearest(vocabulary, recorded.motion, recorded.gripper)
        if found is not None:
            return found.label
        is_known = fingerprint is None and label in range(len(entries))
        return label if is_known and entries[label or 0].phrase == recorded.phrase else None

    return label_of


def _check_label(recorded: Primitive, vocabulary: ActionVocabulary) -> None:
    """Raise unless the vocabulary's entry of a label says and does what was recorded."""
    label, last = recorded.label, len(vocabulary.primitives) - 1
    entry = vocabulary.primitives[label] if label in range(last + 1) else None  # type: ignore[index]
    said = entry and recorded.phrase in ("", entry.phrase)
    done = group_of(recorded.motion, recorded.gripper)
    if not entry or not said or done not in ("", group_of(entry.motion, entry.gripper)):
        raise VocabularyError(
            f"it has the label {label}, which in {vocabulary.name!r} (0 to {last}) is"
            f" {entry.phrase if entry else None!r}, but {recorded.phrase!r} was said and"
            f" {list(recorded.motion)} done: it was changed after it was recorded. Leave it out, or"
            " record it again."
        )


def _with_motion(
    entry: Primitive, motion: Sequence[float], gripper: GripperState | None
) -> Primitive:
    exact: Motion = tuple(float(x) for x in motion)  # type: ignore[assignment]
    return Primitive(entry.label, entry.phrase, exact, gripper, entry.group)


def _amount_along(entry: Primitive, axis: int) -> int:
    """Ticks of an entry that moves along `axis` alone; 0 for any other entry."""
    ticks = _ticks(entry.motion)
    alone = entry.gripper is None and all(x == 0 for i, x in enumerate(ticks) if i != axis)
    return ticks[axis] if alone else 0


def _ticks(motion: Sequence[float]) -> tuple[int, ...]:
    if motion == NO_MOTION:
        return (0,) * len(AXES)
    return tuple(
        round(x * 1e6) * _TICKS_PER_MICROMETRE
        if i < _TRANSLATIONS
        else round(math.degrees(x) * 1e6)
        for i, x in enumerate(motion)
    )
