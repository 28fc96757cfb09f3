"""Who may talk to the page's server: nobody from outside, no foreign page, no device unasked.

A server on a loopback address serves this machine's browsers.  Any other address needs a key: a
link with a one-time token is printed, which the first browser to open it exchanges for a cookie;
then the next link is printed.  In either case each request has to be addressed to this machine by
a name that is its own (against DNS rebinding) and come from this page (against foreign pages),
websockets included.

Behind a reverse proxy everybody comes from the proxy, so that a key is always needed; names and
pages are compared with the public address, and nothing that a proxy says of itself is believed.
"""

from __future__ import annotations

import hmac
import ipaddress
import secrets
import socket
from collections.abc import Callable, Iterable, MutableMapping

from cliprt.page.behind import PublicAddress
from cliprt.serving.address import is_loopback, named_host

TOKEN = "token"
"""The query parameter of a link that lets a device in."""

COOKIE = "cliprt_key"

LARGEST_BODY = 100_000
"""Bytes of a request; nothing larger is ever sent by the page."""


class Access:
    """The rules, and the keys that were given out.

    Args:
        host: The address that the server binds to.
        announce: Told the next token whenever a new one is valid.
        public: Where people find the page, if a proxy stands before it.
    """

    def __init__(
        self,
        host: str,
        announce: Callable[[str], None] = lambda token: None,
        public: PublicAddress | None = None,
    ) -> None:
        self.public = public
        self.is_open = is_loopback(host) and public is None
        """Whether no key is needed."""
        name = socket.gethostname().lower()
        self._names = {host.lower(), "localhost"}
        if not self.is_open:
            self._names |= {name, f"{name}.local", socket.getfqdn().lower()}
        self._announce = announce
        self._tokens: set[str] = set()
        self._keys: set[str] = set()

    def issue_token(self) -> str:
        """A new one-time token."""
        token = secrets.token_urlsafe(24)
        self._tokens.add(token)
        return token

    def exchange(self, token: str) -> str | None:
        """The key for a token, which is used up by that; None if it is not valid."""
        found = _find(token, self._tokens)
        if found is None:
            return None
        self._tokens.discard(found)
        key = secrets.token_urlsafe(24)
        self._keys.add(key)
        self._announce(self.issue_token())
        return key

    def has_key(self, key: str) -> bool:
        """Whether a browser that shows this cookie was let in."""
        return self.is_open or _find(key, self._keys) is not None

    def is_own_name(self, host: str) -> bool:
        """Whether a ``Host`` header names this machine.

        A foreign name that was made to lead here is refused; an address cannot be made to.
        """
        name = named_host(host)
        if self.public is not None:
            return self.public.is_named_by(host) or is_loopback(name)
        if name in self._names:
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        return address.is_loopback or not self.is_open

    def refusal(
        self, kind: str, method: str, headers: MutableMapping[str, str]
    ) -> tuple[int, str] | None:
        """Why a request is refused, as HTTP status and text; None if it is fine.

        Args:
            kind: ``"http"`` or ``"websocket"``.
            method: Of HTTP.
            headers: By lower-case name.
        """
        host = headers.get("host", "")
        if not self.is_own_name(host):
            return 421, "This name does not belong to the teaching page. Use the printed address."
        origin = headers.get("origin")
        if origin is not None and origin not in self._origins(host):
            return 403, "Another page may not talk to the robot."
        if kind == "websocket":
            return None if origin else (403, "A connection has to say which page it comes from.")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            is_link = headers.get("sec-fetch-mode") == "navigate" and method == "GET"
            if not is_link:
                return 403, "Another page may not talk to the robot."
        try:
            length = int(headers.get("content-length", "0"))
        except ValueError:
            return 400, "The request's length is not a number."
        if length > LARGEST_BODY:
            return 413, f"The request is larger than {LARGEST_BODY} bytes."
        return None

    def _origins(self, host: str) -> tuple[str, ...]:
        """Of the pages that may talk to the robot, for a `Host` that is our own."""
        if self.public is None:
            return f"http://{host}", f"https://{host}"
        if self.public.is_named_by(host):
            return (self.public.origin,)
        return self.public.origin, f"http://{host}"


def _find(secret: str, known: Iterable[str]) -> str | None:
    """The one that is equal; takes as long for every wrong guess."""
    matches = [one for one in known if hmac.compare_digest(one.encode(), secret.encode())]
    return matches[0] if matches else None
