"""The code on the tour page runs, in order, as it is printed."""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "docs" / "tour.md"


def test_tour_runs(tmp_path, monkeypatch, capsys):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(blocks) > 8
    names: dict = {"__name__": "tour"}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), names)
    out = capsys.readouterr().out
    assert "58 move the arm to the left by five centimeters" in out
    assert "Did you mean 'small_cnn'" in out
    assert "below the limit" in out
