"""Everything that can go wrong, each in its hardest moment: the arm rests, and a person is asked.

The judge is benchmarks/fault_matrix.py: a program with the whole stack in a process of its own, and
the controller's own record of what moved.
"""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from fault_cells import CELLS, FAULTS
from fault_theatre import Theatre

HARDEST = {fault.name: "gripping" if fault.kind == "gripper" else "moving" for fault in FAULTS} | {
    "local_mode": "idle",
    "camera_died": "idle",
}
CHOSEN = [cell for cell in CELLS if cell.phase == HARDEST[cell.fault.name]]

BUSY_MS = 200.0
"""More until the arm rests, where others use the computer, too; the whole matrix allows none."""


@pytest.fixture(scope="module")
def theatre(tmp_path_factory):
    with Theatre(tmp_path_factory.mktemp("faults")) as theatre:
        yield theatre


@pytest.mark.parametrize("cell", CHOSEN, ids=lambda cell: cell.name)
def test_after_a_fault_nothing_moves_until_a_person_says_so(theatre, cell):
    fault = replace(cell.fault, limit_ms=cell.fault.limit_ms + BUSY_MS)
    assert theatre.play(replace(cell, fault=fault), quiet_s=0.4).problems == []


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_whole_matrix(theatre, cell):
    assert theatre.play(cell).problems == []


def test_the_matrix_is_as_large_as_promised():
    assert len([cell for cell in CELLS if cell.phase in ("idle", "moving", "gripping")]) >= 30
    assert len({cell.name for cell in CELLS}) == len(CELLS)
