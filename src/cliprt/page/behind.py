"""Where people find the page when a reverse proxy stands before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from cliprt.errors import UsageError

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]")
_PATH = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*/?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PublicAddress:
    """A page's address as browsers write it.

    Attributes:
        scheme: ``"http"`` or ``"https"``.
        host: As in a ``Host`` header: name, and port where it is not the scheme's own.
        prefix: The path before the page's last slash; ``""`` at the root of the host.
    """

    scheme: str
    host: str
    prefix: str = ""

    @property
    def origin(self) -> str:
        """What a browser names as ``Origin``."""
        return f"{self.scheme}://{self.host}"

    @property
    def base(self) -> str:
        """The page's address without its last slash."""
        return self.origin + self.prefix

    def is_named_by(self, host: str) -> bool:
        """Whether a ``Host`` header names it, with or without the scheme's own port."""
        return host.lower() in (self.host, f"{self.host}:{_PORTS[self.scheme]}")


def parse_address(text: str) -> PublicAddress:
    """The public address of a page.

    Raises:
        UsageError: It is none.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    host = (parts.netloc.lower().rpartition(":")[0] if port else parts.netloc.lower()).rstrip(":")
    is_plain = not parts.query and not parts.fragment and not re.search(r"\s|[?#]", text)
    is_address = parts.scheme in _PORTS and _HOST.fullmatch(host) and _PATH.fullmatch(parts.path)
    if not (is_plain and is_address):
        raise UsageError(
            f"--behind is {ascii(text)[1:-1]:.80}. It must be the page's public address: http or"
            " https, a host name, and perhaps a path of letters, digits and - . _ ~, e.g. --behind"
            " https://robots.example.org/arm/"
        )
    if port and port != _PORTS[parts.scheme]:
        host = f"{host}:{port}"
    return PublicAddress(parts.scheme, host, parts.path.rstrip("/"))
