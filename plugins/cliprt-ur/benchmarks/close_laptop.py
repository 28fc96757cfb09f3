"""Does a policy do as well through the whole driver as in the plain simulator?

The same policy acts in the same unseen scenes, once on the robot ``pybullet`` and once on
``ur_loopback``, where every motion passes the driver, ur-rtde and a loopback controller.  Without
``--run``, a policy for the one task is trained first (a few minutes).

    python benchmarks/close_laptop.py --run runs/finetune_novel
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from cliprt.evaluation.statistics import compare, wilson_interval

ROBOTS = ("pybullet", "ur_loopback")


def main() -> int:
    """Run both, print the comparison, and keep it as JSON."""
    args = _parse_arguments()
    run = args.run or _train(args.out / "run", args.task)
    results = {robot: _try(robot, run, args) for robot in ROBOTS}
    facts = {robot: _summary(result) for robot, result in results.items()}
    first, second = (
        {e["seed"]: e["success"] for e in results[robot]["episodes"]} for robot in ROBOTS
    )
    paired = compare(second, first)
    facts["paired"] = {
        "scenes": paired.scenes,
        f"only {ROBOTS[0]}": paired.only_second,
        f"only {ROBOTS[1]}": paired.only_first,
        "mcnemar_p": paired.p_value,
    }
    print(json.dumps(facts, indent=2))
    (args.out / "result.json").write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return 0


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="run folder of a trained policy; default: train one"
    )
    parser.add_argument("--task", default="close_laptop", help="default: close_laptop")
    parser.add_argument("--scenes", type=int, default=50, help="default: 50")
    parser.add_argument(
        "--first-seed", type=int, default=100_000, help="of the unseen scenes; default: 100000"
    )
    parser.add_argument("--speed", type=float, default=0.3, help="of the arm [m/s]; default: 0.3")
    parser.add_argument(
        "--out", type=Path, default=Path("runs/ur_close_laptop"), help="where everything is kept"
    )
    return parser.parse_args()


def _train(run: Path, task: str) -> Path:
    """Teach and train a policy for one task, with the recipe of the novel tasks."""
    changes = [f"tasks=[{task}]", "trainer.max_steps=800", "evaluation.trials=1"]
    _cliprt("fit", "--recipe", "finetune_novel", "--out", str(run), *changes)
    return run


def _try(robot: str, run: Path, args: argparse.Namespace) -> dict[str, Any]:
    """What ``cliprt run`` says of all scenes on one robot, and how long it took [s]."""
    begun_s = time.monotonic()
    text = _cliprt(
        *("run", "--recipe", str(run / "recipe.yaml"), "--checkpoint", str(run)),
        *("--task", args.task, "--seed", str(args.first_seed), "--episodes", str(args.scenes)),
        *("--store", str(args.out / robot), "--format", "json"),
        f"robot={_robot_section(run, robot, args.speed)}",
    )
    return {**json.loads(text), "wall_s": time.monotonic() - begun_s}


def _robot_section(run: Path, robot: str, speed_m_s: float) -> str:
    """The recipe's robot under another name: what it looks with stays the same."""
    recipe = yaml.safe_load((run / "recipe.yaml").read_text(encoding="utf-8"))
    return json.dumps({**recipe["robot"], "name": robot, "speed_m_s": speed_m_s})


def _summary(result: dict[str, Any]) -> dict[str, Any]:
    episodes = result["episodes"]
    successes = sum(episode["success"] for episode in episodes)
    steps = [len(episode["steps"]) for episode in episodes]
    refused = sum(step["refused"] is not None for e in episodes for step in e["steps"])
    return {
        "successes": successes,
        "scenes": len(episodes),
        "interval_95": [round(x, 3) for x in wilson_interval(successes, len(episodes))],
        "mean_steps": round(sum(steps) / len(steps), 2),
        "refused_steps": refused,
        "failed_scenes": {e["seed"]: e["end"] for e in episodes if not e["success"]},
        "wall_s": round(result["wall_s"], 1),
    }


def _cliprt(*arguments: str) -> str:
    """Run one command; its progress is shown, its result returned."""
    command = [sys.executable, "-m", "cliprt", *arguments]
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    sys.exit(main())
