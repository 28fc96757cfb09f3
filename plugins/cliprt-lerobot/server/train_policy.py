# /// script
# requires-python = ">=3.12"
# dependencies = ["lerobot[dataset,training,diffusion]==0.6.1"]
# ///
"""Train lerobot's own ACT or Diffusion Policy on episodes that cliprt exported.

Runs where lerobot is installed, and does not import cliprt:

    python train_policy.py act SET --frames dense --steps 2000 --seeds 0 1 2 --to FOLDER

lerobot reads the data set, builds the policy, its losses, optimiser and normalisation, and writes
the checkpoint.  The loop is here: its frames are decoded once and stay in memory, a step is timed
in CPU time, and images are shifted and coloured at random as cliprt's are.  Weights begin at
random, since nothing is fetched.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from lerobot.configs.types import FeatureType, PolicyFeature
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.policies.act.configuration_act import ACTConfig
from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig
from lerobot.policies.factory import get_policy_class, make_pre_post_processors
from rival_inputs import ACTION, IMAGES, STATE, policy_action, policy_state
from torch import Tensor
from torch.nn import functional
from torchvision.ops import FrozenBatchNorm2d

CHUNKS = {"keyframes": (8, 1), "dense": (16, 8)}
"""Frames -> (actions that are foreseen, actions of them that are executed)."""

SOURCES = {"keyframes": "teacher", "dense": "dense"}
"""Frames -> what ``cliprt.source`` says of such episodes."""

SHIFT_PX, COLOUR_JITTER = 4, 0.15
BATCH_SIZE = 8
WARM_UP_STEPS = 25
TOLD_EVERY = 25
NOTES = "rival.json"


def load_frames(root: Path, frames: str, chunk: int) -> tuple[dict[str, Tensor], list[str]]:
    """Every frame with the actions that follow it; the words of the tasks, in their order."""
    everything = LeRobotDataset("cliprt/rivals", root=root, video_backend="pyav")
    sources = everything.meta.episodes["cliprt.source"]
    chosen = [number for number, source in enumerate(sources) if source == SOURCES[frames]]
    tasks = sorted(everything.meta.tasks.index)
    fps = everything.meta.fps
    data = LeRobotDataset(
        "cliprt/rivals", root=root, episodes=chosen, video_backend="pyav", return_uint8=True,
        delta_timestamps={key: [n / fps for n in range(chunk)] for key in (ACTION, STATE)},
    )  # fmt: skip
    rows: dict[str, list[Tensor]] = {}
    for index in range(len(data)):
        item = data[index]
        state, action = item[STATE].numpy(), item[ACTION].numpy()
        row = {key: item[key] for key in item if key.startswith(IMAGES) and item[key].ndim == 3}
        row[STATE] = torch.from_numpy(policy_state(state[0], tasks.index(item["task"]), len(tasks)))
        opened = [policy_action(a, s[6]) for a, s in zip(action, state, strict=True)]
        row[ACTION] = torch.from_numpy(np.stack(opened))
        row["action_is_pad"] = item["action_is_pad"]
        for key, value in row.items():
            rows.setdefault(key, []).append(value)
    return {key: torch.stack(values) for key, values in rows.items()}, tasks


def statistics(rows: dict[str, Tensor]) -> dict[str, dict[str, np.ndarray]]:
    """As ``meta/stats.json`` has them, of the frames that are learned from."""
    stats = {}
    for key in (STATE, ACTION):
        values = rows[key][:, 0] if key == ACTION else rows[key]
        stats[key] = {
            "mean": values.mean(0), "std": values.std(0, correction=0),
            "min": values.amin(0), "max": values.amax(0),
        }  # fmt: skip
    for key in filter(lambda key: key.startswith(IMAGES), rows):
        levels = rows[key].float() / 255
        stats[key] = {
            "mean": levels.mean((0, 2, 3))[:, None, None],
            "std": levels.std((0, 2, 3), correction=0)[:, None, None],
            "min": torch.zeros(3, 1, 1), "max": torch.ones(3, 1, 1),
        }  # fmt: skip
    return {key: {name: v.numpy() for name, v in found.items()} for key, found in stats.items()}


def configure(kind: str, rows: dict[str, Tensor], chunk: int, executed: int):
    """The smallest sensible one: its shape is stated with the results."""
    features = {
        key: PolicyFeature(FeatureType.VISUAL, tuple(rows[key].shape[1:]))
        for key in sorted(rows) if key.startswith(IMAGES)
    }  # fmt: skip
    features[STATE] = PolicyFeature(FeatureType.STATE, tuple(rows[STATE].shape[1:]))
    output = {ACTION: PolicyFeature(FeatureType.ACTION, (rows[ACTION].shape[-1],))}
    common = {
        "input_features": features, "output_features": output, "device": "cpu",
        "n_obs_steps": 1, "n_action_steps": executed, "pretrained_backbone_weights": None,
        "push_to_hub": False,
    }  # fmt: skip
    if kind == "act":
        return ACTConfig(
            **common, chunk_size=chunk, dim_model=256, n_heads=4, dim_feedforward=1024,
            n_encoder_layers=2, use_vae=False,
            optimizer_lr=3e-4, optimizer_lr_backbone=3e-4,
        )  # fmt: skip
    return DiffusionConfig(
        **common, horizon=chunk, use_group_norm=True, down_dims=(64, 128, 256),
        use_separate_rgb_encoder_per_camera=False, do_mask_loss_for_padding=True,
        noise_scheduler_type="DDIM", num_inference_steps=10, optimizer_lr=5e-4,
    )  # fmt: skip


def calibrate_frozen(policy: torch.nn.Module, batch: dict[str, Tensor]) -> None:
    """Give frozen batch norms the statistics of a batch: they stand still because ImageNet's
    weights bring theirs, and at random weights there are none."""

    def measure(norm: FrozenBatchNorm2d, given: tuple[Tensor, ...]) -> None:
        norm.running_mean.copy_(given[0].mean((0, 2, 3)))
        norm.running_var.copy_(given[0].var((0, 2, 3)))

    norms = [m for m in policy.modules() if isinstance(m, FrozenBatchNorm2d)]
    hooks = [norm.register_forward_pre_hook(measure) for norm in norms]
    with torch.no_grad():
        policy.forward(batch) if norms else None
    for hook in hooks:
        hook.remove()


def batches(rows: dict[str, Tensor], seed: int) -> Iterator[dict[str, Tensor]]:
    """Shuffled rows, again and again, with images in 0..1 that are shifted and coloured."""
    chance = torch.Generator().manual_seed(seed)
    count = len(rows[STATE])
    while True:
        order = torch.randperm(count, generator=chance)
        for chosen in order.split(BATCH_SIZE):
            if len(chosen) == min(BATCH_SIZE, count):
                yield {
                    key: vary(values[chosen], chance) if key.startswith(IMAGES) else values[chosen]
                    for key, values in rows.items()
                }


def vary(images: Tensor, chance: torch.Generator) -> Tensor:
    """uint8 (n, 3, h, w) -> float in 0..1, each shifted, and with another gain and offset."""
    count, _, height, width = images.shape
    wide = functional.pad(images.float() / 255, (SHIFT_PX,) * 4, mode="replicate")
    at = torch.randint(2 * SHIFT_PX + 1, (count, 2), generator=chance).tolist()
    cut = [w[:, y : y + height, x : x + width] for w, (y, x) in zip(wide, at, strict=True)]
    gain, offset = COLOUR_JITTER * torch.randn(2, count, 3, 1, 1, generator=chance)
    return (torch.stack(cut) * (1 + gain) + offset).clamp(0, 1)


def train(
    args: argparse.Namespace, rows: dict[str, Tensor], tasks: list[str], seed: int
) -> dict[str, object]:
    """Train with one seed, save, and tell how it went."""
    torch.manual_seed(seed)
    chunk, executed = CHUNKS[args.frames]
    config = configure(args.kind, rows, chunk, executed)
    policy = get_policy_class(args.kind)(config)
    before, after = make_pre_post_processors(config, dataset_stats=statistics(rows))
    optimiser = config.get_optimizer_preset().build(policy.get_optim_params())
    for group in optimiser.param_groups:
        group["fused"] = True  # the same arithmetic, a sixth of the time
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda n: min(1.0, (n + 1) / WARM_UP_STEPS) * 0.5 * (1 + np.cos(np.pi * n / args.steps)),
    )
    given = (ready(before(batch), args.kind) for batch in batches(rows, seed))
    policy.train()
    calibrate_frozen(policy, next(given))
    start, losses = time.process_time(), []
    for step in range(args.steps):
        loss, _ = policy.forward(next(given))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(policy.parameters(), 10.0)
        optimiser.step()
        optimiser.zero_grad()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % TOLD_EVERY == 0:
            used, loss = time.process_time() - start, np.mean(losses[-TOLD_EVERY:])
            print(f"step {step + 1}: loss {loss:.4f}, {used:.0f} CPU-s", flush=True)
    folder = args.to / f"{args.kind}_{args.frames}_{seed}"
    for part in (policy, before, after):
        part.save_pretrained(folder)
    facts = {
        "kind": args.kind, "frames": args.frames, "seed": seed, "steps": args.steps,
        "batch_size": BATCH_SIZE, "rows": len(rows[STATE]), "tasks": tasks,
        "chunk": chunk, "executed": executed,
        "parameters": sum(p.numel() for p in policy.parameters()),
        "cpu_s": round(time.process_time() - start, 1),
        "loss": round(float(np.mean(losses[-TOLD_EVERY:])), 5),
    }  # fmt: skip
    (folder / NOTES).write_text(json.dumps(facts, indent=2) + "\n", encoding="utf-8")
    return facts


def ready(batch: dict[str, Tensor], kind: str) -> dict[str, Tensor]:
    """With an axis of moments where the policy has one: Diffusion Policy's state."""
    return batch | {STATE: batch[STATE][:, None]} if kind == "diffusion" else batch


def main() -> None:
    """Read the arguments, and train."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("act", "diffusion"))
    parser.add_argument("set", type=Path, help="what `cliprt episodes export` wrote")
    parser.add_argument("--frames", choices=tuple(SOURCES), required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--to", type=Path, required=True, help="folder of the checkpoints")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    rows, tasks = load_frames(args.set, args.frames, CHUNKS[args.frames][0])
    print(f"{len(rows[STATE])} frames, {time.process_time():.0f} CPU-s until here", flush=True)
    for seed in args.seeds:
        print(json.dumps(train(args, rows, tasks, seed)), flush=True)


if __name__ == "__main__":
    main()
