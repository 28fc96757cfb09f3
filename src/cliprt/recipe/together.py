"""What single values of a recipe cannot tell: whether they fit together."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from cliprt.errors import CliprtError, RecipeError, did_you_mean
from cliprt.recipe.locate import Key
from cliprt.recipe.options import UNKNOWN, class_value, constructor_options
from cliprt.recipe.schema import CALIBRATION_SEEDS, Component, Recipe

Report = Callable[[Key, str], None]
"""Told the key of a mistake, and what is wrong there."""

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?")
FOLDER_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
FOLDER_RULE = "at most 80 of letters, digits, '.', '_', '-', a letter or digit first"


def _check_name(recipe: Recipe, report: Report) -> None:
    if not FOLDER_NAME.fullmatch(recipe.name):
        text = f"got {recipe.name!r}, the name of the run's folder."
        report(("name",), f"{text} Allowed: {FOLDER_RULE}.")


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
    if not data.are_taught and (section.rounds or section.scenes or section.learn_from):
        text = "corrections and scenes for calibration need the run's episodes."
        report(("data", "sources"), f"{text} Allowed: a list with 'store'.")
    if not learns(recipe) and (section.rounds or section.learn_from):
        text = f"the policy {recipe.policy.name!r} learns nothing here, from corrections neither."
        report(("collaboration", "rounds"), f"{text} Allowed: 0, and no learn_from.")
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


def _check_episodes(recipe: Recipe, report: Report) -> None:
    if not recipe.data.episodes and recipe.trainer.max_steps:
        text = "got 0. Allowed: a whole number, at least 1; 0 where trainer.max_steps is 0, too."
        report(("data", "episodes"), text)


def _check_steps(recipe: Recipe, report: Report) -> None:
    if not learns(recipe):
        for key, nothing in (("max_steps", "0"), ("start_from", '""')):
            if value := getattr(recipe.trainer, key):
                text = f"got {value!r}, and the policy {recipe.policy.name!r} learns nothing here."
                report(("trainer", key), f"{text} Allowed: {nothing}.")
        return
    if not recipe.trainer.max_steps and not recipe.trainer.start_from:
        text = "got 0. Allowed: a whole number, at least 1; 0 where trainer.start_from names a"
        report(("trainer", "max_steps"), f"{text} policy that is judged as it is.")


def _check_frozen(recipe: Recipe, report: Report) -> None:
    frozen, rank = recipe.trainer.freeze, recipe.trainer.lora
    if len(set(frozen)) < len(frozen):
        text = f"got {', '.join(frozen)}. Allowed: each tower once."
        report(("trainer", "freeze"), text)
    if rank and {"image", "text"} <= set(frozen):
        text = f"got {rank}, and trainer.freeze leaves no tower that could learn. Allowed: 0."
        report(("trainer", "lora"), text)


def _check_device(recipe: Recipe, report: Report) -> None:
    if not _DEVICE.fullmatch(recipe.runtime.device):
        text = f"got {recipe.runtime.device!r}. Allowed: auto, cpu, mps, cuda, cuda:0, cuda:1 ..."
        report(("runtime", "device"), text)


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


TOGETHER: dict[Callable[[Recipe, Report], None], set[str]] = {
    _check_name: {"name"},
    _check_box: {"gate"},
    _check_seeds: {"data", "evaluation"},
    _check_processes: {"trainer"},
    _check_episodes: {"data"},
    _check_steps: {"trainer", "policy"},
    _check_frozen: {"trainer"},
    _check_device: {"runtime"},
    _check_cameras: {"policy", "robot"},
    _check_collaboration: {"data", "evaluation", "collaboration", "policy"},
}
"""What single values cannot tell -> the sections that must be sound to ask."""


def learns(recipe: Recipe) -> bool:
    """Whether the recipe's policy has weights to train; imports no plugin."""
    return class_value("policy", recipe.policy.name, "learns") is not False


def check_warmup(recipe: Recipe) -> None:
    """Raise if a training would end while its learning rate still rises.

    To be asked before training: what is trained already can be used all the same.

    Raises:
        RecipeError: It would.
    """
    trainer, section = recipe.trainer, recipe.collaboration
    trainings = {"trainer.max_steps": trainer.max_steps} if trainer.max_steps else {}
    if section.rounds or section.learn_from:
        trainings["collaboration.max_steps"] = section.max_steps
    for key, steps in trainings.items():
        if trainer.warmup_steps > steps:
            text = f"trainer.warmup_steps: got {trainer.warmup_steps}, and {key} is {steps}: the"
            more = "training would end before it reaches trainer.learning_rate."
            raise RecipeError([f"{text} {more} Allowed: up to {steps}."])


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
