"""Finds a gripper or a camera by its registered name, and checks its options before it is built.

A component's options are the keyword-only parameters of its constructor; their annotations say what
is allowed.
"""

from __future__ import annotations

import collections.abc
import inspect
import math
import types
import typing
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Annotated, Any, Literal, Union

from cliprt.errors import PluginError, UnknownNameError, UsageError, did_you_mean
from cliprt.types import Limit

Kind = Literal["gripper", "camera"]

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def names(kind: Kind) -> tuple[str, ...]:
    """Every registered name, sorted; imports nothing."""
    return tuple(sorted({point.name for point in _points(kind)}))


def build(kind: Kind, where: str, options: Mapping[str, Any], *given: Any) -> Any:
    """The component that `options` ask for: ``{name: robotiq, speed: 0.5, ...}``.

    Args:
        kind: ``"gripper"`` or ``"camera"``.
        where: What the options are called in the configuration, for errors.
        options: The name and the component's own options.
        given: What the plugin gives to its constructor.

    Raises:
        UnknownNameError: Nothing is registered under that name.
        UsageError: Options that it does not have, or with values that are not allowed; all at once.
        PluginError: It cannot be imported.
        MissingExtraError: It needs a package that is not installed.
    """
    found = problems(kind, where, options)
    if found and found[0][0] == f"{where}.name":
        raise UnknownNameError(found[0][1])
    if found:
        raise UsageError("\n".join(text for _, text in found))
    own = {key: value for key, value in options.items() if key != "name"}
    return load(kind, options["name"])(*given, **own)


def problems(kind: Kind, where: str, options: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every mistake in the options of a component: (dotted key, sentence); empty = none.

    Raises:
        PluginError: The component cannot be imported.
    """
    name = options.get("name")
    if name not in names(kind):
        hint = did_you_mean(str(name), names(kind))
        allowed = ", ".join(names(kind))
        said = "says no name" if name is None else f"has the name {name!r}, which no {kind} has"
        return [(f"{where}.name", f"{where} {said}.{hint} Allowed: {allowed}.")]
    allowed_types = option_types(load(kind, str(name)))
    found = []
    for key, value in options.items():
        if key == "name":
            continue
        if key not in allowed_types:
            hint = did_you_mean(str(key), allowed_types)
            known = ", ".join(allowed_types) or "none at all"
            text = f"the {kind} {name!r} has no option {key!r}.{hint} Allowed: {known}."
            found.append((f"{where}.{key}", f"{where}.{key}: {text}"))
        elif not is_allowed(value, allowed_types[key]):
            text = f"got {value!r}. Allowed: {describe(allowed_types[key])}."
            found.append((f"{where}.{key}", f"{where}.{key}: {text}"))
    missing = [key for key in _required(load(kind, str(name))) if key not in options]
    found += [(where, f"{where}: the {kind} {name!r} needs the option {key!r}.") for key in missing]
    return found


def load(kind: Kind, name: str) -> Any:
    """The class that is registered as `name`.

    Raises:
        PluginError: It cannot be imported.
    """
    point = next(point for point in _points(kind) if point.name == name)
    try:
        return point.load()
    except Exception as error:
        owner = point.dist.name if point.dist else "an unnamed package"
        raise PluginError(
            f"the {kind} {name!r} of {owner} cannot be loaded ({point.value}):"
            f" {type(error).__name__}: {error}. Update or remove it: pip install -U {owner}"
        ) from error


def option_types(component: type) -> dict[str, Any]:
    """Option -> annotation, of the constructor's keyword-only parameters."""
    constructor = component.__init__  # type: ignore[misc]
    hints = typing.get_type_hints(constructor, include_extras=True)
    return {p.name: hints.get(p.name, Any) for p in _keywords(component)}


def is_allowed(value: Any, annotation: Any) -> bool:
    """Whether a plain value, as YAML has it, is what an annotation asks for."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return any(is_allowed(value, one) for one in arguments)
    if origin is Annotated:
        limits = [limit for limit in arguments[1:] if isinstance(limit, Limit)]
        return is_allowed(value, arguments[0]) and all(limit.allows(value) for limit in limits)
    if origin is Literal:
        return any(value == one and type(value) is type(one) for one in arguments)
    if origin is collections.abc.Mapping:
        return isinstance(value, Mapping) and all(
            is_allowed(v, arguments[1]) for v in value.values()
        )
    if origin is tuple:
        fits = isinstance(value, list | tuple) and len(value) == len(arguments)
        return fits and all(map(is_allowed, value, arguments))
    if annotation is Any:
        return True
    if isinstance(value, bool):
        return annotation is bool
    if isinstance(value, float) and not math.isfinite(value):
        return False
    return isinstance(value, (int, float) if annotation is float else annotation)


def describe(annotation: Any) -> str:
    """What an annotation allows, in words."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (Union, types.UnionType):
        return " or ".join(map(describe, arguments))
    if origin is Annotated:
        limits = [str(limit) for limit in arguments[1:] if isinstance(limit, Limit)]
        return ", ".join([describe(arguments[0]), *limits])
    if origin is Literal:
        return ", ".join(map(str, arguments))
    if origin is collections.abc.Mapping:
        return f"a mapping (key: {describe(arguments[1])})"
    if origin is tuple:
        return f"a list of {len(arguments)} times {describe(arguments[0])}"
    return "null" if annotation is type(None) else _WORDS.get(annotation, "anything")


def _points(kind: Kind) -> list[EntryPoint]:
    return list(entry_points(group=f"cliprt_ur.{kind}s"))


def _keywords(component: type) -> list[inspect.Parameter]:
    parameters = inspect.signature(component).parameters.values()
    return [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]


def _required(component: type) -> list[str]:
    return [p.name for p in _keywords(component) if p.default is inspect.Parameter.empty]
