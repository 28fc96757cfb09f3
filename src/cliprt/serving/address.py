"""Where a server listens, and whether a request means it: for the page and for served policies."""

from __future__ import annotations

import errno
import ipaddress
import socket
from urllib.parse import urlsplit

from cliprt.errors import UsageError


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, unreachable from others."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def named_host(header: str) -> str:
    """The name or address in a ``Host`` header, without its port; empty if it has none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def shown_host(host: str) -> str:
    """The host to write into an address that people type."""
    if host in ("0.0.0.0", "::"):
        return socket.gethostname()
    return f"[{host}]" if ":" in host else host


def bind(host: str, port: int, what: str) -> socket.socket:
    """A listening socket.

    Args:
        host: Name or address of this machine.
        port: 0 = any that is free.
        what: Is served, for the error.

    Raises:
        UsageError: The port is taken, or the address is not this machine's.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        code = getattr(error, "errno", None)  # a port that is no port has none
        is_elsewhere = isinstance(error, socket.gaierror) or code == errno.EADDRNOTAVAIL
        other = port + 1 if 0 < port < 65535 else 8081
        raise UsageError(
            f"{what} cannot be served at {host}:{port} ({reason}). "
            + (
                "--host names an address of this machine, such as 127.0.0.1"
                if is_elsewhere
                else f"Another program may use the port: choose another with --port {other}"
            )
        ) from error
    return listening
