"""The contract of an augmenter, as code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cliprt.augmenters.interface import Augmenter
from cliprt.types import Demonstration, Layout, Plan, PlannedStep, Primitive
from cliprt.vocabularies.interface import ActionVocabulary


def check_augmenter(augmenter: Augmenter, vocabulary: ActionVocabulary) -> None:
    """Plan from demonstrations made of the vocabulary's entries and look at the plans.

    Same chance, same plans; names are unique and fit for files; labels exist; motions are seven
    finite numbers; every plan has something to learn from.  Plans for other scenes are adapted to
    one first.

    Args:
        augmenter: Built with `vocabulary`.
        vocabulary: What demonstrations are made of.

    Raises:
        AssertionError: The contract is broken; the text says where.
    """
    entries = vocabulary.primitives
    assert entries, "the vocabulary is empty"
    made: list[list[Primitive]] = [[], [entries[0]]]
    for seed in range(8):
        rng = np.random.default_rng(seed)
        made.append([entries[i] for i in rng.integers(len(entries), size=4 + 3 * seed)])
    demonstrations = [
        Demonstration(f"demo-{n}", "task", n, tuple(primitives), _layout(n))
        for n, primitives in enumerate(made)
    ]
    augmenter.study(demonstrations)
    for number, demonstration in enumerate(demonstrations):
        plans = augmenter.plan(demonstration, np.random.default_rng(number))
        again = augmenter.plan(demonstration, np.random.default_rng(number))
        assert plans == again, f"{demonstration.episode}: the same chance gave different plans"
        adapted = [_adapt(augmenter, plan, demonstration, number) for plan in plans]
        _check_plans(adapted, demonstration.episode, len(entries))


def _adapt(augmenter: Augmenter, plan: Plan, demonstration: Demonstration, seed: int) -> Plan:
    """A plan for another scene, filled in for a scene whose things lie elsewhere."""
    if plan.scene_seed is None:
        return plan
    plans = [
        augmenter.adapt(plan, demonstration, _layout(100 + seed), np.random.default_rng(seed))
        for _ in range(2)
    ]
    assert plans[0] == plans[1], f"plan {plan.name!r}: the same chance was adapted differently"
    return plans[0]


def _layout(seed: int) -> Layout:
    """Two things on a table."""
    x, y, angle = np.random.default_rng(seed).uniform(-0.1, 0.1, size=3).tolist()
    things = {"cup": (0.5 + x, y, 0.0, 0.0, 0.0, angle), "box": (0.5 - x, -y, 0.0, 0.0, 0.0, 0.0)}
    return Layout((0.4, 0.0, 0.25, 0.0, 3.0, 0.0), things)


def _check_plans(plans: Sequence[Plan], episode: str, labels: int) -> None:
    names = [plan.name for plan in plans]
    assert len(set(names)) == len(names), f"{episode}: two plans have one name: {names}"
    for plan in plans:
        where = f"plan {plan.name!r} of {episode}"
        fit = plan.name.replace("-", "").replace("_", "").isalnum()
        assert fit, f"{where}: a name holds letters, digits, '-' and '_' only"
        assert plan.episode == episode, f"{where}: belongs to {plan.episode!r}"
        assert plan.source, f"{where}: has no source (the augmenter's registry name)"
        assert not plan.steps or any(s.train for s in plan.steps), f"{where}: nothing to learn from"
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
