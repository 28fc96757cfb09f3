"""The paper's claims as they were decided here: frozen values, ``claims.json``, and Markdown."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.schema import build
from cliprt.evaluation.files import load_json
from cliprt.evaluation.paired_seeds import LEVEL, MARGIN, Verdict

CLAIMS_FILE = "claims.json"

MEDIA = "media"
"""Folder of the pictures, beside the page."""


@dataclass(frozen=True)
class ArmRow:
    """How one way to learn did.

    Attributes:
        model: Name of its model.
        label, series: In the picture.
        seeds: Of its trainings.
        success: Of each training, the share of its trials that succeeded.
    """

    model: str
    label: str
    series: str
    seeds: tuple[int, ...]
    success: tuple[float, ...]


@dataclass(frozen=True)
class ClaimRow:
    """How a claim was decided.

    Attributes:
        claim, title, says: Its name, in a few words, as a sentence.
        paper: The difference that the paper found [points]; None = our sources do not state it.
        paper_says: What that is of.
        ours: The mean difference here [points].
        interval: 95 % of it, over training seeds [points].
        p: Two-sided exact sign-flip test over training seeds.
        training_seeds: That both deciding arms were trained with.
        planned_seeds: How many were planned; with fewer, nothing is decided.
        trials: Of both deciding arms together.
        verdict: See :class:`cliprt.evaluation.paired_seeds.Decision`.
        command: What makes it again.
        first, second: The models of the deciding arms.
        arms: All arms, in the picture's order.
        overrides: Changes of the recipe that were asked for.
    """

    claim: str
    title: str
    says: str
    paper: float | None
    paper_says: str
    ours: float
    interval: tuple[float, float]
    p: float
    training_seeds: tuple[int, ...]
    planned_seeds: int
    trials: int
    verdict: Verdict
    command: str
    first: str
    second: str
    arms: tuple[ArmRow, ...]
    overrides: tuple[str, ...] = ()

    @property
    def picture(self) -> str:
        """Where its picture lies, relative to the page."""
        return f"{MEDIA}/claim_{self.claim}.svg"

    @property
    def is_decided(self) -> bool:
        """Whether every training that was planned is there."""
        return len(self.training_seeds) >= self.planned_seeds

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ClaimRow:
        """Read what `to_dict` wrote.

        Raises:
            ValueError: It is something else.
        """
        return build(cls, values)


def load_claims(folder: Path, version: str) -> list[ClaimRow]:
    """The claims of a folder's file, if this version of cliprt wrote it; none without a file.

    Raises:
        StoreError: It cannot be read.
    """
    if not (folder / CLAIMS_FILE).exists():
        return []
    known = load_json(folder / CLAIMS_FILE)
    rows = known["rows"] if known.get("version") == version else []
    return [ClaimRow.from_dict(row) for row in rows]


def render_claims(
    rows: Sequence[ClaimRow], waiting: Iterable[tuple[str, float | None]]
) -> list[str]:
    """The part of the results that claims are: a table, then each with its picture.

    Args:
        rows: Of the claims that were tried.
        waiting: Title, and the paper's figure, of those that were not.
    """
    text = [
        "## The paper's claims",
        "",
        "| claim | the paper | here | 95 % interval | p | training seeds | verdict |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
        *(_line(row) for row in rows),
        *(
            f"| {title} | {_points(paper)} |  |  |  | 0 | not run here yet |"
            for title, paper in waiting
        ),
        "",
        "Differences in success, in points. Every training seed has demonstrations, wording and"
        " trial scenes of its own; both arms of a comparison learn from the same ones. The test is"
        " over training seeds, one number each (exact sign flips); 'shown' and 'reversed' are at"
        f" p < {LEVEL:g}, 'equivalent' is a difference below {100 * MARGIN:.0f} points (two"
        " one-sided t tests). How many seeds is planned beforehand, by the power that"
        " `cliprt reproduce --profile claims --list` prints; nothing is decided before all are"
        " there.",
        "",
        "**Limits.** A simulated arm and a teacher that is a program; five tasks that were chosen"
        " because little teaching leaves them unfinished; a 1.4 M parameter network that begins"
        " with nothing, where the paper's is pretrained and a thousand times larger. What is not"
        " shown here may be so there, and the other way round.",
        "",
    ]
    for row in rows:
        text += _section(row)
    return text


def tell_verdict(row: ClaimRow) -> str:
    """In a few words; a claim whose trainings are not all there has none yet.

    The word is that of ``claims.json``.
    """
    if row.is_decided:
        return row.verdict
    return f"not decided yet: {len(row.training_seeds)} of {row.planned_seeds} seeds"


def tell_interval(row: ClaimRow) -> str:
    """The interval in points."""
    return "{:+.1f} to {:+.1f}".format(*row.interval)


def _line(row: ClaimRow) -> str:
    cells = [
        f"[{row.title}](#{_anchor(row.title)})",
        _points(row.paper),
        f"{row.ours:+.1f}",
        tell_interval(row),
        f"{row.p:.2g}",
        str(len(row.training_seeds)),
        f"**{tell_verdict(row)}**",
    ]
    return f"| {' | '.join(cells)} |"


def _points(paper: float | None) -> str:
    return "-" if paper is None else f"{paper:+g}"


def _section(row: ClaimRow) -> list[str]:
    labels = {arm.model: arm for arm in row.arms}
    first, second = (labels[name] for name in (row.first, row.second))
    means = " against ".join(_mean(arm) for arm in (first, second))
    return [
        f"### {row.title}",
        "",
        f"{row.says} The paper: {row.paper_says}.",
        "",
        f"![{row.title}: success of each training, and of all]({row.picture})",
        "",
        f"Here: {means}; {row.ours:+.1f} points ({tell_interval(row)}), p = {row.p:.2g}, over"
        f" {len(row.training_seeds)} training seeds and {row.trials:,} trials:"
        f" **{tell_verdict(row)}**. `{row.command}`",
        "",
    ]


def _mean(arm: ArmRow) -> str:
    mean = 100 * sum(arm.success) / len(arm.success)
    return f"{mean:.0f} % ({', '.join(filter(None, (arm.series, arm.label)))})"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")
