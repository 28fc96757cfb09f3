"""ACT and Diffusion Policy beside cliprt: ``python docs/make/rivals.py OUT --lerobot PYTHON``.

Ten episodes of each of three tasks are taught, and executed again in small motions.  lerobot, in
an environment of its own (PYTHON), trains its policies on what `cliprt episodes export` writes of
them, and serves each; `remote` asks for its motions in the same unseen scenes in which cliprt's
own policies are judged, which learned from the same episodes.  What is there in OUT is kept; at
the end ``docs/rivals.json`` and the tables of ``docs/benchmarks.md`` are written (`--tell`).
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rivals_page

from cliprt.cli.main import main as cliprt
from cliprt.evaluation.results import Trial
from cliprt.recipe.build import build_task, build_vocabulary, load_actor
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Recipe
from cliprt.stages.augment import augment
from cliprt.stages.collect import collect
from cliprt.stages.evaluate import evaluate
from cliprt.stages.learn import learn
from cliprt.stages.run_folder import load_record, open_run, save_record
from cliprt.types import Observation

SERVER = Path(__file__).resolve().parents[2] / "plugins" / "cliprt-lerobot" / "server"
TASKS = "tasks=[close_laptop, open_cabinet, pick]"
ALIKE = (TASKS, "data.workers=1", "trainer.threads=1")
ALONE = ("evaluation.compare_loop_breaking=false", "evaluation.videos=0", "evaluation.keep=none")

OURS = {"passive": "clip_rt_passive_novel", "scene_std": "finetune_novel"}
RIVALS = tuple((kind, frames) for frames in ("keyframes", "dense") for kind in ("act", "diffusion"))
DECISIONS = 50
STEPS_ALLOWED = {"keyframes": 0, "dense": 60}
"""Motions that a trial may have; 0 = as many as ours.  Dense ones are at most 4 cm long, and no
taught episode has more than 34 of 2 cm."""

REMOTE = (
    "robot={name: pybullet, cameras: [scene, wrist], image_size: 64}",
    "policy.images={observation/images/scene: scene, observation/images/wrist: wrist}",
    "policy.state={observation/state: [tcp_pose, gripper]}",
    "policy.deadline_s=60",
)


@dataclass(frozen=True)
class Plan:
    """What is asked for on the command line.

    Attributes:
        out: Everything is kept here.
        python: Of lerobot's environment.
        steps: Training steps of each rival.
        own_steps: Of each policy of ours.
        seeds: Of the trainings.
        scenes: Scenes of each task, and the seed of the first.
    """

    out: Path
    python: str
    steps: int = 150
    own_steps: int = 400
    seeds: tuple[int, ...] = (0, 1, 2)
    scenes: tuple[int, int] = (25, 100_000)

    @property
    def judged(self) -> tuple[str, str]:
        """The scenes, as a recipe says it."""
        trials, first = self.scenes
        return f"evaluation.trials={trials}", f"evaluation.first_seed={first}"


@dataclass
class Judged:
    """One training of one policy, and how it did.

    Attributes:
        name: E.g. ``act_dense``.
        seed: Of the training.
        facts: ``train_cpu_s``, ``steps``, ``batch_size``, ``rows``, ``parameters``, ``cpu_ms``.
        outcomes: Task -> scene -> success.
    """

    name: str
    seed: int
    facts: dict[str, Any]
    outcomes: dict[str, dict[int, bool]] = field(default_factory=dict)


def main() -> None:
    """Do what is missing, and tell."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--lerobot", required=True, metavar="PYTHON", help="that has lerobot")
    parser.add_argument("--steps", type=int, default=Plan.steps)
    parser.add_argument("--own-steps", type=int, default=Plan.own_steps)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(Plan.seeds))
    parser.add_argument("--scenes", type=int, nargs=2, default=Plan.scenes, metavar=("N", "FIRST"))
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="e.g. act_dense")
    parser.add_argument("--tell", action="store_true", help="write docs/rivals.json and the page")
    args = parser.parse_args()
    seeds, scenes = tuple(args.seeds), tuple(args.scenes)
    plan = Plan(args.out, args.lerobot, args.steps, args.own_steps, seeds, scenes)
    for name in ("own", "policies", "judged", "told"):
        (plan.out / name).mkdir(parents=True, exist_ok=True)
    export(plan)
    for one in judge_all(plan, args.only):
        save_record(vars(one), plan.out / "told" / f"{one.name}_{one.seed}.json")
    facts = [load_record(file) for file in sorted((plan.out / "told").iterdir())]
    if args.tell:
        rivals_page.write(facts)
    print(rivals_page.show(facts))


def judge_all(plan: Plan, only: Sequence[str]) -> Iterator[Judged]:
    """Every training of every policy, ours first."""
    for name in OURS:
        for seed in plan.seeds if not only or name in only else ():
            yield judge_own(plan, name, seed)
    for kind, frames in RIVALS:
        name = f"{kind}_{frames}"
        if not only or name in only:
            train_rival(plan, kind, frames)
            for seed in plan.seeds:
                yield judge_rival(plan, name, seed, frames)


def export(plan: Plan) -> None:
    """Teach, execute again in small motions, and write both as one LeRobot data set."""
    if (plan.out / "set").exists():
        return
    recipe = load_recipe("finetune_novel", [*ALIKE, "augmenters=[dense]"])
    run = open_run(recipe, plan.out / "taught")
    augment(recipe, run, collect(recipe, run))
    form = ["--format", "lerobot", "--to", str(plan.out / "set"), "video=false", "fps=5"]
    check(cliprt(["episodes", "export", str(run.path), *form]))


def train_rival(plan: Plan, kind: str, frames: str) -> None:
    """Have lerobot train what is missing, one seed after the other."""
    folder = plan.out / "policies"
    missing = [s for s in plan.seeds if not (folder / f"{kind}_{frames}_{s}/rival.json").exists()]
    if missing:
        given = [kind, plan.out / "set", "--frames", frames, "--steps", plan.steps, "--to", folder]
        words = [plan.python, SERVER / "train_policy.py", *given, "--seeds", *missing]
        subprocess.run([str(word) for word in words], check=True)


def judge_rival(plan: Plan, name: str, seed: int, frames: str) -> Judged:
    """Let a rival act, asked by the policy `remote`."""
    checkpoint = plan.out / "policies" / f"{name}_{seed}"
    facts = load_record(checkpoint / "rival.json")
    folder = plan.out / "judged" / f"{name}_{seed}_{plan.scenes[1]}"
    limit = f"evaluation.max_steps={STEPS_ALLOWED[frames]}"
    with served(plan.python, checkpoint, seed, folder) as url:
        changes = [*ALIKE, *ALONE, *REMOTE, *plan.judged, limit, f"policy.url={url}"]
        recipe = load_recipe("remote", changes)
        trials = act(recipe, folder)
    facts = {
        "train_cpu_s": facts["cpu_s"], "cpu_ms": load_record(folder / "served.json")["cpu_ms"],
        **{key: facts[key] for key in ("steps", "batch_size", "rows", "parameters")},
    }  # fmt: skip
    return to_judged(name, seed, facts, trials)


@contextmanager
def served(python: str, checkpoint: Path, seed: int, folder: Path) -> Iterator[str]:
    """Where the policy's server listens; what its decisions cost is kept afterwards."""
    port = 20_000 + zlib.crc32(checkpoint.name.encode()) % 20_000  # the same, so trials are found
    words = [python, SERVER / "serve_policy.py", checkpoint, "--port", port, "--seed", seed]
    told = {"stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([str(word) for word in words], **told) as server:
        try:
            yield next(line.strip() for line in server.stdout if line.startswith("ws://"))
        finally:
            server.terminate()
            said = server.stdout.read().strip()
    facts = json.loads(said.splitlines()[-1])
    if facts["decisions"]:  # else all was done before
        save_record(facts, folder / "served.json")


def act(recipe: Recipe, folder: Path) -> tuple[Trial, ...]:
    """The trials of a policy that learns nothing here."""
    run = open_run(recipe, folder)
    trained = learn(recipe, run, ()).trained
    return evaluate(recipe, run, trained.key, trained.checkpoint).trials


def judge_own(plan: Plan, name: str, seed: int) -> Judged:
    """Train on the same episodes, and judge."""
    steps = f"trainer.max_steps={plan.own_steps}"
    recipe = load_recipe(OURS[name], [*ALIKE, *ALONE, *plan.judged, steps, f"seed={seed}"])
    run = open_run(recipe, plan.out / "taught")
    notes = plan.out / "own" / f"{name}_{seed}.json"
    taught = collect(recipe, run)
    ids = [*taught.all_ids, *augment(recipe, run, taught).ids]
    before = cpu_s()
    learned = learn(recipe, run, ids)
    if learned.worked:
        store = run.store()
        rows = sum(step.train for i in ids for step in store.load(i).steps)
        facts = {"train_cpu_s": round(cpu_s() - before, 1), "rows": rows, "steps": plan.own_steps}
        save_record({**facts, "batch_size": recipe.trainer.batch_size}, notes)
    trained = learned.trained
    trials = evaluate(recipe, run, trained.key, trained.checkpoint).trials
    seen = run.store().load(ids[0]).steps[0].observation
    facts = {**load_record(notes), **weigh(recipe, trained.checkpoint, seen)}
    return to_judged(name, seed, facts, trials)


def weigh(recipe: Recipe, checkpoint: Path, observation: Observation) -> dict[str, Any]:
    """How many parameters a policy of ours has, and what a decision costs [CPU-ms]."""
    actor = load_actor(recipe, checkpoint, build_vocabulary(recipe))
    instruction = build_task(recipe.tasks[0]).instruction
    actor(observation, instruction)
    before = time.process_time()
    for _ in range(DECISIONS):
        actor(observation, instruction)
    each_ms = 1000 * (time.process_time() - before) / DECISIONS
    count = sum(parameter.numel() for parameter in actor.policy.parameters())
    return {"parameters": count, "cpu_ms": round(each_ms, 1)}


def to_judged(name: str, seed: int, facts: dict[str, Any], trials: Iterable[Trial]) -> Judged:
    """Outcomes by task and scene."""
    judged = Judged(name, seed, facts)
    for trial in trials:
        judged.outcomes.setdefault(trial.task, {})[trial.seed] = trial.success
    return judged


def cpu_s() -> float:
    """CPU time of this process and of those it waited for [s]."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def check(code: int) -> None:
    """End where a command failed."""
    if code:
        raise SystemExit(code)


if __name__ == "__main__":
    main()
