"""Every registered form of episodes keeps the contract; a broken one is caught."""

import json
from pathlib import Path
from shutil import rmtree

import pytest
from data_samples import write_raw

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import StoreError, UsageError
from cliprt.formats.interface import Format, Written, new_folder
from cliprt.registry import load, names
from cliprt.testing import check_format
from cliprt.testing.format import sample_episodes


@pytest.mark.parametrize("name", names("format"))
def test_registered_formats_conform(name, tmp_path):
    if name not in ("shards", "raw", "rlds"):
        pytest.skip("a plugin's own tests check it")
    write_raw(tmp_path / "raw")
    check_format(load("format", name)(), tmp_path, tmp_path / "raw")


class Faulty(Format):
    """Writes and reads one file, with a fault."""

    def __init__(self, fault):
        self.fault = fault

    def write(self, episodes, folder):
        if self.fault == "overwrites" and folder.is_dir():
            rmtree(folder)
        with new_folder(folder) as new:
            if self.fault != "empty":
                (new / "ids").write_text("\n".join(episode.id for episode in episodes))
        facts = {"episodes": 0 if self.fault == "count" else len(episodes)}
        return Written({**facts, "where": folder} if self.fault == "json" else facts, "written")

    def read(self, path, to_primitive):
        if self.fault == "nothing":
            return
        for episode in sample_episodes():
            if self.fault == "ids":
                episode = sample_episodes()[0]
            yield "e-0" if self.fault == "text" else episode


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("overwrites", "writes over what is there"),
        ("empty", "the folder is empty"),
        ("count", "do not say how many"),
        ("json", "not JSON serializable"),
        ("nothing", "there is no episode"),
        ("ids", "two episodes are called e-0"),
        ("text", "'e-0' is no episode"),
    ],
)
def test_broken_formats_are_caught(fault, text, tmp_path):
    (tmp_path / "good").mkdir()
    check_format(Faulty(""), tmp_path / "good")
    with pytest.raises((AssertionError, TypeError), match=text):
        check_format(Faulty(fault), tmp_path)


def test_a_form_that_does_nothing_is_caught(tmp_path):
    class Idle(Format):
        pass

    with pytest.raises(AssertionError, match="neither writes nor reads"):
        check_format(Idle(), tmp_path)
    with pytest.raises(UsageError, match="of this form are only read"):
        Idle().write((), tmp_path)
    with pytest.raises(UsageError, match="of this form are only written"):
        Idle().read(tmp_path, None)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for there in (tmp_path, tmp_path / "file", tmp_path / "link"):
        with pytest.raises(StoreError, match="is there already"), new_folder(there):
            pass


def test_a_folder_is_whole_or_not_there(tmp_path, monkeypatch):
    folder, new = tmp_path / "to", tmp_path / ".to.new"
    (new / "left").mkdir(parents=True)  # by a process that was killed

    def fail():
        with new_folder(folder) as half:
            assert list(half.iterdir()) == []
            (half / "file").touch()
            with pytest.raises(StoreError, match="another process is writing"), new_folder(folder):
                pass
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not folder.exists()
    assert not new.exists()
    folder.mkdir()
    with new_folder(folder) as half:
        (half / "file").touch()
    assert [path.name for path in tmp_path.rglob("*")] == ["to", "file"]
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with new_folder(Path()) as half:
        (half / "file").touch()
    assert (tmp_path / "empty/file").exists()
    (tmp_path / ".x.new").symlink_to(tmp_path)
    with pytest.raises(StoreError, match="cannot write"), new_folder(tmp_path / "x"):
        pass


@pytest.fixture
def run(tmp_path):
    store = EpisodeStore(tmp_path / "run" / "episodes", durable=False)
    for episode in sample_episodes():
        store.write_episode(episode)
    return str(tmp_path / "run")


def test_the_form_and_the_printing_are_said_by_one_option(run, tmp_path, capsys):
    command = ["episodes", "export", run, "--format", "json", "--format", "shards"]
    assert main([*command, "--to", str(tmp_path / "a"), "horizon=2", "cameras=[wrist]"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["episodes"], facts["cameras"], facts["left_out"]) == (3, ["wrist"], 0)
    assert main(["episodes", "export", run, "--shards", str(tmp_path / "b")]) == 0
    assert "12 steps of 3 episodes lie in" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--to", "x", "--format", "shard"], "no format is called 'shard'. Did you mean 'shards'?"),
        (["--to", "x", "horizn=3"], "Did you mean 'horizon'?"),
        (["--to", "x", "horizon=-1"], "horizon: got -1"),
        (["horizon", "--to", "x"], "'horizon' is no option"),
        (["--to", "x", "horizon={"], "horizon: "),
        ([], "say once where the episodes go to"),
        (["--to", "x", "--shards", "y"], "say once where"),
        (["--to", "x", "--format", "raw"], "episodes of this form are only read."),
    ],
)
def test_mistakes_are_told(words, text, run, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["episodes", "export", run, *words]) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("inside", ["episodes", "episodes/new"])
def test_episodes_are_not_exported_into_where_they_are_read(run, capsys, inside):
    before = sorted(Path(run).rglob("*"))
    assert main(["episodes", "export", run, "--shards", f"{run}/{inside}"]) == 2
    assert "which is read. Choose another folder." in capsys.readouterr().err
    assert sorted(Path(run).rglob("*")) == before


def test_episodes_are_not_imported_into_what_is_read(tmp_path, capsys):
    (tmp_path / "raw").mkdir()
    assert main(["episodes", "import", str(tmp_path / "raw"), str(tmp_path / "raw/run")]) == 2
    assert "which is read. Choose another folder." in capsys.readouterr().err
