"""The contract of an engine, as code."""

from __future__ import annotations

import os
import platform
from typing import Any
from uuid import uuid4

from cliprt.engines.interface import Engine
from cliprt.errors import UsageError

_JOBS = 12
_SAID = "said as it was raised"


def check_engine(engine: Engine) -> None:
    """Give it jobs, some of which fail, and look at what comes back.

    Every job is done once; each worker starts once; an error is told as it was raised; whoever
    stops listening can begin anew.

    Args:
        engine: Built.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    assert list(engine.map(_fail, _work, [])) == [], "no job has a result"
    arguments = [(number, {"text": "größer", "bytes": b"\0"}) for number in range(_JOBS)]
    results = list(engine.map(_start, _work, arguments))
    numbers = sorted(number for number, *_ in results)
    assert numbers == list(range(_JOBS)), f"the jobs {numbers} were done, each of {_JOBS} once"
    starts: dict[str, set[str]] = {}
    for number, values, made, process in results:
        assert values == arguments[number][1], f"job {number} was given {values}"
        starts.setdefault(process, set()).add(made)
    for process, begun in starts.items():
        assert len(begun) == 1, f"the worker {process} was started {len(begun)} times"
    _check_error(engine, "start", _fail, [(0, {}), (1, {})])
    _check_error(engine, "job", _start, [(0, {}), (-1, {}), (1, {})])
    few = engine.map(_start, _work, arguments)
    next(few)
    getattr(few, "close", lambda: None)()
    again = list(engine.map(_start, _work, arguments[:2]))
    assert len(again) == 2, "after an iterator was let go of, no new jobs are done"


def _check_error(engine: Engine, whose: str, start: Any, arguments: list[tuple[Any, ...]]) -> None:
    error: Exception | None = None
    try:
        list(engine.map(start, _work, arguments))
    except Exception as raised:
        error = raised
    told = f"{type(error).__name__}: {error}"
    expected = f"UsageError: {_SAID}"
    assert told == expected, f"the error of a {whose} came as {told!r}, not as {expected!r}"


def _fail() -> str:
    raise UsageError(_SAID)


def _start() -> str:
    return uuid4().hex


def _work(made: str, number: int, values: dict[str, Any]) -> tuple[int, dict[str, Any], str, str]:
    if number < 0:
        _fail()
    return number, values, made, f"{os.getpid()} on {platform.node()}"
