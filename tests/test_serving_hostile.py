"""Strangers do their worst, in turns, while a robot is answered: nothing grows, nothing stops."""

from __future__ import annotations

import resource
import socket
import struct
from contextlib import suppress

import numpy as np
import pytest
from served_policy import PICTURE, Robot, running

from cliprt.protocols import openpi
from cliprt.serving.connection import Bounds

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
QUESTION = openpi.write({"observation/scene": PICTURE, "prompt": "go"})
MASK = b"\0\0\0\0"


def framed(payload, opcode=0x82):
    return bytes([opcode, 0xFE]) + struct.pack(">H", len(payload)) + MASK + payload


def attacks(rng):
    """What is sent after connecting, and whether the answer is waited for."""
    noise = rng.bytes(int(rng.integers(1, 4000)))
    return [
        b"",
        noise,
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 500,
        b"POST /metrics HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n",
        UPGRADE.replace(b" / ", b" //?%00/[ "),
        UPGRADE.replace(b"13", b"8"),
        UPGRADE + framed(noise),
        UPGRADE + noise,
        UPGRADE + framed(QUESTION)[: int(rng.integers(1, len(QUESTION)))],
        UPGRADE + b"\x82\xff" + struct.pack(">Q", 1 << 30) + MASK + noise,
        UPGRADE + framed(b"\xdd\xff\xff\xff\xff"),
        UPGRADE + framed(b"\x91" * 3000),
        UPGRADE + framed(QUESTION) * 20,
        UPGRADE + framed(QUESTION, 0x02) + framed(b"", 0x80) + framed(b"x" * 120, 0x89),
    ]


def assault(here, rng):
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", here.port)) as wire:
        kinds = attacks(rng)
        wire.sendall(kinds[int(rng.integers(len(kinds)))])
        if rng.random() < 0.5:
            wire.settimeout(0.05)
            with suppress(TimeoutError):
                wire.recv(1 << 16)
        if rng.random() < 0.5:  # reset instead of an end
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def answered_among(attacks, here):
    rng = np.random.default_rng(attacks)
    with Robot(here.address) as robot:
        for number in range(attacks):
            assault(here, rng)
            assert robot.look(number % 58)["scores"].argmax() == number % 58


def test_a_robot_is_answered_among_strangers():
    with running(bounds=Bounds(most_clients=8, silent_s=600)) as here:
        answered_among(60, here)


@pytest.mark.slow
def test_memory_is_flat_over_a_thousand_strangers():
    with running(bounds=Bounds(most_clients=8, silent_s=600)) as here:
        answered_among(200, here)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        answered_among(1000, here)
        grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    print(f"grown by {grown_mb:.1f} MB")
    assert grown_mb < 32
