"""The Robotiq over its real socket: what is said, what is told, and what goes wrong in words."""

import asyncio
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping

import pytest

from cliprt.errors import RobotError, UsageError
from cliprt_ur.grippers.build import build_gripper
from cliprt_ur.grippers.interface import Gripper, GripperReport
from cliprt_ur.grippers.urcap import PORT
from cliprt_ur.testing import free_host
from cliprt_ur.testing.robotiq import RobotiqServer


class Controller:
    """A Robotiq's socket on a loopback address of its own, in a thread."""

    def __init__(self, active: bool = True) -> None:
        self.told: list[Mapping[str, object]] = []
        self.server = RobotiqServer(
            active=active, activation_s=0.3, record=lambda kind, told: self.told.append(told)
        )
        self.host, self._ready = free_host(), threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=[self._serve()], daemon=True)
        self._thread.start()
        assert self._ready.wait(5)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        listening = await asyncio.start_server(self._welcome, self.host, PORT)
        self._tasks: list[asyncio.Task[None]] = []
        self._ready.set()
        await self._end.wait()
        listening.close()
        for task in self._tasks:
            task.cancel()

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        await self.server.serve(reader, writer)

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(5)


@pytest.fixture
def controller() -> Iterator[Controller]:
    running = Controller()
    yield running
    running.stop()


@pytest.fixture
def gripper(controller: Controller) -> Iterator[Gripper]:
    made = _build(controller)
    made.connect()
    yield made
    made.close()


def _build(controller: Controller, **options: object) -> Gripper:
    return build_gripper({"name": "robotiq", "speed": 1.0, **options}, controller.host, None)  # type: ignore[arg-type]


def _wait(gripper: Gripper, until: Callable[[GripperReport], bool], limit_s: float = 60.0):
    end = time.monotonic() + limit_s
    while not until(gripper.report()):
        assert time.monotonic() < end, gripper.report()
        time.sleep(0.005)
    return gripper.report()


def _rest(gripper: Gripper) -> GripperReport:
    return _wait(gripper, lambda report: not report.is_moving)


def test_closes_and_opens_and_says_how_far(gripper: Gripper) -> None:
    assert gripper.report() == GripperReport("open", 0.085, False, False)
    gripper.begin("closed")
    assert gripper.report().is_moving
    _wait(gripper, lambda report: 0.02 < report.opening_m < 0.07)
    assert _rest(gripper) == GripperReport("closed", 0.0, False, False)
    gripper.begin("open")
    assert _rest(gripper) == GripperReport("open", 0.085, False, False)


def test_holds_what_lies_between(controller: Controller, gripper: Gripper) -> None:
    controller.server.blocked_m = 0.04
    gripper.begin("closed")
    report = _rest(gripper)
    assert report.holds
    assert report.opening_m == pytest.approx(0.04, abs=0.0005)
    told = len(controller.told)
    gripper.hold()
    time.sleep(0.1)
    assert gripper.report().holds, "fingers that hold keep their force"
    assert len(controller.told) == told


def test_hold_stops_the_fingers(controller: Controller, gripper: Gripper) -> None:
    gripper.begin("closed")
    time.sleep(0.15)
    gripper.hold()
    asked_s = time.monotonic()
    report = _rest(gripper)
    assert 0.005 < report.opening_m < 0.08
    time.sleep(0.2)
    assert controller.server.last_moved_s - asked_s < 0.1
    assert gripper.report().opening_m == report.opening_m
    assert gripper.report().holds is None
    gripper.begin("closed")
    assert _rest(gripper).opening_m == 0.0


def test_hold_before_a_wish_was_said_takes_it_back(controller: Controller) -> None:
    gripper = _build(controller)
    gripper.connect()
    gripper.begin("closed")
    gripper.hold()
    gripper.close()
    assert controller.server.opening_m > 0.08


def test_no_call_waits(controller: Controller, gripper: Gripper) -> None:
    took = []
    controller.server.is_silent = True
    calls = (lambda: gripper.begin("closed"), gripper.report, gripper.hold, gripper.report)
    for call in calls * 25:
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
        time.sleep(0.002)
    assert statistics.median(took) < 0.01  # each of them would wait for half a second


def test_speed_and_force_are_shares(controller: Controller) -> None:
    gripper = _build(controller, speed=1.0, force=0.0)
    gripper.connect()
    gripper.begin("closed")
    _rest(gripper)
    gripper.close()
    assert controller.told == [{"POS": 255, "SPE": 255, "FOR": 0, "GTO": 1}]


def test_other_strokes(controller: Controller) -> None:
    gripper = _build(controller, stroke_m=0.14)
    gripper.connect()
    assert gripper.report().opening_m == pytest.approx(0.14)
    gripper.close()


def test_ends_that_are_swapped() -> None:
    wrong = {"name": "robotiq", "open_at": 228, "closed_at": 3}
    with pytest.raises(UsageError, match=r"closed_at is 3, but has to be above gripper\.open_at"):
        build_gripper(wrong, "x", None)  # type: ignore[arg-type]


def test_connecting_moves_nothing_that_is_active(controller: Controller) -> None:
    controller.server.blocked_m = 0.04
    first = _build(controller)
    first.connect()
    first.begin("closed")
    assert _rest(first).holds
    first.close()
    controller.told.clear()
    second = _build(controller)
    second.connect()
    report = second.report()
    second.close()
    assert (report.state, report.holds, report.is_moving) == ("closed", True, False)
    assert controller.told == []


def test_activates_where_needed_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    controller = Controller(active=False)
    refusing, willing = _build(controller, activate=False), _build(controller)
    with pytest.raises(RobotError, match=r"has to be activated \(status 0, no fault\).*keep them"):
        refusing.connect()
    assert controller.told == []
    willing.connect()
    assert "its fingers open and close once" in caplog.text
    assert {"ACT": 1} in [{k: v for k, v in told.items() if k == "ACT"} for told in controller.told]
    willing.begin("closed")
    assert _rest(willing).opening_m == 0.0
    willing.close()
    controller.stop()


def test_silence_is_trouble_within_a_second(controller: Controller, gripper: Gripper) -> None:
    controller.server.is_silent = True
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert "did not answer 'GET" in report.trouble
    assert "within 0.5 s" in report.trouble
    assert "go on" in report.trouble
    gripper.begin("closed")
    assert not gripper.report().is_moving
    controller.server.clear()
    gripper.connect()
    assert gripper.report().trouble == ""


def test_slow_answers_are_trouble(controller: Controller, gripper: Gripper) -> None:
    answer = controller.server.answer

    def slowly(line: str) -> str:
        time.sleep(0.3)
        return answer(line)

    controller.server.answer = slowly  # type: ignore[method-assign]
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert "has not told all of its state for" in report.trouble


def test_a_lost_connection_is_trouble(controller: Controller, gripper: Gripper) -> None:
    controller.stop()
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert "the connection to the gripper is lost" in report.trouble


@pytest.mark.parametrize(
    ("code", "words"), [(8, "let it cool"), (14, "too much current"), (6, "its manual does not")]
)
def test_faults_in_words(controller: Controller, gripper: Gripper, code: int, words: str) -> None:
    controller.server.fail(code)
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert words in report.trouble
    assert f"FLT {code}" in report.trouble
    gripper.connect()
    assert (gripper.report().trouble == "") == (code == 14), "an activation clears what it can"


def test_no_power_is_trouble(controller: Controller, gripper: Gripper) -> None:
    controller.server.is_dead = True
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert "it has no power" in report.trouble
    with pytest.raises(RobotError, match=r"cannot be used: .* it has no power"):
        gripper.connect()
    controller.server.clear()
    gripper.connect()
    assert gripper.report().trouble == ""


def test_deactivated_by_somebody(controller: Controller, gripper: Gripper) -> None:
    controller.server.answer("SET ACT 0")
    report = _wait(gripper, lambda report: bool(report.trouble))
    assert "not activated any more" in report.trouble


def test_fingers_that_never_arrive(controller: Controller) -> None:
    gripper = _build(controller, move_timeout_s=0.5, speed=0.0)
    gripper.connect()
    gripper.begin("closed")
    report = _wait(gripper, lambda report: bool(report.trouble))
    gripper.close()
    assert "have not come to rest for 0.5 s" in report.trouble


def test_nobody_listens() -> None:
    gripper = build_gripper({"name": "robotiq"}, free_host(), None)  # type: ignore[arg-type]
    assert "not connected" in gripper.report().trouble
    gripper.begin("closed")
    assert not gripper.report().is_moving
    begun = time.monotonic()
    with pytest.raises(
        RobotError, match=r"port 63352 at .* does not answer \(connection refused\)"
    ):
        gripper.connect()
    assert time.monotonic() - begun < 30.0


def test_closing_ends_the_thread(controller: Controller) -> None:
    before = threading.active_count()
    gripper = _build(controller)
    for _ in range(3):
        gripper.connect()
        controller.server.is_silent = True
        time.sleep(0.05)
        begun = time.monotonic()
        gripper.close()
        gripper.close()
        assert time.monotonic() - begun < 30.0
        controller.server.is_silent = False
    assert threading.active_count() == before
    assert "not connected" in gripper.report().trouble
