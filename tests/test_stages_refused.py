"""What is refused leaves nothing behind, and nothing is chosen by the time of a file."""

import os
from dataclasses import replace

import pytest
from data_samples import make_episode

from cliprt.cli import main
from cliprt.data.layout import to_header_bytes
from cliprt.data.store import EpisodeStore
from cliprt.errors import CheckpointError, RobotError
from cliprt.evaluation.curves import load_metrics
from cliprt.page.attempts import find_unfinished, to_page_recipe
from cliprt.page.messages import Begin
from cliprt.recipe.load import load_recipe
from cliprt.stages.keys import taught_id
from cliprt.stages.run_folder import RunFolder, find_checkpoint
from cliprt.types import Attempt

SMALL = ["--recipe", "tiny.yaml", "robot.image_size=32"]


def test_a_refused_run_leaves_no_recording(tmp_path, capsys):
    store = tmp_path / "store"
    assert main(["run", *SMALL, "--teleoperator", "web", "--store", str(store)]) == 2
    assert "speaks through a page" in capsys.readouterr().err
    assert EpisodeStore(store).unfinished() == EpisodeStore(store).ids() == ()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--seed", "-1"], "--seed is -1; give 0 or more"),
        (["--video", "a.file/film.mp4"], "cannot write a.file/film.mp4"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_moves(
    tmp_path, capsys, monkeypatch, options, words
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.file").write_text("")
    assert main(["run", *SMALL, "--store", "store", *options]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "store").exists()


def test_what_was_done_before_a_failure_stays(tmp_path):
    from cliprt.recipe.build import build_robot
    from cliprt.runtime.agents import Agent
    from cliprt.runtime.choices import Move
    from cliprt.runtime.loop import run_episode
    from cliprt.runtime.record import Record
    from cliprt.types import NO_MOTION, PlannedStep, Primitive

    class Failing(Agent):
        """Opens the gripper so often, then fails."""

        def __init__(self, steps):
            self.steps = steps

        def start(self, *_):
            """Whatever it is."""

        def decide(self, observation):
            self.steps -= 1
            if self.steps < 0:
                raise RobotError("it fell over")
            return Move((PlannedStep(Primitive(None, "open", NO_MOTION, "open")),))

    store = EpisodeStore(tmp_path)
    with build_robot(load_recipe("tiny.yaml", ["robot.image_size=32"])) as robot:
        for steps in (0, 1):
            robot.connect()
            attempt = Attempt(f"after-{steps}", "", "", 0, "test")
            with pytest.raises(RobotError, match="it fell over"):
                run_episode(Failing(steps), robot, attempt, record=Record(store.begin(attempt)))
    assert store.unfinished() == ("after-1",)


def test_a_recipe_is_looked_at_before_it_takes_the_place_of_another(tmp_path, capsys):
    run = RunFolder(tmp_path / "run")
    run.store().write_episode(make_episode())
    (run.path / "recipe.yaml").write_text("tasks: [pick]")
    options = ["--out", str(run.path), "encoder.name=open_clip", "encoder.checkpoint=none.pt"]
    for command in ("fit", "train"):
        assert main([command, "--recipe", "tiny", *options]) == 2
        told = capsys.readouterr().err
        assert "there is no file none.pt" in told
        assert "Teaching" not in told
    assert (run.path / "recipe.yaml").read_text() == "tasks: [pick]"
    assert sorted(p.name for p in run.path.iterdir()) == ["episodes", "recipe.yaml"]


def test_the_episode_that_was_begun_last_goes_on_whatever_its_file_times(tmp_path):
    recipe = to_page_recipe(load_recipe("tiny", ["tasks=[pick, push]"]))
    run = RunFolder(tmp_path)
    for hour, task in enumerate(recipe.tasks):
        journal = run.store().begin(Attempt(taught_id(recipe, task, 0), task.key, "", 0, "web"))
        journal.close()
        folder = run.episodes / "journal" / journal.header.id
        begun = replace(journal.header, recorded_at=f"2026-01-01T0{hour}:00:00+00:00")
        (folder / "episode.json").write_bytes(to_header_bytes(begun))
        os.utime(folder, (9e8 - hour, 9e8 - hour))
    assert find_unfinished(recipe, run) == Begin("push")
    (folder / "episode.json").write_text("damaged")
    assert find_unfinished(recipe, run) == Begin("pick")


def test_the_last_of_several_curves_counts_whatever_its_file_times(tmp_path):
    for version, value in ((2, 0.5), (10, 0.1)):
        file = tmp_path / f"version_{version}" / "metrics.csv"
        file.parent.mkdir()
        file.write_text(f"step,train_loss\n0,{value}\n")
        os.utime(file, (9e8 - version, 9e8 - version))
    assert load_metrics(tmp_path) == {"train_loss": [(0.0, 0.1)]}


def test_another_policy_never_stands_in_for_the_last_one(tmp_path):
    run = RunFolder(tmp_path)
    checkpoint = run.policy("one") / "checkpoint"
    checkpoint.mkdir(parents=True)
    (checkpoint / "policy.json").write_text("{}")
    assert find_checkpoint(tmp_path) == checkpoint
    run.choose_policy("two")
    with pytest.raises(CheckpointError, match="1 policies, and two, the last one, is not there"):
        find_checkpoint(tmp_path)
