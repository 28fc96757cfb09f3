"""Workers leave with whoever started them, and a run folder belongs to one process."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cliprt.errors import RecipeError, StoreError
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component
from cliprt.stages.run_folder import load_record, open_run, save_record
from cliprt.stages.workers import count_workers, run_jobs

RECIPE = ["data.workers=2", "robot.image_size=32"]


def note_and_wait(bench, folder):
    """A job that says which process works, and then would take a minute."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(60)


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_workers_end_with_their_parent(tmp_path, sent, code):
    parent = subprocess.Popen(
        [sys.executable, __file__, str(tmp_path)], stderr=subprocess.PIPE, start_new_session=True
    )
    assert wait_for(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [int(file.name) for file in tmp_path.iterdir()]
    if sent == signal.SIGINT:  # a terminal sends it to everyone
        os.killpg(parent.pid, sent)
    else:
        parent.send_signal(sent)
    assert parent.wait(timeout=120) == code
    assert wait_for(lambda: not any(is_running(pid) for pid in workers))
    if sent == signal.SIGINT:
        assert parent.stderr.read() == b""


def test_one_process_at_a_time_works_on_a_run(tmp_path):
    recipe = load_recipe("tiny", RECIPE)
    open_run(recipe, tmp_path)
    open_run(recipe, tmp_path)  # the same process may
    program = (
        "import sys; from cliprt.recipe.load import load_recipe;"
        "from cliprt.stages.run_folder import open_run; from pathlib import Path\n"
        "open_run(load_recipe('tiny'), Path(sys.argv[1]))"
    )
    other = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True
    )
    assert f"process {os.getpid()} works on the run folder" in other.stderr


def test_a_damaged_record_is_as_good_as_none(tmp_path):
    file = tmp_path / "finished.json"
    assert load_record(file) == {}
    save_record({"wall_s": 1.5}, file)
    assert load_record(file) == {"wall_s": 1.5}
    file.write_bytes(file.read_bytes()[:-4])
    assert load_record(file) == {}


def test_a_file_in_place_of_the_run_folder_is_refused(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(StoreError, match="choose another with --out"):
        open_run(load_recipe("tiny"), tmp_path / "run")


def test_what_a_worker_cannot_build_reaches_the_caller():
    recipe = load_recipe("tiny", ["data.workers=2"])
    broken = dataclasses.replace(recipe, robot=Component("pybullet", {"image_size": -1}))
    with pytest.raises(RecipeError, match="image_size") as error:
        list(run_jobs(broken, note_and_wait, [("",), ("",)], {}))
    assert len(error.value.problems) == 1


if __name__ == "__main__":
    jobs = [(sys.argv[1],), (sys.argv[1],)]
    try:
        list(run_jobs(load_recipe("tiny", RECIPE), note_and_wait, jobs, {}))
    except KeyboardInterrupt:
        sys.exit(130)


def test_no_recipe_starts_more_processes_than_a_machine_bears():
    cores = os.cpu_count()
    assert count_workers(0, 10**6) == cores
    assert count_workers(100_000, 10**6) == 4 * cores
    assert count_workers(100_000, 1) == count_workers(1, 10**6) == 1
