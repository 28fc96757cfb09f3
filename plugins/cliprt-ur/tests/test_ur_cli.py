"""``cliprt ur``: what it refuses, what it shows, and a whole check with nobody there."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cliprt.errors import RecipeError, UsageError
from cliprt_ur import cli
from cliprt_ur.config import Link, UrConfig
from cliprt_ur.config_file import default_path, load_config, save_config
from cliprt_ur.testing import LoopbackController, free_host


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def arm() -> Iterator[LoopbackController]:
    with LoopbackController(time_scale=0.2) as controller:
        yield controller


def call(*words: str) -> int:
    parser = argparse.ArgumentParser()
    cli.add_arguments(parser)
    return cli.run(parser.parse_args(words))


def test_yes_is_for_arms_that_are_not_there() -> None:
    for host in ("192.168.1.20", "localhost", "127.0.0.1.example.org"):
        with pytest.raises(UsageError, match=r"--yes moves an arm while nobody looks.*127\.\*"):
            call("check", host, "--yes")
    assert cli.is_loopback("127.42.3.4")


def test_a_loopback_controller_is_not_put_in_a_network() -> None:
    with pytest.raises(UsageError, match="no loopback address"):
        call("loopback", "--host", "192.168.1.20")


def test_files_that_do_not_fit_are_refused() -> None:
    save_config(UrConfig(host="10.0.0.1"), default_path("10.0.0.2"))
    with pytest.raises(UsageError, match=r"of the arm at 10\.0\.0\.1, not of 10\.0\.0\.2"):
        call("check", "10.0.0.2")
    default_path("10.0.0.3").write_text("host: 10.0.0.3\nlimits: {speed_m_s: 7}\n")
    with pytest.raises(RecipeError, match=r"10\.0\.0\.3\.yaml:2: limits\.speed_m_s: 7 m/s"):
        call("check", "10.0.0.3")
    with pytest.raises(RecipeError, match="host: 'not an address'"):
        call("check", "not an address")


def test_show_without_arm_or_file(capsys: pytest.CaptureFixture[str]) -> None:
    host = free_host()
    assert call("show", host) == 0
    told = capsys.readouterr().out
    assert f"never commissioned. Run: cliprt ur check {host}" in told
    assert "RTDE) does not answer: Connection refused" in told


def test_show_tells_file_and_arm(
    arm: LoopbackController, capsys: pytest.CaptureFixture[str]
) -> None:
    save_config(UrConfig(host=arm.host), default_path(arm.host))
    assert call("show", arm.host) == 0
    told = capsys.readouterr().out
    assert "speed_m_s: 0.1  # of the pinch point [m/s]" in told
    assert "  safety         normal" in told
    assert call("show", arm.host, "--format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert data["config"]["limits"]["speed_m_s"] == 0.1
    assert data["arm"]["arm"] == "running"
    assert data["trouble"] == ""


@pytest.mark.slow
def test_a_check_with_nobody_there(
    arm: LoopbackController, capsys: pytest.CaptureFixture[str]
) -> None:
    patient = UrConfig(host=arm.host, link=Link(watchdog_hz=5.0))
    save_config(patient, default_path(arm.host))
    assert call("check", arm.host, "--yes") == 0
    config = load_config(default_path(arm.host))
    assert config.arm.checked
    assert config.frame.base_rotation_deg == 180.0
    told = capsys.readouterr().out
    assert "8 of 8" in told
    assert all(len(line) <= 120 for line in told.splitlines())


def test_the_loopback_command_runs_until_ctrl_c() -> None:
    host = free_host()
    code = f"from cliprt_ur.loopback import run_loopback; run_loopback({host!r})"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        assert host in process.stdout.readline()
        assert call("show", host) == 0
        process.send_signal(signal.SIGINT)
        assert "has stopped" in process.communicate(timeout=60)[0]
        assert process.returncode == 0
