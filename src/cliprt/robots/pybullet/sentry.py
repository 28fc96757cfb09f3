"""Looks after the arm while it moves: what it presses on, and where it is.

The plan keeps the arm clear of the table and in its workspace; contact can push it off the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from cliprt.robots.pybullet.arm import HAND_LINK
from cliprt.robots.pybullet.bodies import PlacedBody
from cliprt.robots.pybullet.client import PhysicsClient
from cliprt.robots.pybullet.kinematics import TCP_OFFSET_M
from cliprt.robots.world import Vector

LOOK_STEPS = 2
"""Physics steps between two looks."""

MAX_FORCE_N = 60.0
MAX_FORCE_LOOKS = 5
"""What a link may press on the table with, and at how many looks in a row it is too long: the arm
is then told to rest before 50 ms are over."""

FindEscape = Callable[[Vector], str | None]
"""Position of the pinch point [m] -> why it is where it must not be, in words; None where not."""


class Sentry:
    """Asked every `LOOK_STEPS` of one motion whether the arm has to stop.

    The answer depends on nothing but the steps made, so a motion that it ends ends the same when it
    is made again.
    """

    def __init__(
        self,
        client: PhysicsClient,
        arm: PlacedBody,
        table: PlacedBody,
        find_escape: FindEscape | None,
    ) -> None:
        self._client, self._arm, self._table = client, arm.number, table.number
        self._links = {number: name for name, number in arm.links.items()}
        self._hand = arm.links[HAND_LINK]
        self._find_escape = find_escape
        self._looks_above: Counter[int] = Counter()

    def find_trouble(self) -> str | None:
        """Why the arm has to stop, with the limit and the value; None where it need not."""
        return self._find_force() or (self._find_escape and self._find_escape(self._position()))

    def _find_force(self) -> str | None:
        contacts = self._client.getContactPoints(self._arm, self._table)
        if not contacts:  # as at nearly every look
            self._looks_above.clear()
            return None
        forces: Counter[int] = Counter()
        for contact in contacts:
            forces[contact[3]] += contact[9]
        above = {link: force for link, force in forces.items() if force > MAX_FORCE_N}
        self._looks_above = Counter({link: self._looks_above[link] + 1 for link in above})
        for link, force in above.items():
            if self._looks_above[link] >= MAX_FORCE_LOOKS:
                name = self._links[link].replace("_", " ")
                return f"the {name} presses on the table with {force:.0f} N (limit {MAX_FORCE_N:g})"
        return None

    def _position(self) -> Vector:
        """Of the pinch point [m], as it was before the newest physics step.

        Asking for the newest would have PyBullet reckon anew, and change what follows.
        """
        state = self._client.getLinkState(self._arm, self._hand)
        (px, py, pz), (x, y, z, w) = state[4], state[5]
        return (
            px + TCP_OFFSET_M * 2 * (x * z + w * y),
            py + TCP_OFFSET_M * 2 * (y * z - w * x),
            pz + TCP_OFFSET_M * (1 - 2 * (x * x + y * y)),
        )
