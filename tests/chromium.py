"""A real Chromium for the browser tests: found, or fetched, or the reason why there is none."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
"""How it is started: as root too, and without a word to the outside."""


def chromium() -> str:
    """Path of a Chromium; skips the test where none can be had, and fails it in CI."""
    found = _system() or _playwrights_own() or _debians()
    if found:
        return found
    reason = "no Chromium: none on PATH, none of Playwright's, and none can be installed"
    if os.environ.get("CI"):
        pytest.fail(f"{reason}. CI has to drive the page in a browser.")
    pytest.skip(f"{reason}. Install one: apt install chromium, or playwright install chromium")


def _system() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@cache
def _playwrights_own() -> str | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


@cache
def _debians() -> str | None:
    """Debian's package, where we are root on a machine that has ``apt-get``."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    with open(Path(tempfile.gettempdir()) / "cliprt-chromium.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the tests' other processes want it too
        for command in ("update", "install -y --no-install-recommends chromium"):
            if _system():
                break
            subprocess.run(
                ["apt-get", "-qq", *command.split()],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=600,
                check=False,
            )
    return _system()
