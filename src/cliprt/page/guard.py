"""Stands before the whole server: every request is placed, judged, bounded and answered safely."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

from cliprt.page.access import COOKIE, LARGEST_BODY, TOKEN, Access

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

FRAMEWORK = "/_nicegui_ws/"
"""Where the page's framework has its websocket, whose packets it reads itself."""

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


class Guard:
    """Stands before the whole server, every page, file and websocket.

    Args:
        app: What it guards (ASGI).
        access: The rules.
        note: Told of an error that something malformed led to in the framework's reader.
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
            await self._serve(scope, receive, send)
        else:
            await _refuse(kind, send, *refusal)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_packets = FRAMEWORK in scope["path"]
        try:
            await self.app(scope, _bounded(receive), _with_headers(send))
        except Exception as error:
            if not is_packets:
                raise
            self._note(error)
            with suppress(RuntimeError):  # it was answered, or closed, already
                await _refuse(scope["type"], send, 400, "This is no message of the page's.")

    def _exchange(self, scope: Scope) -> str | None:
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        return self._access.exchange(query.get(TOKEN, [""])[0])


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


async def _refuse(kind: str, send: Send, status: int, text: str) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": text})
    else:
        await _answer(send, status, text)


async def _answer(
    send: Send, status: int, text: str, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    start = {"type": "http.response.start", "status": status, "headers": [plain, *headers]}
    await _with_headers(send)(start)
    await send({"type": "http.response.body", "body": text.encode()})
