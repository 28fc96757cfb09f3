"""An episode as a Rerun recording, read back with Rerun's own reader where it is installed."""

from __future__ import annotations

import importlib.util
import math
from dataclasses import replace

import pytest
from data_samples import make_episode, make_step

from cliprt.cli.main import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import MissingExtraError, UsageError
from cliprt.geometry import apply_motion
from cliprt.runtime.rerun_file import write_rerun

has_rerun = importlib.util.find_spec("rerun") is not None
needs_rerun = pytest.mark.skipif(not has_rerun, reason="rerun-sdk is not installed")


def read_back(path) -> dict[str, dict[str, list]]:
    """Place -> column -> one value a row."""
    reader = pytest.importorskip("rerun.chunk").RrdReader(path)
    places: dict[str, dict[str, list]] = {}
    for chunk in reader.stream():
        batch = chunk.to_record_batch()
        columns = places.setdefault(chunk.entity_path, {})
        for name in batch.schema.names:
            if name not in ("rerun.controls.RowId", "log_time"):
                values = batch.column(name)
                is_time = name == "time"
                columns[name] = [v.value for v in values] if is_time else values.to_pylist()
    return places


@needs_rerun
def test_everything_of_an_episode_is_in_the_recording(tmp_path):
    episode = make_episode("pick-0", 3)
    layout = {"hand": [0.0] * 6, "bodies": {"cup": [0.1, 0.2, 0.3, 0, 0, 0], "mat": "no place"}}
    refused = make_step(3, refused="workspace: too low", cameras=("scene", "a b/c"))
    steps = (*episode.steps, refused)
    write_rerun(replace(episode, steps=steps, meta={"layout": layout}), tmp_path / "a.rrd")
    places = read_back(tmp_path / "a.rrd")
    assert places["/talk/said"]["step"] == [0, 1, 2, 3]
    assert places["/talk/said"]["time"] == [0, 10**9, 2 * 10**9, 3 * 10**9]
    assert places["/talk/said"]["TextLog:text"][1] == ["“say 1”"]
    assert places["/talk/refused"] == {
        "step": [3],
        "time": [3 * 10**9],
        "TextLog:text": [["workspace: too low"]],
        "TextLog:level": [["ERROR"]],
    }
    assert places["/world/sent"]["step"] == [0, 1, 2]
    for way, end in (
        ("commanded", apply_motion),
        ("measured", lambda *_: steps[2].outcome.measured),
    ):
        (strip,) = places[f"/world/{way}"]["LineStrips3D:strips"][2]
        expected = end(steps[2].observation.commanded_pose, steps[2].outcome.commanded)
        assert strip[1] == pytest.approx(expected[:3])
    assert places["/gripper/opening"]["Scalars:scalars"][0] == [8.0]
    assert places["/joints"]["Scalars:scalars"][0] == [0.0] * 6
    assert places["/world/things"]["Points3D:labels"] == [["cup"]]
    assert len(places["/cameras/wrist"]["EncodedImage:blob"]) == 3
    assert len(places["/cameras/scene"]["EncodedImage:blob"]) == 4
    assert len(places["/cameras/a\\ b\\/c"]["EncodedImage:blob"]) == 1


@needs_rerun
def test_numbers_beyond_all_bounds_are_shown_as_far_as_they_can_be(tmp_path):
    step = make_step(1)
    seen = replace(step.observation, time_s=math.nan, joints=())
    outcome = replace(step.outcome, measured=(math.inf,) * 6, joints=())
    odd = replace(step, observation=seen, outcome=outcome)
    write_rerun(replace(make_episode(), steps=(make_step(0), odd)), tmp_path / "a.rrd")
    assert read_back(tmp_path / "a.rrd")["/talk/said"]["step"] == [0, 1]
    write_rerun(replace(make_episode(), steps=()), tmp_path / "empty.rrd")
    assert "/about" in read_back(tmp_path / "empty.rrd")


@needs_rerun
def test_show_writes_it_and_a_file_that_is_there_stays(tmp_path, capsys):
    EpisodeStore(tmp_path / "episodes").write_episode(make_episode("pick-0", 2))
    command = ["episodes", "show", str(tmp_path), "pick-0", "--rerun", str(tmp_path / "a.rrd")]
    assert main(command) == 0
    assert f"look at it: rerun {tmp_path / 'a.rrd'}" in capsys.readouterr().err
    before = (tmp_path / "a.rrd").read_bytes()
    assert main(command) == 2
    assert "is there already, and is left as it is" in capsys.readouterr().err
    assert (tmp_path / "a.rrd").read_bytes() == before
    assert main([*command[:-1], str(tmp_path / "missing" / "a.rrd")]) == 2
    assert "cannot write" in capsys.readouterr().err


def test_another_ending_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"is not an \.rrd file; name one, e\.g\. --rerun e-0"):
        write_rerun(make_episode(), tmp_path / "a.mp4")


@pytest.mark.skipif(has_rerun, reason="rerun-sdk is installed")
def test_without_the_package_one_is_told_what_to_install(tmp_path):
    with pytest.raises(MissingExtraError, match=r"pip install 'cliprt\[rerun\]'"):
        write_rerun(make_episode(), tmp_path / "a.rrd")
    assert not list(tmp_path.iterdir())
