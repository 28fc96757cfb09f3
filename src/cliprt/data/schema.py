"""The types of what was stored: a checksum says that it is as it was written, not what it is.

The dataclasses are the schema.  What a later version added is passed over, what an earlier one did
not have is as by default, and everything else must be of the type that its field has.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import lru_cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Built = TypeVar("Built")

_LARGEST = sys.float_info.max
_SHOWN = 60


def build(cls: type[Built], values: Any, place: str = "it") -> Built:
    """A dataclass of JSON values, dataclasses in it too; lists become tuples where it has tuples.

    Raises:
        ValueError: A value is missing or not of its field's type; says which, and what is allowed.
    """
    if not isinstance(values, Mapping):
        raise _misfit(place, values, "an object")
    hints, required = _fields(cls)  # type: ignore[arg-type]
    for name in required:
        if name not in values:
            raise ValueError(f"{place} has no {name!r}")
    return cls(
        **{
            name: fit(values[name], hint, f"{place}.{name}" if place != "it" else name)
            for name, hint in hints.items()
            if name in values
        }
    )


def fit(value: Any, hint: Any, place: str) -> Any:
    """A JSON value as the type `hint` has it.

    Raises:
        ValueError: It is not of that type.
    """
    if hint is Any:
        return value
    if hint in _PLAIN:
        allowed, is_one = _PLAIN[hint]
        if not is_one(value):
            raise _misfit(place, value, allowed)
        return value
    if is_dataclass(hint):
        return build(hint, value, place)  # type: ignore[arg-type]
    return _OF_PARTS[get_origin(hint)](value, get_args(hint), place)


def _fit_union(value: Any, options: tuple[Any, ...], place: str) -> Any:
    if value is None and NoneType in options:
        return None
    reasons = []
    for option in options:
        if option is not NoneType:
            try:
                return fit(value, option, place)
            except ValueError as error:
                reasons.append(str(error))
    raise ValueError(" or ".join(reasons))


def _fit_limits(value: Any, parts: tuple[Any, ...], place: str) -> Any:
    hint, *limits = parts
    value = fit(value, hint, place)
    for limit in limits:
        if not limit.allows(value):
            raise _misfit(place, value, str(limit))
    return value


def _fit_literal(value: Any, allowed: tuple[Any, ...], place: str) -> Any:
    if not isinstance(value, str) or value not in allowed:
        raise _misfit(place, value, " or ".join(map(repr, allowed)))
    return value


def _fit_tuple(value: Any, parts: tuple[Any, ...], place: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise _misfit(place, value, "a list")
    if parts[-1] is Ellipsis:
        parts = parts[:1] * len(value)
    if len(parts) != len(value):
        raise ValueError(f"{place} has {len(value)} values, not {len(parts)}")
    return tuple(fit(x, part, place) for x, part in zip(value, parts, strict=True))


def _fit_mapping(value: Any, parts: tuple[Any, ...], place: str) -> Any:
    if not isinstance(value, Mapping):
        raise _misfit(place, value, "an object")
    if not parts or parts[1] is Any:
        return value
    return {key: fit(value[key], parts[1], f"{place}[{key!r:.{_SHOWN}}]") for key in value}


_PLAIN: dict[Any, tuple[str, Callable[[Any], bool]]] = {
    str: ("a text", lambda x: isinstance(x, str)),
    bool: ("true or false", lambda x: isinstance(x, bool)),
    int: ("a whole number", lambda x: isinstance(x, int) and not isinstance(x, bool)),
    float: (
        "a number",
        lambda x: (
            isinstance(x, float)
            or (isinstance(x, int) and not isinstance(x, bool) and abs(x) <= _LARGEST)
        ),
    ),
}

_OF_PARTS: dict[Any, Callable[[Any, tuple[Any, ...], str], Any]] = {
    Union: _fit_union,
    UnionType: _fit_union,
    Annotated: _fit_limits,
    Literal: _fit_literal,
    tuple: _fit_tuple,
    Mapping: _fit_mapping,
    dict: _fit_mapping,
}


@lru_cache
def _fields(cls: type) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Field -> type; and the fields that have no default."""
    # Images are not JSON; they are given as they are.
    arrays = {"np": SimpleNamespace(ndarray=Any)}
    hints = get_type_hints(cls, localns=arrays, include_extras=True)
    own = fields(cls)
    required = (f.name for f in own if f.default is f.default_factory is MISSING)
    return {f.name: hints[f.name] for f in own}, tuple(required)


def _misfit(place: str, value: Any, allowed: str) -> ValueError:
    try:
        shown = f"{value!r:.{_SHOWN}}"
    except ValueError:  # a number of more digits than Python shows
        shown = "a number of very many digits"
    return ValueError(f"{place} is {shown}, not {allowed}")
