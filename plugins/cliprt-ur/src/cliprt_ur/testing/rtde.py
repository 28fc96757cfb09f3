"""RTDE version 2: agree on recipes, stream what is asked for, take what is written."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

from cliprt_ur.testing.cabinet import Cabinet
from cliprt_ur.testing.fields import FORMATS, INPUTS, OUTPUTS, Recipe, write_inputs
from cliprt_ur.testing.network import Line, Network

POLYSCOPE = (5, 11, 1, 108318)

FASTEST_HZ = 500.0

_HEADER = struct.Struct(">HB")

_BEHIND_S = 0.05
"""A stream that is later than this does not catch up."""


class RtdeLine(Line):
    """One RTDE client."""

    name = "rtde"

    def __init__(
        self,
        network: Network,
        cabinet: Cabinet,
        owners: dict[str, RtdeLine],
        on_written: Callable[[], None],
    ) -> None:
        """Serve a client.

        Args:
            network: Its connection's.
            cabinet: What it listens and writes to.
            owners: Who writes which input; shared by all clients.
            on_written: Called when inputs have changed.
        """
        super().__init__(network)
        self._cabinet, self._owners, self._on_written = cabinet, owners, on_written
        self._rest = b""
        self._inputs: dict[int, Recipe] = {}
        self._count = 0
        self._output: Recipe | None = None
        self._period_s = self._next_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._answers: dict[int, Callable[[bytes], bytes]] = {
            ord("V"): self._agree_on_version,
            ord("v"): lambda _: struct.pack(">4I", *POLYSCOPE),
            ord("O"): self._set_up_output,
            ord("I"): self._set_up_input,
            ord("S"): self._start,
            ord("P"): self._pause,
        }

    def receive(self, data: bytes) -> None:
        """Answer every whole package."""
        self._rest += data
        while len(self._rest) >= _HEADER.size:
            size, kind = _HEADER.unpack_from(self._rest)
            if size < _HEADER.size:
                self.drop()
                return
            if len(self._rest) < size:
                return
            body, self._rest = self._rest[_HEADER.size : size], self._rest[size:]
            try:
                self._take(kind, body)
            except (struct.error, UnicodeDecodeError, KeyError, IndexError) as error:
                # Not RTDE: a real controller closes the connection, too.
                self._network.record.note("link", {"nonsense": f"{chr(kind)}: {error!r}"})
                self.drop()
                return

    def _take(self, kind: int, body: bytes) -> None:
        if kind == ord("U"):
            write_inputs(self._cabinet, self._inputs[body[0]].unpack(body))
            self._on_written()
        else:
            self._send(kind, self._answers[kind](body))

    def end(self) -> None:
        """Stop streaming, and leave the inputs to others."""
        self._pause(b"")
        for name in [name for name, owner in self._owners.items() if owner is self]:
            del self._owners[name]

    def _send(self, kind: int, body: bytes) -> None:
        self.send(_HEADER.pack(_HEADER.size + len(body), kind) + body)

    def _agree_on_version(self, body: bytes) -> bytes:
        return struct.pack(">?", struct.unpack(">H", body)[0] == 2)

    def _set_up_output(self, body: bytes) -> bytes:
        (hertz,) = struct.unpack_from(">d", body)
        names = _names(body[8:])
        types = [OUTPUTS[name][0] if name in OUTPUTS else "NOT_FOUND" for name in names]
        if "NOT_FOUND" not in types:
            self._output = Recipe(names, types)
            self._period_s = 1 / min(max(hertz, 1.0), FASTEST_HZ)
        return struct.pack(">B", self._output is not None) + ",".join(types).encode()

    def _set_up_input(self, body: bytes) -> bytes:
        names = _names(body)
        types = [self._input_type(name) for name in names]
        self._count += 1
        if not all(name in FORMATS for name in types):
            return b"\0" + ",".join(types).encode()
        self._owners.update(dict.fromkeys(names, self))
        self._inputs[self._count] = Recipe(names, types)
        return struct.pack(">B", self._count) + ",".join(types).encode()

    def _input_type(self, name: str) -> str:
        if name not in INPUTS:
            return "NOT_FOUND"
        is_taken = self._owners.get(name, self) is not self
        is_clashing = self._cabinet.is_clashing and "register" in name
        return "IN_USE" if is_taken or is_clashing else INPUTS[name]

    def _start(self, _: bytes) -> bytes:
        if self._output is None:
            return b"\0"
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._next_s = loop.time()
            self._timer = loop.call_soon(self._stream)  # type: ignore[assignment]
        return b"\1"

    def _pause(self, _: bytes) -> bytes:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        return b"\1"

    def _stream(self) -> None:
        assert self._output is not None
        loop = asyncio.get_running_loop()
        self._send(ord("U"), self._output.pack(1, self._cabinet))
        self._next_s = max(self._next_s + self._period_s, loop.time() - _BEHIND_S)
        self._timer = loop.call_at(self._next_s, self._stream)


def _names(data: bytes) -> list[str]:
    return [name.strip() for name in data.decode().split(",") if name.strip()]
