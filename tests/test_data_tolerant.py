"""Records of other versions: unknown fields are read over, and nothing whole is ever set aside."""

import json
import re
from dataclasses import asdict, replace

import pytest
from data_samples import make_episode

from cliprt.cli import main
from cliprt.data.codec import seal, unseal
from cliprt.data.layout import HEADER, STEPS
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError
from cliprt.types import Layout

ADDED = {"force": [1.0, 2.0], "depth": {"scene": "0000-scene.npy"}}


@pytest.fixture
def store(tmp_path):
    store = EpisodeStore(tmp_path)
    store.write_episode(make_episode("a", origin="b"))
    store.write_episode(make_episode("b"))
    return store


def rewrite(store, change, episode="a", file=STEPS):
    """Write every record of a file again, as another version might have written it."""
    path = store.path / "episodes" / episode / file
    bodies = [unseal(line) for line in path.read_bytes().splitlines(keepends=True)]
    for body in bodies:
        change(body)
    path.write_bytes(b"".join(map(seal, bodies)))


def add_everywhere(record):
    record |= ADDED
    for part in ("observation", "outcome", "primitive"):
        record[part] |= ADDED


def plain(step):
    values = {name: value for name, value in vars(step).items() if name != "observation"}
    seen = {name: x for name, x in vars(step.observation).items() if name != "images"}
    return values | {"outcome": asdict(step.outcome)}, seen


def test_fields_of_a_later_version_are_read_over(store):
    before = [plain(step) for step in store.load("a").steps]
    rewrite(store, add_everywhere)
    rewrite(store, lambda header: header.update(ADDED), file=HEADER)
    episode = store.load("a")
    assert [plain(step) for step in episode.steps] == before
    assert episode.steps[0].observation.images["wrist"].shape == (8, 8, 3)
    assert episode.meta == {"origin": "b", **ADDED}, "kept, also when the header is written again"


def test_fields_that_an_earlier_version_did_not_have_are_as_by_default(store):
    def forget(record):
        for name in ("stopped_after_s", "stopped_because", "joints"):
            del record["outcome"][name]
        del record["trace"], record["train"], record["primitive"]["group"]

    rewrite(store, forget)
    rewrite(store, lambda header: header.pop("writer_pid"), file=HEADER)
    step = store.load("a").steps[1]
    assert (step.train, step.trace, step.primitive.group, step.outcome.joints) == (True, {}, "", ())
    assert store.header("a").writer_pid == 0


def test_a_field_more_is_nothing_to_repair(store):
    rewrite(store, add_everywhere)
    rewrite(store, lambda header: header.update(ADDED), file=HEADER)
    report = store.repair()
    assert (report.whole, report.recovered, report.quarantined) == (("a", "b"), (), ())


@pytest.mark.parametrize(
    ("file", "change"),
    [
        (STEPS, lambda step: step.pop("primitive")),
        (STEPS, lambda step: step.update(observation=[])),
        (HEADER, lambda header: header.pop("instruction")),
    ],
    ids=["no primitive", "another observation", "no instruction"],
)
def test_what_is_whole_but_not_understood_is_left_alone(store, file, change, capsys):
    """Its checksum says that nothing is damaged: no repair may cut or move it."""
    rewrite(store, change, file=file)
    content = (store.path / "episodes" / "a" / file).read_bytes()
    why = rf"{file} is whole, but this cliprt does not.*Update"
    with pytest.raises(StoreError, match=why):
        store.load("a")
    report = store.repair()
    assert (report.unknown, report.whole) == (("a",), ("b",)), "it stops no other's repair"
    assert re.search(why, report.remarks[0])
    assert (store.path / "episodes" / "a" / file).read_bytes() == content
    assert not (store.path / "quarantine").exists()
    assert main(["episodes", "repair", str(store.path)]) == 0
    assert re.search(why, capsys.readouterr().err)


def test_an_unfinished_recording_keeps_what_a_later_version_added(store):
    (store.path / "episodes" / "a").rename(store.path / "journal" / "a")
    folder = store.path / "journal" / "a"
    body = unseal((folder / HEADER).read_bytes())
    (folder / HEADER).write_bytes(seal({**body, **ADDED, "steps": None}))
    assert store.repair().recovered == ("a",)
    assert store.header("a").meta["force"] == ADDED["force"]


def test_other_records_are_read_over_too(tmp_path):
    from cliprt.data.schema import build
    from cliprt.page.training_record import RECORD, Learnt, Work, load_work
    from cliprt.policies.calibration import Calibration
    from cliprt.runtime.explanation import Explanation, RankedPrimitive
    from cliprt.stages.run_folder import RunFolder

    ranked = RankedPrimitive(3, "move", 0.5, 1)
    explanation = Explanation((ranked,), 0.2, {"y+": 0.5}, ranked, 1.0)
    values = explanation.to_dict()
    values["top"] = [{**values["top"][0], **ADDED}]
    values = {**values, "chosen": values["top"][0], **ADDED}
    assert build(Explanation, values) == explanation
    calibration = {name: 1 for name in Calibration.__dataclass_fields__}
    assert Calibration.from_dict({**calibration, **ADDED}) == Calibration(**calibration)
    work = Work(taught={"pick": ("a",)}, earlier="key", learnt=Learnt(policy="key"))
    run = RunFolder(tmp_path)
    work.save(run)
    record = json.loads((tmp_path / RECORD).read_text())
    record["learnt"] |= ADDED
    (tmp_path / RECORD).write_text(json.dumps({**record, **ADDED}))
    assert load_work(run) == work, "what was learnt last is not forgotten for a field"


def test_a_layout_is_of_tuples_wherever_it_comes_from(tmp_path):
    from cliprt.stages.augment import load_demonstrations
    from cliprt.stages.collect import Taught

    pose = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)
    store = EpisodeStore(tmp_path)
    layout = asdict(Layout(pose, {"cup": pose}))
    store.write_episode(replace(make_episode("a"), meta={"layout": layout}))
    taught = Taught({"pick": ("a",)})
    found = load_demonstrations(store, taught)["a"].layout
    assert found == Layout(pose, {"cup": pose})
    assert hash((found.hand, *found.bodies.values()))
