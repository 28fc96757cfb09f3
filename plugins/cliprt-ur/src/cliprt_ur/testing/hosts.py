"""Addresses for controllers: their ports are fixed, so each needs an address of its own."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

DASHBOARD, PRIMARY, SECONDARY, REALTIME, RTDE = 29999, 30001, 30002, 30003, 30004
GRIPPER, CONTROL = 63352, 63351
"""Where the Robotiq URCap listens, and where tests speak to the loopback controller itself."""

PORTS = (DASHBOARD, PRIMARY, SECONDARY, REALTIME, RTDE, GRIPPER, CONTROL)

_TRIES = 50


def free_host() -> str:
    """An address 127.42.x.y on which none of a controller's ports is taken.

    Raises:
        OSError: There seems to be none.
    """
    # Tests that seed the chance of others must not all meet at one address.
    chance = random.SystemRandom()
    for _ in range(_TRIES):
        host = f"127.42.{chance.randrange(256)}.{chance.randrange(2, 255)}"
        if _is_free(host):
            return host
    raise OSError(f"no free address after {_TRIES} tries in 127.42.0.0/16")


def _is_free(host: str) -> bool:
    with ExitStack() as stack:
        for port in PORTS:
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind((host, port))
            except OSError:
                return False
    return True
