"""The judge of the safety bars: every fault in every phase, through the whole stack.

    python plugins/cliprt-ur/benchmarks/fault_matrix.py --repeat 5 --only moving
    python plugins/cliprt-ur/benchmarks/fault_matrix.py --repeat 20 --only killed-moving

A robot program with gate, backend, driver, the real client library and an episode store runs in a
process of its own against a loopback controller in another; a scripted speaker orders, the fault
comes, and the controller's own record says what moved and when.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fault_cells import CELLS, Cell
from fault_course import QUIET_S, Trial
from fault_table import to_json, to_markdown
from fault_theatre import Theatre


def choose_cells(only: Sequence[str], without: Sequence[str] = ()) -> list[Cell]:
    """Cells whose name contains one of the words of `only` (none: all) and none of `without`."""
    named = [c for c in CELLS if not only or any(word in c.name for word in only)]
    return [c for c in named if not any(word in c.name for word in without)]


def run_matrix(
    cells: Sequence[Cell], repeat: int, folder: Path, quiet_s: float = QUIET_S
) -> Iterator[Trial]:
    """Every trial of every cell, round by round."""
    with Theatre(folder) as theatre:
        for _ in range(repeat):
            for cell in cells:
                yield theatre.play(cell, quiet_s)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, show progress, write the tables; 1 where anything was not right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeat", type=int, default=1, help="trials of every cell (default 1)")
    parser.add_argument("--only", nargs="*", default=[], help="cells whose name contains a word")
    parser.add_argument("--without", nargs="*", default=[], help="leave out cells with a word")
    parser.add_argument(
        "--quiet", type=float, default=QUIET_S, help="seconds to watch that it rests"
    )
    parser.add_argument("--out", type=Path, help="folder for table.md, table.json and the stages")
    parser.add_argument("--list", action="store_true", help="show the cells and what is right")
    args = parser.parse_args(arguments)
    cells = choose_cells(args.only, args.without)
    if args.list:
        for cell in cells:
            print(f"{cell.name:28} {cell.right}")
        return 0
    folder = args.out or Path(tempfile.mkdtemp(prefix="fault_matrix_"))
    folder.mkdir(parents=True, exist_ok=True)
    trials: list[Trial] = []
    begun_s = time.monotonic()
    for trial in run_matrix(cells, args.repeat, folder, args.quiet):
        trials.append(trial)
        passed = "ok " if not trial.problems else "BAD"
        arm = "" if trial.arm_ms is None else f"{trial.arm_ms:5.0f} ms"
        done = f"{len(trials)}/{len(cells) * args.repeat} {time.monotonic() - begun_s:4.0f} s"
        print(f"{done}  {passed} {trial.cell:28} {arm}  {'; '.join(trial.problems)}", flush=True)
        (folder / "table.md").write_text(to_markdown(trials))
        (folder / "table.json").write_text(to_json(trials))
    print(f"\n{to_markdown(trials)}\nin {folder}")
    return int(any(trial.problems for trial in trials))


if __name__ == "__main__":
    sys.exit(main())
