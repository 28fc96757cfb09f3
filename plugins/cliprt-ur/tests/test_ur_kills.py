"""``kill -9`` while the arm moves: of the program, and of the driver."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from fault_cells import CELLS
from fault_theatre import Theatre

MOVING = {cell.fault.name: cell for cell in CELLS if cell.phase == "moving"}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["program_killed", "driver_killed"])
def test_twenty_kills_in_the_middle_of_a_motion(name, tmp_path, capsys):
    with Theatre(tmp_path) as theatre:
        trials = [theatre.play(MOVING[name]) for _ in range(20)]
    with capsys.disabled():
        rests = sorted(trial.arm_ms for trial in trials if trial.arm_ms is not None)
        print(f"\n{name}: at rest after {rests[len(rests) // 2]:.0f} ms, {rests[-1]:.0f} at worst")
    assert [trial.problems for trial in trials if trial.problems] == []
