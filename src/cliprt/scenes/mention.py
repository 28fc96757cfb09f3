"""A thing as it was spoken of, before anything is laid."""

from __future__ import annotations

from dataclasses import dataclass, field

Side = tuple[float | None, float | None]
"""A place (x, y) [m]; None = nothing was said along that axis."""


@dataclass
class Mention:
    """One thing that was spoken of.

    Attributes:
        thing: Name in the catalogue.
        colour: A word for it; "" = none was said.
        side: Where it is; None = nothing was said.
        is_exact: Whether that was said in centimetres.
        relations: To others: (what, their numbers, distance [m] or None).
        state: ``"open"``, ``"shut"``, ``"ink"`` or "".
        turn_deg: How it is turned.
        is_anywhere: Whether it shall be at random.
        is_named: Whether it was told apart from others of its kind.
    """

    thing: str
    colour: str = ""
    side: Side | None = None
    is_exact: bool = False
    relations: list[tuple[str, tuple[int, ...], float | None]] = field(default_factory=list)
    state: str = ""
    turn_deg: float = 0.0
    is_anywhere: bool = False
    is_named: bool = False
