"""The contract of a source of training rows, as code."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import repeat

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.columns import Needs
from cliprt.data.rows import Rows
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary


def check_source(source: Source, vocabulary: ActionVocabulary, needs: Needs) -> None:
    """Open the source twice and read all its rows, by several threads.

    Args:
        source: Built, with some rows (tens, not millions).
        vocabulary: What labels are of.
        needs: What its rows have.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    assert source.identity, "the identity is empty"
    assert source.identity == source.identity, "the identity is another at each look"
    rows, again = source.open(needs, vocabulary), source.open(needs, vocabulary)
    assert len(rows), "there is no row"
    assert len(rows) == len(again), f"{len(rows)} rows, then {len(again)}"
    _check_order(rows)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(rows.read, range(len(rows))))
    for index, row in enumerate(read):
        _check_row(row, needs, len(vocabulary.primitives), f"row {index}")
        same = again.read(index)
        assert _is_same(row, same), f"row {index} is another when it is read again"


def _check_order(rows: Rows) -> None:
    orders = [rows.order(seed, epoch).tolist() for seed, epoch in ((0, 0), (0, 0), (0, 1), (1, 0))]
    assert orders[0] == orders[1], "the same seed and epoch have two orders"
    for order in orders:
        assert sorted(order) == list(range(len(rows))), "an order has not every row once"
    if len(rows) > 9:
        assert orders[0] not in orders[2:], "another epoch or seed has the same order"


def _check_row(row: Row, needs: Needs, labels: int, where: str) -> None:
    cameras = tuple(row.images)
    assert cameras == needs.cameras, f"{where}: has the images {cameras}, not {needs.cameras}"
    for camera, image in row.images.items():
        shape = f"{where}: the image {camera!r} is {image.dtype} {image.shape}, not uint8 (h, w, 3)"
        assert image.dtype == np.uint8, shape
        assert image.ndim == 3, shape
        assert image.shape[2] == 3, shape
    assert row.instruction, f"{where}: has no instruction"
    widths = {"tcp_pose": 6, "commanded_pose": 6, "gripper": 1, "gripper_opening_m": 1}
    width = None if set(needs.state) - set(widths) else sum(map(widths.get, needs.state, repeat(0)))
    assert row.state.dtype == np.float32, f"{where}: its state is {row.state.dtype}, not float32"
    assert width in (None, *row.state.shape), f"{where}: its state is {row.state.shape}"
    lowest = -1 if needs.horizon else 0
    assert row.label in range(lowest, labels), f"{where}: no label {row.label}"
    if needs.horizon:
        assert row.chunk is not None, f"{where}: has no chunk"
        chunk = f"{where}: its chunk is {row.chunk.shape}, not {(needs.horizon, 9)}"
        assert row.chunk.shape == (needs.horizon, 9), chunk
        padding = row.chunk[:, 8].tolist()
        assert padding == sorted(padding), f"{where}: motions follow its chunk's padding"


def _is_same(one: Row, other: Row) -> bool:
    pairs = [(one.state, other.state), (one.chunk, other.chunk)]
    pairs += [(one.images[camera], other.images[camera]) for camera in one.images]
    return (one.label, one.instruction) == (other.label, other.instruction) and all(
        np.array_equal(np.nan_to_num(a), np.nan_to_num(b))
        for a, b in pairs
        if a is not None and b is not None
    )
