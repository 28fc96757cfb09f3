"""Episodes leave as training shards, and the authors' folders come in."""

import json

import numpy as np
import pytest
from data_samples import make_episode
from PIL import Image

from cliprt.cli import main
from cliprt.data.columns import Needs
from cliprt.data.store import EpisodeStore, find_store
from cliprt.recipe.build import build_sources, build_vocabulary
from cliprt.recipe.load import load_recipe


@pytest.fixture
def run(tmp_path):
    store = EpisodeStore(tmp_path / "run" / "episodes", durable=False)
    for name, steps in (("good", 3), ("better", 2)):
        store.write_episode(make_episode(name, steps))
    return tmp_path / "run"


def test_exported_shards_name_what_to_train_with(run, tmp_path, capsys):
    command = ["episodes", "export", str(run), "--shards", str(tmp_path / "tars")]
    assert main([*command, "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["episodes"] == 2
    assert facts["shards"] == str(tmp_path / "tars" / "train-000000.tar")
    assert facts["samples"] == 5
    recipe = load_recipe("tiny", [f"data.sources=[{{name: shards, path: {facts['shards']}}}]"])
    ((source, _),) = build_sources(recipe, None)
    assert len(source.open(Needs(("scene",), horizon=32), build_vocabulary(recipe))) == 5
    assert main(command) == 2
    assert "is there already; choose another folder" in capsys.readouterr().err
    assert main([*command[:-1], str(tmp_path / "top"), "--cameras", "top"]) == 2
    assert "no camera 'top'" in capsys.readouterr().err


@pytest.fixture
def raw(tmp_path):
    folder = tmp_path / "raw" / "task_0" / "episode_0"
    folder.mkdir(parents=True)
    motions = [[0.05, 0, 0, 0, 0, 0, 0, 1], [0.05, 0.05, 0.05, 0, 0, 0, 0, 1], [0] * 8]
    for stamp, action in enumerate(motions):
        Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(folder / f"{stamp}.png")
        record = {"instruction": "pick", "supervision": "go", "action": action}
        record |= {key: [0.4, 0.0, 0.3, 0.0, 3.1, 0.0] for key in ("eef_pose", "prev_eef_pose")}
        record |= {key: [0.0] * 6 for key in ("joint", "prev_joint")}
        (folder / f"{stamp}.json").write_text(json.dumps(record))
    return tmp_path / "raw"


def test_raw_folders_are_imported_once_with_the_nearest_labels(raw, tmp_path, capsys):
    command = ["episodes", "import", str(raw), str(tmp_path / "authors"), "--format", "json"]
    assert main(command) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["imported"], facts["steps"], facts["without_label"]) == (1, 3, 1)
    episode = find_store(tmp_path / "authors").load("task_0-episode_0")
    assert episode.meta["vocabulary"]["name"] == "clip_rt_58"
    phrases = [step.primitive.phrase for step in episode.steps]
    assert phrases == ["move the arm forward by five centimeters", "", "close the gripper"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["there_before"] == 1
