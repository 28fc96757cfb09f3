"""What the page on goals says can be said can, and is told as it shows."""

import re
from pathlib import Path

import pytest

from cliprt.errors import UsageError
from cliprt.goals.conditions import Condition
from cliprt.goals.relations import RELATIONS
from cliprt.goals.words import read_goal, tell_goal

TEXT = (Path(__file__).resolve().parents[1] / "docs" / "goals.md").read_text(encoding="utf-8")
THINGS = {
    name: () for name in re.findall(r"\*(\w+ ?\w*)\*", TEXT.partition("In the examples")[2][:300])
}
THINGS |= {"box": ("lid",), "cabinet": ("drawer",)}
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TEXT.splitlines()
    if line.startswith("| ")
]
SAID = [row for row in ROWS if len(row) == 2 and row[0] != "You say"]
MEANT = [row for row in ROWS if len(row) == 3 and not row[0].startswith("Of ")]
UNITS = {"cm": ("m", 0.01), "%": ("share", 0.01), "°": ("rad", 0.0174533), "cm²": ("m2", 1e-4)}


def test_the_things_are_those_of_the_page():
    assert {"red cup", "spoon", "whiteboard"} < THINGS.keys()
    assert len(SAID) > 12


@pytest.mark.parametrize(("said", "told"), SAID)
def test_what_is_said_is_told_back_as_shown(said, told):
    assert tell_goal(read_goal(said, THINGS)).startswith(told)


@pytest.mark.parametrize(("said", "usual"), [(row[0], row[2]) for row in MEANT])
def test_each_relation_has_the_usual_amount_that_is_shown(said, usual):
    goal = read_goal(said.replace("**", ""), THINGS)
    assert isinstance(goal, Condition)
    relation = RELATIONS[goal.relation]
    if not usual:
        assert not relation.exact
        return
    number, unit = re.fullmatch(r"([\d.]+) ?(\D+²?)", usual).groups()
    assert relation.unit == UNITS[unit][0]
    assert relation.usual == pytest.approx(float(number) * UNITS[unit][1], rel=1e-4)


def test_every_relation_is_on_the_page():
    shown = {read_goal(row[0].replace("**", ""), THINGS).relation for row in MEANT}
    likewise = {name for name in RELATIONS if name.split()[0] in ("right", "behind", "moved")}
    assert shown | likewise | {"in front of", "lower"} == RELATIONS.keys()


@pytest.mark.parametrize("many", ["both cups", "all the cups", "at least 2 of the cups"])
def test_several_can_be_named_at_once(many):
    goal = read_goal(f"{many} are on the plate", THINGS)
    assert tell_goal(goal) == "the red cup is on the plate and the blue cup is on the plate"


def test_what_looks_nice_is_refused():
    with pytest.raises(UsageError, match="nothing that can be measured"):
        read_goal("it looks nice", THINGS)
    with pytest.raises(UsageError, match="Which glass is meant: red cup, blue cup"):
        read_goal("the glass is on the plate", THINGS)
