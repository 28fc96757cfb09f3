"""The page's trainer: what it learns from, that it can be stopped and killed, and what it tells."""

import io
import json
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from desk_driver import Driver
from page_training_samples import small_recipe, teach_as_page
from PIL import Image

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.page.attempts import to_page_recipe
from cliprt.page.episodes import find_learned, list_episodes
from cliprt.page.messages import Begin, Configure, Ended, Finish, Proposed, Say, Started, Stepped
from cliprt.page.training import PACES, Progress, Trainer
from cliprt.page.training_record import RECORD, Learnt, find_corrections, load_work, plan_work
from cliprt.page.translate import Translator
from cliprt.page.tries import Tries, count_tries
from cliprt.page.views.curve import curve_options, describe_curve
from cliprt.page.views.episodes import describe
from cliprt.page.views.training import (
    describe_progress,
    describe_taught,
    describe_tries,
)
from cliprt.recipe.build import build_robot, build_task
from cliprt.recipe.schema import Recipe
from cliprt.runtime.loop import prepare_scene
from cliprt.stages.collect import find_taught
from cliprt.stages.forecast import read_paces
from cliprt.stages.keys import policy_key
from cliprt.stages.run_folder import RunFolder, find_checkpoint, load_record
from cliprt.training.curve import CurvePoint

STEPS = 12


@pytest.fixture(scope="module")
def taught(tmp_path_factory):
    """A run folder with three episodes that were taught at the page."""
    run = RunFolder(tmp_path_factory.mktemp("taught"))
    teach_as_page(small_recipe(), run, 3)
    return run


def copy_run(taught: RunFolder, folder: Path) -> RunFolder:
    store = EpisodeStore(folder / "episodes", durable=False)
    for episode_id in taught.store().ids():
        store.write_episode(taught.store().load(episode_id))
    return RunFolder(folder)


def wait_until(condition, patience_s: float = 180.0) -> None:
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.02)


def train_to_the_end(trainer: Trainer) -> Progress:
    wait_until(lambda: not trainer.progress.is_under_way)
    return trainer.progress


def assert_shown_truly(driver: Driver) -> None:
    """The first question of a try is asked with pictures of its own scene."""
    task = build_task(driver.recipe.tasks[0])
    shown = {frame.camera: frame for frame in driver.pictures_between(Started, Proposed)}
    with build_robot(driver.recipe) as robot:
        prepare_scene(task, robot, driver.session.seed)
        assert set(shown) == set(robot.cameras)
        for camera, frame in shown.items():
            picture = np.asarray(Image.open(io.BytesIO(frame.jpeg)), dtype=float)
            truth = robot.render(picture.shape[1], picture.shape[0], camera)
            assert np.abs(picture - truth).mean() < 4


def correct_a_try(recipe: Recipe, run: RunFolder, learnt: Learnt) -> Ended:
    """Let a policy try at a real desk, correct it twice, and give it up."""
    with Driver(recipe, run.path) as driver:
        driver.until_state("idle")
        driver.desk.send(Configure(preview_s=0.5))
        begin = Begin("close_laptop", checkpoint=learnt.checkpoint, policy=learnt.policy)
        driver.desk.send(begin)
        assert driver.until(Proposed).probability is not None
        assert_shown_truly(driver)
        for sentence in ("move left 5 cm", "move up 5 cm"):
            driver.desk.send(Say(sentence))
            while driver.until(Stepped).step.supervision != sentence:
                pass
            assert driver.until(Proposed).probability is not None
        driver.desk.send(Finish(success=False))
        return driver.until(Ended)


def test_what_is_taught_is_found_however_much_it_is(taught):
    recipe = to_page_recipe(small_recipe("tasks=[close_laptop,pick]"))
    found = find_taught(recipe, taught)
    assert [i.split("-")[1] for i in found.ids["close_laptop"]] == ["000000", "000001", "000002"]
    assert list(found.ids) == ["close_laptop"]
    assert found.attempts == {"close_laptop": 3, "pick": 0}
    assert find_taught(small_recipe(), taught).ids == {}  # the teacher's have other names


def test_fit_says_how_much_is_still_to_be_taught(taught, tmp_path, capsys):
    run = copy_run(taught, tmp_path)
    arguments = ["robot.image_size=32", "interpreter=grammar", "teleoperator=web"]
    arguments += ["data.episodes=4", "tasks=[close_laptop,pick]", "--out", str(run.path)]
    assert main(["fit", "--recipe", "tiny", *arguments]) == 2
    told = capsys.readouterr().err
    assert "3 of 8 episodes are taught" in told
    assert "close_laptop 3, pick 0" in told
    assert f"cliprt teach --recipe tiny --out {run.path}" in told


def test_fit_finds_the_policy_of_the_page_and_corrections_train_it_on(taught, tmp_path):
    run = copy_run(taught, tmp_path)
    recipe = small_recipe(f"trainer.max_steps={STEPS}", "collaboration.max_steps=4")
    trainer = Trainer(recipe, run)
    trainer.start("taught")
    with pytest.raises(UsageError, match="under way already"):
        trainer.start("taught")
    done = train_to_the_end(trainer)
    assert done.state == "finished", done.error
    assert {"Starting", "Preparing"} <= read_paces(load_record(run.path / PACES)).keys()
    assert (done.episodes, done.learnt.episodes, done.learnt.corrections) == (3, 3, 0)
    assert [p.step for p in done.curve if p.step % 2 == 0] == list(range(2, STEPS + 1, 2))
    assert any(p.held_out is not None for p in done.curve)
    assert find_checkpoint(run.path) == Path(done.learnt.checkpoint)

    arguments = ["robot.image_size=32", "interpreter=grammar", "teleoperator=web", "helper=web"]
    arguments += ["augmenters=[]", f"trainer.max_steps={STEPS}", "trainer.threads=1"]
    arguments += ["trainer.log_every=2", "trainer.checkpoint_every=4", "data.workers=1"]
    arguments += ["evaluation.trials=1", "evaluation.max_steps=2", "evaluation.videos=0"]
    assert main(["fit", "--recipe", "tiny", *arguments, "--out", str(run.path)]) == 0
    assert [f.name for f in (run.path / "policies").iterdir()] == [done.learnt.policy]
    data = json.loads((run.path / "report.json").read_text())["data"]
    assert (data["taught_episodes"], data["who_taught"]) == (3, "a person at the page")

    first, page_recipe = done.learnt, to_page_recipe(recipe)
    with pytest.raises(UsageError, match="no correction to learn from yet"):
        plan_work(page_recipe, run, "corrections")
    tried = correct_a_try(recipe, run, first)
    corrected = tried.episode
    assert (tried.policy, tried.corrections) == (first.policy, 2)
    assert find_corrections(page_recipe, run) == (corrected,)
    listed = list_episodes(run.store())
    told = {one.id: describe(one, first.policy) for one in listed}
    assert told.pop(corrected).startswith("The policy tried: not there yet with 2 corrections, ")
    assert all(line.startswith("Taught: it works, ") for line in told.values())
    assert find_learned(page_recipe, listed) == {one.id for one in listed}
    assert count_tries(page_recipe, run.store(), first.policy)["close_laptop"] == Tries(1, 0, 1, 2)
    trainer.start("corrections")
    second = train_to_the_end(trainer)
    assert second.state == "finished", second.error
    assert second.learnt.corrections == 1
    assert second.learnt.policy != first.policy
    assert second.learnt == load_work(run).learnt
    assert count_tries(page_recipe, run.store(), second.learnt.policy)["close_laptop"].tries == 0
    from_the_beginning = plan_work(page_recipe, run, "taught")
    assert (from_the_beginning.corrections, from_the_beginning.earlier) == ((corrected,), "")


@pytest.mark.slow
def test_what_was_cut_off_goes_on_with_the_same_episodes(taught, tmp_path):
    run = copy_run(taught, tmp_path)
    code = (
        "import sys, time; sys.path.insert(0, sys.argv[2])\n"
        "from pathlib import Path\n"
        "from page_training_samples import small_recipe\n"
        "from cliprt.page.training import Trainer\n"
        "from cliprt.stages.run_folder import RunFolder\n"
        "recipe = small_recipe('trainer.max_steps=150', 'trainer.checkpoint_every=50')\n"
        "trainer = Trainer(recipe, RunFolder(Path(sys.argv[1])))\n"
        "trainer.start('taught')\n"
        "while not trainer.progress.curve: time.sleep(0.02)\n"
        "print(trainer._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, str(run.path), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        server.kill()
    wait_until(lambda: not is_alive(pid), patience_s=60)
    origin = run.store().load(run.store().ids()[0])
    further = origin.id.replace("-000000-", "-000009-")
    run.store().write_episode(replace(origin, id=further, seed=9))  # taught meanwhile

    recipe = small_recipe("trainer.max_steps=150", "trainer.checkpoint_every=50")
    trainer = Trainer(recipe, run)
    assert trainer.was_cut_off
    assert (trainer.progress.state, trainer.progress.can_resume) == ("stopped", True)
    trainer.resume()
    wait_until(lambda: trainer.progress.curve)
    trainer.stop()
    assert trainer.progress.state == "stopping"
    stopped = train_to_the_end(trainer)
    assert (stopped.state, load_work(run).state) == ("stopped", "stopped")
    assert load_work(run).curve

    trainer.resume()
    done = train_to_the_end(trainer)
    assert done.state == "finished", done.error
    assert done.learnt.episodes == 3
    assert done.learnt.policy == policy_key(recipe, taught.store().ids())
    steps = [point.step for point in done.curve]
    assert steps == sorted(set(steps))
    assert (steps[0], steps[-1]) == (2, 150)


def test_a_killed_training_says_so_and_a_closed_one_is_cut_off(taught, tmp_path):
    run = copy_run(taught, tmp_path)
    trainer = Trainer(small_recipe(), run)
    trainer.start("taught")
    wait_until(lambda: trainer.progress.episodes > 0)
    assert trainer._process is not None
    trainer._process.kill()
    failed = train_to_the_end(trainer)
    assert failed.state == "failed"
    assert "was it killed" in failed.error
    assert failed.can_resume
    trainer.resume()
    wait_until(lambda: trainer.progress.stage != "Starting")
    trainer.close()
    assert load_work(run).state == "working"
    assert Trainer(small_recipe(), run).was_cut_off


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_nothing_taught_is_an_error_in_words(tmp_path):
    trainer = Trainer(small_recipe(), RunFolder(tmp_path))
    trainer.start("taught")
    failed = train_to_the_end(trainer)
    assert failed.state == "failed"
    assert "nothing is taught yet" in failed.error
    assert not failed.can_resume
    assert not (tmp_path / RECORD).exists()


def test_a_damaged_record_is_no_training(tmp_path):
    (tmp_path / RECORD).write_text('{"state": "working", "taught": 3}')
    trainer = Trainer(small_recipe(), RunFolder(tmp_path))
    assert (trainer.progress.state, trainer.was_cut_off) == ("idle", False)


def test_the_server_loads_no_torch_for_the_panel():
    code = (
        "import sys, cliprt.page.training, cliprt.page.views.training\n"
        "print([m for m in ('torch', 'lightning', 'pybullet') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_panel_says_it_in_words():
    assert "to its end" in describe_taught({"a": 0}, 10)
    assert describe_taught({"a": 3, "b": 12}, 10).startswith("13 of 20 episodes are taught: enough")
    assert describe_taught({"a": 4, "b": 0}, 10).startswith("4 of 10 episodes are taught")
    assert describe_taught({"a": 10}, 10) == "All 10 episodes are taught."
    tries = Tries()
    assert describe_tries(tries) == "not tried yet"
    for success, corrections in ((True, 0), (True, 2), (False, 0), (True, 0)):
        tries = tries.add(success, corrections)
    assert describe_tries(tries) == (
        "2 of 4 by itself (95 % interval 15 to 85 %); 2 corrections in 1 try"
    )
    working = Progress("working", stage="Training", done=30, total=200, left_s=130.0)
    assert describe_progress(working, 0.0) == "Learning, 30 of 200, about 2 minutes left"
    for left_s, minutes in ((60.0, "1 minute"), (80.0, "2 minutes"), (200.0, "4 minutes")):
        told = describe_progress(replace(working, left_s=left_s), 0.0)
        assert told.endswith(f"about {minutes} left")
    nobody_knows = Progress("working", stage="Generating", done=1, total=9, since_s=5.0)
    told = "Doing what you taught in new scenes, 1 of 9, for "
    assert describe_progress(nobody_knows, 35.0) == f"{told}30 seconds"
    assert describe_progress(nobody_knows, 150.0) == f"{told}2 minutes"
    assert describe_progress(Progress("stopped"), 0.0).startswith("Stopped.")


def test_the_curve_shows_held_out_points_only_where_there_are_some():
    points = [CurvePoint(10, 2.0, 0.25), CurvePoint(20, 1.0, 0.5, 0.75)]
    right, held_out = curve_options(points, Translator("en"))["series"]
    assert right["data"] == [(10, 25.0), (20, 50.0)]
    assert held_out["data"] == [(20, 75.0)]
    (loss,) = curve_options([CurvePoint(10, 2.0, None)], Translator("en"))["series"]
    assert loss["data"] == [(10, 2.0)]


def test_the_curve_is_said_in_words_with_what_to_do():
    def describe(*held_out, accuracy: float | None = 0.9):
        shares = held_out or (None,)
        points = [CurvePoint(n, 1.25, accuracy, share) for n, share in enumerate(shares)]
        return describe_curve(points, 0.06)

    means, now = describe(0.4, 0.6)
    assert means.startswith("Of 100 moments that were kept aside")
    assert now == "Now: 60 of 100. Guessing: 6 of 100."
    assert "teach more" in describe(0.33, 0.34, 0.33)[2]
    assert len(describe(0.33, 0.43, 0.53)) == len(describe(0.9, 0.9, 0.9)) == 2
    assert describe()[1] == "Now: 90 of 100. Guessing: 6 of 100."
    assert describe(accuracy=None)[1] == "Now: 1.25."
    assert describe_curve((), 0.06) == ()
