"""The last half minute is written whole, in a thread, when something went wrong."""

import json
import time
from threading import Thread

import pytest

from cliprt_ur import black_box
from cliprt_ur.black_box import BlackBox, safety_bit_names
from cliprt_ur.driver.messages import Telemetry
from cliprt_ur.grippers.interface import GripperReport

WELL, PROTECTIVE = 0b1, 0b10000000100


def telemetry(taken_s=None, bits=WELL):
    taken_s = time.monotonic() if taken_s is None else taken_s
    pose = (-0.45, 0.0, 0.25, 0.0, 3.14, 0.0)
    report = GripperReport("open", 0.085, False)
    return Telemetry(7.0, taken_s, pose, (0.0,) * 6, 0.0, bits, 7, 2, 3, 1.0, report)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
def box(tmp_path):
    box = BlackBox(tmp_path / "box", {"config": {"host": "10.0.0.9"}}, name="10.0.0.9")
    yield box
    box.close()


def test_a_file_holds_header_steps_notes_and_telemetry_in_order_of_time(box):
    assert box.path is None
    box.see(telemetry())
    box.note("step", commanded=(0.1, 0, 0, 0, 0, 0, 0), refused=None, latencies_s={"checks": 0.01})
    box.see(telemetry(bits=PROTECTIVE))
    path = box.write("protective stop")
    box.close()
    assert box.path == path
    header, *entries = lines(path)
    assert header["kind"] == "header"
    assert header["why"] == ["protective stop"]
    assert header["config"] == {"host": "10.0.0.9"}
    assert "Base" in header["about"]
    assert [entry["kind"] for entry in entries] == ["telemetry", "step", "telemetry", "note"]
    assert entries[2]["safety"] == "protective stop, stopped due to safety"
    assert entries[2]["clock"] == 7.0
    assert entries[2]["gripper"]["opening_m"] == 0.085
    assert entries[1]["latencies_s"] == {"checks": 0.01}
    times = [entry["time_s"] for entry in entries]
    assert times == sorted(times)
    assert not list(path.parent.glob("*.partial"))


def test_what_is_older_than_half_a_minute_is_forgotten(box):
    now_s = time.monotonic()
    for age_s in (60, 31, 29, 0):
        box.see(telemetry(now_s - age_s))
    path = box.write("a stop")
    box.close()
    ages = [now_s - entry["time_s"] for entry in lines(path)[1:] if entry["kind"] == "telemetry"]
    assert ages == pytest.approx([29, 0], abs=0.01)


def test_a_flurry_of_troubles_fills_one_file_with_every_reason(box):
    paths = {box.write(f"trouble {n % 3}") for n in range(50)}
    box.close()
    assert len(paths) == 1
    header, *entries = lines(paths.pop())
    assert header["why"] == ["trouble 0", "trouble 1", "trouble 2"]
    assert len(entries) == 50


def test_later_trouble_gets_a_file_of_its_own_and_the_oldest_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(black_box, "SAME_TROUBLE_S", 0.0)
    stranger = tmp_path / "other-arm-20200101-000000-000.jsonl"
    stranger.write_text("{}\n")
    box = BlackBox(tmp_path, {}, max_files=3, name="ur")
    written = []
    for n in range(5):
        time.sleep(0.002)
        written.append(box.write(f"trouble {n}"))
        box.close()
    assert sorted(tmp_path.glob("ur-*.jsonl")) == written[-3:]
    assert stranger.exists()


def test_recording_and_asking_for_a_file_never_wait(box):
    for _ in range(6000):
        box.see(telemetry())
    took_s = []
    for _ in range(200):
        begun_s = time.perf_counter()
        box.write("trouble")
        box.see(telemetry())
        took_s.append(time.perf_counter() - begun_s)
    assert sorted(took_s)[190] < 0.25, "a file of 6000 lines takes longer to write"
    box.close()


def test_it_is_safe_from_many_threads_and_nothing_is_lost(box):
    def work(number):
        for n in range(200):
            box.note("note", who=number, n=n)
            if n % 50 == 0:
                box.write(f"trouble of {number}")

    threads = [Thread(target=work, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = box.write("the end")
    box.close()
    seen = {(entry["who"], entry["n"]) for entry in lines(path)[1:] if "who" in entry}
    assert seen == {(who, n) for who in range(5) for n in range(200)}


def test_a_folder_that_cannot_be_written_is_a_warning_not_a_fault(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    box = BlackBox(tmp_path / "file" / "box", {})
    box.write("trouble")
    box.close()
    assert "cannot be written" in caplog.text


def test_every_safety_bit_has_its_word():
    assert safety_bit_names(1) == "normal"
    assert safety_bit_names(0b100) == "protective stop"
    assert safety_bit_names(1 << 6 | 1 << 7) == "robot emergency stop, emergency stop"
    assert safety_bit_names(0) == "nothing"
