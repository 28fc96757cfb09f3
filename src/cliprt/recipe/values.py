"""One plain value against one type annotation: the value as the type wants it, or what is wrong."""

from __future__ import annotations

import collections.abc
import math
import types
import typing
from typing import Annotated, Any, Literal, Union

from cliprt.errors import did_you_mean
from cliprt.types import Limit


class Mismatch(Exception):  # noqa: N818 - says what is wrong with a value, never leaves the package
    """A value that a type does not allow; the text says what it is and what is allowed."""


def to_type(value: Any, annotation: Any) -> Any:
    """`value` as `annotation` wants it: lists become tuples, whole numbers floats where asked.

    Annotations that say nothing about plain values (``Any``, classes) allow everything.

    Raises:
        Mismatch: The type does not allow it.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return _to_union(value, annotation)
    if origin is Annotated:
        return _to_limited(value, annotation)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool) != isinstance(arguments[0], bool):
            hint = did_you_mean(str(value), map(str, arguments))
            raise Mismatch(f"got {_shown(value)}.{hint} Allowed: {describe(annotation)}.")
        return value
    if origin in (tuple, list, collections.abc.Sequence):
        return _to_sequence(value, annotation)
    if origin in (dict, collections.abc.Mapping):
        if not isinstance(value, dict):
            raise _mismatch(value, annotation)
        _, inner = arguments or (str, Any)
        return {key: to_type(item, inner) for key, item in value.items()}
    if annotation in (bool, int, float, str, type(None)):
        return _to_scalar(value, annotation)
    return value


def describe(annotation: Any) -> str:
    """What an annotation allows, in words: ``"a whole number"``, ``"'a' or 'b'"`` ..."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(describe, arguments)))
    if origin is Annotated:
        limits = "".join(f", {limit}" for limit in arguments[1:] if isinstance(limit, Limit))
        return describe(arguments[0]) + limits
    if origin is Literal:
        return ", ".join(map(str, arguments))
    if origin in (tuple, list, collections.abc.Sequence):
        count = _fixed_length(annotation)
        many = "" if count is None else f"{count} times "
        inner = describe(arguments[0]) if arguments else "anything"
        return f"a list of {many}{inner}"
    if origin in (dict, collections.abc.Mapping):
        return "a mapping (key: value)"
    words = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    return "null" if annotation is type(None) else words.get(annotation, "anything")


def _to_scalar(value: Any, annotation: type) -> Any:
    if annotation is float and isinstance(value, int) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            raise _mismatch(value, annotation) from None
    fits = isinstance(value, annotation) and (annotation is bool or not isinstance(value, bool))
    if not fits or (isinstance(value, float) and not math.isfinite(value)):
        raise _mismatch(value, annotation)
    return value


def _to_sequence(value: Any, annotation: Any) -> Any:
    arguments, count = typing.get_args(annotation), _fixed_length(annotation)
    if not isinstance(value, list | tuple) or count not in (None, len(value)):
        raise _mismatch(value, annotation)
    inner = arguments if count is not None else [arguments[0] if arguments else Any] * len(value)
    items = [to_type(item, one) for item, one in zip(value, inner, strict=True)]
    return items if typing.get_origin(annotation) is list else tuple(items)


def _to_limited(value: Any, annotation: Any) -> Any:
    base, *metadata = typing.get_args(annotation)
    found = to_type(value, base)
    limits = [limit for limit in metadata if isinstance(limit, Limit)]
    if all(limit.allows(found) for limit in limits):
        return found
    raise _mismatch(value, annotation)


def _to_union(value: Any, annotation: Any) -> Any:
    arguments = typing.get_args(annotation)
    # The type that keeps the value as it is comes first: 1 stays 1 for ``float | int``.
    for one in sorted(arguments, key=lambda one: type(value) is not one):
        try:
            return to_type(value, one)
        except Mismatch:
            continue
    raise _mismatch(value, annotation)


def _fixed_length(annotation: Any) -> int | None:
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is not tuple or Ellipsis in arguments:
        return None
    return len(arguments)


def _mismatch(value: Any, annotation: Any) -> Mismatch:
    is_word = annotation is str and isinstance(value, bool | int | float)
    cure = " Put it in quotes." if is_word else ""
    return Mismatch(f"got {_shown(value)}. Allowed: {describe(annotation)}.{cure}")


def _shown(value: Any) -> str:
    if value is None:
        return "nothing (null)"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
