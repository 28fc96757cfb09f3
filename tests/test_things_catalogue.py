"""The catalogue: things are found by what people call them, in any colour, under any name."""

import pytest

from cliprt import registry
from cliprt.cli import main
from cliprt.errors import PluginError, UnknownNameError
from cliprt.things.bounds import bounds
from cliprt.things.catalogue import COLOURS, all_things, find_thing, left_out

THINGS = all_things()


def test_there_is_something_for_every_table():
    assert len(THINGS) >= 25
    assert {"cup", "mug", "spoon", "book", "sign", "ball", "car", "plate"} <= set(THINGS)
    assert list(THINGS) == sorted(THINGS)


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("car", "car"),
        ("toy cars", "car"),
        ("  Toy  CAR ", "car"),
        ("boxes", "box"),
        ("dishes", "plate"),
        ("teddy bears", "teddy"),
        ("glass", "cup"),
        ("trash_can", "trash can"),
        ("box with a lid", "box with a lid"),
    ],
)
def test_a_thing_is_found_by_any_of_its_nouns_one_or_several(noun, name):
    assert find_thing(noun).name == name


def test_no_noun_means_two_things():
    nouns = [noun for thing in THINGS.values() for noun in thing.nouns]
    assert len(nouns) == len(set(nouns))
    assert all(noun == noun.lower().strip() for noun in nouns)


def test_an_unknown_noun_is_told_what_there_is():
    with pytest.raises(UnknownNameError) as caught:
        find_thing("mugg")
    text = str(caught.value)
    assert text.startswith("no thing is called 'mugg'. Did you mean 'mug'? There are: apple, ball,")


@pytest.mark.parametrize("thing", THINGS.values(), ids=list(THINGS))
def test_a_thing_takes_a_name_and_a_colour(thing):
    red, blue = (thing.build(f"{word} one", COLOURS[word]) for word in ("red", "blue"))
    assert (red.name, blue.name) == ("red one", "blue one")
    assert red.links != blue.links
    assert bounds(red) == bounds(blue)


@pytest.fixture
def register(tmp_path, monkeypatch):
    """Make Python believe that a package with things is installed: ``register(house="a:B")``."""

    def register(**targets):
        folder = tmp_path / "my_things-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: my-things\nVersion: 1.0")
        points = "".join(f"{name} = {target}\n" for name, target in targets.items())
        (folder / "entry_points.txt").write_text(f"[cliprt.things]\n{points}")
        monkeypatch.syspath_prepend(str(tmp_path))
        registry.refresh()

    yield register
    monkeypatch.undo()
    registry.refresh()


def test_a_strangers_things_join_the_catalogue(register):
    register(house="toy_village:HOUSE", gate="toy_village:GATE")
    assert set(all_things()) - set(THINGS) == {"house", "gate"}
    assert find_thing("garden gates").doors == (("wing", 0, 1.5),)
    assert bounds(find_thing("toy house").build("h", COLOURS["blue"]))[1][2] == 0.06


def test_a_broken_thing_breaks_only_itself(register, capsys):
    register(broken="a_module_that_is_nowhere:IT", odd="toy_village:HERE")
    assert set(all_things()) == set(THINGS)
    assert main(["things"]) == 0
    assert capsys.readouterr().err.count("left out: ") == len(left_out()) == 2
    with pytest.raises(PluginError, match=r"'broken' of my-things 1\.0 cannot be loaded"):
        find_thing("broken")
    with pytest.raises(
        PluginError, match=r"the thing 'odd' is no cliprt\.things\.interface\.Thing"
    ):
        find_thing("odd")


def test_no_stranger_takes_the_name_or_a_noun_of_ours(register, tmp_path):
    (tmp_path / "my_cups.py").write_text(
        "from dataclasses import replace\n"
        "from cliprt.things.vessels import CUP\n"
        "CUP2 = replace(CUP, colour=(0, 0, 0))\n"
        "GOBLET = replace(CUP, nouns=('goblet', 'glass', 'mug'))\n"
    )
    register(a_cup="my_cups:CUP2", goblet="my_cups:GOBLET")
    assert set(all_things()) - set(THINGS) == {"goblet"}
    assert find_thing("cup") is THINGS["cup"]
    assert (find_thing("glass").name, find_thing("mug").name) == ("cup", "mug")
    (problem,) = left_out()
    assert problem.startswith("the thing 'a_cup' of my-things 1.0 is called 'cup', as another one")
