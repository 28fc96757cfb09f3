"""Why an arm cannot be driven, found out over plain sockets, in time and in words."""

import contextlib
import socket
import threading
import time

import pytest

from cliprt.errors import MissingExtraError, RobotError
from cliprt_ur.driver import preflight
from cliprt_ur.driver.preflight import (
    ask_controller,
    check_controller,
    check_installed,
    check_rtde,
    why_stopped,
)
from cliprt_ur.testing import free_host


@contextlib.contextmanager
def listening(port, greeting=b"", answer=b""):
    """Somebody who takes connections, greets, and gives one answer to whatever is said."""
    host = free_host()
    with socket.create_server((host, port)) as server:

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    link, _ = server.accept()
                    link.sendall(greeting)
                    if answer:
                        link.recv(100)
                        link.sendall(answer)
                    links.append(link)

        links = []
        threading.Thread(target=serve, daemon=True).start()
        yield host
        for link in links:
            link.close()


def test_a_ready_controller_tells_who_it_is(controller, config):
    told = check_controller(config)
    assert told == ask_controller(controller.host, 2.0)
    assert told.serial.isdigit()
    assert told.polyscope.startswith("5.")
    assert told.is_remote
    assert told.obstacle == ""


def test_nobody_there(config):
    config.host = free_host()
    with pytest.raises(RobotError, match=r":29999 .* refuses the connection.*Settings > Security"):
        check_controller(config)


def test_a_name_that_nobody_has(config):
    config.host = "no-such-arm.invalid"
    with pytest.raises(RobotError, match=r"'no-such-arm\.invalid' is not known in"):
        check_controller(config)


def test_somebody_else_there(config):
    with (
        listening(29999, b"220 mail at your service\n") as config.host,
        pytest.raises(RobotError, match="greets with '220 mail at your service'"),
    ):
        check_controller(config)


def test_one_who_takes_the_connection_and_says_nothing_is_given_up_in_time(config):
    config.link.connect_timeout_s = 0.3
    begun_s = time.monotonic()
    with listening(29999) as config.host, pytest.raises(RobotError, match="then says nothing"):
        check_controller(config)
    with listening(30004) as host, pytest.raises(RobotError, match="then says nothing"):
        check_rtde(host, 0.3)
    assert time.monotonic() - begun_s < 30.0


def test_another_protocol(config):
    with (
        listening(30004, answer=b"\x00\x04V\x00") as host,
        pytest.raises(RobotError, match="does not speak version 2"),
    ):
        check_rtde(host, 1.0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("local_mode", "in local control"),
        ("power_off", "power is off. Switch it on"),
        ("protective_stop", "protective stop: it met a force"),
        ("emergency_stop", "release the red button"),
        ("safeguard_stop", "Leave the guarded zone"),
        ("safety_fault", "safety system reports a fault"),
    ],
)
def test_a_state_that_a_person_must_clear(controller, config, fault, words):
    controller.fault(fault)
    with pytest.raises(RobotError, match=words) as raised:
        check_controller(config)
    assert str(raised.value).endswith("Then go on.")
    controller.clear()
    check_controller(config)


def test_another_arm_at_the_same_address(config):
    config.arm.serial = "20190000007"
    with pytest.raises(RobotError, match=r"the configuration is of 20190000007.*cliprt ur check"):
        check_controller(config)


def test_software_that_is_too_old(config, monkeypatch):
    monkeypatch.setattr(preflight, "OLDEST_POLYSCOPE", (99, 0))
    with pytest.raises(RobotError, match=r"runs PolyScope 5\..* Update it"):
        check_controller(config)


def test_why_a_program_was_stopped_is_asked_without_trouble(controller):
    assert why_stopped(controller.host, 1.0) == ""
    controller.fault("local_mode")
    assert "local control" in why_stopped(controller.host, 1.0)
    assert why_stopped(free_host(), 0.2) == ""


def test_a_missing_library_is_one_line_that_says_what_to_install(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'ur-rtde>=1\.6\.5") as raised:
        check_installed()
    assert "\n" not in str(raised.value)
    assert "3.10 to 3.12" in str(raised.value)
