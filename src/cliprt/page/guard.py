"""Stands before the whole server: every request is placed, judged, bounded and answered safely."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from urllib.parse import parse_qs

from starlette.requests import HTTPConnection, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from cliprt.page.access import COOKIE, LARGEST_BODY, TOKEN, Access
from cliprt.page.translate import translator_for

KEPT_S = 604_800
"""How long a browser keeps its key: a week."""

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
        self, app: ASGIApp, access: Access, note: Callable[[Exception], None] = lambda error: None
    ) -> None:
        self.app = app
        self._access = access
        self._note = note
        self._prefix = access.public.prefix if access.public else ""
        self._is_secure = access.public is not None and access.public.scheme == "https"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = _place(scope, self._prefix)
        answer = self._find_answer(scope)
        if answer is None:
            await self._serve(scope, receive, send)
        else:
            await answer(scope, receive, _with_headers(send))

    def _find_answer(self, scope: Scope) -> ASGIApp | None:
        """What a connection is told that is not served; None if it is."""
        kind, method = scope["type"], scope.get("method", "GET")
        headers = _plain_headers(scope["headers"])
        if refusal := self._access.refusal(kind, method, headers):
            return _refuse(kind, *refusal)
        moved = RedirectResponse(f"{self._prefix}/", 303)
        cookies = cookie_parser(headers.get("cookie", "").replace(",", ";"))
        if self._access.has_key(cookies.get(COOKIE, "")):
            return moved if kind == "http" and scope["path"] == self._prefix else None
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        token = query.get(TOKEN, [""])[0] if (kind, method) == ("http", "GET") else ""
        if key := self._access.exchange(token):
            moved.set_cookie(
                COOKIE,
                key,
                KEPT_S,
                path=f"{self._prefix}/",
                secure=self._is_secure,
                httponly=True,
                samesite="strict",
            )
            return moved
        _ = translator_for(HTTPConnection(scope))
        no_key = _(
            "This page needs a key. Open the link that the terminal shows; each link works once,"
            " for one browser."
        )
        return _refuse(kind, 401, no_key)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_packets = FRAMEWORK in scope["path"]
        try:
            await self.app(scope, _bounded(receive), _with_headers(send))
        except Exception as error:
            if not is_packets:
                raise
            self._note(error)
            with suppress(RuntimeError):  # it was answered, or closed, already
                refusal = _refuse(scope["type"], 400, "This is no message of the page's.")
                await refusal(scope, receive, _with_headers(send))


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


def _refuse(kind: str, status: int, text: str) -> ASGIApp:
    return WebSocketClose(1008, text) if kind == "websocket" else PlainTextResponse(text, status)
