"""Portions of a run make together just what one process makes alone."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from data_samples import make_episode
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.evaluation.files import append_trial, gather_trials, load_trials, portion_file
from cliprt.evaluation.results import Trial
from cliprt.recipe.load import load_recipe
from cliprt.stages import collect as teaching
from cliprt.stages.keys import taught_id
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.run_folder import open_run
from cliprt.stages.waiting import UnfinishedError
from cliprt.types import Attempt, Episode

HELD = Path(__file__).parent / "portion_held.py"
RECIPE = load_recipe("tiny", ["tasks=[pick, push]", "data.episodes=4"])


def teach_by(failing, made):
    """A teacher who fails in the scenes in `failing`, and notes what was taught."""

    def teach(recipe, run, jobs):
        for seed, number in jobs:
            task = recipe.tasks[number]
            made.append((task.key, seed))
            name = taught_id(recipe, task, seed)
            success = (number, seed) not in failing
            episode = Episode(name, task.key, "do it", seed, "teacher", (), success)
            EpisodeStore(run.episodes, durable=False).write_episode(episode)

    return teach


def taught(folder, portion, failing, made):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(teaching, "_teach", teach_by(failing, made))
        try:
            return teaching.collect(RECIPE, open_run(RECIPE, folder, portion))
        except UnfinishedError:
            return None
        except RobotError as error:
            return str(error)


@settings(max_examples=8)
@given(
    failing=st.sets(st.tuples(st.integers(0, 1), st.integers(0, 11)), max_size=14),
    order=st.lists(st.integers(1, 3), max_size=6),
)
def test_portions_teach_what_is_taught_alone(failing, order, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    alone, together = [], []
    expected = taught(folder / "alone", WHOLE, failing, alone)
    for index in order:
        found = taught(folder / "together", Portion(index, 3), failing, together)
        assert found is None or _shown(found) == _shown(expected)
    found = taught(folder / "together", WHOLE, failing, together)
    assert _shown(found) == _shown(expected)
    assert sorted(together) == sorted(alone)  # each once, and none more


def _shown(found):
    return found if isinstance(found, str) else (found.ids, found.attempts)


def trial(seed, **values):
    facts = {"success": True, "steps": 3, "end": "done", "break_loops": True, "episode": f"e{seed}"}
    return Trial(**{"task": "pick", "instruction": "do it", "seed": seed, **facts, **values})


def test_trials_of_portions_are_read_together_and_gathered(tmp_path):
    file = tmp_path / "trials.jsonl"
    append_trial(file, trial(0))
    for portion, seeds in ("1/2", (1, 3)), ("2/2", (2, 4)):
        for seed in seeds:
            append_trial(portion_file(file, portion), trial(seed))
    with portion_file(file, "2/2").open("a") as torn:
        torn.write('{"task": "pi')
    append_trial(portion_file(file, "2/2"), trial(5))
    before = load_trials(file)
    assert [one.seed for one in before] == [0, 1, 3, 2, 4, 5]
    gather_trials(file)
    assert [path.name for path in tmp_path.iterdir()] == ["trials.jsonl"]
    assert load_trials(file) == before
    gather_trials(file)
    assert load_trials(file) == before


def test_a_command_does_its_portion_and_says_what_is_missing(tmp_path, capsys):
    pytest.importorskip("pybullet")
    changes = ("data.episodes=2", "data.workers=1", "robot.image_size=32")

    def collect(*more):
        words = ["collect", "tiny", *changes, "--out", str(tmp_path), "--format", "json", *more]
        assert main(words) == 0
        return json.loads(capsys.readouterr().out)

    said = collect("--shard", "2/2")
    assert said["portion"] == "2/2"
    assert said["unfinished"].startswith("Teaching: portion 2/2 is through, others are not")
    assert "--shard" in said["unfinished"]
    assert len(EpisodeStore(tmp_path / "episodes").ids()) == 1
    said = collect("--shard", "1/2")
    assert (said["portion"], said["tasks"]["close_laptop"]["episodes"]) == ("1/2", 2)
    assert collect()["tasks"] == said["tasks"]
    assert main(["collect", "tiny", "--out", str(tmp_path), "--shard", "3/2"]) == 2
    assert "--shard 3/2 is no portion" in capsys.readouterr().err


def test_an_attempt_whose_process_died_is_made_again(tmp_path):
    """As on a cluster that gives the job of a dead machine to another one."""
    pytest.importorskip("pybullet")
    recipe = load_recipe("tiny", ["data.episodes=1", "data.workers=1", "robot.image_size=32"])
    run = open_run(recipe, tmp_path, Portion(1, 2))
    name = taught_id(recipe, recipe.tasks[0], 0)
    left = run.store().begin(Attempt(name, recipe.tasks[0].key, "do it", 0, "teacher"))
    left.append(make_episode("any").steps[0])
    left.close()
    assert teaching.collect(recipe, run).all_ids == (name,)
    episode = run.store().load(name)
    assert episode.success
    assert episode.instruction != "do it"
    assert "resumed" not in episode.meta
    assert run.store().unfinished() == ()


SMALL = (
    "tiny",
    *("robot.image_size=32", "data.episodes=4", "data.workers=1", "trainer.max_steps=4"),
    *("trainer.warmup_steps=1", "trainer.threads=1", "evaluation.trials=3"),
    *("evaluation.max_steps=3", "evaluation.videos=0", "evaluation.keep=all"),
)


def start(out, *more, program=("-m", "cliprt")):
    words = [sys.executable, *program, "fit", *SMALL, "--out", str(out), *more]
    return subprocess.Popen([*words, "--format", "json"], stdout=subprocess.PIPE, text=True)


def made(run):
    """What a run made, by name: whether each episode succeeded, and each trial."""
    store = EpisodeStore(run / "episodes")
    (file,) = run.glob("evaluations/*/trials.jsonl")
    trials = {trial.key: trial for trial in load_trials(file)}
    return {header.id: (header.success, header.steps) for header in store.headers()}, trials


@pytest.mark.slow
def test_portions_of_which_one_is_killed_make_what_one_process_makes(tmp_path):
    pytest.importorskip("pybullet")
    alone = start(tmp_path / "alone")
    assert alone.wait() == 0
    run = tmp_path / "shared"
    first = start(run, "--shard", "1/2", program=(HELD,))
    second = start(run, "--shard", "2/2")
    while len(list(run.glob("episodes/episodes/*"))) < 3:
        assert first.poll() is second.poll() is None
        time.sleep(0.05)
    first.kill()
    assert second.wait() == 0  # nobody works on the others
    assert "unfinished" in json.loads(second.stdout.read())
    both = [start(run, "--shard", portion) for portion in ("1/2", "2/2")]
    assert [process.wait() for process in both] == [0, 0]
    assert start(run).wait() == 0
    assert made(run) == made(tmp_path / "alone")
    assert not list(run.glob("**/*.portion-*"))
