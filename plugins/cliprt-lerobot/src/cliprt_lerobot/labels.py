"""What each frame is called: a label of `oxe_50`, by how the hand was seen to move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cliprt.errors import UsageError
from cliprt.oxe.labels import label_episode
from cliprt.oxe.observed import observed_labels
from cliprt.oxe.sets import DatasetSet, find_set, wanted_columns
from cliprt_lerobot.hand import Hand, check_units, openness, poses_of
from cliprt_lerobot.listing import Entry
from cliprt_lerobot.naming import Told, find_hand
from cliprt_lerobot.reader import DataSet

Columns = Mapping[str, np.ndarray]


class NamedLabels:
    """Where the names of the numbers, or a person, say what is the pose.

    Raises:
        UsageError: Nobody does.
    """

    def __init__(self, one: DataSet, told: Told) -> None:
        self._one = one
        self.hand: Hand = find_hand(one.info, told)
        self.keys = self.hand.keys
        self._ends = gripper_ends(one, self.hand)
        self._begun: list[bool] = []

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a person should look at, after labels were given."""
        if self.hand.gripper is None or 2 * sum(self._begun) >= len(self._begun):
            return ()
        closed, side = len(self._begun) - sum(self._begun), "low" if self.hand.opens > 0 else "high"
        return (
            f"in {closed} of {len(self._begun)} episodes the gripper is closed at first; if it is"
            f" not, say --gripper-open {side}",
        )

    def __str__(self) -> str:
        return str(self.hand)

    def label(self, entry: Entry, columns: Columns) -> np.ndarray | None:
        """Labels (n,) of an episode's frames, -1 = nothing; None where its numbers are not finite.

        Raises:
            UsageError: They cannot be poses in these units.
        """
        poses = poses_of(self.hand, columns)
        if not np.isfinite(poses).all():
            return None
        where = f"{self._one.root}, episode {entry.index}"
        check_units(self.hand, columns, self._one.info.fps, where)
        gripper = openness(self.hand, columns, self._ends)
        if not np.isfinite(gripper).all():  # none of them is a gripper that closed
            return None
        self._begun.append(bool(gripper[0] > 0.5))
        return observed_labels(poses, gripper, self._one.info.fps)


class SetLabels:
    """Where a row of a YAML file says it: the same rows that describe RLDS data sets.

    Raises:
        UnknownNameError: There is no such row.
        UsageError: Its columns are not those of the data set.
    """

    remarks: tuple[str, ...] = ()

    def __init__(self, one: DataSet, name: str, file: str) -> None:
        found = find_set(name, file or None)
        # What is seen and said is not needed here, and frames are as many as the data set says.
        self._row: DatasetSet = replace(found, rate_hz=one.info.fps, image=_FRAMES, text=_FRAMES)
        keys = (key.removeprefix("steps/") for key in wanted_columns(self._row, "observed"))
        self.keys = tuple(key for key in keys if key != _FRAMES)
        for key in self.keys:
            if key not in one.info.features:
                raise UsageError(
                    f"the row of {name!r} takes {key!r}, which {one.root} does not have. It has:"
                    f" {', '.join(one.info.features)}. Write a row with its names: --sets FILE"
                )

    def __str__(self) -> str:
        return f"the row of {self._row.name}"

    def label(self, entry: Entry, columns: Columns) -> np.ndarray | None:
        """Labels (n,) of an episode's frames, -1 = nothing."""
        named = {f"steps/{key}": columns[key] for key in self.keys}
        return label_episode(
            self._row, "observed", {**named, f"steps/{_FRAMES}": range(entry.length)}
        )


Labels = NamedLabels | SetLabels

_FRAMES = "frame_index"


def find_labels(one: DataSet, told: Told) -> Labels:
    """What says where the pose is: the row of a set where one is named, else names.

    Raises:
        UsageError: A file of sets is named and none of them; nothing says where the pose is.
    """
    if told.sets and not told.set:
        raise UsageError(f"--sets {told.sets} holds rows of sets. Say which it is: --set NAME")
    return SetLabels(one, told.set, told.sets) if told.set else NamedLabels(one, told)


def gripper_ends(one: DataSet, hand: Hand) -> tuple[float, float]:
    """The smallest and the largest number that the gripper has in all episodes."""
    low, high = np.inf, -np.inf
    if hand.gripper is None:
        return low, high
    for entry in one.entries:
        numbers = hand.gripper.of(one.numbers(entry, [hand.gripper.key]))
        finite = numbers[np.isfinite(numbers)]
        low, high = min(low, finite.min(initial=np.inf)), max(high, finite.max(initial=-np.inf))
    return float(low), float(high)
