"""What ``make`` sets up, says while it does, and ends with."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PIP = """\
Looking in indexes: https://pypi.org/simple
Collecting torch==2.13.0 (from -c constraints.txt (line 3))
  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl.metadata (30 kB)
  Downloading torch-2.13.0-cp311-cp311-manylinux_2_28_x86_64.whl (902.1 MB)
  Using cached https://a.host/b-c/pybullet-3.2.7.tar.gz (80.5 MB)
Processing /opt/wheels/colorama-0.4.6-py2.py3-none-any.whl (from cliprt==0.1.0)
Requirement already satisfied: numpy in /usr/lib
Installing collected packages: mpmath, torch, colorama
Successfully installed colorama-0.4.6
"""


def make(*arguments: str) -> str:
    make = shutil.which("make") or pytest.skip("no make")
    command = [make, "--no-print-directory", "--directory", str(ROOT), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_setting_up_is_not_silent():
    recipe = make("--dry-run", "--always-make", "--assume-new=pyproject.toml", "test")
    (script,) = re.findall(r"\| sed -Enu '(.*)'$", recipe, re.MULTILINE)
    told = subprocess.run(
        ["sed", "-Enu", script], input=PIP, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == [
        "    torch-2.13.0 (902.1 MB)",
        "    pybullet-3.2.7 (80.5 MB)",
        "    colorama-0.4.6",
        "    installing them: a minute or two",
    ]
    assert "set -o pipefail; .venv/bin/python -m pip install" in recipe, (
        "a failure is none of sed's"
    )


def test_the_demo_ends_with_what_to_type_next():
    last = make("--dry-run", "demo").splitlines()[-1]
    assert last.endswith('Type: .venv/bin/cliprt teach"')


def test_teaching_is_left_by_ctrl_c():
    assert make("--dry-run", "teach").splitlines()[-1] == ".venv/bin/cliprt teach || [ $? = 130 ]"


def test_help_names_every_target_that_people_type():
    targets = re.search(r"^\.PHONY: (.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    named = re.findall(r"^make (\w+)", make("help"), re.MULTILINE)
    assert set(targets.split()) - set(named) == {"help", "clean"}
