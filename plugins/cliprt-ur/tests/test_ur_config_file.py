"""The configuration file: every mistake at its line, exact round trips, never half a file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import RecipeError, UsageError
from cliprt_ur.config import Frame, Limits, Payload, UrConfig
from cliprt_ur.config_file import (
    check_config,
    default_path,
    format_config,
    load_config,
    parse_config,
    save_config,
)


def mistakes(text: str) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse_config(text, "arm.yaml")
    return list(caught.value.problems)


def test_the_path_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert default_path("10.0.0.2") == tmp_path / "cliprt/ur/10.0.0.2.yaml"
    monkeypatch.delenv("XDG_CONFIG_HOME")
    assert default_path("arm") == Path.home() / ".config/cliprt/ur/arm.yaml"


def test_a_host_alone_is_enough() -> None:
    assert parse_config("host: 10.0.0.2") == UrConfig(host="10.0.0.2")


def test_every_mistake_is_told_at_its_line() -> None:
    text = """\
host: 10.0.0.2
frame:
  tcp: [0, 0, 150, 0, 0, 0]
limits:
  sped_m_s: 0.1
  speed_m_s: 3
  lower: [0.8, -0.4, 0.02]
  max_tilt_deg: much
gripper: {name: robotic}
link: {watchdog_hz: .nan}
"""
    found = mistakes(text)
    assert [line.split(": ")[:2] for line in found] == [
        ["arm.yaml:3", "frame.tcp"],
        ["arm.yaml:5", "limits.sped_m_s"],
        ["arm.yaml:6", "limits.speed_m_s"],
        ["arm.yaml:7", "limits.lower[0]"],
        ["arm.yaml:8", "limits.max_tilt_deg"],
        ["arm.yaml:9", "gripper.name"],
        ["arm.yaml:10", "link.watchdog_hz"],
    ]
    assert "Did you mean 'speed_m_s'?" in found[1]
    assert found[2].endswith("3 m/s. Allowed: above 0 and at most 1 m/s.")
    assert "Did you mean 'robotiq'?" in found[5]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "Begin with: host: ADDRESS"),
        ("- 1", "Begin with: host: ADDRESS"),
        ("arm: {}", "arm.yaml:1: host: is missing."),
        ("host: a b", "arm.yaml:1: host: 'a b'. Allowed: a name or address"),
        ("host: [1", "not valid YAML"),
        ("host: a\x00", "not a text file"),
        ("host: x\nhost: y", "arm.yaml:2: host: is given twice (first on line 1)."),
        ("host: x\nlimits: 3", "arm.yaml:2: limits: is no section. Allowed keys: lower,"),
        ("host: x\nlimits: {lower: 3}", "limits.lower: is no list. Allowed: values in"),
        ("host: x\nlimits: {lower: [1, 2]}", "has 2 numbers. Allowed: 3 [m]."),
        ("host: x\npayload: {mass_kg: 900 g}", "'900 g' is no number."),
        ("host: x\npayload: {mass_kg: .inf}", "'.inf' is no number."),
        ("host: x\npayload: {mass_kg: [1]}", "'a sequence' is no number."),
        ("host: x\narm: {serial: [1]}", "arm.serial: is no text."),
        ("host: x\narm: {checked: yesterday}", "Leave it to: cliprt ur check x"),
        ("host: x\nframe: {tcp: [0, 0, 0, 180, 0, 0]}", "give radians, not degrees"),
        ("host: x\nlimits: {speed_m_s: 1}", "give 14.3 m/s2 or more, or a lower speed_m_s"),
        ("host: x\ngripper: robotiq", "gripper: is no mapping."),
        ("host: x\ngripper: {}", "gripper.name: gripper says no name."),
        ("host: x\ncameras: {wrist: 0}", "cameras: is no mapping."),
        (
            "host: x\ncameras:\n  wrist:\n    name: opencw",
            "arm.yaml:4: cameras.wrist.name: ",
        ),
        ("host: x\ncameras: {my cam: {name: opencv}}", "cameras.my cam: is no name for a camera"),
        ("host: x\ncameras: &a {w: *a}", "cameras.w.name: cameras.w says no name"),
        ("host: x\nblack_box: !!python/object:os.system {}", "black_box: is no text"),
    ],
)
def test_each_mistake_says_what_is_allowed(text: str, expected: str) -> None:
    assert expected in "\n".join(mistakes(text))


def test_deep_nesting_is_refused() -> None:
    assert "nested far too deeply" in mistakes("host: " + "[" * 500)[0]


def test_a_missing_file_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no such file.*cliprt ur check HOST"):
        load_config(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="cannot be read"):
        load_config(tmp_path)


def test_a_bad_configuration_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "arm.yaml"
    save_config(UrConfig(host="x"), path)
    before = path.read_text()
    bad = UrConfig(host="x", limits=Limits(speed_m_s=2.0), payload=Payload(mass_kg=math.nan))
    with pytest.raises(RecipeError) as caught:
        save_config(bad, path)
    assert len(caught.value.problems) == 2
    assert path.read_text() == before
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(UsageError, match="cannot be written"):
        save_config(UrConfig(host="x"), path / "below")


def test_the_file_explains_itself() -> None:
    text = format_config(UrConfig(host="10.0.0.2"))
    assert "  speed_m_s: 0.1  # of the pinch point [m/s]\n" in text
    for line in text.splitlines():
        assert len(line) <= 100
        assert not line or "#" in line or line.endswith(":") or line.startswith("  ")


finite = st.floats(-2, 2).filter(math.isfinite)
words = st.text(st.characters(exclude_categories=["C"]), max_size=12)
options = st.dictionaries(st.just("device"), st.integers() | words, max_size=1)


@settings(max_examples=20, deadline=None)
@given(
    base=st.floats(-360, 360),
    tcp=st.lists(st.floats(-0.5, 0.5), min_size=6, max_size=6),
    low=st.floats(-2, 1.9),
    speed=st.floats(1e-7, 0.28),
    serial=words,
    folder=words,
    camera=options,
)
def test_what_is_written_is_read_again(
    base: float,
    tcp: list[float],
    low: float,
    speed: float,
    serial: str,
    folder: str,
    camera: dict[str, Any],
) -> None:
    config = UrConfig(
        host="x",
        frame=Frame(base, tcp),
        limits=Limits(lower=[low, -0.4, 0.02], upper=[2.0, 0.4, 0.5], speed_m_s=speed),
        cameras={"wrist": {"name": "opencv", **camera}},
        black_box=folder,
    )
    config.arm.serial = serial
    check_config(config)
    assert parse_config(format_config(config)) == config
