"""The PyBullet library and one physics server of it: found, quiet, and called by name."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from cliprt.errors import MissingExtraError, RobotError


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


class PhysicsClient:
    """One PyBullet server; its functions are attributes, already bound to it."""

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
        with silenced():
            import pybullet

            self._library = pybullet
            self._server = pybullet.connect(pybullet.GUI if gui else pybullet.DIRECT)
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
            attribute = partial(attribute, physicsClientId=self._server)
        setattr(self, name, attribute)
        return attribute

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
    """Discard what C code prints meanwhile; standard output must stay readable for programs."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        yield
    finally:
        # C's own buffer outlives the redirection: empty it before undoing that.
        if os.name == "posix":
            ctypes.CDLL(None).fflush(None)
        for number, descriptor in zip((1, 2), kept, strict=True):
            os.dup2(descriptor, number)
            os.close(descriptor)
        os.close(nowhere)
