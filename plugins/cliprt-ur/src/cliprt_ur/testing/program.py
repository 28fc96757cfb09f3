"""The program that ur-rtde uploads, played rather than interpreted.

ur-rtde sends 42 kB of URScript whose main loop takes commands from input registers and answers in
output registers.  This is that loop: command and arguments come in integer register 0 and the
doubles, 1 in output register 0 means ready and 2 means done, and the client then clears its
command.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from cliprt_ur.testing.registers import ProgramRegisters

if TYPE_CHECKING:
    from cliprt_ur.testing.cabinet import Cabinet
    from cliprt_ur.testing.commands import Command

READY, DONE = 1, 2
STATE, NUMBER, PROGRESS = 0, 1, 2
"""What the output integers are for."""

CLEAR, STOP = 0, 255

_RUNNING = 1 << 15
_CHANGES, _OPERATIONS = 16, 24
"""From which bit on the progress register counts its changes, and the operations."""

Finished = Callable[[], bool]
"""Whether a command that takes time is done."""


class ScriptError(Exception):
    """What ends a program on a real controller, such as a pose without joint angles."""


class ControlProgram:
    """ur-rtde's program, running."""

    def __init__(self, cabinet: Cabinet, commands: dict[int, Command], offset: int) -> None:
        """Start it, ready for a command.

        Args:
            cabinet: Whose program it is.
            commands: By number.
            offset: Of the registers it uses.
        """
        self.cabinet, self.registers = cabinet, ProgramRegisters(cabinet.registers, offset)
        self._commands = commands
        self._finished: Finished | None = None
        self._is_executing = False
        self._watched: Callable[[], bool] | None = None
        self._changes = self._operations = 0
        self._repeated: tuple[object, ...] = ()
        self._tell_progress(-1)
        self.registers.tell(STATE, READY)

    def step(self) -> None:
        """One turn of the main loop.

        Raises:
            ScriptError: A command that ends the program.
            NoWayError: One that leads nowhere.
        """
        if self._watched is not None and self._watched():
            self._watched = None
            self._tell_progress(-1)
        if self._finished is not None:
            if not self._finished():
                return
            self._finished = None
            self.registers.tell(STATE, DONE)
        number = self.registers.number(0)
        command = self._commands.get(number)
        try:
            self._take(number, command)
        except ScriptError as error:
            arguments = self.registers.floats(0, command.floats if command else 0)
            self._note("rejected", number, command, arguments, why=str(error))
            raise

    def _take(self, number: int, command: Command | None) -> None:
        if command is not None and command.is_repeated:
            self._repeat(number, command)
            self.registers.tell(STATE, READY)
        elif number == CLEAR:
            self._is_executing, self._repeated = False, ()
            self.registers.tell(STATE, READY)
        elif not self._is_executing:
            self._is_executing = True
            self._execute(number, command)

    def _execute(self, number: int, command: Command | None) -> None:
        if number == STOP:
            self.cabinet.stop_program("the client ended it")
            return
        if command is None:
            self._note("command", number, command, ())
        else:
            arguments = self._arguments(command)
            answer = command.execute(self, arguments)
            told = {} if answer is None or callable(answer) else {"answer": answer}
            self._note("command", number, command, arguments, **told)
            if callable(answer):
                self._finished = answer
                return
            if isinstance(answer, int):
                self.registers.tell(NUMBER, answer)
            elif answer is not None:
                self.registers.tell_floats(answer)
        self.registers.tell(STATE, DONE)

    def _repeat(self, number: int, command: Command) -> None:
        arguments = self._arguments(command)
        answer = command.execute(self, arguments)
        if isinstance(answer, tuple):
            self.registers.tell_floats(answer)
        if (number, *arguments) != self._repeated:
            self._repeated = (number, *arguments)
            self._note("command", number, command, arguments)

    def _arguments(self, command: Command) -> tuple[float, ...]:
        arguments = self.registers.floats(0, command.floats)
        if not all(map(math.isfinite, arguments)):
            raise ScriptError(f"{command.name}: {arguments} are not all numbers")
        return arguments

    @property
    def is_async(self) -> bool:
        """Whether the client wants its command done in the background."""
        return self.registers.number(1) == 1

    def follow(self, finished: Finished) -> Finished | None:
        """Wait for the end of a motion; in the background where the client wants that."""
        if not self.is_async:
            return finished
        self._watched = finished
        self._tell_progress(0)
        return None

    def _tell_progress(self, progress: int) -> None:
        self._changes = (self._changes + 1) % 128
        if progress == 0:
            self._operations = (self._operations + 1) % 128
        value = (self._changes << _CHANGES) | (self._operations << _OPERATIONS)
        self.registers.tell(PROGRESS, value | (_RUNNING + progress if progress >= 0 else 0))

    def _note(
        self,
        kind: str,
        number: int,
        command: Command | None,
        arguments: tuple[float, ...],
        **more: object,
    ) -> None:
        # A command that is not played is accepted all the same, and has no effect.
        name = "not played" if command is None else command.name
        data = {"number": number, "name": name, "arguments": arguments, **more}
        self.cabinet.record.note(kind, data)
