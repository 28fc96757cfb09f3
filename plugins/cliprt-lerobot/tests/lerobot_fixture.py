"""Wrote ``fixtures/by_lerobot``, with lerobot's own writer; run it where lerobot is installed.

Three episodes of an arm that goes 10 cm forward, to the left or down within two seconds and then
closes its gripper, seen by one camera in video and one in pictures. ``truth.npz`` beside it has
what was given to the writer.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
from lerobot.datasets.lerobot_dataset import LeRobotDataset

FPS, FRAMES, SIZE = 5, 12, 48
POSE = ["x", "y", "z", "roll", "pitch", "yaw", "gripper"]
ONE = {"dtype": "float32", "shape": (7,), "names": POSE}
PICTURE = {"shape": (SIZE, SIZE, 3), "names": ["height", "width", "channels"]}
FEATURES = {
    "observation.images.scene": {"dtype": "video", **PICTURE},
    "observation.images.wrist": {"dtype": "image", **PICTURE},
    "observation.state": ONE,
    "action": ONE,
}
GOES = {"go forward": 0, "go to the left": 1, "go down": 2}


def main(root: Path) -> None:
    shutil.rmtree(root, ignore_errors=True)
    dataset = LeRobotDataset.create(
        "cliprt/fixture", FPS, FEATURES, root=root / "set", robot_type="ur5e", use_videos=True
    )
    truth: dict[str, list[np.ndarray]] = {key: [] for key in FEATURES}
    for number, (task, axis) in enumerate(GOES.items()):
        state = np.array([0.4, 0.0, 0.3, 0.0, 3.1, 0.0, 1.0], np.float32)
        for frame in range(FRAMES):
            action = np.zeros(7, np.float32)
            action[axis] = 0.01 * (-1 if axis == 2 else 1) * (frame < 10)
            action[6] = frame < 10
            image = np.full((SIZE, SIZE, 3), 60 * number, np.uint8)
            image[4 * frame // 2 : 4 * frame // 2 + 12, 8:32] = (220, 20 * frame, 90)
            values = {
                "observation.images.scene": image,
                "observation.images.wrist": image[::-1].copy(),
                "observation.state": state.copy(),
                "action": action,
            }
            for key, value in values.items():
                truth[key].append(value)
            dataset.add_frame({**values, "task": task})
            state = (state + action).astype(np.float32)
            state[6] = action[6]
        dataset.save_episode()
    dataset.finalize()
    np.savez_compressed(root / "truth.npz", **{k: np.stack(v) for k, v in truth.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
