"""Names made from what determines an output, so that a second call finds it again.

What people taught is named by what was taught alone: not by how many episodes there are, nor by the
version of cliprt, a gate's limits, or an option that changes how things are shown.  The names are
those that 0.1.0 gave, so that what was taught with it is found; what is somebody else's or is made
from files counts by what is behind its name (:mod:`cliprt.stages.contents`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

from cliprt.recipe.schema import (
    LATER,
    CollaborationSection,
    Component,
    GateSection,
    Recipe,
    RuntimeSection,
)
from cliprt.registry import load
from cliprt.stages.contents import with_content

See = Callable[[str, Component], Any]
"""(kind, component) -> what counts of it."""

KEY_LENGTH = 8
KEYS = "0.1.0"
"""The version whose keys these are; with another, everything would be made anew."""

FIRST_GATE = GateSection((0.15, -0.45, 0.005), (0.80, 0.45, 0.60), 0.30, 180.0, 0.0)
"""What the keys of 0.1.0 said of a gate that nobody had changed."""


def digest(*parts: Any) -> str:
    """A short hash of values (dataclasses, mappings, sequences, numbers, strings)."""
    text = json.dumps([KEYS, *parts], sort_keys=True, default=_to_plain)
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def taught_key(recipe: Recipe, task: Component) -> str:
    """What a taught episode of `task` depends on, apart from its seed."""
    return _taught_key(_lasting_recipe(recipe), _lasting("task", task), with_content)


def bare_taught_key(recipe: Recipe, task: Component) -> str:
    """The same by names alone, as it was before contents counted."""
    return _taught_key(_lasting_recipe(recipe), _lasting("task", task))


def first_taught_key(recipe: Recipe, task: Component) -> str:
    """The key that 0.1.0 gave to what was taught with this recipe."""
    return _taught_key(recipe, task)


def as_named(kind: str, component: Component) -> Any:
    """What counted of a component before contents did."""
    return component


def _taught_key(recipe: Recipe, task: Component, see: See = as_named) -> str:
    return digest(
        "taught",
        see("task", task),
        see("vocabulary", recipe.vocabulary),
        see("robot", recipe.robot),
        recipe.gate,
        see("teleoperator", recipe.teleoperator),
        see("interpreter", recipe.interpreter),
    )


def taught_id(recipe: Recipe, task: Component, seed: int) -> str:
    """Id of the taught episode of `task` in the scene of `seed`."""
    return f"{task.key}-{seed:06d}-{taught_key(recipe, task)}"


def augmentation_key(
    recipe: Recipe,
    augmenter: Component,
    studied: Sequence[str] = (),
    task: Component | None = None,
) -> str:
    """What the plans of one augmenter depend on, apart from the episode.

    Args:
        recipe: The run's.
        augmenter: Name and options.
        studied: Ids of the other demonstrations that shape the plans, if any do.
        task: Of the episode: what does not change what is taught, such as when it is done, does
            change which variants succeed.
    """
    judged = task and set(task.options) - set(_lasting("task", task).options)
    by = [{name: task.options[name] for name in judged}] if task and judged else []
    return digest("augmented", with_content("augmenter", augmenter), recipe.seed, studied, *by)


def policy_key(recipe: Recipe, episode_ids: Iterable[str]) -> str:
    """What a trained policy depends on: model, trainer, seed and the episodes it learns from.

    On how many devices, and whether layers are computed twice, changes how long it takes.
    """
    sources = (Component(source.name) for source in recipe.data.sources)
    return digest(
        "policy",
        with_content("vocabulary", recipe.vocabulary),
        with_content("encoder", recipe.encoder),
        with_content("policy", recipe.policy),
        replace(recipe.trainer, devices=1, num_nodes=1, strategy="auto", recompute=False),
        "store",  # other sources are named by what they hold, among the ids
        "",
        recipe.seed,
        sorted(episode_ids),
        *(version for one in sources if (version := with_content("source", one)) != one),
    )


def correction_key(
    policy: str, earlier: str, corrections: Iterable[str], section: CollaborationSection
) -> str:
    """What a policy depends on that learned from corrections: its data, the one that it was."""
    return digest(
        "corrected policy", policy, earlier, sorted(corrections), section.max_steps, section.weight
    )


def corrected_id(recipe: Recipe, policy: str, task: Component, seed: int) -> str:
    """Id of the episode in which the helper corrects a policy at `task`."""
    key = digest(
        "corrected",
        policy,
        with_content("task", task),
        with_content("robot", recipe.robot),
        recipe.gate,
        with_content("teleoperator", recipe.helper),
        with_content("interpreter", recipe.interpreter),
        recipe.evaluation.break_loops,
    )
    return f"{task.key}-{seed:06d}-corrected-{key}"


def help_key(recipe: Recipe, calibration: Mapping[str, Any]) -> str:
    """What trials with help depend on beside what trials without depend on."""
    section = recipe.collaboration
    return digest(
        "helped",
        calibration,
        section.largest_set,
        section.initiative,
        with_content("teleoperator", recipe.helper),
        with_content("interpreter", recipe.interpreter),
    )


def evaluation_key(recipe: Recipe, policy: str) -> str:
    """What trials depend on apart from the seed: the policy, the tasks, the robot, the limits.

    In float32 the name is what 0.1.0 gave.
    """
    runtime, usual = recipe.runtime, RuntimeSection()
    is_exact = runtime.precision == "32-true" and not runtime.compile
    is_literal = runtime.instructions == usual.instructions
    return digest(
        "evaluation",
        policy,
        [with_content("task", task) for task in recipe.tasks],
        with_content("robot", recipe.robot),
        recipe.gate,
        recipe.evaluation.max_steps,
        *([] if is_exact else [runtime.precision, runtime.compile]),
        *([] if is_literal else [with_content("matcher", runtime.instructions)]),
    )


def _lasting_recipe(recipe: Recipe) -> Recipe:
    return replace(
        recipe,
        gate=FIRST_GATE,
        robot=_lasting("robot", recipe.robot),
        teleoperator=_lasting("teleoperator", recipe.teleoperator),
        interpreter=_lasting("interpreter", recipe.interpreter),
    )


def _lasting(kind: str, component: Component) -> Component:
    """A component without the options that do not change what is taught."""
    incidental = load(kind, component.name).incidental_options
    kept = {name: value for name, value in component.options.items() if name not in incidental}
    return replace(component, options=kept)


def _to_plain(value: Any) -> Any:
    """A field that is newer than these keys counts only where it says something."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: getattr(value, field.name)
            for field in fields(value)
            if field.metadata != LATER or getattr(value, field.name) != field.default
        }
    return dict(value) if hasattr(value, "items") else list(value)
