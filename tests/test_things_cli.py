"""``cliprt things``: what it lists, and what it draws."""

import json

import pytest
from PIL import Image

from cliprt.cli import main
from cliprt.things.catalogue import all_things


def test_the_things_are_listed_with_all_there_is_to_say(capsys):
    assert main(["things"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert " ".join(heading.split()) == "thing size [cm] can be, or does package also called"
    assert len(lines) == len(all_things())
    told = next(line for line in lines if line.startswith("cup "))
    for part in ("6.6 x 6.6 x 7.5", "filled, held", "cliprt ", "glass, tumbler"):
        assert part in told


def test_some_of_them_as_json_by_any_noun(capsys):
    assert main(["things", "toy cars", "mat", "--format", "json"]) == 0
    car, mat = json.loads(capsys.readouterr().out)
    assert list(car) == ["name", "nouns", "size_cm", "can", "package"]
    assert (car["name"], car["size_cm"], car["can"]) == ("car", [15, 11, 6.8], ["held", "rolls"])
    assert (mat["name"], mat["can"]) == ("mat", [])


def test_each_is_drawn_and_all_of_them_together(tmp_path, capsys):
    pytest.importorskip("pybullet")
    assert main(["things", "tissue box", "cube", "--pictures", str(tmp_path / "new")]) == 0
    assert "2 pictures in " in capsys.readouterr().err
    pictures = {file.name: Image.open(file) for file in (tmp_path / "new").iterdir()}
    assert set(pictures) == {"tissue_box.png", "cube.png", "things.png"}
    assert pictures["cube.png"].size == (160, 160)
    r, g, b = pictures["cube.png"].getpixel((80, 80))
    assert r > 2 * max(g, b)


def test_an_unknown_thing_and_a_place_for_pictures_that_is_none_are_told(tmp_path, capsys):
    assert main(["things", "tissue bx"]) == 2
    assert "no thing is called 'tissue bx'. Did you mean 'tissue box'?" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main(["things", "cube", "--pictures", str(tmp_path / "file")]) == 2
    text = capsys.readouterr().err
    assert f"no pictures can be written into {tmp_path / 'file'}" in text
    assert "--pictures FOLDER" in text
