"""``cliprt run``: shows and records what happens, whoever acts."""

import json
from dataclasses import asdict

import pytest

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore

pytest.importorskip("pybullet")

SMALL = ["--recipe", "tiny.yaml", "robot.image_size=32"]


def test_a_spoken_episode_is_shown_filmed_and_recorded(tmp_path, capsys):
    film = tmp_path / "film.gif"
    options = ["--task", "close_laptop", "--seed", "4", "--store", str(tmp_path / "store")]
    assert main(["run", *SMALL, *options, "--video", str(film)]) == 0
    shown = capsys.readouterr().out
    assert "Close the laptop (scene 4, teacher)" in shown
    assert "success after" in shown
    assert f"Film: {film}" in shown
    assert "' -> move the arm" in shown
    assert film.stat().st_size > 1000
    store = EpisodeStore(tmp_path / "store")
    episode = store.load(store.ids()[0])
    assert (episode.task, episode.seed, episode.success) == ("close_laptop", 4, True)
    assert episode.meta["end"] == "success"
    assert all(step.supervision and step.primitive.label is not None for step in episode.steps)


def test_an_untrained_policy_acts_in_its_own_scenes_and_json_is_json(tmp_path, capsys):
    import torch

    from cliprt.policies.checkpoint import save_policy
    from cliprt.recipe.build import build_policy, build_vocabulary
    from cliprt.recipe.load import load_recipe

    recipe = load_recipe("tiny.yaml", ["robot.image_size=32"])
    torch.manual_seed(0)  # by other weights an episode may end sooner
    vocabulary = build_vocabulary(recipe)
    save_policy(build_policy(recipe, vocabulary), asdict(recipe), vocabulary, tmp_path / "policy")
    options = ["--checkpoint", str(tmp_path / "policy"), "--store", str(tmp_path / "store")]
    film = tmp_path / "film.gif"
    more = ["evaluation.max_steps=2", "--explain", "--video", str(film)]
    assert main(["run", *SMALL, *more, *options]) == 0
    out, err = capsys.readouterr()
    assert f"Policy: {tmp_path / 'policy'}\n" in err
    assert "Note: " not in err
    explained = [line for line in out.splitlines() if "; margin 0." in line]
    assert len(explained) == 2
    assert all("% " in line and " in all" in line for line in explained)
    assert film.stat().st_size > 1000
    limit = ["evaluation.max_steps=3", "--episodes", "2"]
    assert main(["run", *SMALL, *limit, *options, "--explain", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    episodes = json.loads(out)["episodes"]
    assert [e["seed"] for e in episodes] == [100_000, 100_001]
    assert [len(e["steps"]) for e in episodes] == [3, 3]
    assert {e["source"] for e in episodes} == {"clip_rt"}
    for step in episodes[0]["steps"]:
        assert step["explanation"]["chosen"]["label"] == step["label"]
        assert len(step["explanation"]["top"]) == 5
    assert "Close the laptop (scene 100000, clip_rt)" in err
    assert len(EpisodeStore(tmp_path / "store").ids()) == 3
    other = ["--task", "knock_over", "policy.name=action_token", "evaluation.max_steps=1"]
    assert main(["run", *SMALL, *other, *options]) == 0
    out, err = capsys.readouterr()
    assert "Note: it was trained for close_laptop, not for knock_over." in err
    assert "(scene 100000, clip_rt)" in out, "named by what acts, not by what the recipe says"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--task", "close_labtop"], "Did you mean 'close_laptop'"),
        (["--teleoperator", "techer"], "Did you mean 'teacher'"),
        (["--episodes", "0"], "--episodes is 0; give 1 or more"),
        (["--video", "typo/of/x.mp4"], "there is no folder typo, so --video typo/of/x.mp4"),
        (["--checkpoint", "nowhere"], "nowhere holds no trained policy"),
        (["--explain"], "--explain is for a policy. Name it: --checkpoint runs/NAME"),
        (["--checkpoint", "a", "--teleoperator", "console"], "not allowed with"),
    ],
)
def test_bad_input_is_one_readable_text(options, text, tmp_path, capsys):
    assert main(["run", *SMALL, "--store", str(tmp_path / "store"), *options]) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / "store").exists()
