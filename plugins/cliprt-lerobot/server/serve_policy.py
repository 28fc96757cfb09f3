# /// script
# requires-python = ">=3.12"
# dependencies = ["lerobot[dataset,diffusion]==0.6.1", "websockets>=13", "msgpack>=1"]
# ///
"""Serve a policy that `train_policy.py` trained, in openpi's frames, on loopback only.

Runs where lerobot is installed, and does not import cliprt:

    python serve_policy.py act_dense_0 --port 8000
    cliprt evaluate --recipe remote policy.url=ws://127.0.0.1:8000 ...

Every question is answered by itself, from what is seen then.  Checkpoints are safetensors and
questions MessagePack within bounds: nothing is unpickled.  Ctrl-C ends it and tells how many
decisions were made, at how much CPU time.
"""

from __future__ import annotations

import argparse
import http
import json
import os
import re
import signal
import threading
import time
from math import prod
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import msgpack
import numpy as np
import torch
from lerobot.policies.factory import get_policy_class, make_pre_post_processors
from rival_inputs import IMAGES, STATE, policy_state
from torch import Tensor
from train_policy import NOTES, ready
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Request, Response, ServerConnection, serve

MOST_BYTES = 4 << 20
MOST_CLIENTS = 8
IDLE_S = 600
"""After so long without a question a client is let go."""

SENT_STATE, PROMPT = "observation/state", "prompt"
SENT_IMAGE = "observation/images/"
COLUMNS = ("x", "y", "z", "roll", "pitch", "yaw", "gripper_rotation", "gripper")
MERGED = {"keyframes": 1, "dense": 2}
"""Frames -> how many of their motions the robot makes as one."""

_DTYPE = re.compile(r"[<|](u1|i[48]|f[48])")


class Refused(Exception):  # noqa: N818
    """A question that is not answered, and why."""


class Rival:
    """The policy as a function of one question.

    Args:
        folder: What `train_policy.py` wrote.
        seed: Of the noise that Diffusion Policy begins with.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.notes = json.loads((folder / NOTES).read_text(encoding="utf-8"))
        self._policy = get_policy_class(self.notes["kind"]).from_pretrained(folder).eval()
        self._before, self._after = make_pre_post_processors(
            self._policy.config, pretrained_path=str(folder)
        )
        self._shapes = {
            key: feature.shape for key, feature in self._policy.config.image_features.items()
        }
        self._lock = threading.Lock()
        self.decisions, self.cpu_s = 0, 0.0
        torch.manual_seed(seed)

    @property
    def metadata(self) -> dict[str, Any]:
        """What a client is told first: who answers, and what the numbers mean."""
        actions = {
            "columns": list(COLUMNS), "gripper": "open_above", "threshold": 0.0,
            "merge": MERGED[self.notes["frames"]],
        }  # fmt: skip
        return {"policy": self.notes, "actions": actions}

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """The motions to make now.

        Raises:
            Refused: Something is missing from the question, or malformed.
        """
        given = self._read(question)
        with self._lock, torch.no_grad():
            start, cpu = time.perf_counter(), time.thread_time()
            batch = ready(self._before(given), self.notes["kind"])
            chunk = self._policy.predict_action_chunk(batch)[:, : self.notes["executed"]]
            actions = self._after(chunk)[0].numpy()
            self.decisions += 1
            self.cpu_s += time.thread_time() - cpu
        elapsed_ms = 1000 * (time.perf_counter() - start)
        return {"actions": pack_array(actions), "server_timing": {"infer_ms": elapsed_ms}}

    def _read(self, question: dict[str, Any]) -> dict[str, Tensor]:
        tasks, prompt = self.notes["tasks"], question.get(PROMPT)
        if prompt not in tasks:
            raise Refused(f"{PROMPT}: got {prompt!r:.80}. Trained on: {', '.join(tasks)}")
        state = array_of(question, SENT_STATE, (7,)).astype(float)
        if not np.isfinite(state).all():
            raise Refused(f"{SENT_STATE}: not finite")
        told = policy_state(state, tasks.index(prompt), len(tasks))
        batch = {STATE: torch.from_numpy(told)[None]}
        for key, (channels, height, width) in self._shapes.items():
            name = SENT_IMAGE + key.removeprefix(IMAGES)
            image = array_of(question, name, (height, width, channels))
            if image.dtype != np.uint8:
                raise Refused(f"{name}: of type {image.dtype}, expected uint8")
            batch[key] = torch.from_numpy(image.copy()).permute(2, 0, 1)[None].float() / 255
        return batch


def array_of(question: dict[str, Any], key: str, shape: tuple[int, ...]) -> np.ndarray:
    """One array of a question.

    Raises:
        Refused: It is missing, of another shape, or of a type that is not allowed.
    """
    fields = question.get(key)
    if not isinstance(fields, dict):
        raise Refused(f"{key}: missing. It is an array {shape}")
    data, dtype = fields.get(b"data"), fields.get(b"dtype")
    if fields.get(b"shape") != list(shape):
        raise Refused(f"{key}: of shape {fields.get(b'shape')!r:.60}, expected {list(shape)}")
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise Refused(f"{key}: of type {dtype!r:.40}, expected numbers such as '|u1' or '<f4'")
    if not isinstance(data, bytes) or len(data) != prod(shape) * np.dtype(dtype).itemsize:
        raise Refused(f"{key}: its bytes are not as many as its shape says")
    return np.frombuffer(data, dtype).reshape(shape)


def pack_array(array: np.ndarray) -> dict[bytes, Any]:
    """As openpi-client reads it."""
    fields = {b"__ndarray__": True, b"data": array.astype("<f4").tobytes()}
    return fields | {b"dtype": "<f4", b"shape": list(array.shape)}


def read(frame: bytes | str) -> dict[str, Any]:
    """The map in a frame.

    Raises:
        Refused: It is none.
    """
    if isinstance(frame, str):
        raise Refused("a text, expected a binary MessagePack map")
    try:
        question = msgpack.unpackb(frame, strict_map_key=False, max_map_len=64, max_array_len=64)
    except (ValueError, RecursionError, msgpack.exceptions.UnpackException) as error:
        raise Refused(f"no MessagePack: {error}") from None
    if not isinstance(question, dict):
        raise Refused("no map")
    return question


def converse(rival: Rival, socket: ServerConnection) -> None:
    """Answer one client until it leaves, or says what cannot be answered."""
    try:
        socket.send(msgpack.packb(rival.metadata))
        while True:
            socket.send(msgpack.packb(rival.answer(read(socket.recv(IDLE_S)))))
    except Refused as error:
        socket.send(str(error))
        socket.close(1008)
    except TimeoutError:
        socket.close(1001)
    except ConnectionClosed:
        pass


def admit(socket: ServerConnection, request: Request) -> Response | None:
    """No page in a browser; ``/healthz`` is answered as openpi's server does."""
    if request.headers.get_all("Origin"):
        return socket.respond(http.HTTPStatus.FORBIDDEN, "A page in a browser may not ask.\n")
    return socket.respond(http.HTTPStatus.OK, "OK\n") if request.path == "/healthz" else None


def main() -> None:
    """Read the arguments, load, serve."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("policy", type=Path, help="folder that train_policy.py wrote")
    parser.add_argument("--port", type=int, default=8000, help="0 = any that is free")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rival, room = Rival(args.policy, args.seed), threading.BoundedSemaphore(MOST_CLIENTS)

    def handle(socket: ServerConnection) -> None:
        if not room.acquire(blocking=False):
            socket.close(1013, "too many clients")
            return
        try:
            converse(rival, socket)
        finally:
            room.release()

    with serve(
        handle, "127.0.0.1", args.port, max_size=MOST_BYTES, compression=None,
        process_request=admit,
    ) as server:  # fmt: skip
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
        print(f"ws://127.0.0.1:{server.socket.getsockname()[1]}", flush=True)
        server.serve_forever()
    each_ms = 1000 * rival.cpu_s / max(1, rival.decisions)
    print(json.dumps({"decisions": rival.decisions, "cpu_ms": round(each_ms, 1)}), flush=True)


if __name__ == "__main__":
    main()
