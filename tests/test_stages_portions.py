"""Portions of a run make together just what one process makes alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.data.store import EpisodeStore
from cliprt.errors import RobotError
from cliprt.evaluation.files import append_trial, beside, gather_trials, load_trials
from cliprt.evaluation.results import Trial
from cliprt.recipe.load import load_recipe
from cliprt.stages import collect as teaching
from cliprt.stages.keys import taught_id
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.run_folder import open_run
from cliprt.stages.waiting import UnfinishedError
from cliprt.types import Episode

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
            append_trial(beside(file, portion), trial(seed))
    with beside(file, "2/2").open("a") as torn:
        torn.write('{"task": "pi')
    append_trial(beside(file, "2/2"), trial(5))
    before = load_trials(file)
    assert [one.seed for one in before] == [0, 1, 3, 2, 4, 5]
    gather_trials(file)
    assert [path.name for path in tmp_path.iterdir()] == ["trials.jsonl"]
    assert load_trials(file) == before
    gather_trials(file)
    assert load_trials(file) == before
