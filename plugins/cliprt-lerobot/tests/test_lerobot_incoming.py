"""Episodes out of data sets: ours as they were, others' as far as they can be told."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from foreign_sets import NAMES, make
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.cli import main
from cliprt.data.samples import origin_of
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UsageError
from cliprt.geometry import apply_motion
from cliprt.testing import check_format
from cliprt.testing.format import sample_episodes
from cliprt.types import Observation, Outcome, Primitive, Step
from cliprt_lerobot.annotate import annotate
from cliprt_lerobot.format import LeRobotFormat
from cliprt_lerobot.naming import Told
from cliprt_lerobot.reader import DataSet

FIXTURE = Path(__file__).parent / "fixtures" / "v21"
THEIRS = {
    "role": "user",
    "content": "reach out",
    "style": "motion",
    "timestamp": 0.0,
}


def label(motion, gripper):
    return Primitive(7, "a motion", motion, gripper)


def unlabelled(motion, gripper):
    return Primitive(None, "", motion, gripper)


def read(path, **options):
    found = list(LeRobotFormat(**options).read(path, label))
    assert not [e for e in found if isinstance(e, StoreError)], found
    return found


def numbers_of(observation):
    return {name: value for name, value in vars(observation).items() if name != "images"}


def test_it_reads_what_it_writes_and_what_others_wrote(tmp_path):
    (tmp_path / "a").mkdir()
    check_format(LeRobotFormat(), tmp_path / "a")
    (tmp_path / "b").mkdir()
    root = make(tmp_path / "set")
    annotate(root, Told())
    check_format(LeRobotFormat(), tmp_path / "b", root)


finite = st.floats(-3, 3, width=32)
poses = st.tuples(*[finite] * 6)
motions = st.tuples(*[finite] * 7)


@st.composite
def steps(draw, index):
    gripper = draw(st.sampled_from([None, "open", "closed"]))
    motion = draw(motions)
    seen = Observation(
        {"scene": np.full((16, 16, 3), draw(st.integers(0, 255)), np.uint8)},
        draw(poses),
        draw(poses),
        tuple(draw(st.lists(finite, min_size=3, max_size=3))),
        draw(st.sampled_from(["open", "closed"])),
        draw(finite),
        draw(st.floats(0, 100, width=32)),
    )
    outcome = Outcome(motion, gripper, draw(poses), draw(poses))
    said = draw(st.sampled_from(["", "no, left", "전진"]))
    return Step(index, seen, said, Primitive(1, "go", motion, gripper), outcome, "someone")


@settings(max_examples=6)
@given(data=st.data(), lengths=st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_every_number_comes_back_bit_for_bit(data, lengths, tmp_path_factory):
    folder = tmp_path_factory.mktemp("round")
    first = sample_episodes()[0]
    episodes = [
        replace(first, id=f"e-{n}", steps=tuple(data.draw(steps(i)) for i in range(length)))
        for n, length in enumerate(lengths)
    ]
    LeRobotFormat(fps=2, video=False).write(episodes, folder / "set")
    found = read(folder / "set")
    assert [e.id for e in found] == [e.id for e in episodes]
    for episode, again in zip(episodes, found, strict=True):
        assert (again.instruction, again.source) == (episode.instruction, episode.source)
        assert again.success is True
        for a, b in zip(episode.steps, again.steps, strict=True):
            assert b.supervision == a.supervision
            assert b.primitive == Primitive(7, "a motion", a.primitive.motion, a.primitive.gripper)
            assert replace(b.outcome, joints=()) == a.outcome
            assert numbers_of(b.observation) == numbers_of(a.observation)
            assert (b.observation.images["scene"] == a.observation.images["scene"]).all()
    LeRobotFormat(fps=2, video=False).write(found, folder / "again")
    one, two = DataSet(folder / "set"), DataSet(folder / "again")
    for x, y in zip(one.entries, two.entries, strict=True):
        features = one.info.features.items()
        keys = [k for k, f in features if not f.is_picture and f.dtype != "language"]
        for key, column in one.numbers(x, keys).items():
            assert column.tobytes() == two.numbers(y, [key])[key].tobytes()
        assert one.language(x)[1] == two.language(y)[1]


def test_what_was_made_from_a_demonstration_still_says_so(tmp_path):
    first = sample_episodes()[0]
    made = replace(first, id="e-0-diversify-0", meta={"origin": "e-0"})
    LeRobotFormat().write([first, made], tmp_path / "set")
    found = read(tmp_path / "set")
    assert [(e.id, origin_of(e)) for e in found] == [("e-0", "e-0"), ("e-0-diversify-0", "e-0")]


def test_an_episode_in_parts_comes_back_as_parts_of_one_demonstration(tmp_path):
    first = sample_episodes()[0]
    cut = [replace(s, train=s.index != 1) for s in first.steps]
    LeRobotFormat().write([replace(first, steps=tuple(cut))], tmp_path / "set")
    found = read(tmp_path / "set")
    assert [(e.id, e.meta["origin"]) for e in found] == [("e-0-0", "e-0"), ("e-0-1", "e-0")]
    assert [len(e.steps) for e in found] == [1, 2]
    LeRobotFormat(steps="all").write([replace(first, steps=tuple(cut))], tmp_path / "all")
    (whole,) = read(tmp_path / "all")
    assert whole.id == "e-0"
    assert [step.train for step in whole.steps] == [True, False, True, True]


def test_of_another_set_a_step_is_taken_when_the_one_before_is_over(tmp_path):
    root = make(tmp_path / "set", lengths=(30, 30))
    annotate(root, Told())
    episodes = read(root)
    assert [e.id for e in episodes] == ["set-0", "set-1"]
    assert [e.instruction for e in episodes] == ["pick the cup", "put it down"]
    assert [e.success for e in episodes] == [None, None]
    for episode in episodes:
        side = 1 if episode.id == "set-1" else -1
        assert [step.observation.time_s for step in episode.steps] == pytest.approx([0.0, 1.0, 2.0])
        first, second, _ = episode.steps
        assert first.primitive.motion == (side * 0.1, 0, 0, 0, 0, 0, 0)
        assert first.outcome.sent == apply_motion(
            first.observation.tcp_pose, first.primitive.motion
        )
        assert first.outcome.measured == second.observation.tcp_pose
        assert math.isnan(first.observation.gripper_opening_m)
        assert first.observation.gripper == "open"
        assert sorted(first.observation.images) == ["front", "wrist"]
        assert first.observation.images["front"].shape == (32, 32, 3)
        assert first.train
        assert first.primitive.label == 7


def test_phrases_that_nobody_knows_are_kept_and_not_learned_from(tmp_path):
    root = make(tmp_path / "set", lengths=(12,), language={0: [THEIRS]})
    (episode,) = LeRobotFormat().read(root, unlabelled)
    assert [(s.primitive.phrase, s.primitive.label, s.train) for s in episode.steps] == [
        ("reach out", None, False)
    ] * 2


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (
            NAMES,
            "does not say in words what the arm does. Let it be written there: cliprt annotate",
        ),
        (["j1"] * 7, "does not say in words"),
    ],
)
def test_without_phrases_it_is_sent_to_annotate(names, said, tmp_path):
    root = make(tmp_path / "set", names=names)
    with pytest.raises(StoreError, match=said):
        read(root)


def test_without_a_pose_it_is_sent_to_the_source(tmp_path):
    root = make(tmp_path / "set", names=["j1"] * 7, language={0: [THEIRS]})
    with pytest.raises(StoreError, match=r"no feature is named as the pose .*name: lerobot, path:"):
        read(root)


def test_some_cameras_are_enough_and_an_unknown_one_is_named(tmp_path):
    root = make(tmp_path / "set")
    annotate(root, Told())
    (first, *_) = read(root, cameras=("wrist",))
    assert list(first.steps[0].observation.images) == ["wrist"]
    with pytest.raises(UsageError, match=r"no camera 'wirst'. Did you mean 'wrist'"):
        read(root, cameras=("wirst",))


def test_the_command_stores_what_can_be_read_and_names_the_rest(tmp_path, capsys):
    root = make(tmp_path / "set", lengths=(12, 12, 12))
    annotate(root, Told())
    video = next(root.rglob("*.mp4"))
    video.write_bytes(video.read_bytes()[: video.stat().st_size * 2 // 3])
    run = tmp_path / "run"
    command = ["episodes", "import", str(root), str(run), "--format", "lerobot"]
    assert main([*command, "--format", "json", "cameras=[wrist]"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["imported"], facts["left_out"]) == (3, 0)
    assert facts["without_label"] == 0
    store = EpisodeStore(run / "episodes")
    assert store.ids() == ("set-0", "set-1", "set-2")
    phrases = [step.primitive.phrase for step in store.load("set-1").steps]
    assert phrases[0] == "move the arm to the left by five centimeters"
    other = tmp_path / "other"
    assert main(["episodes", "import", str(root), str(other), "--format", "lerobot"]) == 0
    assert "left out: " in capsys.readouterr().err
    (tmp_path / "file").write_text("where no folder can be")
    place = str(tmp_path / "file" / "run")
    words = ["episodes", "import", str(root), place, "--format", "lerobot", "cameras=[wrist]"]
    assert main(words) == 2
    assert capsys.readouterr().err.startswith("cliprt: cannot write "), "no episode is at fault"


def test_version_2_1_is_imported_once_it_has_phrases(tmp_path):
    root = tmp_path / "set"
    shutil.copytree(FIXTURE, root)
    with pytest.raises(StoreError, match="cliprt annotate"):
        read(root)
    make(
        tmp_path / "said",
        "v2.1",
        language={i: [dict(THEIRS, content="open the gripper")] for i in range(3)},
    )
    episodes = read(tmp_path / "said")
    assert [len(e.steps) for e in episodes] == [3, 3, 3]
    assert episodes[0].steps[0].primitive.gripper == "open"
