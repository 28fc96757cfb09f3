"""What is not converted, or not into there, and what verify finds: one line each."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys

import pytest
from convert_samples import SET, shard_name, write_moving
from PIL import Image
from rlds_samples import FIXTURE

from cliprt.cli.main import main

ROW = """\
sets:
- {name: NAME, rate_hz: 3, image: observation/image,
   text: observation/natural_language_instruction,
   pose: {position: "observation/base_pose_tool_reached[:3]"}}
"""


@pytest.fixture
def source(tmp_path):
    return write_moving(tmp_path / "in")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def refused(capsys):
    """Run a ``cliprt data`` command that is refused; what it says."""

    def refused(*words):
        capsys.readouterr()
        assert main(["data", *map(str, words)]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        return printed.err.removeprefix("cliprt: ").strip()

    return refused


def done(source, out, *words):
    words = ("--set", SET, "--rule", "observed", "--to", out, "workers=1", *words)
    return main(["data", "convert", *map(str, (source, *words))])


def test_an_unknown_set_and_columns_that_are_not_there(source, out, refused):
    said = refused("convert", source, "--rule", "observed", "--to", out)
    assert said.startswith("no set is called 'toy'.")
    said = refused("convert", source, "--rule", "observed", "--to", out, "--set", "viola")
    assert said.startswith(
        f"{source} has no steps/observation/agentview_rgb, steps/observation/ee_"
    )
    assert "which the set 'viola' needs for the rule 'observed'." in said
    assert f"(cliprt data inspect {source} shows which fit)" in said
    assert not out.exists()


def test_a_split_that_is_not_there(source, out, refused):
    said = refused(
        "convert", source, "--set", SET, "--rule", "observed", "--to", out, "--split", "tran"
    )
    assert said == f"{source} has no split 'tran'. Did you mean 'train'? Allowed: train."


def test_no_data_set(tmp_path, out, refused):
    said = refused("convert", tmp_path, "--set", SET, "--rule", "observed", "--to", out)
    assert "holds no RLDS data set" in said
    said = refused("convert", "workers=1", "--set", SET, "--rule", "observed", "--to", out)
    assert said == "no data set was named. Type: cliprt data convert FOLDER --to OUT"


def test_an_output_that_is_the_input(tmp_path, source, refused):
    for folder in (tmp_path, source, source / "below"):
        shutil.rmtree(tmp_path / SET, ignore_errors=True)
        moved = source.rename(tmp_path / SET) if folder == tmp_path else source
        said = refused("convert", moved, "--set", SET, "--rule", "observed", "--to", folder)
        assert said == (
            f"{folder / SET} would be written into, but the data set {moved} is there. Choose"
            " another folder with --to."
        )
        if moved != source:
            moved.rename(source)


@pytest.mark.parametrize("name", ["../climbs", ".hidden", "a/b", "a" * 300, "ä"])
def test_a_set_whose_name_is_no_folder(tmp_path, source, out, refused, name):
    row = tmp_path / "sets.yaml"
    row.write_text(ROW.replace("NAME", json.dumps(name)))
    said = refused(
        "convert", source, "--set", name, "--sets", row, "--rule", "observed", "--to", out
    )
    assert "Allowed: letters, digits" in said or "sets[0].name" in said
    assert not list(tmp_path.glob("climbs*"))
    assert not out.exists()


@pytest.mark.parametrize("name", ["../../climbs", "/etc/passwd", ".hidden", "a b", "x" * 255])
def test_a_shard_whose_name_climbs_out(tmp_path, out, refused, name):
    source = write_moving(tmp_path / "in")
    path = source / "dataset_info.json"
    info = json.loads(path.read_text())
    info["splits"][0]["filepathTemplate"] = name
    path.write_text(json.dumps(info))
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert "name" in said or "calls a shard" in said
    assert not out.exists()


def test_two_data_sets_of_one_name(tmp_path, source, out, refused):
    twin = shutil.copytree(source, tmp_path / "twin")
    said = refused("convert", source, twin, "--set", SET, "--rule", "observed", "--to", out)
    assert said == (
        f"{twin / shard_name(0)} and {source / shard_name(0)} would be written to one place."
        " Convert them to folders of their own (--to)."
    )


def test_a_folder_that_holds_other_things(source, out, refused):
    (out / SET).mkdir(parents=True)
    for name in ("diary.txt", "train-000000.tar"):
        (out / SET / name).write_text("mine")
    words = ("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert refused(*words) == (
        f"{out / SET} holds other things ('diary.txt' and 1 more). Choose an empty folder with"
        " --to, or one that this data set was converted to before."
    )
    assert (out / SET / "train-000000.tar").read_text() == "mine"


def test_a_folder_that_was_converted_in_another_way(source, out, refused):
    assert done(source, out) == 0
    words = ("convert", source, "--set", SET, "--to", out)
    assert refused(*words, "--rule", "reference") == (
        f"{out / SET} was converted with rule 'observed', not 'reference'. Choose another folder"
        " with --to."
    )
    assert "was converted with seed 0, not 7." in refused(*words, "--rule", "observed", "--seed", 7)


def test_a_folder_that_was_called_something_else(tmp_path, source, out, refused):
    assert done(source, out) == 0
    (out / SET).rename(out / "my_robot")
    row = tmp_path / "sets.yaml"
    row.write_text(ROW.replace("NAME", "my_robot"))
    said = refused("convert", source, "--set", "my_robot", "--sets", row, "--to", out)
    assert f"was converted with set '{SET}', a row of the set with hash '" in said


def test_another_version_of_the_data_set_is_converted_anew(tmp_path, source, out, capsys):
    assert done(source, out) == 0
    path = source / "dataset_info.json"
    path.write_text(path.read_text().replace("1.0.0", "1.0.1"))
    capsys.readouterr()
    assert done(source, out) == 0
    assert "3 of 3 shards (0 were done before)" in capsys.readouterr().out
    assert json.loads((out / SET / SIDE).read_text())["source"] == "toy 1.0.1"


def test_shards_of_another_version_do_not_stay_beside_new_ones(tmp_path, source, out, refused):
    assert done(source, out) == 0
    newer = write_moving(tmp_path / "newer", shards=2)
    info = newer / "dataset_info.json"
    info.write_text(info.read_text().replace('"1.0.0"', '"1.0.1"'))
    said = refused("convert", newer, "--set", SET, "--to", out, "workers=1")
    assert "of toy 1.0.0, and this is toy 1.0.1" in said
    assert "a training would see both. Choose another folder with --to." in said
    elsewhere = write_moving(tmp_path / "more", shards=2)  # of the same version: they are added
    assert done(elsewhere, out) == 0


def climbing(path):
    path.write_text(path.read_text().replace(shard_name(1), "../../" + shard_name(1)))


@pytest.mark.parametrize("text", ["{", "[]", '{"made": 3}', "9" * 100_000, None])
def test_a_manifest_that_was_spoilt(source, out, refused, text, capsys):
    assert done(source, out) == 0
    path = out / SET / "manifest.json"
    before = path.read_text()
    climbing(path) if text is None else path.write_text(text)
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert said.startswith(f"{path} cannot be read: ")
    assert said.endswith("what is done is found by the sidecars beside the tars.")
    assert main(["data", "verify", str(out)]) == 1
    path.unlink()
    assert done(source, out) == 0
    assert path.read_text() == before


def test_a_link_in_the_place_of_a_manifest_is_not_followed(tmp_path, source, out, refused):
    (out / SET).mkdir(parents=True)
    (tmp_path / "elsewhere.json").write_text("{}")
    (out / SET / "manifest.json").symlink_to(tmp_path / "elsewhere.json")
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert "manifest.json is a link, not a file" in said


def test_a_link_in_the_place_of_a_tar_is_replaced(tmp_path, source, out):
    assert done(source, out) == 0
    tar = out / SET / f"{shard_name(0)}.tar"
    data = tar.read_bytes()
    tar.unlink()
    (tmp_path / "diary.txt").write_text("mine")
    tar.symlink_to(tmp_path / "diary.txt")
    assert done(source, out) == 0
    assert tar.read_bytes() == data
    assert not tar.is_symlink()
    assert (tmp_path / "diary.txt").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_nobody_may_write_to(source, out, refused):
    out.mkdir(mode=0o500)
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert "You may not write there" in said


def test_a_place_that_is_a_file(source, out, refused):
    out.write_text("mine")
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert said.startswith(f"cannot write {out / SET}: ")


def test_what_cannot_be_set(source, out, refused):
    words = ("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert refused(*words, "speed=9") == (
        "'speed' cannot be set here. Allowed: workers=N, engine=NAME."
    )
    assert "data.workers: got -1" in refused(*words, "workers=-1")
    assert "'-3' is no number of episodes" in refused("inspect", source, "--records=-3")
    assert "--shard 4/3 is no portion" in refused(*words, "--shard", "4/3")


def test_verify_needs_something_to_verify(tmp_path, refused):
    assert refused("verify", tmp_path) == (
        f"{tmp_path} holds no manifest.json, nor does a folder in it: no data set was converted to"
        " it. Name the folder that cliprt data convert was told with --to."
    )


def edit(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def replace_tar(folder):
    """Another shard's content, with a sidecar and a manifest that go with it."""
    one, other = shard_name(0), shard_name(1)
    shutil.copy(folder / f"{other}.tar", folder / f"{one}.tar")
    shutil.copy(folder / f"{other}.tar.json", folder / f"{one}.tar.json")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["shards"][one] = manifest["shards"][other]
    (folder / "manifest.json").write_text(json.dumps(manifest))


def say_another_rule(folder):
    path = folder / "manifest.json"
    path.write_text(path.read_text().replace('"observed"', '"reference"'))


TAR = f"{shard_name(1)}.tar"
SIDE = f"{TAR}.json"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda f: (f / TAR).write_bytes(b"x" * 20480),
            f"{TAR}: it is not what was written",
        ),
        (lambda f: (f / TAR).unlink(), f"{TAR}: it cannot be"),
        (
            lambda f: (f / SIDE).unlink(),
            f"{TAR}: its sidecar {SIDE} is missing",
        ),
        (
            lambda f: edit(f / SIDE, kept=3),
            f"{TAR}: its sidecar and manifest.json",
        ),
        (lambda f: edit(f / SIDE, kept=3), f"{TAR}: it holds 14 samples, its"),
        (
            lambda f: edit(f / SIDE, histogram={"9": 14}),
            f"{TAR}: its labels are not those that its sidecar",
        ),
        (lambda f: edit(f / SIDE, records=-1), f"{TAR}: its sidecar {SIDE} is"),
        (lambda f: edit(f / SIDE, histogram={"a": 14}), f"{TAR}: its sidecar {SIDE} is"),
        (say_another_rule, f"{TAR}: it was made in another way than manifest.json says"),
        (
            lambda f: edit(f / SIDE, records=7),
            f"{TAR}: 7 records were read, its data set counts 2",
        ),
        (
            lambda f: edit(f / "manifest.json", shards={}),
            f"{TAR}: manifest.json does not have it",
        ),
        (
            lambda f: edit(f / "manifest.json", expected={}),
            f"{TAR}: manifest.json does not know the shard",
        ),
        (lambda f: (f / "manifest.json").write_text("{"), "manifest.json cannot be read"),
        (replace_tar, f"{shard_name(0)}.tar: the key 'toy-train-00001-of-00003-00000-00000' is no"),
    ],
)
def test_verify_finds_what_was_changed(source, out, capsys, change, problem):
    assert done(source, out) == 0
    change(out / SET)
    capsys.readouterr()
    assert main(["data", "verify", str(out / SET), "--format", "json", "workers=1"]) == 1
    found = json.loads(capsys.readouterr().out)["problems"]
    assert any(problem in line for line in found), found
    assert len(found) <= 10
    assert not any("\n" in line for line in found)


@pytest.mark.parametrize("changes", [{"kept": 3}, {"histogram": {"a": 14}}, {"steps": 1}])
def test_what_somebody_changed_in_a_sidecar_is_made_again(source, out, capsys, changes):
    assert done(source, out) == 0
    before = (out / SET / SIDE).read_bytes()
    edit(out / SET / SIDE, **changes)
    capsys.readouterr()
    assert done(source, out, "--format", "json") == 0
    (told,) = json.loads(capsys.readouterr().out)["sets"]
    assert (told["done"], told["done_before"], told["kept"]) == (3, 2, 42)
    assert (out / SET / SIDE).read_bytes() == before


def test_inspect_tells_what_is_there(capsys):
    assert main(["data", "inspect", str(FIXTURE / "toy_arm"), "--set", SET]) == 0
    said = capsys.readouterr().out
    assert "train: 5 episodes in 3 shards" in said
    assert re.search(r"  observation/image +image +uint8 +48 x 64 x 3", said)
    assert re.search(r"kept +88 % +88 %", said)
    assert re.search(r"close the gripper +8 +8\n", said)
    assert "'pick up the apple'" in said


def test_inspect_says_what_is_missing(source, capsys):
    (source / shard_name(0)).unlink()
    (source / shard_name(1)).write_bytes(b"x" * 40)
    assert main(["data", "inspect", str(source), "--set", "viola", "--records", "2"]) == 0
    said = capsys.readouterr()
    assert "train: 6 episodes in 3 shards (1 are not here)" in said.out
    assert "As the set 'viola', the rule observed lacks observation/agentview_rgb" in said.out
    assert f"Sets whose columns are here: {SET}" in said.out
    assert "'shard 2, episode 0'" in said.out
    assert shard_name(1) in said.err


def test_a_picture_shows_what_the_rules_say(tmp_path, source, capsys, refused):
    path, words = tmp_path / "sheet.png", ("data", "inspect", str(source), "--picture")
    assert main([*words, str(path), "--set", SET]) == 0
    assert Image.open(path).size[0] > 1000
    other = tmp_path / "a.jpg"
    assert refused(*words[1:], other, "--set", SET) == (
        f"{other} is no picture's name. Did you mean '.png'? Allowed: .png, .pdf, .svg."
    )
    # What it shows is what one needs to name a set, so it comes before the refusal.
    assert main([*words, str(path)]) == 2
    said = capsys.readouterr()
    assert "  observation/image " in said.out
    assert "Sets whose columns are here:" in said.out
    assert said.err == (
        f"cliprt: no set is called 'toy', so nothing says which columns of {source} hold images and"
        " motions, and no picture is drawn. Name a set that fits with --set, or write a row of your"
        " own (--sets FILE).\n"
    )
    assert main([*words, str(path), "--set", "viola"]) == 2
    assert "which the set 'viola' needs" in capsys.readouterr().err


def test_a_set_of_ones_own(tmp_path, source, out, capsys):
    row = tmp_path / "sets.yaml"
    row.write_text(ROW.replace("NAME", "my_robot"))
    words = (source, "--set", "my_robot", "--sets", row, "--rule", "observed", "--to", out)
    assert main(["data", "convert", *map(str, words), "workers=1"]) == 0
    assert (out / "my_robot" / f"{shard_name(0)}.tar").is_file()
    capsys.readouterr()
    assert main(["data", "inspect", str(source), "--sets", str(row), "--format", "json"]) == 0
    assert "my_robot" in json.loads(capsys.readouterr().out)["fits"]


def test_an_instruction_without_end_is_damage(tmp_path, out, capsys):
    said = b"again and " * 2000
    source = write_moving(tmp_path / "in", shards=1, said=said)
    assert done(source, out) == 1
    assert (
        f"{shard_name(0, 1)}: the instruction of record 0 has 19999 characters; at most 10000"
        in capsys.readouterr().err
    )


def test_without_the_extra_no_shard_is_called_damaged(source, out, refused, monkeypatch):
    monkeypatch.setitem(sys.modules, "google_crc32c", None)
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out, "workers=1")
    assert "pip install" in said
    assert "damaged" not in said


def test_a_column_of_a_kind_that_is_not_read(tmp_path, source, out, refused):
    path = source / "features.json"
    path.write_text(path.read_text().replace("float32", "complex64", 1))
    said = refused("convert", source, "--set", SET, "--rule", "observed", "--to", out)
    assert "cannot be read" in said
    assert not out.exists()


@pytest.mark.parametrize(
    ("key", "other", "said"),
    [
        ("image: observation/image", "observation/base_pose_tool_reached", "no image in the"),
        ("text: observation/natural_language_instruction", "observation/image", "no text in the"),
    ],
)
def test_a_row_whose_columns_are_of_another_kind(tmp_path, source, out, refused, key, other, said):
    row = tmp_path / "row.yaml"
    name = key.split(":")[0]
    row.write_text(ROW.replace("NAME", "mine").replace(key, f"{name}: {other}"))
    told = refused("convert", source, "--set", "mine", "--sets", row, "--to", out)
    assert told.startswith(f"{source} has {said} column {other!r}, but ")
    assert told.endswith(f"Correct `{name}` in the row of the set 'mine'.")
    assert not out.exists()
