"""A robot of vla-eval's own client, run in its environment: ADDRESS.  Knows nothing of cliprt."""

import asyncio
import json
import sys

import numpy as np
from vla_eval.connection import Connection


async def main(address):
    rng = np.random.default_rng(0)
    async with Connection(address) as robot:
        await robot.start_episode({"task": {"name": "close the laptop"}})
        shapes = []
        for _ in range(20):
            picture = rng.integers(0, 256, (64, 64, 3), np.uint8)
            seen = {"images": {"wrist": picture}, "task_description": "close the laptop"}
            shapes.append(list((await robot.act(seen))["actions"].shape))
        try:
            await robot.act({"images": {}, "task_description": "close the laptop"})
        except RuntimeError as told:
            error = str(told)
        await robot.end_episode({"metrics": {"success": True}})
        return {"server": robot.server_info["model_server"], "shapes": shapes, "error": error}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(*sys.argv[1:]))))
