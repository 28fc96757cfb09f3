"""The loopback controller's ports, byte by byte, without any client's library."""

import socket
import struct
import subprocess
import sys
import time

import pytest

from cliprt_ur.testing import LoopbackController, free_host
from cliprt_ur.testing.hosts import DASHBOARD, GRIPPER, PORTS, REALTIME, RTDE

PROGRAM = b"def rtde_control():\n  global reg_offset_int = 0\n  loop = True\nend\n"


@pytest.fixture(scope="module")
def loopback():
    with LoopbackController() as controller:
        yield controller


@pytest.fixture
def controller(loopback):
    loopback.forget()
    return loopback


class Rtde:
    """A client that speaks RTDE and nothing else."""

    def __init__(self, host):
        self.socket = socket.create_connection((host, RTDE), 2)
        self.socket.settimeout(60)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def send(self, kind, body=b""):
        self.socket.sendall(struct.pack(">HB", 3 + len(body), ord(kind)) + body)

    def read(self):
        size, kind = struct.unpack(">HB", self._read(3))
        return chr(kind), self._read(size - 3)

    def ask(self, kind, body=b""):
        self.send(kind, body)
        answer = self.read()
        assert answer[0] == kind
        return answer[1]

    def _read(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def write(self, recipe, form, *values):
        self.send("U", struct.pack(">B" + form, recipe, *values))


def names(*fields):
    return ",".join(fields).encode()


def test_versions(controller):
    with Rtde(controller.host) as rtde:
        assert rtde.ask("V", struct.pack(">H", 2)) == b"\1"
        assert rtde.ask("V", struct.pack(">H", 1)) == b"\0"
        assert struct.unpack(">4I", rtde.ask("v")) == (5, 11, 1, 108318)


def test_a_stream_has_what_was_asked_for_as_often(controller):
    with Rtde(controller.host) as rtde:
        asked = names("timestamp", "actual_q", "robot_mode", "safety_status_bits")
        assert rtde.ask("O", struct.pack(">d", 125.0) + asked) == b"\1DOUBLE,VECTOR6D,INT32,UINT32"
        assert rtde.ask("S") == b"\1"
        stamps = []
        for _ in range(26):
            kind, body = rtde.read()
            assert kind == "U"
            number, stamp, *joints, mode, bits = struct.unpack(">Bd6diI", body)
            stamps.append(stamp)
        assert (number, mode, bits) == (1, 7, 1)
        assert tuple(joints) == controller.state().joints
        assert (stamps[-1] - stamps[0]) / 25 == pytest.approx(0.008, rel=0.2)
        rtde.send("P")
        while rtde.read()[0] != "P":
            pass
        rtde.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            rtde.read()


def test_unknown_fields_are_named_and_not_streamed(controller):
    with Rtde(controller.host) as rtde:
        body = struct.pack(">d", 125.0) + names("timestamp", "colour")
        assert rtde.ask("O", body) == b"\0DOUBLE,NOT_FOUND"
        assert rtde.ask("S") == b"\0"
        assert rtde.ask("I", names("input_int_register_0", "colour")) == b"\0INT32,NOT_FOUND"


def test_inputs_belong_to_who_asked_first_until_he_goes(controller):
    mine = names("input_int_register_0", "input_double_register_0")
    with Rtde(controller.host) as second:
        with Rtde(controller.host) as first:
            assert first.ask("I", mine) == b"\1INT32,DOUBLE"
            assert second.ask("I", mine) == b"\0IN_USE,IN_USE"
        time.sleep(0.05)
        assert second.ask("I", mine) == b"\2INT32,DOUBLE"


def test_a_command_goes_through_the_registers(controller):
    """Ready, command, done, clear, ready."""
    with (
        Rtde(controller.host) as rtde,
        socket.create_connection((controller.host, REALTIME), 2) as script,
    ):
        fields = names("runtime_state", "output_int_register_0")
        rtde.ask("O", struct.pack(">d", 500.0) + fields)
        doubles = [f"input_double_register_{i}" for i in range(6)]
        assert rtde.ask("I", names("input_int_register_0", *doubles))[0] == 1
        rtde.ask("S")

        def wait_for(*wanted):
            seen = None
            deadline_s = time.monotonic() + 60
            while seen != wanted:
                assert time.monotonic() < deadline_s, f"still {seen}, not {wanted}"
                seen = struct.unpack(">BIi", rtde.read()[1])[1:]

        rtde.write(1, "i6d", 0, *[0.0] * 6)
        # Programs come in pieces.
        script.sendall(PROGRAM[:20])
        time.sleep(0.02)
        script.sendall(PROGRAM[20:])
        wait_for(2, 1)
        rtde.write(1, "i6d", 29, 0.0, 0.0, 0.2, 0.0, 0.0, 0.0)
        wait_for(2, 2)
        assert controller.state().tcp == (0.0, 0.0, 0.2, 0.0, 0.0, 0.0)
        rtde.write(1, "i6d", 0, *[0.0] * 6)
        wait_for(2, 1)
        rtde.write(1, "i6d", 255, *[0.0] * 6)
        wait_for(1, 1)
        stops = [e.data["why"] for e in controller.record() if e.kind == "program_stop"]
        assert stops == ["the client ended it"]


@pytest.mark.parametrize(
    "nonsense",
    [b"\0\0\0", b"\0\2U", b"\0\4U\7", b"\0\7O\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n" * 4096],
)
def test_nonsense_ends_only_its_own_connection(controller, nonsense):
    with Rtde(controller.host) as rude, Rtde(controller.host) as polite:
        rude.socket.sendall(nonsense)
        with pytest.raises((EOFError, ConnectionError)):
            rude.read()
        assert polite.ask("V", struct.pack(">H", 2)) == b"\1"
    assert controller.state().robot_mode == 7


def ask_line(host, port, *lines):
    with socket.create_connection((host, port), 2) as line:
        stream = line.makefile("rw", newline="\n")
        if port == DASHBOARD:
            assert stream.readline() == "Connected: Universal Robots Dashboard Server\n"
        for text in lines:
            stream.write(text + "\n")
            stream.flush()
            yield stream.readline().strip()


def test_the_dashboard(controller):
    asked = {
        "PolyscopeVersion": "URSoftware 5.11.1.108318 (Aug 19 2021)",
        "is in remote control": "true",
        "robotmode": "Robotmode: RUNNING",
        "safetystatus": "Safetystatus: NORMAL",
        "running": "Program running: false",
        "programState": "STOPPED <unnamed>",
        "play": "Failed to execute: play",
        "sing": 'could not understand: "sing"',
    }
    assert list(ask_line(controller.host, DASHBOARD, *asked)) == list(asked.values())
    said = [e.data["line"] for e in controller.record() if e.kind == "dashboard"]
    assert said == list(asked)


def test_power_and_safety_are_restored_step_by_step(controller):
    controller.fault("safety_fault")
    asked = ("robotmode", "safetystatus", "power on", "restart safety", "power on", "robotmode")
    *_, mode = told = list(ask_line(controller.host, DASHBOARD, *asked, "brake release"))[:-1]
    assert told[:2] == ["Robotmode: POWER_OFF", "Safetystatus: FAULT"]
    assert mode == "Robotmode: IDLE"
    assert controller.state().robot_mode == 7


def test_in_local_mode_the_dashboard_only_tells(controller):
    controller.fault("local_mode")
    told = list(ask_line(controller.host, DASHBOARD, "is in remote control", "stop"))
    controller.clear()
    assert told[0] == "false"
    assert "not allowed" in told[1]


def test_the_gripper_is_there_and_can_be_left_out(controller):
    assert list(ask_line(controller.host, GRIPPER, "GET FLT")) == ["FLT 0"]
    with LoopbackController(gripper=False) as bare:
        assert bare.state().gripper == {}
        bare.fault("gripper_fault")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((bare.host, GRIPPER), 2)


def test_a_free_address_is_free():
    host = free_host()
    assert host.startswith("127.42.")
    for port in PORTS:
        with socket.socket() as taken:
            taken.bind((host, port))


def test_it_ends_with_the_process_that_started_it():
    code = (
        "from cliprt_ur.testing import LoopbackController as L\n"
        "c = L(); c.start(); print(c.host, c._process.pid, flush=True)\n"
        "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    host = out.stdout.split()[0]
    deadline_s = time.monotonic() + 60
    while True:
        try:
            socket.create_connection((host, RTDE), 0.5).close()
        except OSError:
            return
        assert time.monotonic() < deadline_s
        time.sleep(0.05)


def test_by_hand_it_says_how_it_is_used():
    command = [sys.executable, "-m", "cliprt_ur.testing", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for option in ("--host", "--time-scale", "--local", "--no-gripper"):
        assert option in told
