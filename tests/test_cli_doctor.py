"""``cliprt doctor``: what is there, what is not, what to type."""

from __future__ import annotations

import json
import platform
import sys
from importlib import metadata
from pathlib import Path

import pytest

from cliprt.cli import doctor, main


def test_this_machine_is_fit_to_run_its_own_tests(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert platform.python_version() in out
    assert "BROKEN" not in out
    for package in ("torch", "lightning", "omegaconf", "numpy"):
        assert metadata.version(package) in out
    assert not list(Path(tmp_path).iterdir()), "it only looks"


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ({"a": "ok"}, "Everything is here."),
        (
            {"a": "ok", "b": "missing", "c": "missing"},
            "Nothing is broken. Not here, for what may not be needed: b, c.",
        ),
        (
            {"a": "broken", "b": "missing"},
            "BROKEN: a. Do what stands after the arrow; then ask again.",
        ),
    ],
)
def test_it_ends_with_all_in_one_sentence(states, said):
    findings = [doctor.Finding("core", name, state, "") for name, state in states.items()]
    assert doctor.summary(findings) == said


def test_the_sentence_is_its_last_line(capsys):
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(("Nothing is broken", "Everything"))


def test_json_has_every_finding(capsys):
    assert main(["doctor", "--format", "json"]) == 0
    findings = json.loads(capsys.readouterr().out)
    assert {"python", "core", "sim", "llm", "ur", "machine"} <= {f["area"] for f in findings}
    for finding in findings:
        assert finding["state"] in ("ok", "missing", "broken")
        assert finding["state"] == "ok" or finding["advice"], finding


def test_an_absent_core_package_is_broken_and_an_extra_is_not(monkeypatch, capsys):
    there = metadata.version

    def version(name):
        if name in ("omegaconf", "litellm"):
            raise metadata.PackageNotFoundError(name)
        return there(name)

    monkeypatch.setattr(metadata, "version", version)
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    at = next(i for i, line in enumerate(lines) if "BROKEN" in line)
    assert "omegaconf" in lines[at]
    assert "-> pip install" in lines[at + 1]
    at = next(i for i, line in enumerate(lines) if line.split()[:2] == ["missing", "litellm"])
    assert "pip install 'cliprt[llm]'" in lines[at + 1]


def test_pybullet_is_explained_on_a_newer_python(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 12, 1, "final", 0))
    finding = doctor.absent("pybullet", "sim")
    assert "no wheel for Python" in finding.detail
    assert "3.10 and 3.11" in finding.detail
    assert "Python 3.11" in finding.advice
