"""A synthetic run folder: trials, short films, metrics and embeddings, as the stages leave them."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from cliprt.evaluation.embeddings import Embeddings, save_embeddings
from cliprt.evaluation.files import append_trial
from cliprt.evaluation.results import RunFacts, Trial
from cliprt.runtime.explanation import explain
from cliprt.types import Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary

AXES = ("x", "y", "z", "roll", "pitch", "yaw", "gripper")
TASKS = {
    "pick": "pick the <red> cup & hold it",
    "close_laptop": "close the laptop",
    "open_cabinet": "open the cabinet",
}
WAYS = ("oscillated", "closed_on_nothing", "blocked", "refused")


def write_video(path: Path, frames: int = 12) -> None:
    import imageio.v2 as imageio

    path.parent.mkdir(parents=True, exist_ok=True)
    with imageio.get_writer(path, fps=6, codec="libx264", pixelformat="yuv420p") as writer:
        for i in range(frames):
            image = np.full((192, 256, 3), (70, 110, 150), np.uint8)
            image[60:120, 20 + 15 * i : 60 + 15 * i] = (220, 120, 60)
            writer.append_data(image)


def make_trials(count: int) -> list[Trial]:
    rng = np.random.default_rng(3)
    trials = []
    for number, (task, instruction) in enumerate(TASKS.items()):
        for seed in range(100_000, 100_000 + count):
            for break_loops in (True, False):
                success = bool(rng.random() < (0.95 - 0.12 * number if break_loops else 0.6))
                recorded = break_loops and seed == 100_000
                trials.append(
                    Trial(
                        task=task,
                        instruction=instruction,
                        seed=seed,
                        success=success,
                        steps=int(rng.integers(5, 15)) if success else 40,
                        end="success" if success else "max_steps",
                        break_loops=break_loops,
                        episode=f"{task}-{seed}",
                        suite="novel",
                        failure=None if success else WAYS[int(rng.integers(len(WAYS)))],
                        video=f"videos/{task}-{seed}.mp4" if recorded else None,
                        last_phrases=("move the arm down by five centimeters", "close the gripper"),
                        decisions=make_decisions(8 + 10 * number) if recorded else (),
                        kept=break_loops and not success,
                    )
                )
    return trials


def make_decisions(count: int) -> tuple:
    """Of a policy that becomes surer; the second step is a helper's, the third not its first."""
    primitives = ClipRt58Vocabulary().primitives
    scores = np.arange(58.0)
    found = [explain(scores * i / count, primitives, chosen=57) for i in range(1, count + 1)]
    return found[0], None, explain(scores, primitives, chosen=12), *found[3:]


def make_facts(trials: int) -> RunFacts:
    phrases = [f"move the arm forward by {i} centimeters" for i in range(30)]
    per_task = {
        "taught_episodes": 10,
        "taught_steps": 84,
        "generated_episodes": 70,
        "generated_steps": 1210,
        "execute_only_steps": 300,
    }
    return RunFacts(
        recipe="finetune_novel",
        resolved_recipe={
            "tasks": [{"name": name} for name in TASKS],
            "evaluation": {"trials": trials, "break_loops": True},
        },
        data={
            **{key: 3 * count for key, count in per_task.items()},
            "who_taught": "a simulated teacher, in English sentences",
            "tasks": dict.fromkeys(TASKS, per_task),
            "primitives": {
                p: {"taught": 90 // (i + 1), "generated": 900 // (i + 1)}
                for i, p in enumerate(phrases)
            },
            "agreement": {
                "std: recover": {"steps": 40, "equal": 13, "same_direction": 20, "share": 0.325}
            },
            "examples": ["a bit to the left", "now go down five centimeters", "close it <b>"],
        },
        training={
            "steps": 1500,
            "seconds": 143.2,
            "final_metrics": {"train_loss": 0.0812, "val_primitive_accuracy": 0.913},
        },
        seeds={"recipe": 0, "taught scenes": [0, 10], "unseen scenes": [100_000, trials]},
        versions={"cliprt": "0.1.0", "torch": "2.13.0+cpu", "lightning": "2.6.6"},
        created="2025-11-22T13:40:00+00:00",
        wall_s={"collect": 41.0, "augment": 95.3, "train": 143.2, "evaluate": 61.0},
        command="cliprt fit --recipe finetune_novel",
        sources={
            "trials": "evaluations/ab12/trials.jsonl",
            "metrics": "policies/cd34",
            "embeddings": "policies/cd34/embeddings.npz",
        },
    )


def make_run(
    folder: Path, trials: int = 25, done: int | None = None, pictures: bool = True
) -> RunFacts:
    facts = make_facts(trials)
    evaluation = folder / "evaluations" / "ab12"
    for trial in make_trials(trials)[:done]:
        if trial.video:
            write_video(evaluation / trial.video)
            video = str(evaluation / trial.video)
            trial = replace(trial, video=video)
        append_trial(evaluation / "trials.jsonl", trial)
    if pictures:
        write_metrics(folder / "policies" / "cd34" / "version_0")
        write_embeddings(folder / facts.sources["embeddings"])
    (folder / "recipe.yaml").write_text("name: finetune_novel\ntasks: [pick]  # <tag> & more\n")
    return facts


def write_metrics(folder: Path) -> None:
    rows = ["epoch,step,train_loss,val_primitive_accuracy,val_loss,lr-AdamW"]
    for step in range(0, 1500, 20):
        accuracy = 0.9 - 0.8 * 0.997**step if step % 100 == 0 else ""
        val_loss = 3.9 * 0.996**step + 0.4 if step % 100 == 0 else ""
        rate = 1.5e-3 * min(1, step / 50) * (1 - step / 1500)
        rows.append(f"0,{step},{4 * 0.995**step + 0.1},{accuracy},{val_loss},{rate}")
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("\n".join(rows))


def write_embeddings(file: Path) -> None:
    rng = np.random.default_rng(0)
    groups = [f"{axis}{sign}" for axis in AXES for sign in "+-"]
    primitives = [
        Primitive(i, f"phrase {i}", group=group)
        for i, group in enumerate([*groups * 4, "open", "close"])
    ]
    centres = {group: rng.normal(size=32) for group in (*groups, "open", "close")}
    vectors = np.array([centres[p.group] + 0.3 * rng.normal(size=32) for p in primitives])
    phrases, named = (tuple(getattr(p, n) for p in primitives) for n in ("phrase", "group"))
    save_embeddings(file, Embeddings(phrases, named, vectors))
