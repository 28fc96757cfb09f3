"""Other words wherever a policy acts: `run`, a trial, a server, the page."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import UnclearError
from cliprt.page.between import Between
from cliprt.page.choosing import PERHAPS
from cliprt.policies.checkpoint import save_policy
from cliprt.recipe.build import build_policy, build_vocabulary, load_actor
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component, RuntimeSection
from cliprt.runtime.instructions import answer_for
from cliprt.serving.served import load_served
from cliprt.stages.run_folder import RunFolder
from cliprt.types import Observation

pytest.importorskip("pybullet")

SMALL = ["robot.image_size=32", "tasks=[close_laptop, open_cabinet]", "runtime.device=cpu"]
MATCHED = "runtime.instructions=sentence"
SAID = "shut that notebook computer"
HERE = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0)
SEEN = Observation({"wrist": np.full((64, 64, 3), 90, np.uint8)}, HERE, HERE, (), "open", 0.0, 0.0)


@pytest.fixture
def policy(tmp_path) -> Path:
    recipe = load_recipe("tiny.yaml", SMALL)
    vocabulary = build_vocabulary(recipe)
    taught = ["Close the laptop", "Open the cabinet"]
    untrained = build_policy(recipe, vocabulary)
    save_policy(untrained, asdict(recipe), vocabulary, tmp_path / "policy", instructions=taught)
    return tmp_path / "policy"


def run(policy, said, *more):
    words = ["--checkpoint", str(policy), "--store", str(policy.parent / "store")]
    short = "evaluation.max_steps=1"
    return main(
        ["run", "--recipe", "tiny.yaml", *SMALL, short, *more, *words, "--instruction", said]
    )


def test_a_run_says_what_it_takes_the_words_for_and_records_both(policy, capsys):
    assert run(policy, SAID, MATCHED) == 0
    out, err = capsys.readouterr()
    assert f"I take “{SAID}” for “Close the laptop”." in err
    assert "Close the laptop (scene 100000, clip_rt)" in out
    assert run(policy, "open up the cupboard", MATCHED) == 0
    assert "Open the cabinet (scene 100000, clip_rt)" in capsys.readouterr().out, "in its own scene"
    store = EpisodeStore(policy.parent / "store")
    episodes = [store.load(one) for one in store.ids()]
    found = {(e.task, e.instruction, e.meta["said"]) for e in episodes}
    assert ("close_laptop", "Close the laptop", SAID) in found
    assert ("open_cabinet", "Open the cabinet", "open up the cupboard") in found


def test_a_run_asks_who_is_at_the_terminal(policy, capsys, monkeypatch):
    assert run(policy, "do not close the laptop", MATCHED) == 2
    assert "Did you mean “Close the laptop”" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda prompt: "1")
    assert (
        run(
            policy,
            "get the laptop thing done",
            "runtime.instructions={name: sentence, margin: 0.9}",
        )
        == 0
    )
    out, err = capsys.readouterr()
    assert "  1  Close the laptop" in err
    assert "Close the laptop (scene 100000, clip_rt)" in out
    monkeypatch.setattr("builtins.input", lambda prompt: "")
    assert run(policy, "do not close the laptop", MATCHED) == 2


def test_words_are_left_as_they_are_where_nobody_matches(policy, capsys):
    assert run(policy, SAID) == 0
    assert f"{SAID} (scene 100000, clip_rt)" in capsys.readouterr().out


def test_a_policy_decides_as_for_the_taught_words_at_home_and_served(policy):
    recipe = load_recipe("tiny.yaml", [*SMALL, MATCHED])
    actor = load_actor(recipe, policy, build_vocabulary(recipe))
    wanted = actor(SEEN, "Close the laptop").scores
    assert np.array_equal(actor(SEEN, SAID).scores, wanted)
    runtime = RuntimeSection(device="cpu", instructions=Component("sentence"))
    served = load_served(policy, runtime)
    (proposal,) = served.propose([SEEN], [SAID])
    assert np.allclose(proposal.scores, wanted)
    with pytest.raises(UnclearError, match="Did you mean"):
        served.propose([SEEN], ["sing a song"])


def test_a_simulated_person_is_asked_in_a_trial(policy, capsys):
    recipe = load_recipe(
        "tiny.yaml", [*SMALL, "runtime.instructions={name: sentence, margin: 0.9}"]
    )
    actor = load_actor(recipe, policy, build_vocabulary(recipe))
    answer_for(actor.understand, SAID, "Close the laptop")
    assert "Asked: " in capsys.readouterr().err
    assert actor.understand(SAID) == "Close the laptop"


def test_a_sentence_at_the_page_begins_the_task_that_it_means(tmp_path):
    recipe = load_recipe("tiny.yaml", [*SMALL, MATCHED])
    between = Between(recipe, RunFolder(tmp_path), print)
    assert between.say("fold the computer down so that its screen is covered") == "close_laptop"
    strict = load_recipe(
        "tiny.yaml", [*SMALL, "runtime.instructions={name: sentence, margin: 0.9}"]
    )
    asking = Between(strict, RunFolder(tmp_path), print)
    assert asking.say("fold the computer down so that its screen is covered") == ""
    assert asking.wish.text == PERHAPS
    assert asking.wish.tasks[0] == "close_laptop"
    plain = Between(load_recipe("tiny.yaml", SMALL), RunFolder(tmp_path), print)
    assert plain.say("she would like the notebook to be shut") == ""
