"""What became of a data set that was annotated."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cliprt_lerobot.motions import Fate, MotionRow


@dataclass
class Report:
    """What became of a data set.

    Attributes:
        frames: In all its episodes.
        phrased: Those in which the arm makes some phrase.
        histogram: Phrase -> frames.
        fates: What was there of an episode -> how many are like that.
        files: That were or would be written anew.
        examples: Of an episode, its first phrases and when they begin.
        left_out: Why an episode gets none, a line each.
        pose: Where pose and gripper were found.
        remarks: What to look at, a line each.
    """

    pose: str
    remarks: tuple[str, ...] = ()
    frames: int = 0
    phrased: int = 0
    histogram: Counter[str] = field(default_factory=Counter)
    fates: Counter[Fate] = field(default_factory=Counter)
    files: int = 0
    examples: dict[int, list[MotionRow]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
