"""The house's rules as tests: import directions, the public face, light imports."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cliprt import testing
from cliprt.registry import GROUPS

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cliprt"

PUBLIC = {
    "types": "Decision Demonstration Episode GripperState Layout Limit Motion NO_MOTION Observation"
    " Outcome Plan PlannedStep Pose Primitive Proposal Reading Step",
    "geometry": "apply_motion distance from_matrix invert_motion motion_between rotation_about"
    " rotation_matrix rotation_vector to_matrix",
    "errors": "CheckpointError CliprtError MissingExtraError PluginError RecipeError RobotError"
    " StoreError UnknownNameError UsageError VocabularyError did_you_mean",
    "registry": "Entry GROUPS KNOWN_PACKAGES check_name entries load names refresh",
    "vocabularies.interface": "ActionVocabulary",
    "encoders.interface": "Encoder ImageFeatures",
    "augmenters.interface": "Augmenter SCENE_SEEDS_FROM",
    "teleoperators.interface": "Teleoperator",
    "language.interface": "Interpreter",
    "robots.interface": "RobotBackend find_malformation",
    "robots.simulation": "Simulation",
    "robots.world": "Body Colour Joint Light Link ORIGIN Part Vector World",
    "robots.ink": "Canvas Eraser Ink Pen Stamp TOUCH_M Tool centres dot printed rectangles stroke"
    " wiped",
    "policies.interface": "Policy",
    "tasks.interface": "Advises Task",
}
"""The stable API: what plugins may import.  A change here is a change of version."""

KINDS = (
    "augmenters",
    "encoders",
    "language",
    "policies",
    "robots",
    "tasks",
    "teleoperators",
    "vocabularies",
)

SHARED_BY_KINDS = {
    "robots.simulation",
    "robots.world",
    "robots.ink",
    "vocabularies.nearest",
    "language.provider",
    "encoders.pooling",
    "encoders.weights",
}
"""Beside ``interface``, modules of pure functions or contracts that other kinds may import."""

MODULES = sorted(
    str(path.relative_to(SOURCE).with_suffix("")).replace("/", ".") for path in SOURCE.rglob("*.py")
)


def parse(module: str) -> ast.Module:
    return ast.parse((SOURCE / (module.replace(".", "/") + ".py")).read_text(encoding="utf-8"))


def public_names(module: str) -> set[str]:
    found: set[str] = set()
    for node in parse(module).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.add(node.target.id)
    return {name for name in found if not name.startswith("_")}


@pytest.mark.parametrize("module", PUBLIC)
def test_the_public_face_has_exactly_these_names(module):
    assert public_names(module) == set(PUBLIC[module].split())


def test_every_kind_has_a_public_check():
    assert set(testing.KINDS) == set(GROUPS)
    for kind in GROUPS:
        assert getattr(testing, f"check_{kind}").__module__ == f"cliprt.testing.{kind}"


def test_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("module", [m for m in MODULES if m.split(".")[0] in KINDS])
def test_a_kind_imports_no_implementation_of_another(module):
    own = module.split(".")[0]
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cliprt."):
            target = str(node.module).removeprefix("cliprt.")
            kind = target.split(".")[0]
            if kind in KINDS and kind != own:
                allowed = target == f"{kind}.interface" or target in SHARED_BY_KINDS
                assert allowed, f"{module}:{node.lineno} imports {target}"


@pytest.mark.parametrize("module", MODULES)
def test_files_and_folders_have_names_that_say_something(module):
    forbidden = {"utils", "helpers", "common", "misc", "manager"}
    assert not forbidden & set(module.split("."))
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            assert not node.name.startswith(("get_", "handle_", "process_")), node.name


@pytest.mark.parametrize("module", MODULES)
def test_files_are_short(module):
    lines = (SOURCE / (module.replace(".", "/") + ".py")).read_text().count("\n")
    assert lines <= 350


HEAVY = ("torch", "torchvision", "lightning", "open_clip", "litellm", "pybullet", "numpy", "yaml")


@pytest.mark.parametrize(
    "code",
    [
        "import cliprt",
        "from cliprt.cli import main; main(['--help'])",
        "from cliprt.cli import main; main(['fit', '--help'])",
        "from cliprt.cli import main; main(['plugins', 'ls'])",
        "from cliprt.registry import names; names('policy')",
    ],
)
def test_the_front_door_is_light(code):
    code += f"; import sys; print('heavy:', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
