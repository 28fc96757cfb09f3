"""The numbers that a controller's program and its clients leave for each other."""

from __future__ import annotations

from collections.abc import Sequence

COUNT = 48


class Registers:
    """Four rows of numbers, kept when programs and connections end.

    Attributes:
        ints_in, doubles_in: Written by clients.
        ints_out, doubles_out: Written by the program.
    """

    def __init__(self) -> None:
        """All zero."""
        self.ints_in, self.ints_out = [0] * COUNT, [0] * COUNT
        self.doubles_in, self.doubles_out = [0.0] * COUNT, [0.0] * COUNT


class ProgramRegisters:
    """The registers as the control program sees them: its own part of each row."""

    def __init__(self, registers: Registers, offset: int) -> None:
        """Choose the part.

        Args:
            registers: All of them.
            offset: Where the program's part begins: 0, or 24 for the upper range.
        """
        self._all, self.offset = registers, offset

    def number(self, index: int) -> int:
        """One integer from the client."""
        return self._all.ints_in[self.offset + index]

    def floats(self, first: int, count: int) -> tuple[float, ...]:
        """Some doubles from the client."""
        first += self.offset
        return tuple(self._all.doubles_in[first : first + count])

    def tell(self, index: int, value: int) -> None:
        """One integer for the client."""
        self._all.ints_out[self.offset + index] = value

    def tell_floats(self, values: Sequence[float]) -> None:
        """Doubles for the client, from the first on."""
        first = self.offset
        self._all.doubles_out[first : first + len(values)] = [float(x) for x in values]
