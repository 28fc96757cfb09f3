"""The page's web server: NiceGUI behind the guard, on one address, until Ctrl-C."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import sys
import webbrowser
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import copy
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from nicegui import Client, core, ui
from nicegui import app as pages
from starlette.middleware.base import RequestResponseEndpoint
from starlette.websockets import WebSocket

from cliprt.errors import CliprtError, MissingExtraError
from cliprt.language.remarks import Remark
from cliprt.page.access import LARGEST_BODY, TOKEN, Access
from cliprt.page.behind import PublicAddress
from cliprt.page.connections import BoundedConnection
from cliprt.page.episodes import draw_thumbnail
from cliprt.page.guard import Guard
from cliprt.page.hearing import microphone
from cliprt.page.live import PATH
from cliprt.page.malformed import Malformed
from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator, translator_for
from cliprt.page.views.tab import TabView
from cliprt.recipe.build import build_transcriber
from cliprt.recipe.schema import Recipe
from cliprt.serving.address import bind, shown_host
from cliprt.stages.run_folder import RunFolder
from cliprt.transcribers.interface import Transcriber

STATIC = Path(__file__).with_name("static")
SCRIPTS = ("table.js", "cameras.js", "talk.js", "keys.js", "celebrate.js", "speak.js")
QUASARS: dict[str, Any] = {"en": "en-US", "ko": "ko-KR"}
"""How the page's framework calls a language, where it is not by our name."""

RECONNECT_S = 3.0
LARGEST_SOUND = 128 * 1024
LEAVE_S = 1
MOST_PAGES, UNSEEN_S = 40, 10.0
"""Pages open at once, and how long one that no browser came back for counts then [s]."""

NOBODY_HEARS = 4404
"""Why a microphone's line is closed at once."""


def serve(
    recipe: Recipe,
    run: RunFolder,
    host: str = "127.0.0.1",
    port: int = 8080,
    opens_browser: bool = True,
    announce: Callable[[str], None] = print,
    public: PublicAddress | None = None,
) -> None:
    """Serve the page until the process is interrupted.

    Args:
        recipe: What is taught.
        run: The run folder, claimed by this process.
        host: Address to bind to; anything but a loopback address needs the printed link.
        port: 0 = any that is free.
        opens_browser: Open it in a browser, where there is one.
        announce: Told the page's address.
        public: Where people find the page, if a reverse proxy stands before it.

    Raises:
        UsageError: The address cannot be used.
        KeyboardInterrupt: Ctrl-C, after everything has come to rest.
    """
    listening = bind(host, port, "the page")
    local = f"http://{shown_host(host)}:{listening.getsockname()[1]}"
    base = public.base if public else local
    access = Access(
        host, lambda token: announce(f"Let in the next browser: {base}/?{TOKEN}={token}"), public
    )
    malformed = Malformed(announce)
    teaching = Teaching(recipe, run, malformed)
    address = base if access.is_open else f"{base}/?{TOKEN}={access.issue_token()}"
    opened = base if access.is_open else f"{base}/?{TOKEN}={access.issue_token()}"

    def welcome() -> None:
        passed_on = f" (its proxy passes on to {local})" if public else ""
        announce(f"Teach the robot in a browser: {address}{passed_on}")
        if opens_browser and has_browser():
            webbrowser.open(opened)

    application = build_application(teaching, welcome)
    config = uvicorn.Config(
        Guard(application, access, malformed.note),
        http=BoundedConnection,
        log_level="warning",
        proxy_headers=False,
        ws_max_size=LARGEST_SOUND,
        timeout_graceful_shutdown=LEAVE_S,
    )
    ignore_malformed(malformed)
    try:
        _build_server(config, teaching).run(sockets=[listening])
    finally:
        teaching.close()
        malformed.report()


def has_browser() -> bool:
    """Whether a browser could be shown here."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def build_application(teaching: Teaching, welcome: Callable[[], None]) -> FastAPI:
    """Every route of the server, without the guard.

    Args:
        teaching: What the routes show and change.
        welcome: Called when the server is ready.
    """

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        teaching.start()
        asyncio.get_running_loop().call_later(0.1, welcome)
        yield

    application = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    transcriber = _build_transcriber(teaching.recipe)

    @application.websocket(PATH)
    async def cameras(websocket: WebSocket) -> None:
        await teaching.lines.serve(websocket)

    @application.websocket("/microphone")
    async def hear(websocket: WebSocket) -> None:
        tab = websocket.query_params.get("tab", "")
        if transcriber is None:
            await websocket.close(NOBODY_HEARS)
            return
        await microphone(
            websocket, transcriber, lambda _: teaching.control.steers(tab), teaching.stop
        )

    _add_files(application, teaching)
    _bound_pages(application, teaching)

    @ui.page("/", title="cliprt teach")
    def page(request: Request) -> None:
        translator = translator_for(request)
        ui.add_head_html(_head(translator))
        client = ui.context.client
        client.page = copy(client.page)  # other tabs have other languages
        client.page.language = QUASARS.get(translator.language, translator.language)
        view = TabView(teaching, client.id, translator)
        teaching.listeners[client.id] = view.update
        client.on_delete(lambda: teaching.listeners.pop(client.id, None))

    pages.add_static_files("/static", STATIC)
    ui.run_with(
        application,
        title="cliprt teach",
        viewport="width=device-width, initial-scale=1, interactive-widget=resizes-content",
        dark=None,
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_S,
        tailwind=False,
        show_welcome_message=False,
    )
    pages.add_exception_handler(404, _find_nothing)
    pages.config.socket_io_js_transports = ["websocket"]
    core.sio.eio.transports = ["websocket"]  # the only one whose connections end when idle
    core.sio.eio.max_http_buffer_size = LARGEST_BODY
    return application


def _add_files(application: FastAPI, teaching: Teaching) -> None:
    """What the page shows or offers as a file."""

    @application.get("/episodes/{episode}/thumbnail.jpg")
    async def thumbnail(episode: str) -> Response:
        if episode not in [one.id for one in teaching.episodes]:
            return Response(status_code=404)
        try:
            jpeg = await asyncio.to_thread(draw_thumbnail, teaching.run.store(), episode)
        except CliprtError:
            return Response(status_code=404)
        return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "max-age=3600"})

    @application.get("/skills/{task}.yaml")
    async def skill(task: str) -> Response:
        if task not in teaching.between.skills.entries:
            return Response(status_code=404)
        return Response(teaching.between.skills.to_recipe(task), media_type="application/yaml")


def ignore_malformed(malformed: Malformed) -> None:
    """Have what the framework cannot read counted, where it would print how it failed."""
    core.sio.async_handlers = False  # so that an event's failure comes out where it is handled
    core.sio.eio.on("message", malformed.ignoring(core.sio._handle_eio_message))
    core.sio.on("log", lambda *_: None)  # what browsers would write into this terminal
    malformed.mute("engineio.server", lambda record: True)
    malformed.mute("socketio.server", lambda record: True)
    malformed.mute("uvicorn.error", _is_noise)


def _build_transcriber(recipe: Recipe) -> Transcriber | None:
    """Whoever hears; None where it is not installed: people can type."""
    try:
        return build_transcriber(recipe)
    except MissingExtraError as error:
        print(f"Nobody can speak to the page, only type: {error}", file=sys.stderr)
        return None


def _is_noise(record: logging.LogRecord) -> bool:
    """Whether the web server says that a request or a text was none."""
    error = record.exc_info[1] if record.exc_info else None
    return record.levelno == logging.WARNING or isinstance(error, UnicodeDecodeError)


async def _find_nothing(_: Request, __: Exception) -> Response:
    return Response("There is nothing here.", 404, media_type="text/plain")


def _bound_pages(application: FastAPI, teaching: Teaching) -> None:
    """Have one more page refused while many are open that browsers are at."""

    @application.middleware("http")
    async def refuse(request: Request, call_next: RequestResponseEndpoint) -> Response:
        is_page = request.scope["path"] == f"{request.scope['root_path']}/"
        if is_page and len(teaching.listeners) >= MOST_PAGES:
            Client.prune_instances(client_age_threshold=UNSEEN_S)
            if len(teaching.listeners) >= MOST_PAGES:
                _ = translator_for(request)
                many = _("Too many pages are open. Close some, then reload this one.")
                return Response(many, 503, media_type="text/plain")
        return await call_next(request)


def _head(translator: Translator) -> str:
    # relative, since the page may lie below another address
    def address(name: str) -> str:
        version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
        return f"static/{name}?{version}"

    said = "".join((STATIC / name).read_text(encoding="utf-8") for name in SCRIPTS)
    texts = json.dumps(translator.script(said))
    scripts = "".join(f'<script defer src="{address(name)}"></script>' for name in SCRIPTS)
    return (
        f'<link rel="stylesheet" href="{address("style.css")}">'
        f"<script>window.cliprtTexts = {texts}</script>{scripts}"
    )


def _build_server(config: uvicorn.Config, teaching: Teaching) -> uvicorn.Server:
    """A server that brings the robot to rest at the first Ctrl-C, before anything else."""
    server = uvicorn.Server(config)
    leave = server.handle_exit

    def rest_and_leave(signal: int, frame: FrameType | None) -> None:
        if teaching.session.state in ("showing", "moving"):
            teaching.desk.halt(Remark("Ctrl-C in the terminal"))
        leave(signal, frame)

    server.handle_exit = rest_and_leave  # type: ignore[method-assign,assignment]
    return server
