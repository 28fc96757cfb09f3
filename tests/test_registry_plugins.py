"""Plugins that are really installed (as far as Python can tell): tiny distributions on sys.path."""

from __future__ import annotations

import sys

import pytest

from cliprt import registry
from cliprt.errors import MissingExtraError, PluginError, UnknownNameError


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a distribution importable: ``install(name, {entry name: target}, source of module)``."""
    made = set()
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name, points, source="", group="cliprt.tasks", version="1.2"):
        module = name.replace("-", "_")
        made.add(module)
        (tmp_path / f"{module}.py").write_text(source)
        folder = tmp_path / f"{module}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}")
        lines = [f"{entry} = {module}:{target}" for entry, target in points.items()]
        (folder / "entry_points.txt").write_text(f"[{group}]\n" + "\n".join(lines))
        registry.refresh()

    yield install
    monkeypatch.undo()
    for module in made:  # and no other: who has imported cliprt_ur would meet two of each class
        sys.modules.pop(module, None)
    registry.refresh()


def test_a_plugin_is_listed_and_loaded(install):
    install("cliprt-juggling", {"juggle": "JuggleTask"}, "class JuggleTask: pass")
    entry = next(entry for entry in registry.entries("task") if entry.name == "juggle")
    assert entry == registry.Entry(
        "task", "juggle", "cliprt_juggling:JuggleTask", "cliprt-juggling", "1.2"
    )
    assert registry.load("task", "juggle").__name__ == "JuggleTask"


def test_listing_imports_nothing(install, capsys):
    install("cliprt-loud", {"loud": "LoudTask"}, "print('imported'); class LoudTask: pass")
    assert "loud" in registry.names("task")
    registry.check_name("task", "loud")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import a_module_that_is_nowhere", "ModuleNotFoundError"),
        ("1 / 0", "ZeroDivisionError"),
        ("class Other: pass", "AttributeError"),
        ("class (", "SyntaxError"),
    ],
)
def test_a_broken_plugin_breaks_only_itself(install, source, cause):
    install("cliprt-broken", {"broken": "BrokenTask"}, source, version="0.3")
    assert {"broken", "pick"} <= set(registry.names("task"))
    assert registry.load("task", "pick").instruction
    with pytest.raises(PluginError) as caught:
        registry.load("task", "broken")
    text = str(caught.value)
    assert "'broken' of cliprt-broken 0.3 cannot be loaded" in text
    assert cause in text
    assert "pip install -U cliprt-broken" in text
    assert type(caught.value.__cause__).__name__ == cause


def test_a_missing_extra_speaks_for_itself(install):
    source = "from cliprt.errors import MissingExtraError\nraise MissingExtraError('pip install x')"
    install("cliprt-extra", {"extra": "ExtraTask"}, source)
    with pytest.raises(MissingExtraError, match=r"^pip install x$"):
        registry.load("task", "extra")


def test_two_distributions_with_one_name_are_refused(install):
    install("cliprt-one", {"juggle": "A"}, "class A: pass", version="1.0")
    install("cliprt-two", {"juggle": "B"}, "class B: pass", version="2.0")
    assert registry.names("task").count("juggle") == 1
    with pytest.raises(PluginError) as caught:
        registry.load("task", "juggle")
    text = str(caught.value)
    assert "registered by cliprt-one 1.0 and cliprt-two 2.0" in text
    assert "pip uninstall cliprt-one, or pip uninstall cliprt-two" in text
    assert registry.load("task", "pick").instruction


def test_a_distribution_that_takes_a_built_in_name_is_refused(install):
    install("cliprt-pirate", {"pick": "Pirate"}, "class Pirate: pass")
    with pytest.raises(PluginError, match=r"registered by cliprt \S+ and cliprt-pirate 1\.2"):
        registry.check_name("task", "pick")


def test_one_distribution_seen_twice_is_one(install, tmp_path, monkeypatch):
    install("cliprt-twice", {"twice": "Twice"}, "class Twice: pass")
    copy = tmp_path / "copy"
    folder = copy / "cliprt_twice-1.2.dist-info"
    folder.mkdir(parents=True)
    for file in (tmp_path / folder.name).iterdir():
        (folder / file.name).write_text(file.read_text())
    monkeypatch.syspath_prepend(str(copy))
    registry.refresh()
    assert registry.load("task", "twice").__name__ == "Twice"


def test_an_unknown_name_is_explained():
    with pytest.raises(UnknownNameError) as caught:
        registry.load("task", "clos_laptop")
    text = str(caught.value)
    assert "no task is called 'clos_laptop'. Did you mean 'close_laptop'? Allowed: " in text
    assert "pick" in text


def test_a_known_plugin_that_is_not_installed_says_what_to_install():
    if "libero" in registry.names("task"):
        pytest.skip("it is installed")
    with pytest.raises(UnknownNameError, match="pip install cliprt-libero"):
        registry.load("task", "libero")
    assert registry.package_hint("policy", "openvla").endswith("pip install cliprt-openvla")


def test_a_known_command_that_is_not_installed_says_what_to_install(monkeypatch, capsys):
    from cliprt.cli import main

    monkeypatch.setattr(sys.modules[main.__module__], "_plugins", list)
    assert main(["annotate", "somewhere"]) == 2
    assert "pip install cliprt-lerobot" in capsys.readouterr().err
    for kind in ("format", "source"):
        assert registry.package_hint(kind, "lerobot").endswith("pip install cliprt-lerobot")


def test_an_unknown_kind_is_explained():
    with pytest.raises(
        UnknownNameError, match=r"no kind is called 'robots'\. Did you mean 'robot'"
    ):
        registry.names("robots")


def test_options_of_a_plugin_are_checked_from_its_source(install, tmp_path):
    from cliprt.recipe.load import load_recipe

    source = (
        "from __future__ import annotations\nfrom typing import Literal\nimport not_installed\n"
        "Hand = Literal['left', 'right']\n"
        "class Base:\n    def __init__(self, balls: int = 3, hand: Hand = 'left'): ...\n"
        "class JuggleTask(Base): pass\n"
    )
    install("cliprt-hands", {"juggle": "JuggleTask"}, source)
    file = tmp_path / "r.yaml"
    file.write_text("tasks: [{name: juggle, balls: 5, hand: right}]")
    assert load_recipe(file).tasks[0].options == {"balls": 5, "hand": "right"}
    file.write_text("tasks: [{name: juggle, bals: 5, hand: both}]")
    with pytest.raises(ValueError, match="Did you mean 'balls'") as caught:
        load_recipe(file)
    assert "hand: got 'both'. Allowed: left, right." in str(caught.value)


def test_options_of_a_factory_are_checked_by_importing_it(install, tmp_path):
    from cliprt.recipe.load import load_recipe

    install("cliprt-factory", {"made": "make"}, "def make(balls=3): ...")
    file = tmp_path / "r.yaml"
    file.write_text("tasks: [{name: made, bals: 5}]")
    with pytest.raises(ValueError, match=r"r.yaml:1: tasks\[0\].bals: .*Did you mean 'balls'"):
        load_recipe(file)


THEIRS = """
from typing import Annotated
from cliprt.types import Reach

class Teller:
    def __init__(self, server: Annotated[str, Reach("host")] = "home.example", where: str = "",
                 key: Annotated[str, Reach("key")] = "",
                 others: tuple[Annotated[str, Reach("host")], ...] = (), **more): pass

class Arm:
    pass

class Sim:
    simulates = True

class Simulated(Sim):
    pass
"""


def test_what_a_plugin_reaches_is_told_by_its_source_or_by_how_it_looks(install, tmp_path):
    from cliprt.recipe.load import read_recipe

    install("cliprt-a", {"teller": "Teller"}, THEIRS, "cliprt.teleoperators")
    install("cliprt-b", {"arm": "Arm", "sim": "Simulated"}, THEIRS, "cliprt.robots")
    recipe = tmp_path / "r.yaml"

    def outside(*lines):
        recipe.write_text("\n".join(("tasks: [pick]", *lines)))
        return read_recipe(recipe)[1]

    assert outside("robot: sim") == ()
    assert outside("robot: arm") == ("robot.name: moves 'arm', no simulated robot",)
    (told,) = outside("teleoperator: teller")
    assert told == "teleoperator.server: connects to 'home.example'"
    told = outside("teleoperator: {name: teller, server: localhost, key: mine, where: left}")
    assert told == ("teleoperator.key: sends the secret in 'mine' to 'localhost'",)
    (told,) = outside("teleoperator: {name: teller, server: localhost, others: [a, localhost]}")
    assert told == "teleoperator.others: connects to 'a'"
    for value, looks in {
        "stranger.example:80": "gives the teleoperator 'teller' what looks like an address",
        "10.0.0.1": "what looks like an address",
        "https://stranger.example": "what looks like an address",
        "MY_SECRET": "what looks like the name of a secret",
        "/etc/passwd": "reads or writes outside its folder",
    }.items():
        for option in (f"where: '{value}'", f"other: {{a: ['{value}']}}"):
            (told,) = outside(f"teleoperator: {{name: teller, server: localhost, {option}}}")
            assert looks in told
