"""Renders every frame's motion as lerobot does, and prints them; run where lerobot is installed.

Argument: the data set.
"""

import json
import sys

from lerobot.configs.recipe import TrainingRecipe
from lerobot.datasets.language_render import render_sample
from lerobot.datasets.lerobot_dataset import LeRobotDataset

RECIPE = {
    "bindings": {"motion": "active_at(t, style=motion)"},
    "messages": [
        {"role": "user", "content": "${task}", "stream": "high_level"},
        {"role": "assistant", "content": "${motion}", "stream": "low_level", "target": True},
    ],
}


def main(root: str) -> None:
    dataset = LeRobotDataset("cliprt/annotated", root=root, video_backend="pyav")
    recipe = TrainingRecipe.from_dict(RECIPE)
    said, pixels = [], 0.0
    for number in range(dataset.num_frames):
        item = dataset[number]
        rendered = render_sample(
            recipe=recipe,
            persistent=item["language_persistent"],
            events=item.get("language_events"),
            t=float(item["timestamp"]),
            sample_idx=number,
            task=item["task"],
        )
        said.append([message["content"] for message in rendered["messages"]])
        pixels += float(item["observation.images.scene"].mean())
    print(json.dumps({"said": said, "pixels": pixels}))


if __name__ == "__main__":
    main(sys.argv[1])
