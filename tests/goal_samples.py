"""Facts and goals drawn at random, and tables laid by hand, for the tests of goals."""

from __future__ import annotations

from hypothesis import strategies as st

from cliprt.goals.conditions import AllOf, AnyOf, Condition, Not
from cliprt.goals.facts import Facts, Placement, Turning
from cliprt.goals.measures import HAND, TABLE
from cliprt.goals.relations import RELATIONS

NAMES = ("red cup", "blue cup", "plate", "mug", "spoon", "toy car 2", "box", "trash can", "sign")
AT_REST = (0.0, 0.0, 0.0)


def box(x, y, z=0.0, size=(0.06, 0.06, 0.06), turn=AT_REST, touches=("table",), **more):
    """A thing that stands at a place: its frame lies under its middle [m]."""
    dx, dy, dz = size
    return Placement(
        (x, y, z, *turn),
        (-dx / 2, -dy / 2, 0.0),
        (dx / 2, dy / 2, dz),
        touches=frozenset(touches),
        **more,
    )


def table(gripper="open", hand=(0.4, 0.0, 0.3, 0.0, 3.1416, 0.0), **things):
    """Facts of some things; a name's underscore is a blank."""
    return Facts(hand, gripper, {name.replace("_", " "): thing for name, thing in things.items()})


numbers = st.floats(-3, 3).map(lambda value: round(value, 4) + 0.0)
names = st.sampled_from(NAMES)
poses = st.tuples(*[numbers] * 6)
placements = st.builds(
    Placement,
    poses,
    st.tuples(*[numbers] * 3),
    st.tuples(*[numbers] * 3),
    st.dictionaries(
        st.sampled_from(["lid", "drawer"]),
        st.builds(Turning, numbers, numbers, numbers, st.booleans()),
        max_size=2,
    ),
    st.booleans(),
    st.frozensets(st.sampled_from([*NAMES, "table", "robot"]), max_size=4),
    st.none() | numbers,
)
facts = st.builds(
    Facts, poses, st.sampled_from(["open", "closed"]), st.dictionaries(names, placements)
)


@st.composite
def conditions(draw):
    name = draw(st.sampled_from(sorted(RELATIONS)))
    relation = RELATIONS[name]
    what = draw(names)
    where = draw(st.sampled_from([n for n in (*NAMES, HAND, TABLE) if n != what]))
    unit, part = relation.unit, ""
    if name in ("open", "closed"):
        unit = draw(st.sampled_from(["share", "m", "rad"]))
        part = draw(st.sampled_from(["", "lid", "drawer", "knob"]))
    amount = draw(st.none() | st.floats(0, 2)) if relation.exact else None
    if name in ("in", "on") and where == HAND:
        where = TABLE  # what is in the hand is held
    return Condition(name, what, where if relation.is_of_two else "", amount, unit, part)


goals = st.recursive(
    conditions(),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(lambda all_: _several(all_)),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(lambda any_: _several(any_, 1)),
        st.lists(inner, min_size=3, max_size=3, unique=True).map(lambda any_: _several(any_, 2)),
    ),
    max_leaves=6,
)


def _several(parts, least=None):
    """Put together, or the first where the parts were the same after all."""
    try:
        return AllOf(tuple(parts)) if least is None else AnyOf(tuple(parts), least)
    except ValueError:
        return parts[0]
