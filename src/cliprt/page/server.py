"""The web server of ``cliprt teach``: one page, its pictures and sounds, on this machine only.

Nothing comes from elsewhere: the page's framework (NiceGUI) carries its own scripts and fonts, and
the guard in front (:mod:`cliprt.page.access`) lets no foreign page and no unasked device in.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.errors import CliprtError, MissingExtraError, UsageError
from cliprt.recipe.schema import Recipe
from cliprt.stages.run_folder import RunFolder

if TYPE_CHECKING:
    from fastapi import FastAPI

    from cliprt.page.hub import Hub

STATIC = Path(__file__).parent / "static"
LARGEST_WEBSOCKET_MESSAGE = 200_000


def check_installed() -> None:
    """Raise unless the page can be served.

    Raises:
        MissingExtraError: NiceGUI is not installed.
    """
    if find_spec("nicegui") is None:
        raise MissingExtraError(
            "the teaching page needs NiceGUI. Install it: pip install 'cliprt[page]'."
            " Without a browser: cliprt teach --console"
        )


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes any that is free.

    Raises:
        UsageError: The address cannot be had.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"the page cannot be served at {host}:{port}: {reason}. Choose another port with"
            " --port (0 takes any that is free), another address with --host"
        ) from error
    return listening


def serve(recipe: Recipe, run: RunFolder, host: str, port: int, open_browser: bool) -> None:
    """Serve the page until Ctrl-C; what was taught, and an unfinished episode, are kept.

    Args:
        recipe: What is taught, with what.
        run: The run folder, claimed by this process.
        host: Address to bind to; any but this machine's own needs a key.
        port: 0 = any that is free.
        open_browser: Show the page in this machine's browser.

    Raises:
        MissingExtraError: NiceGUI is not installed.
        UsageError: The address cannot be had.
    """
    check_installed()
    listening = open_socket(host, port)
    import uvicorn
    from fastapi import FastAPI

    from cliprt.page.access import TOKEN, Access, Guard, is_loopback
    from cliprt.page.hub import Hub

    port = listening.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{'localhost' if is_loopback(host) else shown}:{port}/"

    def announce(token: str) -> None:
        print(f"For one more browser, once: {address}?{TOKEN}={token}", file=sys.stderr)

    access = Access(host, announce)
    url = address if access.is_open else f"{address}?{TOKEN}={access.issue_token()}"
    hub = Hub(recipe, run)
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    mount_page(app, hub)
    logging.getLogger("nicegui").setLevel(logging.ERROR)
    server = uvicorn.Server(
        uvicorn.Config(
            Guard(app, access),
            log_level="error",
            lifespan="on",
            timeout_graceful_shutdown=1,
            ws_max_size=LARGEST_WEBSOCKET_MESSAGE,
            ws_ping_interval=5,
            ws_ping_timeout=5,
        )
    )
    print(f"Teach at {url}   (Ctrl-C ends; nothing is lost)", file=sys.stderr, flush=True)
    if open_browser:
        webbrowser.open(url)
    try:
        server.run(sockets=[listening])
    finally:
        hub.close()
        listening.close()


def mount_page(app: FastAPI, hub: Hub) -> None:
    """Put the page, its live line, its microphone and its thumbnails on an application."""
    from fastapi import Response, WebSocket
    from nicegui import app as framework
    from nicegui import ui

    from cliprt.page.episodes import draw_thumbnail
    from cliprt.page.hearing import microphone
    from cliprt.page.live import PATH
    from cliprt.page.views.board import Board

    thumbnails: dict[str, bytes] = {}

    @app.websocket(PATH)
    async def cameras(websocket: WebSocket) -> None:
        await hub.live.serve(websocket)

    @app.websocket("/microphone")
    async def microphones(websocket: WebSocket) -> None:
        tab = websocket.query_params.get("tab", "")
        if hub.transcriber is None:
            await websocket.close(1011)
            return
        await microphone(
            websocket, hub.transcriber, lambda _: hub.control.steers(tab), hub.stop
        )

    @app.get("/thumbnail/{episode_id}")
    async def thumbnail(episode_id: str) -> Response:
        if episode_id not in {one.id for one in hub.episodes}:
            return Response(status_code=404)
        if episode_id not in thumbnails:
            try:
                drawn = await asyncio.to_thread(draw_thumbnail, hub.run.store(), episode_id)
            except CliprtError:
                return Response(status_code=404)
            thumbnails[episode_id] = drawn
        headers = {"cache-control": "private, max-age=86400"}
        return Response(thumbnails[episode_id], media_type="image/jpeg", headers=headers)

    @ui.page("/")
    def page() -> None:
        Board(hub)

    framework.add_static_files("/static", STATIC)
    framework.on_startup(hub.start)
    ui.run_with(app, title="Teach by talking", favicon=STATIC / "icon.svg", show_welcome_message=False)
