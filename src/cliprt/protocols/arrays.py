"""MessagePack with numpy arrays, as robots' clients speak it: read within bounds, never unpickled.

An array is a map of `__ndarray__`, `data`, `dtype` and `shape` (openpi-client: keys are bytes;
vla-eval: keys are text), a number of numpy's a map of `__npgeneric__`, and a compressed picture of
vla-eval's a map of `__image__`.  How much a message holds is counted before anything is made of it,
so that a few bytes cannot ask for all memory.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import ModuleType
from typing import Any

import numpy as np

from cliprt.data.boundary import open_picture
from cliprt.errors import CliprtError, MissingExtraError

MOST_AXES = 8

_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248])")
_KINDS = "biuf"

# First byte -> bytes that follow, or how many of them say how much follows.
_FIXED = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8}
_FIXED |= {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_SIZED = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_LISTS = {0xDC: 2, 0xDD: 4}
_MAPS = {0xDE: 2, 0xDF: 4}


class MalformedMessage(CliprtError, ValueError):  # noqa: N818
    """Bytes that are no message, or one that asks for more than it may."""


@dataclass(frozen=True)
class Limits:
    """How much one message may hold.

    Attributes:
        most_bytes: Of the message, and once more of the pictures that are unpacked from it.
        most_items: Values of all kinds, each in a list and each key of a map included.
        most_depth: Of lists and maps within one another.
    """

    most_bytes: int = 8 << 20
    most_items: int = 10_000
    most_depth: int = 16


USUAL = Limits()
"""Room for an observation of some cameras."""


def pack(value: Any, text_keys: bool = False) -> bytes:
    """A message of maps, lists, texts, bytes, numbers and arrays.

    Args:
        value: What it says.
        text_keys: As vla-eval's clients read arrays; otherwise as openpi's do.

    Raises:
        MalformedMessage: An array of anything but plain numbers.
        MissingExtraError: MessagePack is not installed.
    """
    return bytes(_msgpack().packb(value, default=_with_text if text_keys else _with_bytes))


def unpack(data: bytes, limits: Limits = USUAL) -> Any:
    """What a message says; arrays are views of `data`, read-only.

    Raises:
        MalformedMessage: It is none, or holds more than the limits allow.
        MissingExtraError: MessagePack is not installed.
    """
    _check_size(data, limits)
    try:
        return _msgpack().unpackb(data, object_hook=_Unpacking(limits.most_bytes))
    except MalformedMessage:
        raise
    except (ValueError, TypeError) as error:  # of the library, for bytes that are no text ...
        raise MalformedMessage(
            f"the message is no MessagePack that is spoken here: {error}"
        ) from None


class _Unpacking:
    """Maps that stand for an array, number or picture become one; counts what pictures take."""

    def __init__(self, most_bytes: int) -> None:
        self._left = self._most = most_bytes

    def __call__(self, fields: dict[Any, Any]) -> Any:
        if _field(fields, "__ndarray__"):
            return _to_array(fields)
        if _field(fields, "__npgeneric__"):
            return _to_number(fields)
        if _field(fields, "__image__"):
            raw = _field(fields, "format") == "raw"
            return _to_array(fields) if raw else self._to_picture(fields)
        return fields

    def _to_picture(self, fields: Mapping[Any, Any]) -> np.ndarray:
        data = _field(fields, "data")
        if not isinstance(data, bytes):
            raise MalformedMessage("a picture's data are no bytes")
        try:
            with open_picture(data) as image:
                self._left -= 3 * image.width * image.height
                if self._left < 0:
                    raise ValueError(f"all pictures together have more than {self._most} bytes")
                return np.array(image if image.mode == "RGB" else image.convert("RGB"))
        except ValueError as error:
            raise MalformedMessage(f"a picture cannot be read: {error}") from None


def _to_array(fields: Mapping[Any, Any]) -> np.ndarray:
    data, shape = _field(fields, "data"), _field(fields, "shape")
    dtype = _to_dtype(_field(fields, "dtype"))
    if not isinstance(data, bytes) or not isinstance(shape, list) or len(shape) > MOST_AXES:
        raise MalformedMessage(f"an array needs bytes, and a shape of at most {MOST_AXES} numbers")
    if not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise MalformedMessage(f"an array cannot have the shape {shape!r:.60}")
    if prod(shape) * dtype.itemsize != len(data):
        raise MalformedMessage(
            f"an array of shape {tuple(shape)!r:.60} and type {dtype} cannot have {len(data)} bytes"
        )
    array = np.ndarray(shape, dtype, data)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def _to_number(fields: Mapping[Any, Any]) -> Any:
    value, dtype = _field(fields, "data"), _to_dtype(_field(fields, "dtype"))
    try:
        if isinstance(value, int | float):
            return dtype.type(value)
    except (OverflowError, ValueError):
        pass
    raise MalformedMessage(f"{value!r:.40} is no number of type {dtype}")


def _to_dtype(name: object) -> np.dtype[Any]:
    if not isinstance(name, str) or not _DTYPE.fullmatch(name):
        raise MalformedMessage(
            f"an array cannot have the type {name!r:.40}. Allowed: truth values, integers and"
            " floats, such as '|u1' or '<f4'"
        )
    return np.dtype(name)


def _field(fields: Mapping[Any, Any], name: str) -> Any:
    return fields.get(name, fields.get(name.encode()))


def _with_bytes(value: Any) -> Any:
    plain = _with_text(value)
    if isinstance(value, np.ndarray):
        return {key.encode(): one for key, one in plain.items()}
    return plain


def _with_text(value: Any) -> Any:
    """What MessagePack cannot write itself, by what it can."""
    if not isinstance(value, np.ndarray | np.generic):
        raise TypeError(f"a message cannot hold a {type(value).__name__}")
    if value.dtype.kind not in _KINDS:
        raise MalformedMessage(f"a message cannot hold an array of type {value.dtype}")
    if isinstance(value, np.generic):
        return value.item()
    shape = list(value.shape)
    return {"__ndarray__": True, "data": value.tobytes(), "dtype": value.dtype.str, "shape": shape}


def _check_size(data: bytes, limits: Limits) -> None:
    """Go over a message by its headers alone, and raise where it holds too much, or too little."""
    if len(data) > limits.most_bytes:
        raise MalformedMessage(f"the message has more than {limits.most_bytes} bytes")
    at, items, missing = 0, 0, [1]  # how many values each list that is open has still to come
    while missing:
        if missing[-1] == 0:
            missing.pop()
            continue
        missing[-1] -= 1
        at, inside = _skip(data, at)
        items += 1
        if items + inside > limits.most_items:
            raise MalformedMessage(f"the message holds more than {limits.most_items} values")
        missing.append(inside)
        if inside and len(missing) > limits.most_depth + 1:
            raise MalformedMessage(f"the message is nested deeper than {limits.most_depth} levels")
    if at != len(data):
        raise MalformedMessage(f"{len(data) - at} bytes follow the message's end")


def _skip(data: bytes, at: int) -> tuple[int, int]:
    """Where the value at `at` ends, but for the values inside of it, and how many those are."""
    code = data[at] if at < len(data) else 0xC0
    begin, inside = at + 1, 0
    if 0x80 <= code < 0xA0:  # a short map, a short list
        inside = (code & 15) * (2 if code < 0x90 else 1)
    elif 0xA0 <= code < 0xC0:  # a short text
        begin += code & 31
    elif code in _FIXED:
        begin += _FIXED[code]
    elif code in _SIZED:
        begin += _SIZED[code] + _number(data, begin, _SIZED[code])
    elif code in _LISTS:
        begin, inside = begin + _LISTS[code], _number(data, begin, _LISTS[code])
    elif code in _MAPS:
        begin, inside = begin + _MAPS[code], 2 * _number(data, begin, _MAPS[code])
    elif 0x80 <= code < 0xE0:
        raise MalformedMessage(f"byte {at} of the message begins a value that is not spoken here")
    if begin > len(data):
        raise MalformedMessage("the message is cut off")
    return begin, inside


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "big")


def _msgpack() -> ModuleType:
    try:
        import msgpack
    except ImportError as error:
        raise MissingExtraError(
            "talking to a policy's server needs MessagePack, which is not installed. Type:"
            " pip install 'cliprt[serve]'"
        ) from error
    return msgpack  # type: ignore[no-any-return]
