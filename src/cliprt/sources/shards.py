"""Rows of WebDataset tars, as ``cliprt episodes export`` and ``cliprt data convert`` write them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cliprt.data.boundary import parse_json, read_plain
from cliprt.data.columns import Needs
from cliprt.data.shard_index import expand_pattern
from cliprt.data.shards import ShardRows, load_indices
from cliprt.sources.interface import Source
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view

_MOST_BYTES = 64 << 20


class ShardsSource(Source):
    """Samples of tars on this machine.

    Args:
        path: Where they lie: a folder, of which the last tars are held out (``trainer.holdout``),
            or what is learned from, with braces for many: ``data/train-{000000..000003}.tar``.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def identity(self) -> str:
        """Of the tars' content, in order."""
        digests = [index.digest for index in load_indices(expand_pattern(self.path))]
        return hashlib.sha256("".join(digests).encode()).hexdigest()

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> ShardRows:
        """See `Source.open`."""
        rows = ShardRows(self.path, needs, label_view(vocabulary), len(vocabulary.primitives))
        rows.remarks = (*rows.remarks, *_lacking(Path(self.path)))
        return rows


def _lacking(folder: Path) -> tuple[str, ...]:
    """The remark that shards which a conversion is to give are not in its folder, if any are not.

    Whether the manifest is sound is for ``cliprt data verify`` to say.
    """
    try:
        text = read_plain(folder / "manifest.json", _MOST_BYTES, folder)
        manifest = parse_json(text, _MOST_BYTES)
        expected = list(map(str, manifest["expected"]))
    except (OSError, ValueError, TypeError, KeyError):
        return ()
    missing = [name for name in expected if not (folder / f"{name}.tar").is_file()]
    if not missing:
        return ()
    return (
        f"{len(missing)} of the {len(expected)} shards of {folder} are not there, the first is"
        f" {missing[0]:.80}: go on with cliprt data convert, or learn from the others alone",
    )
