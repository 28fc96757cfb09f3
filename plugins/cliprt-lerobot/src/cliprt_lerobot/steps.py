"""A data set's frames as steps: what was seen, said and done, as far as its columns tell.

What `cliprt episodes export` wrote has columns of ours, and gives back the very numbers.  Of
another one the motion phrases say what was done (`cliprt annotate` writes them), and the columns
that are named as the hand's pose where it was; what no column tells is not-a-number, and never made
up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np

from cliprt.errors import StoreError, UsageError, did_you_mean
from cliprt.registry import load
from cliprt.types import GripperState, Observation, Outcome, Pose, Primitive, Step
from cliprt_lerobot.columns import LEARNED, OURS
from cliprt_lerobot.hand import Hand, openness, poses_of
from cliprt_lerobot.labels import gripper_ends
from cliprt_lerobot.layout import ACTION, INTERJECTION, PERSISTENT, STATE
from cliprt_lerobot.listing import Entry
from cliprt_lerobot.motions import active_phrases
from cliprt_lerobot.naming import Told, find_hand
from cliprt_lerobot.reader import DataSet

KNOWN = ("oxe_50", "clip_rt_58")
"""Vocabularies whose phrases are understood."""

COMMANDED, SENT, MEASURED = (f"{OURS}{name}_pose" for name in ("commanded", "sent", "measured"))
JOINTS, OPENING, TIME = (f"{OURS}{name}" for name in ("joints", "gripper_opening_m", "time_s"))

_ASKED: Mapping[float, GripperState | None] = {1.0: "open", -1.0: "closed"}
_NOWHERE: Pose = (math.nan,) * 6


class StepReader:
    """Reads the steps of a data set's episodes, one a frame.

    Args:
        one: The data set.
        cameras: What each camera is called here -> its feature there.

    Attributes:
        every: Frames from a step to the one that is made after it: about a second, or 1 in a data
            set of ours.
        no_pose: Why nothing is known of where the hand is; "" = it is.

    Raises:
        StoreError: Nothing says what the arm does.
    """

    def __init__(self, one: DataSet, cameras: Mapping[str, str]) -> None:
        self.one = one
        self.cameras = cameras
        self.is_ours = MEASURED in one.info.features and ACTION in one.info.features
        self.every = 1 if self.is_ours else max(1, round(one.info.fps))
        self.no_pose = ""
        self.hand: Hand | None = None
        if self.is_ours:
            return
        if PERSISTENT not in one.info.features:
            raise StoreError(
                f"{one.root} does not say in words what the arm does. Let it be written there:"
                f" cliprt annotate {one.root}"
            )
        try:
            self.hand = find_hand(one.info, Told())
        except UsageError as error:
            self.no_pose = str(error)

    def steps(self, entry: Entry) -> list[Step]:
        """One a frame; without a phrase that is known it is not learned from.

        What was sent is only known of a data set of ours; it is None in others.

        Raises:
            StoreError: The episode is damaged.
        """
        steps = self._own(entry) if self.is_ours else self._others(entry)
        return list(steps)

    def _own(self, entry: Entry) -> Iterator[Step]:
        wanted = [STATE, ACTION, COMMANDED, SENT, MEASURED, "timestamp"]
        wanted += [n for n in (JOINTS, OPENING, TIME, LEARNED) if n in self.one.info.features]
        found = {key: _rows(c) for key, c in self.one.numbers(entry, wanted).items()}
        phrases, said = self._words(entry, [row[0] for row in found["timestamp"]])
        times = found.get(TIME, found["timestamp"])
        look = self._look(entry)
        for i, action in enumerate(found[ACTION]):
            motion, gripper = action[:7], _ASKED.get(action[7])
            yield Step(
                index=i,
                observation=Observation(
                    images=look(i),
                    tcp_pose=found[STATE][i][:6],
                    commanded_pose=found[COMMANDED][i],
                    joints=found[JOINTS][i] if JOINTS in found else (),
                    gripper="open" if found[STATE][i][6] > 0.5 else "closed",
                    gripper_opening_m=found[OPENING][i][0] if OPENING in found else math.nan,
                    time_s=times[i][0],
                ),
                supervision=said[i],
                primitive=Primitive(None, phrases[i], motion, gripper),
                outcome=Outcome(motion, gripper, found[SENT][i], found[MEASURED][i]),
                source="lerobot",
                train=bool(found[LEARNED][i][0]) if LEARNED in found else True,
            )

    def _others(self, entry: Entry) -> Iterator[Step]:
        times = self.one.numbers(entry, ["timestamp"])["timestamp"].astype(float).tolist()
        phrases, said = self._words(entry, times)
        poses, grippers = self._hand(entry, phrases)
        look = self._look(entry)
        for i, phrase in enumerate(phrases):
            primitive = self._known.get(phrase, Primitive(None, phrase))
            pose, after = poses[i], poses[min(i + self.every, len(poses) - 1)]
            yield Step(
                index=i,
                observation=Observation(look(i), pose, pose, (), grippers[i], math.nan, times[i]),
                supervision=said[i],
                primitive=primitive,
                outcome=Outcome(primitive.motion, primitive.gripper, None, after),
                source="lerobot",
                train=phrase in self._known,
            )

    def _words(self, entry: Entry, times: Sequence[float]) -> tuple[list[str], list[str]]:
        """The phrase that holds at each frame, and what a person says at it."""
        lasting, events = self.one.language(entry)
        return active_phrases(lasting, times), list(map(_said, events))

    def _hand(self, entry: Entry, phrases: Sequence[str]) -> tuple[list[Pose], list[GripperState]]:
        count = entry.length
        if self.hand is None:
            return [_NOWHERE] * count, _told(phrases)
        columns = self.one.numbers(entry, self.hand.keys)
        poses = _rows(poses_of(self.hand, columns))
        if self.hand.gripper is None:
            return poses, _told(phrases)
        share = openness(self.hand, columns, self._ends)
        return poses, ["open" if s > 0.5 else "closed" for s in share.tolist()]

    def _look(self, entry: Entry) -> Callable[[int], _Seen]:
        films = {name: _Film(self.one, entry, key) for name, key in self.cameras.items()}
        return lambda i: _Seen(films, i)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        assert self.hand is not None
        return gripper_ends(self.one, self.hand)

    @cached_property
    def _known(self) -> dict[str, Primitive]:
        entries = [p for name in reversed(KNOWN) for p in load("vocabulary", name)().primitives]
        return {primitive.phrase: replace(primitive, label=None) for primitive in entries}


class _Film:
    """A camera's frames of an episode, decoded as they are looked at; one is remembered."""

    def __init__(self, one: DataSet, entry: Entry, key: str) -> None:
        self._one, self._entry, self._key = one, entry, key
        self._frames: Iterator[np.ndarray] = iter(())
        self._next, self._last = 0, np.empty(0)
        self._at = -1

    def look(self, i: int) -> np.ndarray:
        """Frame `i`; those after it are quick to reach."""
        if i != self._at:
            if i < self._next or self._at < 0:
                frames = range(i, self._entry.length)
                self._frames = self._one.pictures(self._entry, self._key, frames)
                self._next = i
            while self._next <= i:
                self._last = next(self._frames)
                self._next += 1
            self._at = i
        return self._last


class _Seen(Mapping[str, np.ndarray]):
    """What all cameras saw at one frame."""

    def __init__(self, films: Mapping[str, _Film], i: int) -> None:
        self._films, self._i = films, i

    def __getitem__(self, camera: str) -> np.ndarray:
        return self._films[camera].look(self._i)

    def __iter__(self) -> Iterator[str]:
        return iter(self._films)

    def __len__(self) -> int:
        return len(self._films)


def choose_cameras(one: DataSet, wanted: Sequence[str], called: Sequence[str]) -> dict[str, str]:
    """What each camera is called -> its feature.

    Args:
        one: The data set.
        wanted: Its cameras, in order; none = all.
        called: What they are to be called; none = as they are.

    Raises:
        UsageError: It has no camera of that name, or there are too few or too many.
    """
    there = {name: key for name, key in one.info.cameras.items() if _has_colours(one, key)}
    names = list(wanted or called or there)
    for name in names:
        if name not in there:
            raise UsageError(
                f"{one.root} has no camera {name!r}.{did_you_mean(name, there)} It has:"
                f" {', '.join(there) or 'none'}. Say which to use: cameras=[{', '.join(there)}]"
            )
    if called and len(names) != len(called):
        raise UsageError(
            f"cameras=[{', '.join(names)}] are {len(names)}, and the policy looks at {len(called)}:"
            f" {', '.join(called)}. Name as many, in that order."
        )
    return {name: there[own] for name, own in zip(called or names, names, strict=True)}


def _has_colours(one: DataSet, key: str) -> bool:
    shape = one.info.features[key].shape
    return len(shape) == 3 and 3 in (shape[0], shape[2])


def _said(events: Sequence[Mapping[str, Any]]) -> str:
    """What a person says at a frame, one thing after the other."""
    heard = (event.get("content") for event in events if event.get("style") == INTERJECTION)
    return ". ".join(str(text) for text in heard if text)


def _rows(columns: np.ndarray) -> list[Any]:
    """A tuple of plain numbers a frame."""
    return list(map(tuple, columns.reshape(len(columns), -1).tolist()))


def _told(phrases: Sequence[str]) -> list[GripperState]:
    """The gripper's state at each frame, by what was said of it before."""
    state: GripperState = "open"
    states: list[GripperState] = []
    for i, phrase in enumerate(phrases):
        before = phrases[i - 1] if i else ""
        if before != phrase and before in _DONE:
            state = _DONE[before]
        states.append(state)
    return states


_DONE: Mapping[str, GripperState] = {"close the gripper": "closed", "open the gripper": "open"}
