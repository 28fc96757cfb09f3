"""Every registered augmenter keeps the contract; a broken one is caught."""

import pytest

from cliprt.augmenters.interface import Augmenter
from cliprt.registry import load, names
from cliprt.testing.augmenter import check_augmenter
from cliprt.types import Plan, PlannedStep
from cliprt.vocabularies.grid import ClipRt58Vocabulary

VOCABULARY = ClipRt58Vocabulary()


@pytest.mark.parametrize("name", names("augmenter"))
def test_registered_augmenters_conform(name):
    check_augmenter(load("augmenter", name)(VOCABULARY), VOCABULARY)


class BrokenAugmenter(Augmenter):
    """Breaks one rule, chosen by name."""

    def __init__(self, fault):
        self.fault = fault
        self.calls = 0

    def plan(self, demonstration, rng):
        self.calls += 1
        name = {"name": "a/b", "chance": f"p{self.calls}"}.get(self.fault, "p")
        steps = tuple(PlannedStep(p, train=self.fault != "train") for p in demonstration.primitives)
        plan = Plan(demonstration.episode, name, "broken", steps)
        return [plan] * (2 if self.fault == "twice" else 1) if steps else []


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ("name", "a name holds letters"),
        ("chance", "same chance"),
        ("train", "nothing to learn"),
        ("twice", "two plans have one name"),
    ],
)
def test_broken_augmenters_are_caught(fault, text):
    with pytest.raises(AssertionError, match=text):
        check_augmenter(BrokenAugmenter(fault), VOCABULARY)
