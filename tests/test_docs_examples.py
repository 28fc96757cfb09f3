"""The examples in the docstrings run, and every function of the mathematics has one."""

import ast
import doctest
from importlib import import_module
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"

MATHEMATICS = (
    "cliprt.geometry",
    "cliprt.augmenters.decompose",
    "cliprt.augmenters.std",
    "cliprt.augmenters.units",
    "cliprt.policies.losses",
    "cliprt.policies.scoring",
)
"""Modules whose every public function shows what it gives."""

WITH_EXAMPLES = sorted(
    ".".join(file.relative_to(SOURCE).with_suffix("").parts)
    for file in SOURCE.rglob("*.py")
    if "    >>> " in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_run(module):
    failed, tried = doctest.testmod(import_module(module))
    assert tried
    assert not failed


def test_every_function_of_the_mathematics_has_an_example():
    without = []
    for module in MATHEMATICS:
        file = SOURCE / Path(*module.split(".")).with_suffix(".py")
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if is_public and ">>>" not in (ast.get_docstring(node) or ""):
                without.append(f"{module}.{node.name}")
    assert not without
