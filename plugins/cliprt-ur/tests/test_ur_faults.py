"""Everything that can go wrong, each in its hardest moment: the arm rests, and a person is asked.

The judge is benchmarks/fault_matrix.py: a program with the whole stack in a process of its own, and
the controller's own record of what moved.
"""

import sys
from concurrent.futures import ThreadPoolExecutor
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
THEATRES = 2


def play_in_time(theatre, cell):
    """One trial; where all that was wrong is that it was late, another, twice at most.

    A computer that is busy with other things can be late at any time.  A driver that is late by
    itself is late each time, and the benchmark excuses nothing.
    """
    for _ in range(3):
        trial = theatre.play(cell, quiet_s=0.4)
        if not trial.problems or not all(" moved for " in problem for problem in trial.problems):
            break
    return trial


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    """Every chosen cell, played in two theatres at once, since a trial is mostly waiting."""

    def play(cells):
        with Theatre(tmp_path_factory.mktemp("faults")) as theatre:
            return [play_in_time(theatre, cell) for cell in cells]

    with ThreadPoolExecutor(THEATRES) as pool:
        played = pool.map(play, [CHOSEN[n::THEATRES] for n in range(THEATRES)])
    return {trial.cell: trial for trials in played for trial in trials}


@pytest.mark.parametrize("cell", CHOSEN, ids=lambda cell: cell.name)
def test_after_a_fault_nothing_moves_until_a_person_says_so(trials, cell):
    assert trials[cell.name].problems == []


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_whole_matrix(tmp_path, cell):
    with Theatre(tmp_path) as theatre:
        assert theatre.play(cell).problems == []


def test_the_matrix_is_as_large_as_promised():
    assert len([cell for cell in CELLS if cell.phase in ("idle", "moving", "gripping")]) >= 30
    assert len({cell.name for cell in CELLS}) == len(CELLS)
