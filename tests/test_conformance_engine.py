"""Every registered engine keeps the contract; a broken one is caught."""

import pytest

from cliprt.engines.interface import Engine
from cliprt.errors import UsageError
from cliprt.registry import load
from cliprt.testing import check_engine


@pytest.mark.parametrize("workers", [1, 2], ids=["here", "beside"])
def test_local_conforms(workers):
    check_engine(load("engine", "local")(workers=workers))


class BrokenEngine(Engine):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        self.fault = fault

    def map(self, start, job, arguments):
        made, jobs = None, list(arguments)
        if not jobs and self.fault == "nothing":
            yield 0
        for args in jobs[1:] if self.fault == "loses" else jobs:
            if made is None or self.fault == "starts":
                made = start()
            try:
                yield job(made, *args)
            except UsageError as error:
                if self.fault == "swallows":
                    continue
                raise (ValueError(str(error)) if self.fault == "wraps" else error) from None
            if self.fault == "twice":
                yield job(made, *args)


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("nothing", "no job has a result"),
        ("loses", "each of 12 once"),
        ("twice", "each of 12 once"),
        ("starts", "was started 12 times"),
        ("wraps", "error of a job came as 'ValueError"),
        ("swallows", "error of a job came as 'NoneType"),
    ],
)
def test_broken_engines_are_caught(fault, text):
    check_engine(BrokenEngine(""))
    with pytest.raises(AssertionError, match=text):
        check_engine(BrokenEngine(fault))
