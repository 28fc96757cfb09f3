"""One tab steers the robot, the others watch.

The first tab that shows itself steers.  When it is lost (its connection closes, it is silent, or
hidden for long), the robot is halted by whoever calls `sweep` or `leave`, and the next to steer is
who had asked for control, else the next tab that comes and shows itself: so a reloaded page goes on
at once.  A tab that watches may ask for control; the one that steers grants it, unless it is gone.
"""

from __future__ import annotations

import time
from collections.abc import Callable

SILENCE_S = 2.0
"""A steering tab that gives no sign of life for so long is lost."""

HIDDEN_S = 10.0
"""So is one that nobody has seen for so long: another tab before it, a locked phone."""


class Control:
    """Which tab steers, and which one would like to.

    Args:
        clock: Wall clock [s].
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._heard_s: dict[str, float] = {}
        self._shown_s: dict[str, float] = {}
        self.controller: str | None = None
        """The tab that steers; None if it is lost and nobody has come since."""
        self.applicant: str | None = None
        """The tab that asks to take over."""

    @property
    def tabs(self) -> int:
        """How many are connected."""
        return len(self._heard_s)

    def join(self, tab: str) -> None:
        """A tab shows itself; it steers if nobody does."""
        self._heard_s[tab] = self._shown_s[tab] = self._clock()
        if self.controller is None:
            self._hand_to(tab)

    def beat(self, tab: str, is_shown: bool = True) -> None:
        """A tab gives a sign of life; one that is new, or was lost, joins when it is shown."""
        if self.is_connected(tab):
            self._heard_s[tab] = self._clock()
            if is_shown:
                self._shown_s[tab] = self._clock()
        elif is_shown:
            self.join(tab)

    def leave(self, tab: str) -> bool:
        """A tab is gone; returns whether it was the one that steered."""
        self._heard_s.pop(tab, None)
        self._shown_s.pop(tab, None)
        if self.applicant == tab:
            self.applicant = None
        if self.controller != tab:
            return False
        self.controller = None
        if self.applicant is not None:
            self._hand_to(self.applicant)
        return True

    def sweep(self) -> bool:
        """Look for silence; returns whether the tab that steered is lost."""
        tab, now_s = self.controller, self._clock()
        if tab is None:
            return False
        is_silent = now_s - self._heard_s[tab] > SILENCE_S
        is_hidden = now_s - self._shown_s[tab] > HIDDEN_S
        return (is_silent or is_hidden) and self.leave(tab)

    def steers(self, tab: str) -> bool:
        """Whether this tab may say what the robot does."""
        return self.controller == tab

    def is_connected(self, tab: str) -> bool:
        """Whether this tab is known."""
        return tab in self._heard_s

    def apply(self, tab: str) -> None:
        """A tab that watches asks to take over; at once where nobody steers."""
        if not self.is_connected(tab) or self.controller == tab:
            return
        if self.controller is None:
            self._hand_to(tab)
        else:
            self.applicant = tab

    def answer(self, tab: str, grant: bool) -> None:
        """The tab that steers grants or refuses what another asks for."""
        if not self.steers(tab) or self.applicant is None:
            return
        if grant:
            self._hand_to(self.applicant)
        self.applicant = None

    def _hand_to(self, tab: str) -> None:
        self.controller, self.applicant = tab, None
        self._heard_s[tab] = self._shown_s[tab] = self._clock()
