"""Rows of data sets as they lie there: a folder's, or those of the Hub's cache."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from foreign_sets import make, picture, write_video

from cliprt import load_recipe
from cliprt.data.columns import Needs
from cliprt.errors import MissingExtraError, StoreError, UsageError
from cliprt.recipe.reaches import reaches
from cliprt.registry import load
from cliprt.testing import check_source
from cliprt.testing.format import sample_episodes
from cliprt_lerobot.annotate import annotate
from cliprt_lerobot.format import LeRobotFormat
from cliprt_lerobot.naming import Told
from cliprt_lerobot.places import locate
from cliprt_lerobot.source import LeRobotSource

OXE = load("vocabulary", "oxe_50")()
FIRST = load("vocabulary", "clip_rt_58")()
BOTH = Needs(("front", "wrist"))
SAID = [
    {"role": "assistant", "content": "open the gripper", "style": "motion", "timestamp": 0.0},
    {"role": "assistant", "content": "wiggle", "style": "motion", "timestamp": 0.5},
]


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def root(tmp_path):
    made = make(tmp_path / "set")
    annotate(made, Told())
    return made


def source_of(path, **options):
    return LeRobotSource(str(path), **options)


@pytest.mark.parametrize("vocabulary", [OXE, FIRST], ids=["oxe_50", "clip_rt_58"])
@pytest.mark.parametrize(
    "needs", [BOTH, Needs(("wrist",), ("tcp_pose", "gripper")), Needs(("front",), (), 3)]
)
def test_it_keeps_the_contract(vocabulary, needs, root):
    check_source(source_of(root, size=0), vocabulary, needs)


def test_what_cliprt_wrote_keeps_it_with_every_state(tmp_path):
    LeRobotFormat().write(sample_episodes(), tmp_path / "ours")
    state = ("tcp_pose", "commanded_pose", "joints", "gripper", "gripper_opening_m")
    needs = Needs(("scene", "wrist"), state, 2)
    check_source(source_of(tmp_path / "ours"), FIRST, needs)
    rows = source_of(tmp_path / "ours", size=0).open(needs, FIRST)
    assert len(rows) == 12
    step = sample_episodes()[0].steps[1]
    row = rows.read(1)
    pose = [*step.observation.tcp_pose]
    assert row.state.tolist() == pytest.approx([*pose, *pose, *[0.1] * 6, 1, 0.08])
    assert row.instruction == "pick the cube"
    assert np.abs(row.images["scene"].astype(int) - step.observation.images["scene"]).mean() < 4


def test_a_row_is_the_frame_and_the_phrase_that_holds_there(root):
    rows = source_of(root, size=0).open(BOTH, OXE)
    assert rows.remarks == (
        f"3 frames in {root} are not learned from: the arm rests, or nothing that is understood"
        " says what it does",
    )
    assert len(rows) == 77
    first = rows.read(23)  # of the second episode
    assert OXE.primitives[first.label].phrase == "move the arm forward by ten centimeters"
    assert first.instruction == "put it down"
    assert first.where == f"episode 1 of {root}, frame 0"
    for index in range(23, 34):
        image = rows.read(index).images["wrist"].astype(int)
        away = [np.abs(image - picture(1, i)).mean() for i in range(11)]
        assert int(np.argmin(away)) == index - 23
    assert source_of(root).open(BOTH, OXE).read(5).images["front"].shape == (224, 224, 3)
    assert len(source_of(root, episodes=1).open(BOTH, OXE)) == 23


def test_whole_episodes_are_held_out(root):
    rows = source_of(root).open(BOTH, OXE)
    ends = [len(source_of(root, episodes=n).open(BOTH, OXE)) for n in (1, 2, 3)]
    episodes = [set(range(a, b)) for a, b in pairwise([0, *ends])]
    chosen = set()
    for seed in range(9):
        train, held = (set(side.tolist()) for side in rows.split(0.1, seed))
        assert held in episodes
        assert (train | held, train & held) == (set(range(len(rows))), set())
        assert set(rows.split(0.1, seed).validation.tolist()) == held
        chosen.add(min(held))
        assert len(rows.split(0.9, seed).train) in map(len, episodes), "one is learned from"
    assert len(chosen) > 1
    assert not len(rows.split(0, 1).validation)
    assert not len(source_of(root, episodes=1).open(BOTH, OXE).split(0.5, 1).validation)


def test_what_was_made_from_one_demonstration_is_on_one_side(tmp_path):
    one, two = sample_episodes()[:2]
    made = [replace(one, id=f"{one.id}-{n}", meta={"origin": one.id}) for n in range(3)]
    LeRobotFormat().write([one, *made, two], tmp_path / "ours")
    needs = Needs(("scene",), (), 2)
    rows = source_of(tmp_path / "ours").open(needs, FIRST)
    alone = len(source_of(tmp_path / "ours", episodes=1).open(needs, FIRST))
    sides = {len(rows.split(0.1, seed).validation) for seed in range(9)}
    assert sides == {4 * alone, len(rows) - 4 * alone}


def test_cameras_may_have_other_names_here(root):
    needs = Needs(("scene",))
    with pytest.raises(UsageError, match=r"no camera 'scene'\. It has: front, wrist. .* cameras="):
        source_of(root).open(needs, OXE)
    one = source_of(root, cameras=("wrist",), size=0).open(needs, OXE).read(3)
    other = source_of(root, size=0).open(BOTH, OXE).read(3)
    assert (one.images["scene"] == other.images["wrist"]).all()
    with pytest.raises(UsageError, match=r"are 2, and the policy looks at 1: scene"):
        source_of(root, cameras=("wrist", "front")).open(needs, OXE)


def test_pictures_are_decoded_once_and_whoever_comes_first_keeps_them(root, cache):
    rows = source_of(root, size=0).open(BOTH, OXE)
    assert not cache.exists()
    with ThreadPoolExecutor(8) as pool:
        first = list(pool.map(rows.read, range(len(rows))))
    files = {path for path in cache.rglob("*") if path.is_file()}
    assert len(files) == 6  # an episode and camera each
    shutil.rmtree(root / "videos")
    again = [rows.read(i) for i in reversed(range(len(rows)))][::-1]
    for a, b in zip(first, again, strict=True):
        assert all((a.images[name] == b.images[name]).all() for name in a.images)
    broken = next(path for path in files if path.name.startswith("observation.images.wrist-0-1-"))
    broken.write_bytes(broken.read_bytes()[:400])
    assert (rows.read(23 + 29 - 1).images["wrist"] == first[23 + 29 - 1].images["wrist"]).all()


def test_an_episode_that_is_damaged_later_is_named(root):
    rows = source_of(root).open(BOTH, OXE)
    write_video(next(root.rglob("*.mp4")), [picture(0, i) for i in range(30)])
    rows.read(0)
    with pytest.raises(StoreError, match=r"file-000.mp4 .*ends before"):
        rows.read(40)


def test_its_identity_is_that_of_the_content(root, tmp_path):
    shutil.copytree(root, tmp_path / "elsewhere")
    one = source_of(root).identity
    assert source_of(tmp_path / "elsewhere").identity == one
    assert source_of(root, size=64).identity != one
    (root / "meta/info.json").write_text((root / "meta/info.json").read_text() + " ")
    assert source_of(root).identity != one


@pytest.mark.parametrize(
    ("state", "horizon", "said"),
    [
        (("joints",), 0, r"the state 'joints', which .* does not have\. It has: gripper, tcp_pose"),
        (("commanded_pose",), 2, "the state 'commanded_pose'"),
    ],
)
def test_state_that_it_has_not_is_named(state, horizon, said, root):
    with pytest.raises(StoreError, match=said):
        source_of(root).open(Needs(("front",), state, horizon), OXE)


def test_without_a_pose_pictures_and_phrases_are_enough(tmp_path):
    root = make(tmp_path / "set", names=["j1"] * 7, language={0: SAID, 1: SAID, 2: SAID})
    check_source(source_of(root), OXE, Needs(("front",)))
    rows = source_of(root).open(Needs(("front",)), OXE)
    assert len(rows) == 15  # half a second of each
    assert {OXE.primitives[rows.read(i).label].phrase for i in range(15)} == {"open the gripper"}
    with pytest.raises(StoreError, match="no feature is named as the pose of the hand"):
        source_of(root).open(Needs(("front",), ("tcp_pose",)), OXE)


def test_what_cannot_be_learned_from_is_sent_where_it_can_be_made(tmp_path):
    root = make(tmp_path / "silent")
    with pytest.raises(StoreError, match=f"cliprt annotate {root}"):
        source_of(root).open(BOTH, OXE)
    strange = make(tmp_path / "strange", language={0: SAID[1:]})
    with pytest.raises(StoreError, match=r"no frame in .* has a phrase that is understood"):
        source_of(strange).open(BOTH, OXE)


def test_a_data_set_of_the_hub_is_read_from_its_cache(root, tmp_path, monkeypatch):
    """As huggingface_hub lays it out: names that are links to blobs."""
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    home = tmp_path / "hub" / "datasets--user--name"
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        link = home / "snapshots" / commit / path.relative_to(root)
        blob = home / "blobs" / str(len(list(home.glob("blobs/*"))))
        link.parent.mkdir(parents=True, exist_ok=True)
        blob.parent.mkdir(exist_ok=True)
        shutil.copy(path, blob)
        link.symlink_to(blob)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    found = locate("user/name")
    assert (found.revision, found.linked) == (commit, True)
    check_source(source_of("user/name"), OXE, BOTH)
    assert source_of("user/name").identity == source_of("user/name", revision=commit).identity
    episodes = list(LeRobotFormat().read(Path("user/name"), OXE_LABEL))
    assert [e.id for e in episodes] == ["user-name-0", "user-name-1", "user-name-2"]
    with pytest.raises(StoreError, match=r"was downloaded from the Hub before.*download=true"):
        source_of("user/other").open(BOTH, OXE)
    with pytest.raises(StoreError) as caught:
        source_of("user/other", download=True).open(BOTH, OXE)
    said = str(caught.value)
    assert said.startswith("there is no folder user/other, and the Hub gave no data set of that")
    assert "\n" not in said


def test_a_recipe_from_elsewhere_may_not_fetch_without_a_word(tmp_path):
    recipe = load_recipe("tiny", ["data.sources=[{name: lerobot, path: user/name}]"])
    assert not reaches(recipe, [Path.cwd()])
    recipe = load_recipe("tiny", ["data.sources=[{name: lerobot, path: u/n, download: true}]"])
    ((_, text),) = reaches(recipe, [Path.cwd()])
    assert text == "fetches from the network"


def OXE_LABEL(motion, gripper):  # noqa: N802
    return next(p for p in OXE.primitives if (p.motion, p.gripper) == (motion, gripper))


def test_a_missing_package_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match="pip install huggingface_hub"):
        locate("user/name")
    with pytest.raises(StoreError, match="Give the folder of a LeRobot data set"):
        locate("../user/name")
