"""What can be known to fail before any teaching: hours of it should not end in a typing mistake."""

from __future__ import annotations

import sys

from cliprt.data.columns import Needs
from cliprt.errors import CliprtError, UsageError
from cliprt.recipe.build import (
    build_augmenters,
    build_engine,
    build_helper,
    build_interpreter,
    build_policy,
    build_robot,
    build_sources,
    build_task,
    build_teleoperator,
    build_vocabulary,
    find_encoder,
)
from cliprt.recipe.options import constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.together import check_warmup
from cliprt.registry import load
from cliprt.stages.augment import NEEDED, check_execution
from cliprt.stages.cluster import check_launch
from cliprt.stages.goals import check_goals
from cliprt.stages.keys import digest
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.start import check_start
from cliprt.vocabularies.interface import ActionVocabulary


def check_ready(recipe: Recipe) -> None:
    """Build every part of a recipe once, without moving anything.

    Encoders with weights of others take long to build: of those, only the weights are looked for,
    unless rows from elsewhere have to fit.

    Raises:
        CliprtError: What the part in question says.
    """
    from cliprt.policies.interface import check_ranking, takes
    from cliprt.training.device_memory import check_memory
    from cliprt.training.fit import check_device

    vocabulary = build_vocabulary(recipe)
    for component in recipe.tasks:
        build_task(component)
    build_teleoperator(recipe)
    build_helper(recipe)
    build_interpreter(recipe, vocabulary)
    build_augmenters(recipe, vocabulary)
    check_execution(recipe)
    build_robot(recipe)
    build_engine(recipe)
    check_warmup(recipe)
    check_start(recipe, vocabulary)
    check_launch(recipe.trainer)
    check_device(recipe.trainer)
    policy_class, section = load("policy", recipe.policy.name), recipe.collaboration
    if section.interventions and section.initiative == "policy":
        check_ranking(policy_class, "collaboration.interventions")
    encoder, options = load("encoder", recipe.encoder.name), find_encoder(recipe).options
    has_weights = any(options.get(source) for source in encoder.weight_sources)
    is_own = all(map(_is_recorded, recipe.data.sources))
    if has_weights and is_own and takes(policy_class, "encoder"):
        encoder.check_weights(options)
    else:
        _check_sources(recipe, build_policy(recipe, vocabulary).needs, vocabulary)
    if recipe.trainer.max_steps:
        print(f"  {check_memory(recipe, vocabulary)}", file=sys.stderr)


def ensure_ready(recipe: Recipe, run: RunFolder) -> None:
    """`check_ready`, unless this very recipe was the last one found ready in this run.

    Raises:
        CliprtError: As `check_ready`.
    """
    key = digest("ready", recipe)
    if run.facts.get("ready") != key:
        check_ready(recipe)
        if recipe.augmenters and recipe.data.are_taught:
            check_goals(recipe, run.path, NEEDED)
        run.note_ready(key)


def check_acting(recipe: Recipe) -> None:
    """Raise unless a trained policy can act here.

    Raises:
        UsageError: This machine does not have the recipe's device.
    """
    from cliprt.policies.acting import choose_device

    choose_device(recipe.runtime.device)


def _check_sources(recipe: Recipe, needs: Needs, vocabulary: ActionVocabulary) -> None:
    """Open every source whose rows are there already."""
    built = build_sources(recipe, None)
    for i, (component, (source, _)) in enumerate(zip(recipe.data.sources, built, strict=True)):
        if _is_recorded(component):
            continue
        try:
            count = len(source.open(needs, vocabulary))
        except CliprtError as error:
            raise UsageError(f"data.sources[{i}]: {error}") from error
        if not count:
            raise UsageError(f"data.sources[{i}]: {component.name} has no row. Leave it out.")


def _is_recorded(source: Component) -> bool:
    """Whether its rows are the run's own episodes, which may not be there yet."""
    takes_them = constructor_options("source", source.name).named("recorded") is not None
    return takes_them and not source.options.get("path")
