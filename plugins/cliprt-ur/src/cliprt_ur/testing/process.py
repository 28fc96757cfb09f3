"""The process of a loopback controller: its ports, its pulse, and the channel of its tests."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from cliprt_ur.testing import hosts
from cliprt_ur.testing.arm import AXES
from cliprt_ur.testing.cabinet import Cabinet
from cliprt_ur.testing.dashboard import DashboardLine
from cliprt_ur.testing.faults import inject
from cliprt_ur.testing.network import Network, TextLine
from cliprt_ur.testing.robotiq import RobotiqServer
from cliprt_ur.testing.rtde import RtdeLine
from cliprt_ur.testing.script_port import ScriptLine

MOVING_S, IDLE_S = 0.002, 0.008
"""Between two pulses."""

PAGE = 500
"""Events of the record that are handed over at once, so that the arm need not wait for more."""

READY = "ready"
"""What the process prints when it can be spoken to."""


class GripperLine(TextLine):
    """One client of the gripper's URCap."""

    name = "gripper"

    def __init__(self, network: Network, gripper: RobotiqServer) -> None:
        """Serve a client."""
        super().__init__(network, lambda line: "" if gripper.is_silent else gripper.answer(line))


class Process:
    """One controller on its address."""

    def __init__(self, host: str, cabinet: Cabinet) -> None:
        """Nothing listens before `run`."""
        self._cabinet, self._network = cabinet, Network(host, cabinet.record)
        self._owners: dict[str, RtdeLine] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def run(self, on_ready: Callable[[], None], until: Awaitable[Any]) -> None:
        """Be a controller.

        Args:
            on_ready: Called when every port listens.
            until: End when this does.

        Raises:
            OSError: A port is taken.
        """
        network, cabinet, gripper = self._network, self._cabinet, self._cabinet.gripper
        await network.serve(hosts.DASHBOARD, lambda: DashboardLine(network, cabinet))
        for port in (hosts.PRIMARY, hosts.SECONDARY, hosts.REALTIME):
            await network.serve(port, lambda: ScriptLine(network, cabinet))
        await network.serve(
            hosts.RTDE, lambda: RtdeLine(network, cabinet, self._owners, self._pulse)
        )
        if gripper is not None:
            await network.serve(hosts.GRIPPER, lambda: GripperLine(network, gripper))
        await asyncio.start_server(self._control, network.host, hosts.CONTROL, limit=1 << 20)
        self._pulse()
        on_ready()
        await until

    def _pulse(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._cabinet.step(time.monotonic())
        wait_s = MOVING_S if self._cabinet.is_busy else IDLE_S
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._pulse)

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                answer = await self._do(json.loads(line))
                self._pulse()
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            return  # the test has gone
        finally:
            writer.close()

    async def _do(self, order: dict[str, Any]) -> Any:
        cabinet, arm = self._cabinet, self._cabinet.arm
        # The arm is asked, or troubled, as it is now, not as it was at the last pulse.
        self._pulse()
        match order:
            case {"do": "state"}:
                return cabinet.state()
            case {"do": "record", "first": first}:
                return cabinet.record.page(first, PAGE)
            case {"do": "forget"}:
                cabinet.record.forget()
            case {"do": "fault", "kind": kind, "options": options}:
                inject(cabinet, self._network, kind, options)
            case {"do": "clear"}:
                cabinet.record.note("clear")
                cabinet.clear()
                await self._network.clear()
            case {"do": "place", "joints": joints}:
                arm.place(joints)
            case {"do": "slider", "share": share}:
                arm.slider = share
            case {"do": "block", "opening_m": opening_m}:
                if cabinet.gripper is not None:
                    cabinet.gripper.blocked_m = opening_m
            case {"do": "plane", "axis": axis, "sign": sign, "limit_m": limit_m}:
                arm.set_plane(AXES[axis], sign, limit_m)
            case {"do": "input", "number": number, "value": value}:
                cabinet.inputs = cabinet.inputs & ~(1 << number) | value << number
            case {"do": "unlock"}:
                return cabinet.unlock()
        return None


async def run_process(host: str, cabinet: Cabinet, *, until_eof: bool) -> None:
    """Be a controller until it is interrupted, or nobody holds its standard input any more.

    Raises:
        OSError: A port is taken.
    """
    loop = asyncio.get_running_loop()
    until: asyncio.Future[None] = loop.create_future()

    def fail(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # A mistake of ours must not leave an arm that only seems to stand still.
        if not until.done():
            until.set_exception(context.get("exception") or RuntimeError(context["message"]))

    loop.set_exception_handler(fail)
    if until_eof:

        def read() -> None:
            if not os.read(sys.stdin.fileno(), 1024) and not until.done():
                until.set_result(None)

        loop.add_reader(sys.stdin.fileno(), read)
    await Process(host, cabinet).run(lambda: print(READY, flush=True), until)
