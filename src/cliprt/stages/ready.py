"""What can be known to fail before any teaching: hours of it should not end in a typing mistake."""

from __future__ import annotations

from cliprt.recipe.build import (
    build_augmenters,
    build_helper,
    build_interpreter,
    build_policy,
    build_robot,
    build_task,
    build_teleoperator,
    build_vocabulary,
)
from cliprt.recipe.schema import Recipe
from cliprt.registry import load
from cliprt.stages.augment import check_execution
from cliprt.stages.cluster import check_launch


def check_ready(recipe: Recipe) -> None:
    """Build every part of a recipe once, without moving anything.

    Encoders with weights of others take long to build: of those, only the weights are looked for.

    Raises:
        CliprtError: What the part in question says.
    """
    from cliprt.policies.interface import check_ranking, takes
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
    check_launch(recipe.trainer)
    check_device(recipe.trainer)
    policy_class, section = load("policy", recipe.policy.name), recipe.collaboration
    if section.interventions and section.initiative == "policy":
        check_ranking(policy_class, "collaboration.interventions")
    encoder, options = load("encoder", recipe.encoder.name), recipe.encoder.options
    has_weights = any(options.get(source) for source in encoder.weight_sources)
    if has_weights and takes(policy_class, "encoder"):
        encoder.check_weights(options)
    else:
        build_policy(recipe, vocabulary)
