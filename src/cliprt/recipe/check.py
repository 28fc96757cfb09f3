"""A merged recipe as plain values -> a :class:`Recipe`, or every mistake in it."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from cliprt.errors import CliprtError, RecipeError, did_you_mean
from cliprt.recipe.locate import BROKEN, Key, key_text, parse_yaml
from cliprt.recipe.options import REQUIRED, Option, Options, class_value, constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.suites import is_suite, load_suite
from cliprt.recipe.together import FOLDER_NAME, FOLDER_RULE, TOGETHER, Report
from cliprt.recipe.values import Mismatch, to_type
from cliprt.registry import check_name, load, names
from cliprt.types import Limit

GIVEN = {
    "augmenter": ("vocabulary",),
    "engine": ("workers",),
    "interpreter": ("vocabulary",),
    "policy": ("vocabulary", "encoder"),
    "source": ("recorded",),
}
"""Kind -> constructor parameters that cliprt fills in, so that a recipe may not."""

PLURAL = {"tasks": "task", "augmenters": "augmenter"}
"""Section that is a list of components -> their kind."""

WITHIN = {"data.sources": "source"}
"""Key below a section that is a list of components, of which several may have one name -> kind."""

NESTED = {"data.engine": "engine", "runtime.instructions": "matcher"}
"""Key below a section that is a component -> its kind."""

EMPTY = {"tasks": "what should be taught?", "data.sources": "what is learned from?"}
"""List of components that may not be empty -> the question that it leaves open."""

COMMON = {"source": (Option("weight", Annotated[float, Limit(0, low_open=True)], 1.0),)}
"""Kind -> options that every plugin of it has beside its constructor's."""

ROLES = {"helper": "teleoperator"}
"""Section that is a component of another name's kind -> that kind."""


def check_tree(tree: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The fields of a :class:`Recipe` that are right; everything else goes to `report`."""
    hints = typing.get_type_hints(Recipe, include_extras=True)
    _check_keys(tree, list(hints), (), report)
    fields: dict[str, Any] = {}
    for name, hint in hints.items():
        if name not in tree:
            if name == "tasks":
                report((name,), f"missing: what should be taught?{_allowed_names('task')}")
            continue
        value = tree[name]
        if value is BROKEN:
            continue
        if name in PLURAL:
            fields[name] = _components(value, name, report)
        elif hint is Component:
            fields[name] = _component(value, ROLES.get(name, name), (name,), report)
        elif isinstance(hint, type) and dataclasses.is_dataclass(hint):
            fields[name] = _section(value, hint, (name,), report)
        else:
            fields[name] = _value(value, hint, (name,), report)
    sound = {name: value for name, value in fields.items() if value is not BROKEN}
    broken = set(tree) - set(sound)
    recipe = Recipe(**{"name": "", "tasks": (), **sound})
    for check, concerned in TOGETHER.items():
        if not broken & concerned:
            check(recipe, report)
    return sound


def check_component(kind: str, name: str, overrides: Iterable[str]) -> Component:
    """One plugin with options as the command line has them, ``key=value`` each.

    Raises:
        RecipeError: Nobody registers it, or it has no such options; every mistake.
    """
    problems: list[str] = []
    values: dict[str, Any] = {"name": name}
    for override in overrides:
        option, _, text = override.partition("=")
        located = parse_yaml(text)
        problems += [f"{option}: {problem}." for _, _, problem in located.problems]
        values[option] = located.tree
    found = _component(values, kind, (), lambda key, text: problems.append(_line(key, text)))
    if problems:
        raise RecipeError(problems)
    component: Component = found
    return component


def _line(key: Key, text: str) -> str:
    return text if key == ("name",) else f"{key_text(key)}: {text}"


def _check_keys(tree: Mapping[str, Any], allowed: list[str], key: Key, report: Report) -> None:
    for name in tree:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            report((*key, name), f"unknown key.{hint} Allowed: {', '.join(allowed)}.")


def _section(value: Any, section: type, key: Key, report: Report) -> Any:
    hints = typing.get_type_hints(section, include_extras=True)
    if not isinstance(value, dict):
        report(key, f"got {_kind_of(value)}. Allowed: keys below it: {', '.join(hints)}.")
        return BROKEN
    _check_keys(value, list(hints), key, report)
    fields = {
        name: _entry(value[name], hint, (*key, name), report)
        for name, hint in hints.items()
        if name in value
    }
    return BROKEN if BROKEN in fields.values() else section(**fields)


def _entry(value: Any, hint: Any, key: Key, report: Report) -> Any:
    if key_text(key) in WITHIN:
        return _components(value, key_text(key), report)
    if key_text(key) in NESTED:
        return _component(value, NESTED[key_text(key)], key, report)
    return _value(value, hint, key, report)


def _value(value: Any, hint: Any, key: Key, report: Report) -> Any:
    if _is_broken(value):
        return BROKEN
    try:
        return to_type(value, hint)
    except Mismatch as mismatch:
        report(key, str(mismatch))
        return BROKEN


def _components(value: Any, section: str, report: Report) -> Any:
    kind, key = (PLURAL | WITHIN)[section], tuple(section.split("."))
    if not isinstance(value, list):
        suite = f", or {{suite: {_first('suite')}}}" if kind == "task" else ""
        report(key, f"got {_kind_of(value)}. Allowed: a list, such as [{_first(kind)}]{suite}.")
        return BROKEN
    if not value and section in EMPTY:
        report(key, f"empty: {EMPTY[section]}{_allowed_names(kind)}")
    found = [_component(item, kind, (*key, i), report) for i, item in enumerate(value)]
    chosen = [None if component is BROKEN else component.key for component in found]
    for i, name in enumerate(chosen if section in PLURAL else ()):
        if name is not None and name in chosen[:i]:
            first = f"{section}[{chosen.index(name)}]"
            other = ", or give one a name of its own, e.g. as: again" if kind == "task" else ""
            text = f"{name!r} is given twice (also as {first}). Keep one{other}."
            report((section, i), text)
    return BROKEN if BROKEN in found else tuple(found)


def _component(value: Any, kind: str, key: Key, report: Report) -> Any:
    if _is_broken(value):
        return BROKEN
    name = value.get("name") if isinstance(value, dict) else value
    if not isinstance(value, dict) or not isinstance(name, str):
        _report_nameless(value, name, kind, key, report)
        return BROKEN
    label = value.get("as", "") if kind == "task" else ""
    if not isinstance(label, str) or (label and not FOLDER_NAME.fullmatch(label)):
        report((*key, "as"), f"got {label!r}. Allowed: {FOLDER_RULE}.")
        return BROKEN
    try:
        check_name(kind, name)
        options = constructor_options(kind, name, may_import=bool(set(value) - {"name", "as"}))
    except CliprtError as error:
        report((*key, "name"), str(error))
        return BROKEN
    typed = _options(value, kind, options, key, report)
    if BROKEN in typed.values() or (kind == "task" and _are_mistaken(name, typed, key, report)):
        return BROKEN
    return Component(name, typed, "" if label == name else label)


def _report_nameless(value: Any, name: Any, kind: str, key: Key, report: Report) -> None:
    if kind == "task" and is_suite(value):
        try:
            load_suite(value["suite"])
            text = "the tasks of a suite cannot all have one name. Allowed: options of each task."
            report((*key, "as"), text)
        except CliprtError as error:
            report((*key, "suite"), str(error))
        return
    where = (*key, "name") if isinstance(value, dict) else key
    example = f"Write a name, or {{name: {_first(kind)}, option: value}}."
    report(where, f"got {_kind_of(name)}. {example}{_allowed_names(kind)}")


def _options(
    component: Mapping[str, Any], kind: str, options: Options, key: Key, report: Report
) -> dict[str, Any]:
    """The options of one component as its constructor wants them; BROKEN where they are wrong."""
    whose, filled_in = f"{kind} {component['name']!r}", GIVEN.get(kind, ())
    apart = ("name", "as") if kind == "task" else ("name",)
    given = {option: item for option, item in component.items() if option not in apart}
    own = (*options.parameters, *COMMON.get(kind, ()))
    parameters = {o.name: o for o in own if o.name not in filled_in}
    allowed = f"Allowed: {', '.join(parameters)}." if parameters else "It has none."
    typed: dict[str, Any] = {}
    for option, item in given.items():
        where = (*key, option)
        if option in filled_in or (option not in parameters and not options.is_open):
            hint = did_you_mean(option, parameters)
            report(where, f"{whose} has no such option.{hint} {allowed}")
            continue
        annotation = parameters[option].annotation if option in parameters else Any
        is_free = item is None and annotation is Any
        typed[option] = item if is_free else _value(item, annotation, where, report)
    for parameter in parameters.values():
        if parameter.default is REQUIRED and parameter.name not in given:
            report((*key, parameter.name), f"missing: {whose} needs it. {allowed}")
    return typed


def _are_mistaken(task: str, options: dict[str, Any], key: Key, report: Report) -> bool:
    """Whether a task's options, right one by one, are none that it can work with."""
    may_be = class_value("task", task, "finds_mistakes")
    mistakes = list(load("task", task).find_mistakes(options)) if may_be else []
    for where, text in mistakes:
        report((*key, *where), text)
    return bool(mistakes)


def _is_broken(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_is_broken(item) for item in value.values())
    if isinstance(value, list):
        return any(_is_broken(item) for item in value)
    return value is BROKEN


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping without a name" if "name" not in value else "a mapping"
    return "a list" if isinstance(value, list) else repr(value)


def _first(kind: str) -> str:
    return "store" if kind == "source" else next(iter(names(kind)), "name")


def _allowed_names(kind: str) -> str:
    return f" Allowed: {', '.join(names(kind))}."
