"""What a recipe would do outside: secrets, hosts, files elsewhere, hardware, wider limits.

By itself a recipe may use what is on this machine for it: the simulator, files of its own folder
and of the one that commands are given in, servers of this machine, the usual limits.  Everything
else takes a person's word (:mod:`cliprt.recipe.word`).
"""

from __future__ import annotations

import os
import re
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cliprt.errors import CliprtError, StoreError
from cliprt.language.provider import find_address, is_local
from cliprt.recipe.check import PLURAL, ROLES
from cliprt.recipe.locate import Key, key_text
from cliprt.recipe.options import class_value, constructor_options
from cliprt.recipe.schema import Component, GateSection, Recipe
from cliprt.types import Reach

_ADDRESS = re.compile(r"[A-Za-z][\w+.-]*:\S.*|(\d{1,3}\.){3}\d{1,3}\S*|[\w.-]+:\d+", re.DOTALL)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
_USUAL = GateSection()


def reaches(recipe: Recipe, folders: Sequence[Path]) -> list[tuple[Key, str]]:
    """(key, what it does outside) of everything in a recipe that does; imports no plugin.

    Args:
        recipe: Checked.
        folders: Whose files are its own.
    """
    found = [*_wider(recipe.gate)]
    for key, kind, component in _components(recipe):
        if kind == "robot" and class_value(kind, component.name, "simulates") is not True:
            found.append(((*key, "name"), f"moves {component.name!r}, no simulated robot"))
        found += _outside(key, kind, component, folders)
    own = ("collaboration", "learn_from"), ("trainer", "start_from")
    places = [(key, getattr(getattr(recipe, key[0]), key[1])) for key in own]
    for key, place in places:
        found += [(key, text) for text in _of_text(place or None, "the recipe", folders)]
    return found


def policy_reaches(policy: Component) -> tuple[str, ...]:
    """What a policy would do outside wherever it acts, one line each; its files are elsewhere's."""
    found = _outside(("policy",), "policy", policy, (Path("/"),))
    return tuple(f"{key_text(key)}: {text}" for key, text in found)


def _wider(gate: GateSection) -> Iterator[tuple[Key, str]]:
    for name, sign in (("lower", -1), ("upper", 1), ("max_step_m", 1), ("max_step_deg", 1)):
        limit, usual = getattr(gate, name), getattr(_USUAL, name)
        pairs = zip(limit, usual, strict=True) if isinstance(limit, tuple) else [(limit, usual)]
        if any(sign * one > sign * other for one, other in pairs):
            yield ("gate", name), f"widens a limit of every motion to {limit} (usual: {usual})"


def _components(recipe: Recipe) -> Iterator[tuple[Key, str, Component]]:
    for name, value in vars(recipe).items():
        if isinstance(value, Component):
            yield (name,), ROLES.get(name, name), value
        elif name in PLURAL:
            yield from (((name, i), PLURAL[name], one) for i, one in enumerate(value))
    for i, source in enumerate(recipe.data.sources):
        yield ("data", "sources", i), "source", source
    yield ("data", "engine"), "engine", recipe.data.engine
    yield ("runtime", "instructions"), "matcher", recipe.runtime.instructions


def _outside(
    key: Key, kind: str, component: Component, folders: Sequence[Path]
) -> Iterator[tuple[Key, str]]:
    known = constructor_options(kind, component.name, may_import=False).parameters
    values = {option.name: option.default for option in known} | dict(component.options)
    declared = {option.name: _declared(option.annotation) for option in known}
    named = [(reach.what, values[name]) for name, reach in declared.items() if reach]
    by_reach = {what: value for what, value in reversed(named) if value}
    for name, value in values.items():
        for leaf in filter(None, _leaves(value)):
            if reach := declared.get(name):
                texts = _of_declared(reach.what, leaf, by_reach)
            else:
                texts = _of_text(leaf, f"the {kind} {component.name!r}", folders)
            yield from (((*key, name), text) for text in texts)


def _leaves(value: Any) -> Iterator[Any]:
    """The values in lists and mappings."""
    if isinstance(value, list | tuple | Mapping):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(one)
    else:
        yield value


def _of_declared(what: str, value: Any, beside: Mapping[Any, Any]) -> Iterator[str]:
    """What an option does that says what it is, beside the others of its component that do."""
    host, model = str(beside.get("host") or ""), str(beside.get("model") or "")
    try:
        address, variable = find_address(model, host) if model else (host, "")
    except CliprtError:  # told where it is built
        address, variable = model, ""
    if what == "key" and value != variable:
        yield f"sends the secret in {value!r} to {address or 'a host'!r}"
    if what == "host" and value is True:
        yield "fetches from the network"
    if what == "host" and isinstance(value, str) and not is_local(value):
        yield f"{'sends what is said, and seen,' if model else 'connects'} to {value!r}"
    if what == "model" and not host and not is_local(address):
        yield f"sends what is said, and seen, to {address!r} with the key in {variable!r}"


def _of_text(value: Any, whose: str, folders: Sequence[Path]) -> Iterator[str]:
    """What an option does that does not say what it is, as its value looks."""
    if not isinstance(value, str):
        return
    if _is_elsewhere(value, folders):
        yield f"reads or writes outside its folder: {value!r}"
    elif _ADDRESS.fullmatch(value) and not is_local(value):
        yield f"gives {whose} what looks like an address: {value!r}"
    elif _VARIABLE.fullmatch(value):
        yield f"gives {whose} what looks like the name of a secret: {value!r}"


def _is_elsewhere(value: str, folders: Sequence[Path]) -> bool:
    """Whether a text, as a path or as a pattern with braces, leads out of all folders."""
    names = {value}
    try:
        if set(value) & set("{\\"):
            from cliprt.data.shard_index import expand_names  # which needs numpy

            names.update(expand_names(value))
        places = [Path(os.path.realpath(os.path.expanduser(name))) for name in names]
    except StoreError:  # too many to look at
        return True
    except (ValueError, OSError):  # no path
        return False
    roots = [os.path.realpath(folder) for folder in folders]
    return not all(any(place.is_relative_to(root) for root in roots) for place in places)


def _declared(annotation: Any) -> Reach | None:
    """What an option says that it reaches."""
    inner = typing.get_args(annotation)
    own = (one for one in inner if isinstance(one, Reach))
    return next(own, None) or next(filter(None, map(_declared, inner)), None)
