"""What the URCap's socket may say and not say, and components that cannot be loaded."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cliprt.errors import PluginError, RobotError
from cliprt_ur.grippers.build import build_gripper
from cliprt_ur.grippers.urcap import PORT, UrCapSocket
from cliprt_ur.testing import free_host


class Talker:
    """Answers every question with the same bytes, in the given parts."""

    def __init__(self, *parts: bytes) -> None:
        self.host = free_host()
        self._socket = socket.create_server((self.host, PORT))
        self._parts = parts
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self) -> None:
        listener, _ = self._socket.accept()
        with listener:
            while listener.recv(1024):
                for part in self._parts:
                    listener.sendall(part)
                    time.sleep(0.005)

    def stop(self) -> None:
        self._socket.close()


@pytest.fixture
def say() -> Iterator[object]:
    talkers: list[Talker] = []

    def begin(*parts: bytes) -> UrCapSocket:
        talkers.append(Talker(*parts))
        return UrCapSocket(talkers[-1].host)

    yield begin
    for talker in talkers:
        talker.stop()


@pytest.mark.parametrize(
    ("parts", "value"),
    [
        ([b"POS 113\n"], 113),
        ([b"POS 1", b"13\n"], 113),
        ([b"POS 113"], 113),
        ([b"ackPOS 113\n"], 113),
        ([b"POS ?\n"], None),
    ],
)
def test_a_value_however_it_comes(say, parts: list[bytes], value: int | None) -> None:
    link = say(*parts)
    assert link.get("POS") == value
    link.close()


def test_an_answer_to_something_else(say) -> None:
    link = say(b"hello\n")
    with pytest.raises(
        RobotError, match=r"'GET POS' within 0.5 s but 'hello\\n'\. Check its cable"
    ):
        link.get("POS")
    link.close()


def test_a_write_is_acknowledged_or_not(say) -> None:
    say(b"ack").set(POS=255, GTO=1)
    say(b"ack\n").set(POS=255, GTO=1)
    with pytest.raises(RobotError, match="did not answer 'SET POS 255 GTO 1' within"):
        say(b"nak").set(POS=255, GTO=1)


def test_a_port_that_accepts_and_says_nothing_is_no_hang() -> None:
    host = free_host()
    with socket.create_server((host, PORT)):
        begun = time.monotonic()
        with pytest.raises(RobotError, match="did not answer 'GET STA' within"):
            build_gripper({"name": "robotiq"}, host, None).connect()  # type: ignore[arg-type]
        assert time.monotonic() - begun < 30.0


def test_a_broken_component_is_named_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "acme_gripper-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-gripper\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cliprt_ur.grippers]\nacme = acme_missing:Gripper\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(PluginError) as caught:
        build_gripper({"name": "acme"}, "x", None)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "the gripper 'acme' of acme-gripper cannot be loaded (acme_missing:Gripper)" in text
    assert "pip install -U acme-gripper" in text
