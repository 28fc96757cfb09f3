"""Being in a Ray cluster: whoever reaches one runs code on it, so that is looked at first.

One that is started here listens on loopback only, and has a secret of its own; no other is joined
over a network without a token.
"""

from __future__ import annotations

import atexit
import os
import re
import secrets
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.disk import Scratch
from cliprt.engines.local import count_workers
from cliprt.errors import UsageError
from cliprt.language.provider import is_local

STORE_BYTES = 100 * 2**20
"""What a cluster of this machine may keep of jobs and results, which are small."""

LONGEST_PATH = 40
"""Of a folder in which Ray can have sockets, whose paths may have about a hundred characters."""

PATIENCE_S = 10.0
"""How long a cluster may take to answer."""

_MODE, _TOKEN, _FILE = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
_FAR = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Where "0", Ray listens on loopback only, whatever the machine."""

_TRIES, _OOM = "RAY_NUM_REDIS_GET_RETRIES", "RAY_task_oom_retries"
"""Seconds until a wrong token is told; how often a job is done again that took too much memory."""

_HOW = (
    "Give all machines one secret (ray get-auth-token --generate, then copy ~/.ray/auth_token), and"
    " start the cluster with RAY_AUTH_MODE=token"
)


@dataclass(frozen=True)
class _Joined:
    """The cluster that this process is in.

    Attributes:
        address: As it was asked for.
        scratch: Where one that was started here keeps its files.
        before: What was changed in the environment, as it was.
    """

    address: str
    scratch: Scratch | None
    before: Mapping[str, str | None]


_joined: _Joined | None = None


def check_address(address: str) -> None:
    """Raise unless a cluster may be looked for at an address.

    Raises:
        UsageError: It is none, or not on this machine and there is no token.
    """
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+):(\d{1,5})", address, re.ASCII)
    if not found or not 0 < int(found[2]) < 2**16:
        raise UsageError(
            f"the address {address!r} is none of a Ray cluster. Allowed: host:port, as ray start"
            " --head says it, for example 10.0.0.5:6379, on a machine of the cluster; or none, for"
            " one of this machine"
        )
    if not is_local(address) and not has_token():
        raise UsageError(
            f"the Ray cluster at {address} is not joined without a token: whoever reaches it could"
            f" run code on all its machines. {_HOW}"
        )


def has_token() -> bool:
    """Whether this process shows a token to clusters."""
    if os.environ.get(_MODE, "token") != "token":
        return False
    if os.environ.get(_TOKEN, "").strip():
        return True
    file = Path(os.environ.get(_FILE) or Path.home() / ".ray" / "auth_token")
    return file.is_file() and file.stat().st_size > 0


def join(address: str, workers: int) -> Any:
    """The package ray, in a cluster until this process ends.

    Args:
        address: Of a running one; "" = start one here, unless this process is in one by itself.
        workers: How many jobs it shall run at once, if it is started; 0 = one per core.

    Raises:
        UsageError: Nobody answers there, the token is another, or a machine is beyond this one and
            there is no token.
    """
    global _joined
    if _joined is None or _joined.address != address:
        leave()
        if address:
            _check_answers(address)
        options, environment, scratch = _prepare(address, workers)
        before = {name: os.environ.get(name) for name in environment}
        os.environ |= environment
        _joined = _Joined(address, scratch, before)
        try:
            _begin(options)
        except Exception as error:
            leave()
            raise UsageError(_explain(address, error)) from error
        atexit.register(leave)
        _check_machines()
    return sys.modules["ray"]


def leave() -> None:
    """Be in no cluster; one that was started here ends."""
    global _joined
    if _joined:
        if ray := sys.modules.get("ray"):  # which a broken installation does not even load
            ray.shutdown()
        if _joined.scratch:
            _joined.scratch.cleanup()
        for name, value in _joined.before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value
        _joined = None


def _begin(options: Mapping[str, Any]) -> None:
    import ray

    with suppress(ImportError, AttributeError):  # of a Ray that was loaded before
        from ray._private import ray_constants
        from ray._raylet import AuthenticationTokenLoader, Config

        ray_constants.ENABLE_RAY_CLUSTER = os.environ.get(_FAR) != "0"
        Config.initialize("")
        AuthenticationTokenLoader.instance().reset_cache()
    if not ray.is_initialized():
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
    with suppress(AttributeError):  # its remarks on those that died would stand on stdout
        ray._private.worker._worker_logs_enabled = False


def first_line(error: BaseException) -> str:
    """What an error of Ray says first, without its trace and advertisement."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0][:200]}" if lines else type(error).__name__


def _check_answers(address: str) -> None:
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE_S).close()
    except OSError as error:
        raise UsageError(
            f"no Ray cluster answers at {address} ({error.strerror or error}). Start it (ray start"
            " --head says its address), or leave the address out"
        ) from error


def _prepare(address: str, workers: int) -> tuple[dict[str, Any], dict[str, str], Scratch | None]:
    """Options of `ray.init`, what only the environment can say, and where it keeps its files."""
    environment = {"RAY_USAGE_STATS_ENABLED": "0", _OOM: os.environ.get(_OOM, "3")}
    if address:
        environment[_TRIES] = os.environ.get(_TRIES, "3")
        if has_token():
            environment[_MODE] = "token"
        return {"address": address}, environment, None
    token = os.environ.get(_TOKEN) or secrets.token_hex(32)
    environment |= {_FAR: "0", _MODE: "token", _TOKEN: token}
    options = {
        "address": "local",
        "num_cpus": count_workers(workers, 10**6),
        "object_store_memory": STORE_BYTES,
        "include_dashboard": False,
    }
    scratch = Scratch("cliprt-ray-")
    if len(scratch.name) < LONGEST_PATH:
        options["_temp_dir"] = scratch.name
    return options, environment, scratch


def _explain(address: str, error: BaseException) -> str:
    if not address:
        return f"Ray cannot be started here ({first_line(error)}). Work without: data.engine=local"
    cause: BaseException | None = error
    while cause:
        if "AuthToken" in str(cause):
            return f"the Ray cluster at {address} has another token than this machine. {_HOW}"
        cause = cause.__cause__ or cause.__context__
    return (
        f"the Ray cluster at {address} cannot be joined ({first_line(error)}). Give the command on"
        " a machine that is part of it, with the Python and the Ray of the others"
    )


def _check_machines() -> None:
    beyond = {node["NodeManagerAddress"] for node in sys.modules["ray"].nodes()}
    if (far := sorted(host for host in beyond if not is_local(host))) and not has_token():
        leave()
        raise UsageError(
            f"the Ray cluster reaches beyond this machine ({', '.join(far[:3])}) without a token:"
            f" whoever reaches it could run code on it. {_HOW}"
        )
