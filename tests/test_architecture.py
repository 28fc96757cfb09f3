"""The house's rules as tests: import directions, the public face, light imports, readable files.

A rule is one test; it names everything that breaks it.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from cliprt import testing
from cliprt.registry import GROUPS, entries

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "cliprt"

PUBLIC = {
    "types": "Attempt Decision Demonstration Episode GripperState Layout Limit Motion NO_MOTION"
    " Observation Outcome Plan PlannedStep Pose Primitive Proposal Reach Reading Step",
    "geometry": "apply_motion box_corners distance from_matrix in_base invert_motion motion_between"
    " rotation_about rotation_matrix rotation_vector to_matrix",
    "errors": "CheckpointError CliprtError HubError MissingExtraError PluginError RecipeError"
    " RobotError ServerError ShownError StoreError UnclearError UnknownNameError UsageError"
    " VocabularyError did_you_mean one_screen",
    "registry": "Entry GROUPS KNOWN_PACKAGES LISTS check_name entries load names package_hint"
    " refresh",
    "vocabularies.interface": "ActionVocabulary",
    "encoders.interface": "Encoder ImageFeatures",
    "augmenters.interface": "Augmenter SCENE_SEEDS_FROM",
    "teleoperators.interface": "Teleoperator",
    "transcribers.interface": "Heard StopSpotter Transcriber",
    "language.interface": "Interpreter Situation",
    "matchers.interface": "Match Matcher",
    "robots.interface": "RobotBackend find_malformation",
    "robots.simulation": "Simulation",
    "robots.world": "Body Colour Joint Light Link ORIGIN Part Vector World",
    "robots.ink": "Canvas Eraser Ink Pen Stamp TOUCH_M Tool centres dot printed rectangles stroke"
    " wiped",
    "policies.remote": "RemotePolicy",
    "policies.interface": "Policy RankingPolicy Vary check_ranking takes",
    "sources.interface": "Source",
    "formats.interface": "Format Written new_folder",
    "oxe.observed": "CLOSE DROPPED OPEN observed_labels",
    "oxe.labels": "image_of instruction_of label_episode poses_of",
    "oxe.rotations": "from_euler from_euler_zxy from_matrices from_matrix_columns"
    " from_quaternions from_vectors inverted multiplied to_vectors",
    "oxe.sets": "Action Column DatasetSet FORMS Frame GRIPPER_RULES PoseColumns RULES Released"
    " SAME all_sets check_rule find_column find_set wanted_columns",
    "vocabularies.nearest": "AXES FIRST by_phrase fingerprint group_of label_view mark nearest",
    "language.answers": "AnswerCache MAX_ANSWERS question_key user_cache",
    "data.disk": "Scratch beside folder_lock make_folder make_locked move open_own replace_file"
    " sweep sync_folder try_lock unshare write_all write_file writing",
    "engines.interface": "Engine Made Result",
    "protocols.actions": "ANGLES ActionSpec COLUMNS GripperRule MOST_ROWS POSITION VECTOR"
    " tell_motion to_step to_steps",
    "data.boundary": "MOST_DEPTH MOST_IMAGE_BYTES MOST_PIXELS MOST_RECORD_BYTES MOST_STEPS_BYTES"
    " PICTURES check_picture decode_picture is_file is_folder open_picture open_plain parse_json"
    " read_plain",
    "data.schema": "Built build fit",
    "data.rows": "ChosenRows Holdout JoinedRows RememberedRows Rows check_sizes hold_out_last"
    " hold_out_some order_nearby remember",
    "data.batches": "Batch Row to_batch to_row",
    "data.columns": "GRIPPER Needs SIZES STATE ahead chunk_of is_learned numbers_of padded"
    " state_of",
    "goals.conditions": "AllOf AnyOf Condition Goal MOST_CONDITIONS Not all_of any_of check_goal"
    " conditions_of holds",
    "goals.facts": "EMPTY_M FARTHEST FIXTURES Facts GRASPED_M Placement Turning from_dict joints_of"
    " measure to_dict",
    "goals.inference": "MOST_CHANCE MOST_OFFERED Taught infer_goal tell_difference",
    "goals.words": "LONGEST_GOAL openings read_goal tell_goal",
    "scenes.entries": "KEYS MIDDLE find_places from_entries to_entries",
    "scenes.words": "LONGEST SAME_M SceneReading read_scene tell_scene",
    "tasks.interface": "Advises Task",
    "things.interface": "Ability Grasp Thing",
    "things.catalogue": "COLOURS all_things checked_thing find_thing left_out package_of",
    "things.bounds": "bounds part_corners placed_parts to_vector with_joints",
    "things.files": "from_mesh from_urdf",
    "things.shapes": "ball board box crate tube turned",
    "runtime.choices": "Choice Discard Finish GiveUp Halt Move Redo Undo steering",
    "runtime.company": "Company NOBODY Speaker Together",
}
"""The stable API: what plugins may import.  A change here is a change of version."""

SHARED_BY_KINDS = {
    "robots.simulation",
    "robots.world",
    "robots.ink",
    "vocabularies.nearest",
    "language.lexicon",
    "language.numbers",
    "language.provider",
    "language.stops",
    "language.telling",
    "language.text",
    "encoders.pooling",
    "encoders.weights",
}
"""Beside ``interface``, modules of pure functions or contracts that other kinds may import."""

LONGEST = 320

MODULES = sorted(
    str(path.relative_to(SOURCE).with_suffix("")).replace("/", ".") for path in SOURCE.rglob("*.py")
)


def path_of(module: str) -> Path:
    return SOURCE / (module.replace(".", "/") + ".py")


@cache
def parse(module: str) -> ast.Module:
    return ast.parse(path_of(module).read_text(encoding="utf-8"))


def home(kind: str) -> str:
    """The folder of a kind: the nearest above one of our implementations with an interface."""
    ours = [entry for entry in entries(kind) if entry.target.startswith("cliprt.")]
    assert ours, f"no {kind} of ours is registered: install cliprt again (make check)"
    parts = ours[0].target.partition(":")[0].split(".")[1:-1]
    while parts and not path_of(".".join((*parts, "interface"))).is_file():
        parts.pop()
    return ".".join(parts)


HOMES = {home(kind) for kind in GROUPS}


def lives_in(module: str) -> str | None:
    return next((folder for folder in HOMES if f"{module}.".startswith(f"{folder}.")), None)


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


def imports(module: str) -> Iterator[tuple[int, str]]:
    """Line and target of each import of ours, wherever it stands in the file."""
    for node in ast.walk(parse(module)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            targets = [node.module or ""]
            if not (SOURCE.parent / (targets[0].replace(".", "/") + ".py")).is_file():
                targets = [f"{targets[0]}.{alias.name}" for alias in node.names]
        else:
            continue
        for target in targets:
            if target.startswith("cliprt."):
                yield node.lineno, target.removeprefix("cliprt.")


def test_the_public_face_has_exactly_these_names():
    assert {module: public_names(module) for module in PUBLIC} == {
        module: set(names.split()) for module, names in PUBLIC.items()
    }


def test_every_kind_has_a_public_interface_and_a_public_check():
    assert {f"{folder}.interface" for folder in HOMES} <= set(PUBLIC)
    assert set(testing.KINDS) == set(GROUPS)
    for kind in GROUPS:
        assert getattr(testing, f"check_{kind}").__module__ == f"cliprt.testing.{kind}"


def test_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_kind_imports_no_implementation_of_another():
    offenders = [
        f"{module}:{line} imports {target}"
        for module in MODULES
        if (own := lives_in(module))
        for line, target in imports(module)
        if (other := lives_in(target)) not in (None, own)
        and target not in {f"{other}.interface", *SHARED_BY_KINDS}
    ]
    assert not offenders


def test_our_plugins_import_only_what_is_public():
    offenders = [
        f"{path.relative_to(ROOT)}:{node.lineno} imports {node.module}"
        for path in ROOT.glob("plugins/*/src/**/*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cliprt.")
        for target in [node.module.removeprefix("cliprt.")]
        if target not in {*PUBLIC, "testing"}
        and not all(f"{target}.{alias.name}" in PUBLIC for alias in node.names)
    ]
    assert not offenders


def test_imports_of_ours_are_written_in_full():
    relative = [
        f"{module}:{node.lineno}"
        for module in MODULES
        for node in ast.walk(parse(module))
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert not relative


def test_files_and_functions_have_names_that_say_something():
    forbidden = {"utils", "helpers", "common", "misc", "manager"}
    offenders = [module for module in MODULES if forbidden & set(module.split("."))]
    offenders += [
        f"{module}:{node.lineno} {node.name}"
        for module in MODULES
        for node in ast.walk(parse(module))
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith(("get_", "handle_", "process_"))
    ]
    assert not offenders


def test_files_are_short():
    lines = {m: path_of(m).read_text(encoding="utf-8").count("\n") for m in MODULES}
    assert not {m: count for m, count in lines.items() if count > LONGEST}


HEAVY = (
    *("torch", "torchvision", "lightning", "open_clip", "litellm", "pybullet", "numpy", "yaml"),
    *("ray", "pyarrow", "av", "tensorflow", "huggingface_hub", "google_crc32c", "rerun"),
)


@pytest.mark.parametrize(
    "code",
    [
        "import cliprt",
        "from cliprt.cli import main; main(['--help'])",
        "from cliprt.cli import main; main(['fit', '--help'])",
        "from cliprt.cli import main; main(['hub', 'push', '--help'])",
        "from cliprt.cli import main; main(['episodes', 'export', '--help'])",
        "from cliprt.cli import main; main(['plugins', 'ls'])",
        "from cliprt.registry import names; names('policy')",
    ],
)
def test_the_front_door_is_light(code):
    code += f"; import sys; print('heavy:', [m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "heavy: []"
