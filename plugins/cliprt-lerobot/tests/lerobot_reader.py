"""Looks at a data set as lerobot does, and prints what it finds; run where lerobot is installed.

Arguments: the data set, ``truth.npz`` with every number and picture of it, an empty folder.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from lerobot.configs.recipe import TrainingRecipe
from lerobot.datasets.dataset_tools import delete_episodes
from lerobot.datasets.language_render import active_at, render_sample
from lerobot.datasets.lerobot_dataset import LeRobotDataset
from lerobot.utils.collate import lerobot_collate_fn
from lerobot.utils.feature_utils import dataset_to_policy_features

RECIPE = {
    "bindings": {"motion": "active_at(t, style=motion)"},
    "messages": [
        {"role": "user", "content": "${task}", "stream": "high_level"},
        {"role": "assistant", "content": "${motion}", "stream": "low_level", "target": True},
    ],
}


def load(root, **options):
    return LeRobotDataset("cliprt/looked_at", root=root, video_backend="pyav", **options)


def compare(data, truth):
    """Whether all numbers are equal, and the least PSNR of a frame [dB], by camera."""
    exact, worst = True, {}
    for index in range(len(data)):
        item = data[index]
        for key in truth.files:
            wanted = truth[key][index]
            found = item[key].numpy() if hasattr(item[key], "numpy") else np.array(item[key])
            if ".images." not in key:
                exact &= bool(np.array_equal(np.ravel(found), np.ravel(wanted)))
                continue
            error = np.mean((255.0 * found.transpose(1, 2, 0) - wanted) ** 2)
            psnr = 99.0 if error == 0 else 10 * np.log10(255.0**2 / error)
            worst[key] = min(worst.get(key, 99.0), float(psnr))
    return exact, worst


def main(root, truth_file, scratch):
    data, truth = load(root), np.load(truth_file)
    exact, worst = compare(data, truth)
    texts = [data[i]["language_persistent"] for i in range(len(data))]
    times = [float(data[i]["timestamp"]) for i in range(len(data))]
    ahead = load(root, delta_timestamps={"action": [n / data.fps for n in range(8)]})[1]
    batch = next(
        iter(torch.utils.data.DataLoader(data, batch_size=4, collate_fn=lerobot_collate_fn))
    )
    kept = delete_episodes(data, [1], output_dir=scratch / "kept", repo_id="cliprt/kept")
    recipe, item = TrainingRecipe.from_dict(RECIPE), data[1]
    said = {"persistent": item["language_persistent"], "events": item["language_events"]}
    rendered = render_sample(recipe=recipe, **said, t=times[1], sample_idx=1, task=item["task"])
    policy = dataset_to_policy_features(data.meta.features)
    return {
        "episodes": data.num_episodes,
        "frames": len(data),
        "fps": data.fps,
        "robot": data.meta.robot_type,
        "tasks": [data[i]["task"] for i in range(len(data))],
        "exact": exact,
        "psnr_db": worst,
        "motion": [
            (active_at(t, persistent=rows, style="motion") or {}).get("content")
            for t, rows in zip(times, texts, strict=True)
        ],
        "said": [[row["content"] for row in data[i]["language_events"]] for i in range(len(data))],
        "ahead": list(ahead["action"].shape),
        "padded": ahead["action_is_pad"].tolist(),
        "batch": list(batch["action"].shape),
        "kept": [kept.num_episodes, len(kept)],
        "kept_motion": [row["content"] for row in kept[len(kept) - 1]["language_persistent"]],
        "kept_said": [[r["content"] for r in kept[i]["language_events"]] for i in range(len(kept))],
        "rendered": [message["content"] for message in rendered["messages"]],
        "policy": {key: feature.type.value for key, feature in policy.items()},
        "mean": np.ravel(data.meta.stats["action"]["mean"]).tolist(),
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
