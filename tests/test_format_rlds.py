"""Episodes leave as an RLDS data set: read back bit for bit, and by tensorflow-datasets itself.

CLIPRT_TFDS_PYTHON=/path/to/python CLIPRT_OPENVLA_ROOT=a/clone/of/openvla pytest -m slow
"""

import io
import os
import subprocess
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from cliprt.data.columns import state_of
from cliprt.data.rlds.dataset import open_rlds, read_records
from cliprt.errors import StoreError, UsageError
from cliprt.formats.rlds import STATE, RldsFormat, action_of
from cliprt.testing.format import sample_episodes

PYTHON = os.environ.get("CLIPRT_TFDS_PYTHON", "")
ROOT = os.environ.get("CLIPRT_OPENVLA_ROOT", "")


def records(folder, name="cliprt"):
    dataset = open_rlds(folder / name)
    shards = dataset.splits["train"]
    return dataset, [r for shard in shards for r in read_records(shard, list(dataset.features))]


def test_every_number_and_picture_comes_back(tmp_path):
    episodes = sample_episodes()
    told = RldsFormat(png=True, shard=2).write(episodes, tmp_path / "set")
    assert told.facts["records"] == 3
    dataset, found = records(tmp_path / "set")
    assert (dataset.name, dataset.version) == ("cliprt", "1.0.0")
    assert [shard.records for shard in dataset.splits["train"]] == [2, 1]
    cameras = tuple(episodes[0].steps[0].observation.images)
    for episode, record in zip(episodes, found, strict=True):
        steps, columns = episode.steps, record.columns
        for name, camera in zip(("image", "wrist_image"), cameras, strict=True):
            for row, step in zip(columns[f"steps/observation/{name}"], steps, strict=True):
                seen = np.asarray(Image.open(io.BytesIO(row)))
                assert np.array_equal(seen, step.observation.images[camera])
        state = np.stack([state_of(step.observation, STATE) for step in steps])
        assert columns["steps/observation/state"].tobytes() == state.tobytes()
        actions = np.stack([action_of(step) for step in steps])
        assert columns["steps/action"].tobytes() == actions.tobytes()
        assert columns["steps/language_instruction"] == [episode.instruction.encode()] * len(steps)
        assert columns["steps/phrase"] == [s.primitive.phrase.encode() for s in steps]
        assert columns["steps/is_first"].tolist() == [True, False, False, False]
        assert columns["steps/is_last"].tolist() == [False, False, False, True]


def test_an_action_is_the_way_to_the_next_commanded_pose_and_the_gripper_as_told():
    steps = sample_episodes()[0].steps
    action = action_of(steps[0])
    assert action[:3] == pytest.approx(steps[0].primitive.motion[:3])
    assert action[6] == -1
    assert action_of(steps[-1])[6] == 1
    turned = replace(steps[0].primitive, motion=(0, 0, 0, 0, 0, 0, 0.5))
    tool_down = replace(steps[0].observation, commanded_pose=(0.4, 0, 0.3, np.pi, 0, 0))
    action = action_of(replace(steps[0], primitive=turned, observation=tool_down))
    assert action[3:6] == pytest.approx([0, 0, -0.5], abs=1e-6)


def test_the_same_episodes_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        RldsFormat().write(sample_episodes(), tmp_path / name)
    files = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*-*-*")}
        | {path.name: path.read_bytes() for path in folder.rglob("*.json")}
        for folder in (tmp_path / "a", tmp_path / "b")
    ]
    assert files[0] == files[1]
    assert len(files[0]) >= 3


def test_what_is_not_learned_from_parts_an_episode_and_what_was_refused_does_not(tmp_path):
    one = sample_episodes()[0]
    unlearned = replace(one.steps[1], train=False)
    refused = replace(one.steps[2], outcome=replace(one.steps[2].outcome, refused="too far"))
    steps = (one.steps[0], unlearned, one.steps[0], refused, one.steps[3])
    RldsFormat().write([replace(one, steps=steps, success=True)], tmp_path / "set")
    _, found = records(tmp_path / "set")
    assert [record.steps for record in found] == [1, 2]
    assert [record.columns["steps/reward"].tolist() for record in found] == [[0], [0, 1]]


def test_what_cannot_be_written_is_said(tmp_path):
    with pytest.raises(StoreError, match="no step to learn from"):
        RldsFormat().write([], tmp_path / "set")
    told = RldsFormat(cameras=("scene", "roof")).write
    with pytest.raises(StoreError, match="no step to learn from"):
        told(sample_episodes(), tmp_path / "set")
    with pytest.raises(UsageError, match="name: got 'My set'"):
        RldsFormat(name="My set")
    with pytest.raises(UsageError, match="one or two"):
        RldsFormat(cameras=("a", "b", "c"))
    assert not (tmp_path / "set").exists()


READ = """
import sys, types, pathlib, numpy as np, tensorflow_datasets as tfds, tensorflow as tf
folder, root = sys.argv[1:]
builder = tfds.builder("libero_object_no_noops", data_dir=folder)
made = []
for episode in builder.as_dataset(split="train", shuffle_files=False):
    steps = list(episode["steps"])
    stack = lambda key: tf.stack([s[key] for s in steps])
    seen = {k: tf.stack([s["observation"][k] for s in steps]) for k in steps[0]["observation"]}
    made.append({"action": stack("action"), "observation": seen,
                 "language_instruction": stack("language_instruction")})
if root:  # its own transform, without what its packages import
    for name in ("prismatic", "prismatic.vla", "prismatic.vla.datasets",
                 "prismatic.vla.datasets.rlds", "prismatic.vla.datasets.rlds.oxe",
                 "prismatic.vla.datasets.rlds.oxe.utils", "prismatic.vla.datasets.rlds.utils"):
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = [str(pathlib.Path(root).joinpath(*name.split(".")))]
    for name in ("dlimp", "tensorflow_graphics", "tensorflow_graphics.geometry",
                 "tensorflow_graphics.geometry.transformation", "prismatic.overwatch"):
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__, module.initialize_overwatch, module.DLataset = [], lambda n: None, 0
    from prismatic.vla.datasets.rlds.oxe.transforms import OXE_STANDARDIZATION_TRANSFORMS as all_
    made = [all_["libero_object_no_noops"](one) for one in made]
flat = {}
for i, one in enumerate(made):
    flat |= {f"{i}/action": one["action"], f"{i}/said": one["language_instruction"]}
    flat |= {f"{i}/{k}": v for k, v in one["observation"].items()}
np.savez(folder + "/read.npz", **{k: np.asarray(v.numpy().tolist()) if v.dtype == tf.string
                                  else v.numpy() for k, v in flat.items()})
"""


@pytest.mark.slow
@pytest.mark.skipif(not PYTHON, reason="CLIPRT_TFDS_PYTHON names no Python with its package")
@pytest.mark.parametrize("root", ["", ROOT], ids=["tensorflow-datasets", "openvla"])
def test_tensorflow_datasets_and_openvlas_own_transform_read_it(tmp_path, root, request):
    if not root and "openvla" in request.node.callspec.id:
        pytest.skip("CLIPRT_OPENVLA_ROOT names no clone of openvla")
    episodes, folder = sample_episodes(), tmp_path / "set"
    RldsFormat(name="libero_object_no_noops", png=True).write(episodes, folder)
    subprocess.run([PYTHON, "-c", READ, str(folder), root], check=True)
    read = np.load(folder / "read.npz", allow_pickle=False)
    for number, episode in enumerate(episodes):
        steps = episode.steps
        actions = np.stack([action_of(step) for step in steps])
        if root:  # openvla's own: 1 opens, 0 closes
            actions[:, 6] = actions[:, 6] < 0
            state = np.stack([state_of(step.observation, STATE) for step in steps])
            assert np.array_equal(read[f"{number}/EEF_state"], state[:, :6])
            assert np.array_equal(read[f"{number}/gripper_state"], state[:, 6:])
        assert np.array_equal(read[f"{number}/action"], actions)
        camera = next(iter(steps[0].observation.images))
        pictures = np.stack([step.observation.images[camera] for step in steps])
        assert np.array_equal(read[f"{number}/image"], pictures)
        assert set(read[f"{number}/said"].tolist()) == {episode.instruction.encode()}
