"""The code on the Gymnasium page runs as it is printed."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "gymnasium.md"


def test_the_example_runs(capsys):
    gymnasium = pytest.importorskip("gymnasium")
    pytest.importorskip("pybullet")
    text = PAGE.read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    exec(compile(block, str(PAGE), "exec"), {"__name__": "example"})
    instruction, *steps = capsys.readouterr().out.splitlines()
    assert instruction == "Close the laptop"
    assert len(steps) == 5
    assert all(" -> " in step for step in steps)
    for name in re.findall(r"`(cliprt/\w+-v0)`", text):
        assert name in gymnasium.registry


def test_many_at_once():
    gymnasium = pytest.importorskip("gymnasium")
    pytest.importorskip("pybullet")
    environments = gymnasium.make_vec(
        "cliprt.environments:cliprt/CloseLaptop-v0",
        num_envs=2,
        vectorization_mode="async",
        robot_options={"image_size": 16},
    )
    seen, info = environments.reset(seed=7)
    assert seen["scene"].shape == (2, 16, 16, 3)
    assert list(info["seed"]) == [7, 8]
    environments.step(environments.action_space.sample())
    environments.close()
