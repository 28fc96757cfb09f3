"""Every registered matcher keeps the contract; a broken one is caught."""

import pytest

from cliprt.matchers.interface import Match, Matcher
from cliprt.registry import load, names
from cliprt.testing.matcher import check_matcher


@pytest.mark.parametrize("name", names("matcher"))
def test_registered_matchers_conform(name):
    check_matcher(load("matcher", name)())


class Broken(Matcher):
    def __init__(self, answer):
        self.answer = answer

    def match(self, instruction, known):
        return self.answer(instruction, known)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (lambda asked, known: asked, "not a Match"),
        (lambda asked, known: Match("Open the box"), "what nobody has said"),
        (lambda asked, known: Match(asked, offers=("Open the box",)), "was never taught"),
        (lambda asked, known: Match(asked, offers=known[:1] * 2), "an offer is there twice"),
        (lambda asked, known: Match(asked, score=2.0), "a score of 2.0, more than 1"),
        (lambda asked, known: Match(asked, offers=known), "was taught in these words"),
    ],
)
def test_broken_matchers_are_caught(answer, text):
    with pytest.raises(AssertionError, match=text):
        check_matcher(Broken(answer))


def test_a_matcher_that_answers_by_chance_is_caught():
    scores = iter(range(10**6))
    with pytest.raises(AssertionError, match="then for"):
        check_matcher(Broken(lambda asked, known: Match(asked, score=-next(scores))))
