"""A merged recipe as plain values -> a :class:`Recipe`, or every mistake in it."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Mapping
from typing import Any

from cliprt.errors import CliprtError, did_you_mean
from cliprt.recipe.limits import out_of_limits
from cliprt.recipe.locate import BROKEN, Key, key_text
from cliprt.recipe.options import REQUIRED, UNKNOWN, Options, constructor_options
from cliprt.recipe.schema import CALIBRATION_SEEDS, Component, Recipe
from cliprt.recipe.suites import is_suite, load_suite
from cliprt.recipe.values import Mismatch, to_type
from cliprt.registry import check_name, names

GIVEN = {
    "augmenter": ("vocabulary",),
    "interpreter": ("vocabulary",),
    "policy": ("vocabulary", "encoder"),
}
"""Kind -> constructor parameters that cliprt fills in, so that a recipe may not."""

PLURAL = {"tasks": "task", "augmenters": "augmenter"}
"""Section that is a list of components -> their kind."""

ROLES = {"helper": "teleoperator"}
"""Section that is a component of another name's kind -> that kind."""

Report = Callable[[Key, str], None]

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
_FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_FOLDER_RULE = "at most 80 of letters, digits, '.', '_', '-', a letter or digit first"


def check_tree(tree: Mapping[str, Any], report: Report) -> dict[str, Any]:
    """The fields of a :class:`Recipe` that are right; everything else goes to `report`."""
    hints = typing.get_type_hints(Recipe)
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
    for check, concerned in _TOGETHER.items():
        if not broken & concerned:
            check(recipe, report)
    return sound


def _check_keys(tree: Mapping[str, Any], allowed: list[str], key: Key, report: Report) -> None:
    for name in tree:
        if name not in allowed:
            hint = did_you_mean(name, allowed)
            report((*key, name), f"unknown key.{hint} Allowed: {', '.join(allowed)}.")


def _section(value: Any, section: type, key: Key, report: Report) -> Any:
    hints = typing.get_type_hints(section)
    if not isinstance(value, dict):
        report(key, f"got {_kind_of(value)}. Allowed: keys below it: {', '.join(hints)}.")
        return BROKEN
    _check_keys(value, list(hints), key, report)
    fields = {
        name: _value(value[name], hint, (*key, name), report)
        for name, hint in hints.items()
        if name in value
    }
    return BROKEN if BROKEN in fields.values() else section(**fields)


def _value(value: Any, hint: Any, key: Key, report: Report) -> Any:
    if _is_broken(value):
        return BROKEN
    try:
        typed = to_type(value, hint)
    except Mismatch as mismatch:
        report(key, str(mismatch))
        return BROKEN
    problem = out_of_limits(key_text(key), typed)
    if problem:
        report(key, problem)
        return BROKEN
    return typed


def _components(value: Any, section: str, report: Report) -> Any:
    kind = PLURAL[section]
    if not isinstance(value, list):
        report((section,), f"got {_kind_of(value)}. Allowed: a list, such as [{_first(kind)}].")
        return BROKEN
    if not value and section == "tasks":
        report((section,), f"empty: what should be taught?{_allowed_names(kind)}")
    found = [_component(item, kind, (section, i), report) for i, item in enumerate(value)]
    chosen = [None if component is BROKEN else component.key for component in found]
    for i, name in enumerate(chosen):
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
    if not isinstance(label, str) or (label and not _FOLDER_NAME.fullmatch(label)):
        report((*key, "as"), f"got {label!r}. Allowed: {_FOLDER_RULE}.")
        return BROKEN
    try:
        check_name(kind, name)
        options = constructor_options(kind, name, may_import=bool(set(value) - {"name", "as"}))
    except CliprtError as error:
        report((*key, "name"), str(error))
        return BROKEN
    typed = _options(value, kind, options, key, report)
    if BROKEN in typed.values():
        return BROKEN
    return Component(name, typed, "" if label == name else label)


def _report_nameless(value: Any, name: Any, kind: str, key: Key, report: Report) -> None:
    if kind == "task" and is_suite(value):
        try:
            load_suite(value["suite"])
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
    parameters = {o.name: o for o in options.parameters if o.name not in filled_in}
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


def _check_name(recipe: Recipe, report: Report) -> None:
    if not _FOLDER_NAME.fullmatch(recipe.name):
        text = f"got {recipe.name!r}, the name of the run's folder."
        report(("name",), f"{text} Allowed: {_FOLDER_RULE}.")


def _check_box(recipe: Recipe, report: Report) -> None:
    gate = recipe.gate
    for axis, low, high in zip("xyz", gate.lower, gate.upper, strict=True):
        if low >= high:
            text = f"{axis} is {low:g}, not below the {high:g} of gate.upper."
            report(("gate", "lower"), f"{text} Allowed: lower < upper on every axis.")


def _check_seeds(recipe: Recipe, report: Report) -> None:
    data, evaluation = recipe.data, recipe.evaluation
    taught = range(data.first_seed, data.first_seed + data.episodes)
    judged = range(evaluation.first_seed, evaluation.first_seed + evaluation.trials)
    if taught.start < judged.stop and judged.start < taught.stop:
        report(
            ("evaluation", "first_seed"),
            f"trials use the scenes {judged.start} to {judged.stop - 1}, taught episodes"
            f" {taught.start} to {taught.stop - 1}: a policy must be judged in unseen ones."
            f" Allowed: {taught.stop} or more.",
        )


def _check_collaboration(recipe: Recipe, report: Report) -> None:
    data, evaluation, section = recipe.data, recipe.evaluation, recipe.collaboration
    if recipe.data.source == "shards" and (section.rounds or section.scenes or section.learn_from):
        text = "corrections and scenes for calibration need a store of episodes."
        report(("data", "source"), f"got 'shards'. {text} Allowed: store.")
    corrected = range(section.first_seed, section.first_seed + section.rounds * section.episodes)
    first = section.first_seed + CALIBRATION_SEEDS
    calibrating = range(first, first + section.scenes)
    for what, first, count in (
        ("taught episodes use", data.first_seed, data.episodes),
        ("trials use", evaluation.first_seed, evaluation.trials),
    ):
        for seeds in (corrected, calibrating):
            if max(seeds.start, first) < min(seeds.stop, first + count):
                report(
                    ("collaboration", "first_seed"),
                    f"{what} the scenes {first} to {first + count - 1}, collaboration"
                    f" {seeds.start} to {seeds.stop - 1}. Allowed: other scenes, e.g. 50000.",
                )


def _check_processes(recipe: Recipe, report: Report) -> None:
    section = recipe.trainer
    parts = section.devices * section.num_nodes * section.accumulate
    if section.batch_size % parts:
        text = f"got {section.batch_size}, shared by {parts} (devices x num_nodes x accumulate)."
        report(("trainer", "batch_size"), f"{text} Allowed: multiples of {parts}.")


def _check_device(recipe: Recipe, report: Report) -> None:
    if not _DEVICE.fullmatch(recipe.runtime.device):
        text = f"got {recipe.runtime.device!r}. Allowed: auto, cpu, mps, cuda, cuda:0, cuda:1 ..."
        report(("runtime", "device"), text)


def _check_source(recipe: Recipe, report: Report) -> None:
    if recipe.data.source == "shards" and not recipe.data.shards:
        text = "missing: 'source: shards' needs it."
        report(("data", "shards"), f"{text} Allowed: tar files, e.g. data/train-{{000..003}}.tar.")


def _check_cameras(recipe: Recipe, report: Report) -> None:
    wanted = _option_value("policy", recipe.policy, "cameras")
    offered = _option_value("robot", recipe.robot, "cameras")
    if not _are_words(wanted) or not _are_words(offered):
        return
    if not offered and "cameras" not in recipe.robot.options:  # known to its own configuration only
        return
    for camera in wanted:
        if camera not in offered:
            hint = did_you_mean(camera, offered)
            report(
                ("policy", "cameras"),
                f"the robot {recipe.robot.name!r} has no camera {camera!r}.{hint}"
                f" Allowed: {', '.join(offered)}.",
            )


_TOGETHER: dict[Callable[[Recipe, Report], None], set[str]] = {
    _check_name: {"name"},
    _check_box: {"gate"},
    _check_seeds: {"data", "evaluation"},
    _check_processes: {"trainer"},
    _check_device: {"runtime"},
    _check_source: {"data"},
    _check_cameras: {"policy", "robot"},
    _check_collaboration: {"data", "evaluation", "collaboration"},
}
"""What single values cannot tell -> the sections that must be sound to ask."""


def _option_value(kind: str, component: Component, option: str) -> Any:
    """What an option will be, given or by default; UNKNOWN where only the plugin knows."""
    if option in component.options:
        return component.options[option]
    try:
        options = constructor_options(kind, component.name, may_import=False)
        parameter = options.named(option)
    except CliprtError:
        return UNKNOWN  # reported where the component's name is checked
    return parameter.default if parameter else UNKNOWN


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


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
    return next(iter(names(kind)), "name")


def _allowed_names(kind: str) -> str:
    return f" Allowed: {', '.join(names(kind))}."
