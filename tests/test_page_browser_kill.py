"""Whatever is killed while somebody teaches, no step that the page showed is lost."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from chromium import QUIET, chromium
from teaching_page import Person, TeachingServer

pytest.importorskip("nicegui")
sync_api = pytest.importorskip("playwright.sync_api")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

KILLS = 100
MOST_STEPS = 20
LONGEST_WAIT_S = 1.5
MARK = f"--killed-by={os.getpid()}"
"""Tells this test's browser from others; Chromium ignores what it does not know."""


class Scene:
    """A server, its desk, and a browser with a person; each can die and come back."""

    def __init__(self, playwright, folder: Path) -> None:
        self._playwright = playwright
        self._folder = folder
        self.server = TeachingServer(folder)
        self.open()

    def open(self) -> None:
        """A new browser at the page."""
        path = chromium()
        self.browser = self._playwright.chromium.launch(executable_path=path, args=[*QUIET, MARK])
        self.person = Person(self.browser.new_page(), self.server.address)
        self.person.open()

    def kill(self, victim: str) -> None:
        """SIGKILL, and whatever a person would do to go on."""
        if victim == "simulator":
            os.kill(self.desk(), signal.SIGKILL)
        elif victim == "server":
            self.server.process.kill()
            self.server.process.wait()
            self.close_browser()
            self.server = TeachingServer(self._folder)
            self.open()
        else:
            self.kill_browser()
            self.open()

    def desk(self) -> int:
        """The server's child that holds the recording."""
        listed = subprocess.run(
            ["pgrep", "-P", str(self.server.process.pid), "-f", "spawn_main"],
            capture_output=True,
            text=True,
            check=True,
        )
        return int(listed.stdout.split()[0])

    def kill_browser(self) -> None:
        """As a crash would: no good-bye."""
        subprocess.run(["pkill", "-KILL", "-f", MARK.lstrip("-")], check=False)
        self.close_browser()

    def close_browser(self) -> None:
        """Playwright's end of it."""
        try:
            self.browser.close()
        except sync_api.Error:
            return

    def journal(self) -> tuple[str, int]:
        """The unfinished episode, and how many whole steps of it are on the disk."""
        (folder,) = (self._folder / "episodes" / "journal").iterdir()
        lines = (folder / "steps.jsonl").read_bytes().split(b"\n")[:-1]
        return folder.name, sum("body" in json.loads(line) for line in lines)

    def go_on(self) -> None:
        """Wait for the robot; let it go on if it was stopped, or died too often in a minute."""
        self.person.wait("listening", "stopped", "faulted")
        state = self.person.page.get_attribute("#state", "data-state")
        if state == "faulted":
            said = self.person.page.inner_text("body")
            assert "times within a minute" in said, said
        if state != "listening":
            self.person.page.click("#go-on")
            self.person.wait("listening")


def test_a_hundred_kills_of_server_browser_and_simulator_lose_no_step(tmp_path):
    rng = random.Random(0)
    died = dict.fromkeys(("simulator", "server", "browser"), 0)
    with sync_api.sync_playwright() as playwright:
        scene = Scene(playwright, tmp_path / "run")
        try:
            scene.person.wait("idle")
            scene.person.begin()
            for _ in range(KILLS):
                shown = attack(scene, rng, died)
                if shown >= MOST_STEPS:
                    scene.person.page.click("#discard")
                    scene.person.page.click("#discard-yes")
                    scene.person.wait("idle")
                    scene.person.begin()
        finally:
            scene.close_browser()
            scene.server.process.kill()
    print(died)
    assert sum(died.values()) == KILLS


def attack(scene: Scene, rng: random.Random, died: dict[str, int]) -> int:
    """Say something, kill somebody at a random moment, and compare; the steps that are shown."""
    scene.go_on()
    person = scene.person
    episode, before = scene.journal()
    assert person.steps() == before
    person.type(("up 5 cm", "down 5 cm")[before % 2])
    time.sleep(rng.uniform(0, LONGEST_WAIT_S))
    shown = person.steps()
    victim = rng.choice(list(died))
    scene.kill(victim)
    died[victim] += 1
    time.sleep(0.5)  # until the page knows of it
    scene.go_on()
    after_id, after = scene.journal()
    assert after_id == episode
    assert shown <= after <= before + 1, (victim, before, shown, after)
    count = "n => parseInt(document.querySelector('#steps').textContent || 0) === n"
    scene.person.page.wait_for_function(count, arg=after, timeout=15_000)
    return after
