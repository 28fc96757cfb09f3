"""What can be asked in a household scene: a verb, a thing by colour and kind, and a place.

Everything can be asked in every scene, so that the words, not the scene, choose what is to be done.
"""

from __future__ import annotations

from dataclasses import dataclass

COLOURS, KINDS = ("red", "blue"), ("cube", "cup")
THINGS = tuple(f"{colour} {kind}" for colour in COLOURS for kind in KINDS)
PLACES = ("plate", "left drawer", "right drawer")

PICK, POINT, PUSH = "Pick up the {what}", "Point at the {what}", "Push the {what} forward"
PUT_ON, PUT_IN = "Put the {what} on the {where}", "Put the {what} in the {where}"

GOALS = {
    PICK: "the {what} is held and lifted by at least 6 cm",
    POINT: "the hand is above the {what} and within 5 cm of it, and the {what} is not moved",
    PUSH: "the {what} is moved forward by at least 4 cm, upright and on the table",
    PUT_ON: "the {what} is on the {where}",
    PUT_IN: "the {what} is in the {where}",
}
"""Wording -> when it is done, in the words of :mod:`cliprt.goals`."""


@dataclass(frozen=True)
class Chore:
    """One thing that can be asked.

    >>> chore = Chore(PUT_IN, "red cup", "left drawer")
    >>> chore.instruction, chore.key
    ('Put the red cup in the left drawer', 'put_the_red_cup_in_the_left_drawer')
    """

    wording: str
    what: str
    where: str = ""

    @property
    def instruction(self) -> str:
        """As it is taught."""
        return self.wording.format(what=self.what, where=self.where)

    @property
    def goal(self) -> str:
        """When it is done, in words."""
        return GOALS[self.wording].format(what=self.what, where=self.where)

    @property
    def key(self) -> str:
        """What a recipe calls it."""
        return self.instruction.lower().replace(" ", "_")


CHORES = tuple(
    Chore(wording, what, where)
    for wording, places in (
        (PICK, ("",)),
        (POINT, ("",)),
        (PUSH, ("",)),
        (PUT_ON, PLACES[:1]),
        (PUT_IN, PLACES[1:]),
    )
    for where in places
    for what in THINGS
)
"""All that can be asked, in every scene."""

HELD_OUT = (
    Chore(PICK, "blue cube"),
    Chore(POINT, "red cup"),
    Chore(PUSH, "red cube"),
    Chore(PUT_ON, "blue cup", "plate"),
    Chore(PUT_IN, "red cup", "left drawer"),
    Chore(PUT_IN, "blue cube", "right drawer"),
)
"""Never taught, though each of their words is: one thing for each verb and place."""

TAUGHT = tuple(chore for chore in CHORES if chore not in HELD_OUT)
