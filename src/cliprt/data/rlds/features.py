"""What columns a data set has: the tree of its ``features.json``, flattened as records have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cliprt.data.rlds.example import MOST_KEYS

STEPS = "steps/"
"""What the key of a column begins with that has a row a step; others have one of the episode."""

DTYPES = ("bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)))
DTYPES += ("float16", "float32", "float64")

_MOST_AXES = 8

Kind = Literal["image", "text", "tensor", "scalar", "other"]


@dataclass(frozen=True)
class Feature:
    """One column.

    Attributes:
        key: As records have it, e.g. ``"steps/observation/image"``.
        kind: ``image`` and ``text`` are bytes; ``other`` cannot be read, see `reason`.
        dtype: Of the numbers, e.g. ``"float32"``; an image's once it is decoded.
        shape: Of one row; None where rows say it.
        encoding: ``""`` = plain numbers, ``"bytes"`` or ``"zlib"``; of images ``"jpeg"``, ``"png"``
            or, where they may be either, ``""``.
        reason: Why it cannot be read.
    """

    key: str
    kind: Kind
    dtype: str = ""
    shape: tuple[int | None, ...] = ()
    encoding: str = ""
    reason: str = ""

    @property
    def by_step(self) -> bool:
        """Whether it has a row a step; else one of the episode."""
        return self.key.startswith(STEPS)


def to_features(tree: Any) -> dict[str, Feature]:
    """The columns of a ``features.json``, in its order.

    Raises:
        ValueError: It is none, or has too many columns.
    """
    if not isinstance(tree, Mapping) or "featuresDict" not in tree:
        raise ValueError("it has no 'featuresDict', as tensorflow-datasets writes it since 4.5")
    found: dict[str, Feature] = {}
    for feature in _walk("", tree, 0):
        if feature.key in found:
            raise ValueError(f"the column {feature.key!r} is there twice")
        if len(found) == MOST_KEYS:
            raise ValueError(f"it has more than {MOST_KEYS} columns")
        found[feature.key] = feature
    return found


def _walk(key: str, node: Any, lists: int) -> Iterator[Feature]:
    """The columns below a node that lies in so many lists."""
    if not isinstance(node, Mapping):
        raise ValueError(f"{key!r} is {node!r:.60}, not an object")
    if "featuresDict" in node:
        for name, child in _object(_object(node, "featuresDict", key), "features", key).items():
            yield from _walk(f"{key}/{name}" if key else name, child, lists)
    elif "sequence" in node:
        yield from _walk(key, _object(_object(node, "sequence", key), "feature", key), lists + 1)
    else:
        yield _leaf(key, node, lists)


def _leaf(key: str, node: Mapping[str, Any], lists: int) -> Feature:
    if lists != key.startswith(STEPS):
        return Feature(key, "other", reason="it is a list in a list, or one beside the steps")
    if "image" in node:
        about = _object(node, "image", key)
        shape = _shape(about, key)
        return Feature(key, "image", _text(about, "dtype"), shape, _text(about, "encodingFormat"))
    if "text" in node:
        return Feature(key, "text", "string")
    if "classLabel" in node:
        return Feature(key, "scalar", "int64")
    if "tensor" in node:
        return _tensor(key, _object(node, "tensor", key))
    name = _text(node, "pythonClassName").rpartition(".")[2]
    return Feature(key, "other", reason=f"it is a {name:.40}" if name else "its kind is not told")


def _tensor(key: str, about: Mapping[str, Any]) -> Feature:
    dtype, shape, encoding = _text(about, "dtype"), _shape(about, key), _text(about, "encoding")
    encoding = "" if encoding.lower() == "none" else encoding.lower()
    kind: Kind = "tensor" if shape else "scalar"
    if dtype == "string":
        several = "it has several texts a row" if shape or encoding else ""
        return Feature(key, "other" if several else "text", "string", reason=several)
    if dtype not in DTYPES:
        return Feature(key, "other", reason=f"its numbers are {dtype!r:.40}")
    if encoding not in ("", "bytes", "zlib"):
        return Feature(key, "other", reason=f"its encoding is {encoding!r:.40}")
    if 0 in shape:
        return Feature(key, "other", reason=f"its rows have no numbers, {shape}")
    free = shape.count(None) + (key.startswith(STEPS) and not encoding)
    if free > 1 and None in shape:
        return Feature(key, "other", reason=f"the shape of its rows is not known, {shape}")
    return Feature(key, kind, dtype, shape, encoding)


def _shape(about: Mapping[str, Any], key: str) -> tuple[int | None, ...]:
    """Of a row; sizes are texts, as protocol buffers write 64-bit integers, and -1 is any."""
    sizes = _object(about, "shape", key).get("dimensions", []) if "shape" in about else []
    if not isinstance(sizes, list) or len(sizes) > _MOST_AXES:
        raise ValueError(f"the shape of {key!r} is {sizes!r:.60}, not a short list of sizes")
    return tuple(None if size == -1 else size for size in (to_count(s, key, -1) for s in sizes))


def to_count(value: Any, place: str, least: int = 0) -> int:
    """A 64-bit integer of protocol buffers' JSON, which is a text or a number.

    Raises:
        ValueError: It is none, or is less than the least.
    """
    text = value if isinstance(value, str) else repr(value)
    number = int(text) if len(text) < 20 and text.lstrip("-").isdecimal() else least - 1
    if number < least or number >= 1 << 62:
        raise ValueError(f"{place!r} has {text!r:.40}, which is no count")
    return number


def _object(node: Mapping[str, Any], name: str, key: str) -> Mapping[str, Any]:
    value = node.get(name)
    if not isinstance(value, Mapping):
        raise ValueError(f"{name!r} of {key!r} is {value!r:.60}, not an object")
    return value


def _text(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name, "")
    return value if isinstance(value, str) else ""
