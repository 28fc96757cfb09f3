"""The PyBullet library and one physics server of it: found, quiet, and called by name."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, RLock
from typing import Any

from cliprt.errors import MissingExtraError, RobotError
from cliprt.robots.unique import Unique

_SILENCE = RLock()


def check_installed() -> None:
    """Raise unless PyBullet can be imported.

    Raises:
        MissingExtraError: It is not installed.
    """
    if importlib.util.find_spec("pybullet") is None:
        raise MissingExtraError(
            "the robot 'pybullet' needs the package pybullet, which is not installed. Install it"
            ' with: pip install "cliprt[sim]" (wheels exist for Python 3.10 and 3.11 only; this is'
            f" Python {sys.version_info.major}.{sys.version_info.minor})."
        )


class PhysicsClient(Unique):
    """One PyBullet server; its functions are attributes, already bound to it.

    PyBullet gives the number of a server that ended to the next one.  So that nobody who still
    holds this client reaches that one, nothing here calls anything once `disconnect` has begun.
    """

    def __init__(self, gui: bool = False, egl: bool = False) -> None:
        """Start a server.

        Args:
            gui: Open a window.
            egl: Load the plugin that renders with OpenGL without a window.

        Raises:
            MissingExtraError: PyBullet is not installed.
            RobotError: No server can be started, or the plugin cannot be loaded.
        """
        check_installed()
        self._in_use = Lock()
        self._ended = False
        with silenced():
            import pybullet

            self._library = pybullet
            self._server: int = pybullet.connect(pybullet.GUI if gui else pybullet.DIRECT)
            if self._server < 0:
                raise RobotError(
                    "PyBullet cannot open its window. Use gui: false, or start it on a display."
                )
            if egl:
                self._load_egl()

    def __getattr__(self, name: str) -> Any:
        """A function or constant of the library."""
        attribute = getattr(self._library, name)
        if callable(attribute) and not isinstance(attribute, type):
            attribute = self._bound(attribute)
        setattr(self, name, attribute)
        return attribute

    def disconnect(self) -> None:
        """End the server; from any thread, at any time, also twice.

        When this returns, a call that another thread was in has ended, and every later one raises
        RobotError.
        """
        self._ended = True
        with silenced(), self._in_use:
            if self._server >= 0:
                self._library.disconnect(physicsClientId=self._server)
                self._server = -1

    def _bound(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **options: Any) -> Any:
            with self._in_use:
                if self._ended:
                    raise RobotError(
                        "the simulated robot was stopped; its world is no more. Call connect()"
                        " first."
                    )
                return function(*values, physicsClientId=self._server, **options)

        return call

    def _load_egl(self) -> None:
        found = importlib.util.find_spec("eglRenderer")
        plugin = -1
        if found is not None and found.origin is not None:
            plugin = self.loadPlugin(found.origin, "_eglRendererPlugin")
        if plugin < 0:
            self.disconnect()
            raise RobotError(
                "the renderer 'egl' cannot be loaded: PyBullet's EGL plugin or the system's EGL"
                " library is missing. Use renderer: tiny, or install EGL (Debian: libegl1"
                " libegl-mesa0 libgl1-mesa-dri)."
            )


@contextmanager
def silenced() -> Iterator[None]:
    """Discard what C code prints meanwhile; standard output must stay readable for programs.

    One thread at a time: two that swap the process's descriptors would each restore the other's.
    """
    with _SILENCE, open(os.devnull, "wb") as nowhere:
        sys.stdout.flush()
        sys.stderr.flush()
        kept = [os.dup(1), os.dup(2)]
        try:
            os.dup2(nowhere.fileno(), 1)
            os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            # C's own buffer outlives the redirection: empty it before undoing that.
            if os.name == "posix":
                ctypes.CDLL(None).fflush(None)
            for number, descriptor in zip((1, 2), kept, strict=True):
                os.dup2(descriptor, number)
                os.close(descriptor)
