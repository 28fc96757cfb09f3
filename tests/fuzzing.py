"""The standing fuzz: bytes and values that no honest program wrote, and what must hold of them.

A reader's test says what may come and what must hold; how long it goes on is said here::

    @fuzz
    def test_a_header_is_read_or_refused(go_on, tmp_path):
        @given(damaged(HEADER))
        def check(data):
            with only_refusals(), nothing_outside(tmp_path, tmp_path / "store"):
                ...

        go_on(check)

The default run tries a few dozen values, the same every time.  ``FUZZ_SECONDS=600 pytest -m slow -k
fuzz`` tries new ones for so long in each test; what it finds becomes an ``@example`` of its test.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from cliprt.errors import CliprtError

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
"""How long each test goes on under ``-m slow``."""

NASTY_TEXT = [
    "", " ", "\0", "\x1b[2J\x07", "\ud800", "\u202e", "\xa0", "²", "#", "?", "..", "../../x",
    "/etc/passwd", "NaN", "1e999", "9" * 5000, "[" * 2000, '{"a":' * 2000, "${a}",
    "!!python/object:os.system x", "&a [*a]",
]  # fmt: skip
NASTY_NUMBERS = [0, -1, 10**30, 10**400, 1e308, -0.0, float("nan"), float("inf"), 2**63]

texts: SearchStrategy[str] = st.text(max_size=20) | st.sampled_from(NASTY_TEXT)
values: SearchStrategy[object] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(NASTY_NUMBERS)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=10,
)
"""What JSON can say, and NaN, lone surrogates and numbers of any size."""

_TOKENS = [text.encode("utf-8", "surrogatepass") for text in NASTY_TEXT] + [b"\xff\xfe", b"\0" * 64]


@st.composite
def damaged(draw: Callable, *samples: bytes) -> bytes:
    """One of `samples` with bytes changed, cut, repeated, or replaced by something nasty."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 4))):
        start, end = sorted(draw(st.integers(0, len(data))) for _ in range(2))
        new = st.binary(max_size=8) | st.sampled_from(_TOKENS) | st.just(bytes(data[start:end]) * 2)
        data[start : draw(st.sampled_from((start, start + 1, end)))] = draw(new)
    return bytes(data)


@st.composite
def altered(draw: Callable, sample: object) -> object:
    """A JSON value like `sample` of which one part, at any depth, is missing or another value."""
    if isinstance(sample, dict) and sample and draw(st.integers(0, 5)) < 5:
        key = draw(st.sampled_from(sorted(sample)))
        if draw(st.integers(0, 5)) == 5:
            return {k: v for k, v in sample.items() if k != key}
        return {**sample, key: draw(altered(sample[key]))}
    if isinstance(sample, list | tuple) and sample and draw(st.integers(0, 5)) < 5:
        place = draw(st.integers(0, len(sample) - 1))
        return [draw(altered(x)) if i == place else x for i, x in enumerate(sample)]
    return draw(values)


@contextmanager
def only_refusals() -> Iterator[None]:
    """Whatever is done inside succeeds, or is refused in words of one screen."""
    text = "succeeded"
    try:
        yield
    except CliprtError as error:
        text = str(error)
    assert text.strip()
    assert len(text) < 4000
    assert not any(ord(c) < 32 and c not in "\n\t" for c in text), ascii(text)


@contextmanager
def nothing_outside(whole: Path, allowed: Path) -> Iterator[None]:
    """Nothing in the folder `whole` changes but what is in its folder `allowed`."""
    before = _seen(whole, allowed)
    yield
    assert _seen(whole, allowed) == before


def _seen(whole: Path, allowed: Path) -> dict[str, tuple[int, int, int]]:
    found: dict[str, tuple[int, int, int]] = {}
    for folder, folders, files in os.walk(whole):
        folders[:] = [name for name in folders if Path(folder, name) != allowed]
        for name in [*folders, *files]:
            state = os.lstat(os.path.join(folder, name))
            size = state.st_size if name in files else 0
            found[os.path.join(folder, name)] = (state.st_mode, size, state.st_mtime_ns)
    return found


def _go_on(seconds: float, check: Callable[[], None]) -> None:
    quick = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
    few = settings(max_examples=40, deadline=None, suppress_health_check=quick)
    if not seconds:
        few(check)()
        return
    many = settings(few, max_examples=200, derandomize=False, database=None)(check)
    until = monotonic() + seconds
    for turn in count(os.getpid() << 20):
        if monotonic() > until:
            return
        seed(turn)(many)()


_Test = Callable[..., None]


def fuzz(test: _Test) -> _Test:
    """Give a test its first argument `go_on`, which runs a check for as long as is asked for."""
    durations: Sequence[object] = [
        pytest.param(partial(_go_on, 0), id="few"),
        pytest.param(partial(_go_on, SECONDS), id="long", marks=pytest.mark.slow),
    ]
    decorated: _Test = pytest.mark.parametrize("go_on", durations)(test)
    return decorated
