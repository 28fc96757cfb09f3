"""A policy's server on loopback: real WebSockets, one answer per question, faults on request.

It speaks openpi's frames, with numbers ("echoing") or without, or vla-eval's.  What it answers
follows from the question alone, so that an answer to another question is seen in the motion.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from cliprt.protocols import openpi, vla_eval
from cliprt.protocols.actions import ActionSpec
from cliprt.protocols.arrays import pack
from cliprt.protocols.lines import ECHOES, NUMBER

SPOKEN = ("openpi", "echoing", "vla_eval")
GREETINGS = ("half_open", "refused", "wrong_key", "silent_greeting", "garbage_greeting", "other")
"""Faults of a connection, before any question."""
ANSWERS = (
    *("silent", "late", "drip", "hang_up", "garbage", "cut_off", "words", "huge", "gigabyte"),
    *("nan", "shape", "no_rows", "no_actions", "object", "duplicate", "swapped", "restart"),
)
"""Faults of an answer."""
TELLTALE = ("duplicate", "swapped")
"""Faults that only a server that repeats numbers can be caught at."""


def advised(y_m: float) -> float:
    """Where to go from a place [m]: nowhere twice, never far."""
    return float(np.float32(0.15 * np.sin(997.0 * np.float32(y_m) + 1.0) - np.float32(y_m)))


def to_advice(fields) -> dict:
    """One motion along y, which follows from where the robot is."""
    rows = np.zeros((1, 8), np.float32)
    rows[0, 1] = advised(float(fields["state"][1]))
    return {"actions": rows}


class PolicyServer:
    """Serves until it is left; `plan` holds the next faults, ``""`` is an honest answer."""

    def __init__(
        self,
        spoken: str = "openpi",
        answer: Callable[[dict], dict] = to_advice,
        metadata: dict | None = None,
        key: str = "",
        late_s: float = 1.0,
    ) -> None:
        self.spoken, self.answer, self.key, self.late_s = spoken, answer, key, late_s
        self.metadata = {"actions": ActionSpec().to_dict()} if metadata is None else metadata
        if spoken == "echoing":
            self.metadata = {**self.metadata, ECHOES: NUMBER}
        self.plan: deque[str] = deque()
        self.dealt: list[str] = []
        self.questions: list[dict] = []
        self.episodes: list[dict] = []
        self.honest = self.connections = 0
        self.port = 0
        self._left = threading.Event()
        self._last = b""

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def __enter__(self) -> PolicyServer:
        self._server = serve(
            self._talk,
            "127.0.0.1",
            self.port,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=0.1,
            process_request=self._let_in,
        )
        self.port = self._server.socket.getsockname()[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._left.set()
        self._server.shutdown()

    def restart(self) -> None:
        """Down and up again, at the same address."""
        self._server.shutdown()
        self.__enter__()

    def _let_in(self, connection, request):
        self.connections += 1
        fault = self._next(GREETINGS)
        if fault == "half_open":
            self._left.wait(self.late_s)
        if fault == "refused":
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "later\n")
        wants = f"Api-Key {self.key}" if self.key else None
        if fault == "wrong_key" or (wants and request.headers.get("Authorization") != wants):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        connection.fault = fault
        return None

    def _next(self, faults) -> str:
        if not self.plan or self.plan[0] not in faults:
            return ""
        self.dealt.append(self.plan[0])
        return self.plan.popleft()

    def _talk(self, ws) -> None:
        try:
            self._greet(ws)
            for frame in ws:
                self._hear(ws, frame)
        except (ConnectionClosed, OSError):
            pass

    def _greet(self, ws) -> None:
        says = {**self.metadata, "other": True} if ws.fault == "other" else self.metadata
        if ws.fault == "silent_greeting":
            self._left.wait(self.late_s)
        if self.spoken == "vla_eval":
            hello = vla_eval.read(ws.recv(60))
            said = vla_eval.write(vla_eval.Message("hello", vla_eval.hello(**says), hello.seq))
        else:
            said = openpi.write(says)
        ws.send(b"\xc1" + said if ws.fault == "garbage_greeting" else said)

    def _hear(self, ws, frame) -> None:
        if self.spoken == "vla_eval":
            message = vla_eval.read(frame)
            if message.kind != "observation":
                self.episodes.append({"kind": message.kind, **message.payload})
                return
            fields, number = dict(message.payload), message.seq
        else:
            fields = openpi.read(frame)
            number = fields.get(NUMBER)
        if self.spoken != "openpi" and not ws.fault and self.plan and self.plan[0] in GREETINGS:
            ws.close()  # a line that lasts; the next one gets it
            return
        fault = ws.fault or self._next(("", *ANSWERS))
        self.questions.append(fields)
        self._reply(ws, fault, self.answer(fields), number)

    def _frame(self, answer: dict, number) -> bytes:
        if self.spoken == "vla_eval":
            return vla_eval.write(vla_eval.Message("action", answer, number, time.time()))
        beside = {NUMBER: number} if self.spoken == "echoing" else {}
        return pack({**answer, **beside, "server_timing": {"infer_ms": 1.0}})

    def _reply(self, ws, fault: str, answer: dict, number) -> None:
        frame = self._frame(_spoiled(answer, fault), number)
        before, self._last = self._last or self._frame(answer, -1), frame
        said = {
            "words": "Traceback: the GPU is gone\x1b[2J",
            "huge": bytes(9 << 20),
            "garbage": np.random.default_rng(len(self.dealt)).bytes(200),
            "cut_off": frame[:-7],
            "swapped": before,
            "drip": self._drops(frame),
        }.get(fault, frame)
        if fault in ("silent", "late"):
            self._left.wait(self.late_s)
        if fault == "gigabyte":
            ws.socket.sendall(b"\x82\x7f" + (1 << 30).to_bytes(8, "big") + b"x" * 1000)
            self._left.wait(self.late_s)
        elif fault in ("silent", "hang_up", "restart"):
            ws.close()
        else:
            self.honest += fault in ("", "duplicate")
            ws.send(said)
            if fault == "duplicate":
                ws.send(frame)

    def _drops(self, frame: bytes):
        for byte in frame:
            yield bytes([byte])
            if self._left.wait(self.late_s / 20):
                return


def _spoiled(answer: dict, fault: str) -> dict:
    rows = answer.get("actions")
    if fault == "nan":
        return {**answer, "actions": np.full_like(rows, np.nan)}
    if fault == "shape":
        return {**answer, "actions": rows[:, :-1]}
    if fault == "no_rows":
        return {**answer, "actions": rows[:0]}
    if fault == "no_actions":
        return {"thoughts": "none"}
    if fault == "object":
        pickled = {"__ndarray__": True, "data": b"cos\nsystem\n", "dtype": "|O", "shape": [1]}
        return {**answer, "actions": pickled}
    return answer
