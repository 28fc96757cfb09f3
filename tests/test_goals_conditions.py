"""What each relation means, on tables that are laid by hand."""

from __future__ import annotations

import math

import pytest
from goal_samples import box, table

from cliprt.errors import UsageError
from cliprt.goals.conditions import AllOf, AnyOf, Condition, Not, check_goal, holds
from cliprt.goals.facts import Turning
from cliprt.goals.relations import RELATIONS
from cliprt.goals.words import read_goal

DEG = math.pi / 180
PLATE = box(0.5, 0.0, size=(0.17, 0.17, 0.006))
MUG = box(0.5, 0.0, size=(0.09, 0.09, 0.09))
SPOON = (0.02, 0.14, 0.01)


def lying_spoon(x, y, z, **more):
    return box(x, y, z, SPOON, **more)


def leaning_spoon(x=0.5, y=-0.02, z=0.005, **more):
    """One that stands in the mug, leaning on its rim."""
    return box(x, y, z, (0.02, 0.01, 0.14), (-0.4, 0.0, 0.0), **more)


def is_so(text, now, start=None):
    return holds(read_goal(text, list(now.things)), now, start or now)


def test_in():
    inside = table(mug=MUG, spoon=leaning_spoon(touches=("mug",)))
    assert is_so("spoon in mug", inside)
    held = table(mug=MUG, spoon=leaning_spoon(touches=("mug", "robot"), held=True))
    assert not is_so("spoon in mug", held), "only once it is let go"
    beside = table(mug=MUG, spoon=leaning_spoon(y=-0.09, touches=("mug", "table")))
    assert not is_so("spoon in mug", beside)
    across = table(mug=MUG, spoon=lying_spoon(0.5, 0.0, 0.09, touches=("mug",)))
    assert not is_so("spoon in mug", across), "it lies on the rim"
    tray = box(0.5, 0.0, size=(0.13, 0.13, 0.01))
    block = box(0.52, 0.01, 0.004, (0.045, 0.045, 0.045), touches=("tray",))
    assert is_so("block in tray", table(tray=tray, block=block))


def test_on():
    cup = box(0.53, 0.02, 0.006, touches=("plate",))
    assert is_so("cup on plate", table(plate=PLATE, cup=cup))
    aside = box(0.62, 0.0, 0.0, touches=("plate", "table"))
    assert not is_so("cup on plate", table(plate=PLATE, cup=aside))
    held = box(0.5, 0.0, 0.006, touches=("plate", "robot"), held=True)
    assert not is_so("cup on plate", table(plate=PLATE, cup=held))
    high = box(0.5, 0.0, 0.08, touches=())
    assert not is_so("cup on plate", table(plate=PLATE, cup=high))
    mat = box(0.5, 0.0, size=(0.2, 0.2, 0.001))
    assert is_so("car on mat", table(mat=mat, car=box(0.5, 0.05)))
    assert is_so("car on table", table(mat=mat, car=box(0.5, 0.05)))


def test_above_and_under():
    hand = (0.5, 0.0, 0.1, 0.0, math.pi, 0.0)
    assert is_so("the hand is above the cup", table(hand=hand, cup=box(0.5, 0.0)))
    assert not is_so("the hand is above the cup", table(hand=hand, cup=box(0.5, 0.06)))
    cube = box(0.5, 0.0, 0.12, touches=("robot",))
    assert is_so("cube at least 8 cm above the table", table(cube=cube))
    bear = box(0.5, 0.0, size=(0.02, 0.02, 0.045))
    assert is_so("the bear is hidden under the mug", table(mug=MUG, bear=bear))
    assert not is_so("the bear is under the mug", table(mug=MUG, bear=box(0.6, 0.0)))


def test_near_is_the_gap_between_two():
    now = table(cup=box(0.5, 0.0), plate=box(0.5, 0.10))
    assert is_so("the cup is near the plate", now)
    assert is_so("the cup is within 4.1 cm of the plate", now)
    assert not is_so("the cup is within 3.9 cm of the plate", now)
    assert is_so("the cup is at least 3 cm away from the plate", now)


@pytest.mark.parametrize(
    ("side", "at"),
    [
        ("left of", (0.5, 0.1)),
        ("right of", (0.5, -0.1)),
        ("behind", (0.6, 0.0)),
        ("in front of", (0.4, 0.0)),
    ],
)
def test_sides_are_those_of_the_map(side, at):
    sides = ("left of", "right of", "behind", "in front of")
    now = table(cup=box(*at), plate=box(0.5, 0.0))
    assert [s for s in sides if is_so(f"the cup is {s} the plate", now)] == [side]
    assert is_so(f"the cup is at least 9 cm {side} the plate", now)
    assert not is_so(f"the cup is at least 11 cm {side} the plate", now)


def test_lined_up():
    level = table(red_car=box(0.50, 0.1), blue_car=box(0.51, -0.1))
    assert is_so("both cars are side by side", level)
    assert is_so("the cars are lined up", level)
    behind = table(red_car=box(0.50, 0.1), blue_car=box(0.70, 0.1))
    assert not is_so("both cars are side by side", behind)
    assert is_so("the cars are in a row", behind)


def test_open_and_closed():
    lid = {"lid": Turning(1.8, 0.0, 1.95)}
    laptop = table(laptop=box(0.5, 0.0, joints=lid))
    assert is_so("the laptop is open", laptop)
    assert is_so("the lid of the laptop is at least 100 degrees open", laptop)
    assert not is_so("the lid of the laptop is at least 110 degrees open", laptop)
    assert not is_so("the laptop is closed", laptop)
    shut = table(laptop=box(0.5, 0.0, joints={"lid": Turning(-0.02, -2.0, 0.0)}))
    assert is_so("the laptop is closed", shut), "it may open either way"
    drawers = {"upper": Turning(0.0, 0.0, 0.2, True), "lower": Turning(0.15, 0.0, 0.2, True)}
    cabinet = table(cabinet=box(0.5, 0.0, joints=drawers))
    assert is_so("the cabinet is open and not closed", cabinet)
    assert is_so("the upper of the cabinet is closed", cabinet)
    assert is_so("the cabinet is 12 cm open", cabinet)


def test_what_changed_since_the_start():
    start = table(cup=box(0.5, 0.0), sign=box(0.4, 0.2))
    turned = box(0.4, 0.2, turn=(0.0, 0.0, 170 * DEG))
    now = table(cup=box(0.5, 0.1, 0.06, touches=("robot",), held=True), sign=turned)
    assert is_so("cup lifted", now, start)
    assert is_so("cup moved to the left by at least 9 cm", now, start)
    assert not is_so("cup moved to the right", now, start)
    assert is_so("the sign is turned around", now, start)
    assert not is_so("the sign has been moved", now, start)
    assert is_so("the cup is held", now, start)
    assert not is_so("the cup has been let go", now, start)


def test_postures():
    down = table(bottle=box(0.5, 0.0, turn=(math.pi / 2, 0.0, 0.0)))
    assert is_so("the bottle lies on its side", down)
    assert not is_so("the bottle is upright", down)
    over = table(bottle=box(0.5, 0.0, 0.06, turn=(math.pi, 0.0, 0.0)))
    assert is_so("the bottle is upside down and neither upright nor lying on its side", over)


def test_ink():
    board = table(board=box(0.5, 0.0, ink_m2=0.0003))
    assert is_so("the board is clean", board)
    assert is_so("there is ink on the board", board)
    assert not is_so("the board is written on with at least 4 cm²", board)


def test_several():
    now = table(a=box(0.4, 0.0), b=box(0.5, 0.0), c=box(0.6, 0.0))
    up = [Condition("above", name, "table", 0.1) for name in "abc"]
    flat = [Condition("upright", name) for name in "abc"]
    assert holds(AllOf(tuple(flat)), now, now)
    assert holds(AnyOf((up[0], flat[1])), now, now)
    assert not holds(AnyOf((up[0], flat[1], up[2]), 2), now, now)
    assert holds(AnyOf((up[0], flat[1], flat[2]), 2), now, now)
    assert holds(Not(up[0]), now, now)


def test_a_condition_is_checked():
    with pytest.raises(UsageError, match="Did you mean 'near'"):
        Condition("neer", "cup", "plate")
    with pytest.raises(UsageError, match="two different things"):
        Condition("near", "cup")
    with pytest.raises(UsageError, match="one thing"):
        Condition("open", "cup", "plate")
    with pytest.raises(UsageError, match="between 0 and 100"):
        Condition("near", "cup", "plate", float("nan"))
    with pytest.raises(UsageError, match="cannot be used"):
        Condition("near", "cup", "plate", 0.1, "share")
    with pytest.raises(UsageError, match="At least 1 of 1 different conditions"):
        AllOf((Condition("open", "cup"), Condition("open", "cup")))
    with pytest.raises(UsageError, match="too large to be measured"):
        Condition("near", "cup", "plate", float("inf"))
    with pytest.raises(UsageError, match="at most 64 conditions"):
        AllOf(tuple(Condition("near", "cup", "plate", i / 100) for i in range(65)))


def test_a_goal_is_checked_against_the_table():
    now = table(cup=box(0.5, 0.0), plate=PLATE)
    with pytest.raises(UsageError, match=r"called 'cop'\. Did you mean 'cup'"):
        check_goal(Condition("near", "plate", "cop"), now)
    with pytest.raises(UsageError, match="Nothing called lid opens at the cup"):
        check_goal(Condition("open", "cup"), now)
    with pytest.raises(UsageError, match="shows no ink"):
        check_goal(Condition("clean", "cup"), now)
    with pytest.raises(UsageError, match="reached before anything is done"):
        check_goal(Condition("upright", "cup"), now)
    check_goal(Condition("on", "cup", "plate"), now)


def test_every_relation_has_an_amount_or_is_so_or_not():
    for name, relation in RELATIONS.items():
        assert bool(relation.exact) == bool(relation.unit), name
