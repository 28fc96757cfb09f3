"""A Robotiq gripper behind its URCap socket: fingers that take their time, and its faults.

Speaks what the URCap speaks on port 63352: ``SET POS 255 SPE 128 FOR 30 GTO 1`` -> ``ack``,
``GET POS`` -> ``POS 113``.  It is plugged into an event loop by whoever owns the port::

    gripper = RobotiqServer()
    await asyncio.start_server(gripper.serve, host, PORT)
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

PORT = 63352
STROKE_M = 0.085
OPEN_AT, CLOSED_AT = 3, 228
"""What POS reads at the fingers' two mechanical ends; targets beyond are never reached."""
ACTIVATION_S = 2.0
"""As long as a real one takes, about; its fingers open, close and open meanwhile."""
SLOWEST_M_S, FASTEST_M_S = 0.02, 0.15

_M_PER_COUNT = STROKE_M / (CLOSED_AT - OPEN_AT)


class RobotiqServer:
    """One gripper with any number of listeners; time passes for it whenever it is asked.

    Attributes:
        values: The variables by name, as the URCap has them.
        is_silent: Take what comes and answer nothing more.
    """

    def __init__(
        self,
        *,
        active: bool = True,
        activation_s: float = ACTIVATION_S,
        clock: Callable[[], float] = time.monotonic,
        record: Callable[[str, Mapping[str, object]], None] | None = None,
    ) -> None:
        """Fingers apart and nothing between them.

        Args:
            active: Whether it was activated already.
            activation_s: How long that takes.
            clock: Seconds, the same as in `last_moved_s`.
            record: Told of every ``SET``: ``("gripper", {"ACT": 1, ...})``.
        """
        self.is_silent = False
        self._is_dead = False
        self.values = {
            **{"ACT": int(active), "GTO": int(active), "STA": 3 if active else 0},
            **{"FOR": 0, "SPE": 255, "POS": OPEN_AT, "PRE": 0, "OBJ": 3 if active else 0, "FLT": 0},
        }
        self._activation_s = activation_s
        self._clock = clock
        self._record = record
        self._blocked_m: float | None = None
        self._position = float(OPEN_AT)
        self._stepped_s = self._moved_s = clock()
        self._active_from_s = 0.0

    @property
    def opening_m(self) -> float:
        """Distance between the fingers now."""
        self.step()
        return _to_opening(self._position)

    @property
    def last_moved_s(self) -> float:
        """When the fingers last moved, on the clock."""
        self.step()
        return self._moved_s

    @property
    def blocked_m(self) -> float | None:
        """Width of what lies between the fingers; None = nothing."""
        return self._blocked_m

    @blocked_m.setter
    def blocked_m(self, width_m: float | None) -> None:
        self.step()
        self._blocked_m = width_m
        if width_m is None and self.values["OBJ"] == 2:
            self.values["OBJ"] = 0  # what was held is gone: the fingers go on

    @property
    def is_dead(self) -> bool:
        """Whether it is without power: every value is ``?``, as while the arm is e-stopped."""
        return self._is_dead

    @is_dead.setter
    def is_dead(self, dead: bool) -> None:
        self.step()
        if self._is_dead and not dead:  # it wakes up and waits to be activated
            self.values.update(ACT=0, GTO=0, STA=0, OBJ=0)
        self._is_dead = dead

    def fail(self, code: int) -> None:
        """Report a fault (``FLT``); its fingers stay where they are until it is activated anew."""
        self.step()
        self.values.update(FLT=code, GTO=0)

    def clear(self) -> None:
        """End every fault, as somebody at the pendant would."""
        self.step()
        self.is_silent = self.is_dead = False
        self.values["FLT"] = 0

    def state(self) -> dict[str, float | int | None]:
        """Everything about it: the variables, the opening, what blocks it, when it last moved."""
        opening_m, moved_s = self.opening_m, self.last_moved_s
        own = {"opening_m": opening_m, "blocked_m": self._blocked_m, "last_moved_s": moved_s}
        return {**self.values, **own}

    def step(self) -> None:
        """Let the fingers move for as long as passed since the last time."""
        now = self._clock()
        passed_s, self._stepped_s = now - self._stepped_s, now
        values = self.values
        if values["STA"] == 1 and now >= self._active_from_s:
            values.update(STA=3, PRE=0, GTO=1, OBJ=0)
            self._position = float(OPEN_AT)
            self._moved_s = self._active_from_s
        if self.is_dead or not values["GTO"] or values["STA"] != 3 or values["OBJ"]:
            return
        goal = float(min(max(values["PRE"], OPEN_AT), CLOSED_AT))
        contact = None
        if self._blocked_m is not None and goal > self._position:
            contact = max(_to_position(self._blocked_m), self._position)
        end = goal if contact is None else min(goal, contact)
        speed_m_s = SLOWEST_M_S + (FASTEST_M_S - SLOWEST_M_S) * values["SPE"] / 255
        needed_s = abs(end - self._position) * _M_PER_COUNT / speed_m_s
        if needed_s > passed_s:
            self._position += (end - self._position) * passed_s / needed_s
            self._moved_s = now
        else:
            if needed_s:
                self._moved_s = now - passed_s + needed_s
            self._position = end
            values["OBJ"] = 2 if contact is not None and contact < goal else 3
        values["POS"] = round(self._position)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one listener until it goes; to be given to `asyncio.start_server`."""
        try:
            while line := await reader.readline():
                answer = self.answer(line.decode("ascii", "replace"))
                if not self.is_silent:
                    writer.write(answer.encode())
                    await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return  # a listener that went, or the server that goes: nothing is left to answer
        finally:
            writer.close()

    def answer(self, line: str) -> str:
        """What the gripper says to one line, end of line included; ``""`` to what it ignores."""
        self.step()
        match line.split():
            case ["GET", name]:
                value = "?" if self.is_dead else self.values.get(name, "?")
                return f"{name} {value}\n"
            case ["SET", *pairs] if len(pairs) % 2 == 0:
                self._set(dict(zip(pairs[::2], map(_to_byte, pairs[1::2]), strict=True)))
                return "ack"
        return ""

    def _set(self, told: dict[str, int]) -> None:
        if self._record is not None:
            self._record("gripper", dict(told))
        if self.is_dead:
            return
        values = self.values
        if "ACT" in told:
            self._activate(told.pop("ACT"))
        is_going = told.get("GTO") == 1 and not values["GTO"]
        if "POS" in told:
            told["PRE"] = told.pop("POS")
            is_going = True
        values.update({name: value for name, value in told.items() if name in _SETTABLE})
        if values["STA"] != 3 and is_going:
            values["FLT"] = 5 if values["ACT"] else 7
        elif is_going and not values["FLT"]:
            values["OBJ"] = 0
        self.step()

    def _activate(self, wanted: int) -> None:
        values = self.values
        if not wanted:
            values.update(ACT=0, GTO=0, STA=0, FLT=0, OBJ=0)
        elif not values["ACT"]:
            values.update(ACT=1, STA=1)
            self._active_from_s = self._clock() + self._activation_s


_SETTABLE = ("GTO", "SPE", "FOR", "PRE")


def _to_byte(text: str) -> int:
    return min(max(int(float(text)), 0), 255)


def _to_opening(position: float) -> float:
    return (CLOSED_AT - position) * _M_PER_COUNT


def _to_position(opening_m: float) -> float:
    return CLOSED_AT - opening_m / _M_PER_COUNT
