"""The site builds, without a warning."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_the_site_builds_strictly(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for page in ("tour", "recipes", "formats", "benchmarks", "tutorials/first_skill"):
        assert (tmp_path / page / "index.html").is_file()
    assert (tmp_path / "media" / "teaching.gif").is_file()
    assert not (tmp_path / "make").exists(), "programs that make the docs are no part of them"
