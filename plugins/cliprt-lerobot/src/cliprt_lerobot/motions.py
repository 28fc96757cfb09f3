"""Motion phrases as LeRobot keeps them: rows of ``language_persistent`` with the style ``motion``.

A row holds from its time on until the next one of its style.  All rows of an episode stand on each
of its frames, so there is one only where the phrase becomes another, and one without words where
the hand comes to rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from cliprt.errors import StoreError
from cliprt_lerobot.language import PERSISTENT_TYPE
from cliprt_lerobot.layout import MOTION, PERSISTENT

if TYPE_CHECKING:
    import pyarrow as pa

    from cliprt_lerobot.listing import Entry

ROLE = "assistant"
"""Who says a motion: what drives the arm, not the person."""

MOST_REPEATED = 8_000_000
"""Motions of an episode times its frames, and in a group of rows, about 80 bytes each in memory."""

Fate = Literal["new", "same", "earlier", "foreign"]
"""What is there of an episode: no motion, these very rows, our own of another time, another's."""


@dataclass(frozen=True)
class MotionRow:
    """From `time_s` on the arm makes `phrase`; "" = it rests."""

    time_s: float
    phrase: str


def motion_rows(
    labels: np.ndarray, times_s: np.ndarray, phrases: Sequence[str]
) -> tuple[MotionRow, ...]:
    """The rows of an episode of n frames.

    Args:
        labels: Index of a frame's phrase, int (n,); -1 = it has none.
        times_s: When it was, float32 (n,).
        phrases: Label -> phrase.

    >>> labels = np.array([-1, 0, 0, 1, -1, -1, 1])
    >>> rows = motion_rows(labels, np.arange(7, dtype=np.float32), ("left", "right"))
    >>> [(row.time_s, row.phrase) for row in rows]
    [(1.0, 'left'), (3.0, 'right'), (4.0, ''), (6.0, 'right')]
    """
    before = np.concatenate([[-1], labels[:-1]])
    return tuple(
        MotionRow(float(times_s[i]), phrases[labels[i]] if labels[i] >= 0 else "")
        for i in np.flatnonzero(labels != before)
    )


def active_phrases(rows: Sequence[dict[str, Any]], times_s: Sequence[float]) -> list[str]:
    """The phrase that holds at each time, "" for none, from ``language_persistent``."""
    motions = [row for row in rows if row.get("style") == MOTION and _time(row) is not None]
    motions.sort(key=lambda row: _time(row) or 0.0)
    begins = np.array([_time(row) for row in motions], dtype=np.float64)
    last = np.searchsorted(begins, np.asarray(times_s, dtype=np.float64), side="right") - 1
    return [str(motions[i].get("content") or "") if i >= 0 else "" for i in last.tolist()]


def fate_of(lists: pa.Array, rows: Sequence[MotionRow], phrases: frozenset[str]) -> Fate:
    """What an episode has of motion rows already.

    Args:
        lists: ``language_persistent`` of its frames.
        rows: What is to be there.
        phrases: That we write, "" among them.
    """
    found = {_motions(one) for _, one in _runs(lists)}
    if found == {tuple((ROLE, row.phrase, row.time_s) for row in rows)}:
        return "same"
    if found == {()}:
        return "new"
    ours = all(
        role == ROLE and (phrase in phrases) for motions in found for role, phrase, _ in motions
    )
    return "earlier" if ours else "foreign"


def with_rows(lists: pa.Array, rows: Sequence[MotionRow]) -> pa.Array:
    """``language_persistent`` of an episode's frames with these motions, and no other ones.

    Rows of other styles stay as they are, before them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = lists.type
    ours = _to_structs(rows, kind.value_type)
    kept, lengths = [], []
    for count, one in _runs(lists):
        is_other = pc.fill_null(pc.not_equal(one.field("style"), MOTION), True)
        kept.append(pa.concat_arrays([one.filter(is_other), ours]))
        lengths.append(count)
    ends = np.concatenate([[0], np.cumsum([len(one) for one in kept])]).astype(np.int32)
    values = pa.concat_arrays(kept)
    unique = pa.ListArray.from_arrays(pa.array(ends), values).cast(kind)
    return unique.take(pa.array(np.repeat(np.arange(len(kept)), lengths)))


def parts_of(count: int, spans: Sequence[tuple[int, int, int]]) -> Iterator[tuple[int, int]]:
    """Where a group of `count` rows is cut, between episodes, so that no part repeats too much.

    Args:
        count: Rows in the group.
        spans: Of each episode in it, in order, its first row, the one after its last, and how many
            motions each of them is to repeat.

    >>> list(parts_of(10, [(0, 5, 1_000_000), (5, 9, 1_000_000), (9, 10, 1)]))
    [(0, 5), (5, 10)]
    """
    begin = repeated = 0
    for first, stop, motions in spans:
        more = (stop - first) * motions
        if repeated + more > MOST_REPEATED and first > begin:
            yield begin, first
            begin, repeated = first, 0
        repeated += more
    yield begin, count


def empty_lists(count: int, kind: pa.DataType | None = None) -> pa.Array:
    """``language_persistent`` of frames of which nothing is said."""
    import pyarrow as pa

    return pa.array([[]] * count, type=kind or PERSISTENT_TYPE)


def check_type(kind: pa.DataType, where: object) -> None:
    """Raise unless a column can hold motions.

    Raises:
        StoreError: It is not as LeRobot has it.
    """
    from pyarrow import types

    wanted = {field.name: field.type for field in PERSISTENT_TYPE.value_type}
    rows = kind.value_type if types.is_list(kind) else None
    found = {f.name: f.type for f in rows} if rows is not None and types.is_struct(rows) else {}
    if any(found.get(name) != wanted[name] for name in ("role", "content", "style", "timestamp")):
        raise StoreError(
            f"{where}: its column {PERSISTENT!r} is {kind}, not as LeRobot has it. Have the data"
            " set written again by lerobot."
        )


def _spans(
    first: int, count: int, chosen: Sequence[tuple[Entry, tuple[MotionRow, ...]]]
) -> list[tuple[int, int, int]]:
    """Of the episodes in `count` rows from `first` on: first row, stop, how many motions."""
    spans = (
        (max(e.start - first, 0), min(e.start + e.length - first, count), len(motions))
        for e, motions in chosen
    )
    return sorted(span for span in spans if span[0] < span[1])


def with_motions(
    rows: pa.Table, first: int, chosen: Sequence[tuple[Entry, tuple[MotionRow, ...]]]
) -> Iterator[pa.Table]:
    """A group of a file's rows with motions in their column; in parts, where it would grow large.

    Args:
        rows: The group.
        first: Number of its first row in the file.
        chosen: Episodes of the file, and the motions that each gets.
    """
    for begin, stop in parts_of(len(rows), _spans(first, len(rows), chosen)):
        yield _part(rows.slice(begin, stop - begin), first + begin, chosen)


def _part(
    rows: pa.Table, first: int, chosen: Sequence[tuple[Entry, tuple[MotionRow, ...]]]
) -> pa.Table:
    import pyarrow as pa

    place = rows.schema.get_field_index(PERSISTENT)
    kind = rows.schema.field(place).type if place >= 0 else PERSISTENT_TYPE
    lists = rows.column(place).combine_chunks() if place >= 0 else empty_lists(len(rows))
    parts, done = [], 0
    for entry, motions in sorted(chosen, key=lambda pair: pair[0].start):
        begin = max(entry.start - first, done)
        end = min(entry.start + entry.length - first, len(rows))
        if begin < end:
            parts += [
                lists.slice(done, begin - done),
                with_rows(lists.slice(begin, end - begin), motions),
            ]
            done = end
    column = pa.chunked_array([*parts, lists.slice(done)], type=kind)
    if place < 0:
        return rows.append_column(pa.field(PERSISTENT, kind), column)
    return rows.set_column(place, rows.schema.field(place), column)


def _to_structs(rows: Sequence[MotionRow], kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    values = {
        "role": [ROLE] * len(rows),
        "content": [row.phrase for row in rows],
        "style": [MOTION] * len(rows),
        "timestamp": [row.time_s for row in rows],
    }
    fields = list(kind)
    arrays = [
        pa.array(values[f.name], f.type) if f.name in values else pa.nulls(len(rows), f.type)
        for f in fields
    ]
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _motions(one: pa.Array) -> tuple[tuple[Any, Any, Any], ...]:
    import pyarrow.compute as pc

    chosen = one.filter(pc.fill_null(pc.equal(one.field("style"), MOTION), False))
    columns = (chosen.field(name).to_pylist() for name in ("role", "content", "timestamp"))
    return tuple(zip(*columns, strict=True))


def _runs(lists: pa.Array) -> Iterator[tuple[int, pa.Array]]:
    """(how many frames, their list) of frames one after the other that say the same."""
    first: pa.Array | None = None
    count = 0
    for i in range(len(lists)):
        one = lists.slice(i, 1).flatten()
        if first is not None and one.equals(first):
            count += 1
            continue
        if first is not None:
            yield count, first
        first, count = one, 1
    if first is not None:
        yield count, first


def _time(row: dict[str, Any]) -> float | None:
    value = row.get("timestamp")
    return float(value) if isinstance(value, int | float) else None
