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
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cliprt.page.behind import PublicAddress

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN = "token"
"""The query parameter of a link that lets a device in."""

COOKIE = "cliprt_key"

FRAMEWORK = "/_nicegui_ws/"
"""Where the page's framework has its websocket, whose packets it reads itself."""

LARGEST_BODY = 100_000
"""Bytes of a request; nothing larger is ever sent by the page."""

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:;"
        b" style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:;"
        b" connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self';"
        b" frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"microphone=(self), camera=(), geolocation=()"),
)
"""Of every answer.  The page's framework compiles its templates in the browser, hence the two
`unsafe`; there is nowhere but this server for a script to come from or to send to."""


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own, unreachable from others."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
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


class Guard:
    """Stands before the whole server, every page, file and websocket.

    Args:
        app: What it guards (ASGI).
        access: The rules.
        note: Told of an error that something malformed led to in the framework's websocket.
    """

    def __init__(
        self, app: App, access: Access, note: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self.app = app
        self._access = access
        self._note = note
        self._prefix = access.public.prefix if access.public else ""
        is_secure = access.public is not None and access.public.scheme == "https"
        self._cookie = f"HttpOnly; SameSite=Strict; Path={self._prefix}/; Max-Age=604800" + (
            "; Secure" if is_secure else ""
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = _place(scope, self._prefix)
        headers = _plain_headers(scope["headers"])
        method = scope.get("method", "GET")
        refusal = self._access.refusal(kind, method, headers)
        if refusal is None and not self._access.has_key(_cookie(headers)):
            key = self._exchange(scope) if (kind, method) == ("http", "GET") else None
            if key:
                cookie = f"{COOKIE}={key}; {self._cookie}"
                await _redirect(send, self._prefix, [(b"set-cookie", cookie.encode())])
                return
            refusal = (
                401,
                "This page needs a key. Open the link that the terminal shows; each link works"
                " once, for one browser.",
            )
        if refusal is None and kind == "http" and scope["path"] == self._prefix:
            await _redirect(send, self._prefix)
        elif refusal is None:
            await self._serve(scope, _bounded(receive), _with_headers(send))
        elif kind == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1]})
        else:
            await _answer(send, *refusal)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_packets = scope["type"] == "websocket" and FRAMEWORK in scope["path"]
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            if not is_packets:
                raise
            self._note(error)

    def _exchange(self, scope: Scope) -> str | None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return self._access.exchange(query.get(TOKEN, [""])[0])


def _find(secret: str, known: Iterable[str]) -> str | None:
    """The one that is equal; takes as long for every wrong guess."""
    matches = [one for one in known if hmac.compare_digest(one.encode(), secret.encode())]
    return matches[0] if matches else None


def _place(scope: Scope, prefix: str) -> Scope:
    """The same request below the page's path, whether its proxy took that away or not."""
    path = scope["path"]
    if path != prefix and not path.startswith(f"{prefix}/"):
        path = prefix + path
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name.lower() != b"forwarded" and not name.lower().startswith(b"x-forwarded-")
    ]
    return {**scope, "path": path, "root_path": prefix, "headers": headers}


def _plain_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Later ones of one name are appended, so that two hosts or origins match nothing."""
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _cookie(headers: MutableMapping[str, str]) -> str:
    for part in headers.get("cookie", "").replace(",", ";").split(";"):
        name, _, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""


def _bounded(receive: Receive) -> Receive:
    """A body without a length is counted as it comes, and cut off where it is too large."""
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        if message["type"] == "http.request":
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                return {"type": "http.disconnect"}
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def added(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return added


async def _redirect(send: Send, prefix: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    await _answer(send, 303, "", [(b"location", f"{prefix}/".encode()), *headers])


async def _answer(
    send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    start = {"type": "http.response.start", "status": status, "headers": [plain, *headers]}
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": text.encode()})
