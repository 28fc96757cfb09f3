"""The ports that take URScript: a whole program, or a line to be done at once."""

from __future__ import annotations

import re

from cliprt_ur.testing.cabinet import Cabinet
from cliprt_ur.testing.commands import COMMANDS
from cliprt_ur.testing.network import Line, Network
from cliprt_ur.testing.program import ControlProgram

_PROGRAM = re.compile(r"^(?:def|sec) (\w+)\(\):\r?\n.*?^end[ \t]*\r?\n", re.DOTALL | re.MULTILINE)
_BEGUN = re.compile(r"^(?:def|sec) ", re.MULTILINE)
_OFFSET = re.compile(r"reg_offset_int = (?:#[^\n]*\n)?\s*(\d+)")
"""ur-rtde puts the number on the line after the comment that asks for it."""

CONTROL_PROGRAM = "rtde_control"
"""ur-rtde's; every other one is taken, and ends at once without having done anything."""


class ScriptLine(Line):
    """One client that sends programs."""

    name = "script"

    def __init__(self, network: Network, cabinet: Cabinet) -> None:
        """Serve a client."""
        super().__init__(network)
        self._cabinet, self._text = cabinet, ""

    def receive(self, data: bytes) -> None:
        """Start every whole program."""
        self._text += data.decode("utf-8", "replace")
        while found := _PROGRAM.search(self._text):
            self._text = self._text[found.end() :]
            upload(self._cabinet, found[1], found[0])
        while "\n" in self._text and not _BEGUN.search(self._text):
            _, self._text = self._text.split("\n", 1)


def upload(cabinet: Cabinet, name: str, text: str) -> None:
    """Run a program that came over the network."""
    if name != CONTROL_PROGRAM:
        cabinet.start_program(None, name)
        return
    offset = _OFFSET.search(text)
    first = int(offset[1]) if offset else 0
    cabinet.start_program(lambda: ControlProgram(cabinet, COMMANDS, first), name)
