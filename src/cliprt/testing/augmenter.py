"""The contract of an augmenter, as code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cliprt.augmenters.interface import Augmenter
from cliprt.types import Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary


def check_augmenter(augmenter: Augmenter, vocabulary: ActionVocabulary) -> None:
    """Plan from demonstrations made of the vocabulary's entries and look at the plans.

    Same chance, same plans; names are unique and fit for files; labels exist; motions are seven
    finite numbers; every plan has something to learn from; the demonstration is not changed.

    Args:
        augmenter: Built with `vocabulary`.
        vocabulary: What demonstrations are made of.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    entries = vocabulary.primitives
    assert entries, "the vocabulary is empty"
    demonstrations: list[list[Primitive]] = [[], [entries[0]]]
    for seed in range(8):
        rng = np.random.default_rng(seed)
        demonstrations.append([entries[i] for i in rng.integers(len(entries), size=4 + 3 * seed)])
    for number, demonstration in enumerate(demonstrations):
        episode = f"demo-{number}"
        given = tuple(demonstration)
        plans = augmenter.plan(episode, demonstration, np.random.default_rng(number))
        again = augmenter.plan(episode, given, np.random.default_rng(number))
        assert plans == again, f"{episode}: the same chance gave different plans"
        assert tuple(demonstration) == given, f"{episode}: plan() changed the demonstration"
        _check_plans(plans, episode, len(entries))


def _check_plans(plans: Sequence[Plan], episode: str, labels: int) -> None:
    names = [plan.name for plan in plans]
    assert len(set(names)) == len(names), f"{episode}: two plans have one name: {names}"
    for plan in plans:
        where = f"plan {plan.name!r} of {episode}"
        fit = plan.name.replace("-", "").replace("_", "").isalnum()
        assert fit, f"{where}: a name holds letters, digits, '-' and '_' only"
        assert plan.episode == episode, f"{where}: belongs to {plan.episode!r}"
        assert plan.source, f"{where}: has no source (the augmenter's registry name)"
        assert any(step.train for step in plan.steps), f"{where}: nothing to learn from"
        for index, step in enumerate(plan.steps):
            _check_step(step, f"{where}, step {index}", labels)


def _check_step(step: PlannedStep, where: str, labels: int) -> None:
    primitive = step.primitive
    if primitive.label is not None:
        assert primitive.label in range(labels), f"{where}: no label {primitive.label}"
    assert len(primitive.motion) == 7, f"{where}: {len(primitive.motion)} numbers, expected 7"
    assert np.isfinite(primitive.motion).all(), f"{where}: {primitive.motion} is not finite"
    allowed = (None, "open", "closed")
    assert primitive.gripper in allowed, f"{where}: gripper {primitive.gripper!r}, not {allowed}"
