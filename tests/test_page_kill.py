"""Whatever is killed, and whenever: no shown step is lost, and the same episode goes on."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from desk_driver import Driver, teacher_steps, teaching_recipe

from cliprt.page.messages import Became, Begin, Ended, GoOn, Say, Started, Stepped, Trouble

RECIPE = teaching_recipe()
TESTS = Path(__file__).parent


def has_ended(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def wait_for_end(pid, timeout_s=60.0):
    end_s = time.monotonic() + timeout_s
    while not has_ended(pid):
        assert time.monotonic() < end_s, f"process {pid} lives on"
        time.sleep(0.05)


class Killer:
    """Teaches episode after episode, and kills the desk at random moments."""

    def __init__(self, driver, seed):
        self.driver = driver
        self.rng = random.Random(seed)
        self.kills = self.troubles = 0
        self.started = None
        self.shown = []
        self.steps = {}
        self.finished = set()

    def teach(self, kills):
        """Go on until so many kills are survived and the episode is done."""
        self.driver.until_state("idle")
        while self.kills < kills or self.started:
            if self.started is None:
                self.driver.desk.send(Begin("close_laptop"))
            else:
                self.driver.desk.send(Say(self._next_sentence()))
            if self.kills < kills and self.rng.random() < 0.85:
                self._kill()
                if self.rng.random() < 0.2:  # again, while it comes back
                    self._kill()
            self._follow()

    def _next_sentence(self):
        seed = self.started.seed
        if seed not in self.steps:
            self.steps[seed] = teacher_steps(RECIPE, seed)
        at = len(self.shown)
        return self.steps[seed][at].supervision if at < len(self.steps[seed]) else "done"

    def _kill(self):
        pid = self.driver.desk.pid
        time.sleep(self.rng.random() * self.rng.choice((0.05, 0.3, 0.6)))
        os.kill(pid, signal.SIGKILL)
        self.kills += 1
        while self.driver.desk.pid == pid:
            time.sleep(0.005)

    def _follow(self):
        """Take in what is told until the desk waits for a person again."""
        while True:
            event = self.driver.until(Stepped, Started, Ended, Became, Trouble)
            if isinstance(event, Trouble):
                assert "was killed (SIGKILL)" in event.text
                self.troubles += 1
            elif isinstance(event, Stepped):
                assert event.step.index == len(self.shown)
                self.shown.append(event.step)
            elif isinstance(event, Started):
                self._compare(event)
            elif isinstance(event, Ended):
                self._finish()
            elif event.state == "listening" and self.troubles == self.kills:
                return
            elif event.state == "idle" and self.troubles == self.kills:
                if self.started:  # killed after the commit, before it could be told
                    assert self.started.episode in self.driver.run.store()
                    self._finish()
                return

    def _compare(self, started):
        if self.started is not None:
            assert started.episode == self.started.episode
            assert list(started.steps[: len(self.shown)]) == self.shown, "a shown step is lost"
        self.started, self.shown = started, list(started.steps)

    def _finish(self):
        self.finished.add(self.started.seed)
        self.started, self.shown = None, []


def survive(folder, kills, seed=1):
    with Driver(RECIPE, folder, most_restarts=10_000) as driver:
        killer = Killer(driver, seed)
        killer.teach(kills)
        assert driver.desk.restarts == kills
        store = driver.run.store()
    assert store.unfinished() == ()
    episodes = [store.load(episode_id) for episode_id in store.ids()]
    assert {episode.seed for episode in episodes} == killer.finished
    for episode in episodes:
        undisturbed = killer.steps[episode.seed]
        assert episode.success
        assert [s.supervision for s in episode.steps] == [s.supervision for s in undisturbed]
        assert [s.outcome for s in episode.steps] == [s.outcome for s in undisturbed]


def test_three_kills_lose_no_step(tmp_path):
    survive(tmp_path, 3)


@pytest.mark.slow
@pytest.mark.parametrize(("kills", "seed"), [(10, 1), (100, 2)])
def test_many_kills_lose_no_step(tmp_path, kills, seed):
    survive(tmp_path, kills, seed)


def test_a_stopped_step_is_the_same_after_a_kill(tmp_path):
    with Driver(RECIPE, tmp_path) as driver:
        driver.begin()
        driver.desk.send(Say("move up 20 cm"))
        driver.until_state("moving")
        driver.see_pictures()
        driver.desk.halt("a test")
        stopped = driver.until(Stepped).step
        assert stopped.stopped
        driver.desk.send(GoOn())
        driver.until_state("listening")
        made = driver.say("move left 5 cm")
        os.kill(driver.desk.pid, signal.SIGKILL)
        assert driver.until(Started).steps == (stopped, made)
        assert not driver.say("move right 5 cm").refused


def test_a_desk_that_hangs_is_replaced(tmp_path):
    with Driver(RECIPE, tmp_path, silence_s=1.5) as driver:
        first = driver.begin()
        made = driver.say("move up 5 cm")
        pid = driver.desk.pid
        os.kill(pid, signal.SIGSTOP)
        assert "did not answer" in driver.until(Trouble).text
        again = driver.until(Started)
        assert (again.episode, again.steps) == (first.episode, (made,))
        assert has_ended(pid)


def test_a_desk_that_dies_again_and_again_waits_for_a_person(tmp_path):
    with Driver(RECIPE, tmp_path, most_restarts=2) as driver:
        for _ in range(2):
            driver.until_state("idle")
            os.kill(driver.desk.pid, signal.SIGKILL)
        driver.until_state("faulted")
        said = [line.text for line in driver.session.chat]
        assert any("2 times within a minute" in text for text in said)
        driver.desk.send(GoOn())
        driver.until_state("idle")


PARENT = """
import sys, time
from pathlib import Path
from desk_driver import Driver, teaching_recipe
from cliprt.page.messages import Say

if __name__ == "__main__":
    with Driver(teaching_recipe(), Path(sys.argv[1])) as driver:
        driver.begin()
        driver.say("move up 5 cm")
        driver.desk.send(Say("move down 10 cm then up 20 cm then down 20 cm then up 20 cm"))
        driver.until_state("moving")
        print(driver.desk.pid, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_desk_dies_with_its_server_and_keeps_the_episode(tmp_path, how):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    run = tmp_path / "run"
    parent = subprocess.Popen(
        [sys.executable, script, run],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )
    with parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(how)
        wait_for_end(pid)
    with Driver(RECIPE, run) as driver:
        steps = driver.until(Started).steps
        assert steps[0].supervision == "move up 5 cm"
        assert len(steps) < 5  # it did not go on for nobody


def test_an_interrupt_in_the_terminal_is_the_servers_alone(tmp_path):
    with Driver(RECIPE, tmp_path) as driver:
        driver.begin()
        os.kill(driver.desk.pid, signal.SIGINT)
        driver.say("move up 5 cm")
        assert driver.desk.restarts == 0
