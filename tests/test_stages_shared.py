"""Workers that may be elsewhere are looked at before they begin."""

from pathlib import Path

import pytest

from cliprt.engines.local import LocalEngine
from cliprt.errors import UsageError
from cliprt.stages.shared import MARK, map_shared


class Elsewhere(LocalEngine):
    """Workers of which somebody says that they may be on other machines; here, they are not."""

    spreads = True

    def __init__(self, before=lambda mark: None):
        super().__init__(workers=1)
        self.before = before

    def map(self, start, job, arguments):
        self.before(*self.folder.glob(f"{MARK}*"))
        return super().map(start, job, arguments)


def nothing():
    return None


def marks_beside(made, folder):
    return [file.name for file in Path(folder).glob(f"{MARK}*")]


def run(engine, folder):
    engine.folder = folder
    return list(map_shared(engine, folder, nothing, marks_beside, [(str(folder),)]))


def test_a_mark_is_there_while_others_work_and_gone_afterwards(tmp_path):
    folder = tmp_path / "run"
    left = folder / f"{MARK}.0123abcd.new"  # by a process that was killed
    folder.mkdir()
    left.touch()
    (names,) = run(Elsewhere(), folder)
    assert len(names) == 1
    assert left.name not in names
    assert not list(folder.iterdir())


def test_this_machine_needs_no_mark(tmp_path):
    assert run(LocalEngine(1), tmp_path) == [[]]


def put_another(mark):
    mark.unlink()
    mark.touch()


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (Path.unlink, "does not see the folder .*, or another one of this name"),
        (put_another, "does not see that another process has a lock"),
    ],
    ids=["another folder", "no locks"],
)
def test_a_worker_that_sees_another_folder_does_not_begin(before, text, tmp_path):
    with pytest.raises(UsageError, match=text):
        run(Elsewhere(before), tmp_path)
    assert not list(tmp_path.iterdir())
