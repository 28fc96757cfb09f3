"""A run folder belongs to one process, or to the portions of one run beside each other."""

import subprocess
import sys

import pytest

from cliprt.errors import StoreError
from cliprt.recipe.load import load_recipe
from cliprt.stages.claim import others_at_work
from cliprt.stages.portion import WHOLE, Portion
from cliprt.stages.run_folder import open_run
from cliprt.stages.waiting import UnfinishedError, one_by_one, wait_for_others

TINY = load_recipe("tiny")
HOLD = """
import sys
from pathlib import Path
from cliprt.recipe.load import load_recipe
from cliprt.stages.portion import parse_portion
from cliprt.stages.run_folder import open_run
open_run(load_recipe("tiny", ["data.workers=2"]), Path(sys.argv[1]), parse_portion(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process works on a portion, or the whole, of the run."""
    begun = []

    def begin(portion):
        begun.append(
            subprocess.Popen(
                [sys.executable, "-c", HOLD, str(tmp_path), portion],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        assert begun[-1].stdout.readline() == b"held\n"
        return begun[-1]

    yield begin
    for process in begun:
        process.kill()
        process.communicate()


def test_portions_work_beside_each_other_and_keep_others_out(tmp_path, other):
    first = other("1/2")
    run = open_run(TINY, tmp_path, Portion(2, 2))
    assert others_at_work(tmp_path, run.portion) == ["1/2"]
    text = f"portion 1/2 of the run in {tmp_path} is worked on by process {first.pid}"
    changed = load_recipe("tiny", ["data.episodes=7"])
    for recipe, portion, more in [
        (TINY, Portion(1, 2), "Give another portion"),
        (TINY, Portion(1, 3), "Give --shard i/2"),
        (changed, Portion(2, 2), "with another recipe; portions share the work of one"),
    ]:
        with pytest.raises(StoreError, match=text) as error:
            open_run(recipe, tmp_path, portion)
        assert more in str(error.value)
    with pytest.raises(StoreError, match=r"portions of the run in .* are worked on \(1/2\)"):
        open_run(TINY, tmp_path)
    first.kill()
    first.wait()
    assert open_run(changed, tmp_path).portion == WHOLE
    assert not list(tmp_path.glob(".portion*"))


def test_the_whole_keeps_portions_out(tmp_path, other):
    whole = other("1/1")
    with pytest.raises(StoreError, match=f"process {whole.pid} works on the run folder"):
        open_run(TINY, tmp_path, Portion(1, 2))


def test_others_are_waited_for_as_long_as_somebody_works_on_them(tmp_path, other, monkeypatch):
    monkeypatch.setattr("cliprt.stages.waiting.LOOK_EVERY_S", 0.0)
    first = other("1/2")
    run = open_run(TINY, tmp_path, Portion(2, 2))
    looks = iter([False, False, True])
    wait_for_others(run, "Teaching", lambda: next(looks))

    def is_there():
        first.kill()
        first.wait()
        return False

    with pytest.raises(UnfinishedError, match="Teaching: portion 2/2 is through, others are not"):
        wait_for_others(run, "Teaching", is_there)
    wait_for_others(open_run(TINY, tmp_path), "Teaching", pytest.fail)  # nobody, of a whole run


def test_what_cannot_be_shared_out_is_done_as_a_whole(tmp_path):
    run = open_run(TINY, tmp_path, Portion(2, 2))
    run.add_time("collect", 3.0)
    assert run.facts == {}  # portions would write over each other
    with one_by_one(run) as whole:
        whole.add_time("train", 3.0)
    assert run.times == {"train": 3.0}
