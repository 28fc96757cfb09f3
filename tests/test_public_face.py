"""What ``cliprt`` offers is a list that is held, and all that the documentation's code needs."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from test_architecture import PUBLIC

import cliprt
from cliprt.errors import UnknownNameError, UsageError

ROOT = Path(__file__).parents[1]

FACE_NAMES = """
Attempt CliprtError EpisodeStore Record SpokenAgent fit load_agent load_policy load_recipe make
make_robot prepare_scene run_episode
"""
FACE = sorted(FACE_NAMES.split())

FOR_STRANGERS = {*PUBLIC, "testing", "recipe.schema"}
"""Modules that documentation may name."""

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("plugins/**/*.md")])


def test_the_public_face_has_exactly_these_names():
    assert sorted(cliprt._HOMES) == FACE
    assert {*FACE, "__version__"} == set(cliprt.__all__)
    for name in FACE:
        found = getattr(cliprt, name)
        assert found.__doc__, name
        assert name in dir(cliprt)
    with pytest.raises(AttributeError, match="no attribute 'fitt'"):
        cliprt.fitt  # noqa: B018


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documentation_imports_only_what_is_public(page):
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cliprt":
                module = str(node.module).partition(".")[2]
                names = {alias.name for alias in node.names}
                assert module in FOR_STRANGERS or (not module and names <= set(FACE)), block


def test_a_part_is_made_by_its_name():
    grammar = cliprt.make(
        "interpreter", "grammar", vocabulary=cliprt.make("vocabulary", "clip_rt_58")
    )
    assert grammar.read("up 8 cm").primitives[0].motion[2] == 0.08
    with pytest.raises(UnknownNameError, match="Did you mean 'grammar'"):
        cliprt.make("interpreter", "gramar")
    with pytest.raises(UsageError, match="Use make_robot"):
        cliprt.make("robot", "pybullet")


def test_robots_come_behind_their_gate():
    from cliprt.runtime.gate import Gate

    recipe = cliprt.load_recipe("tiny", ["gate.max_step_m=0.01"])
    with cliprt.make_robot(recipe) as robot:
        assert isinstance(robot, Gate)
        assert "0.01" in str(robot.execute((0, 0.05, 0, 0, 0, 0, 0), None).refused)
    assert isinstance(cliprt.make_robot("pybullet", image_size=32), Gate)


def test_importing_what_acts_loads_no_lightning():
    code = (
        "import sys, cliprt; cliprt.run_episode, cliprt.load_agent, cliprt.EpisodeStore;"
        "import cliprt.policies.acting; print([m for m in ('lightning', 'torchmetrics')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
