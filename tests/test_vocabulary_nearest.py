"""nearest(): the documented rules, to the edges of the bins."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.types import NO_MOTION, Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import AXES, by_phrase, fingerprint, group_of, nearest

VOCABULARY = ClipRt58Vocabulary()


def along(axis: str, amount: float) -> tuple[float, ...]:
    motion = [0.0] * 7
    motion[AXES.index(axis)] = amount
    return tuple(motion)


class Listed(ActionVocabulary):
    def __init__(self, *entries: Primitive) -> None:
        self._entries = entries

    @property
    def name(self) -> str:
        return "listed"

    @property
    def primitives(self) -> tuple[Primitive, ...]:
        return self._entries


@pytest.mark.parametrize("entry", VOCABULARY.primitives, ids=lambda p: p.phrase)
def test_every_entry_is_its_own_nearest(entry):
    assert nearest(VOCABULARY, entry.motion, entry.gripper) == entry


@pytest.mark.parametrize(
    ("metres", "centimetres"),
    [
        (0.0049, None),
        (0.005, 1),
        (0.03, 1),
        (0.1 * 0.3, 1),
        (0.030001, 5),
        (0.075, 5),
        (0.08, 10),
        (0.15, 10),
        (0.05 * 3, 10),
        (0.151, 20),
        (0.3, 20),
        (0.1 + 0.2, 20),
        (0.300001, None),
    ],
)
def test_bins_of_translations(metres, centimetres):
    found = nearest(VOCABULARY, along("y", metres))
    assert (found and round(VOCABULARY.primitives[found.label].motion[1] * 100)) == centimetres


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(2.4, None), (2.5, 5), (10, 5), (10.01, 15), (30, 15), (67.5, 45), (68, 90), (180, 90)],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_bins_of_rotations(degrees, expected, sign):
    found = nearest(VOCABULARY, along("yaw", sign * math.radians(degrees)))
    table = found and math.degrees(VOCABULARY.primitives[found.label].motion[5])
    assert (table and round(table)) == (expected and sign * expected)


def test_more_than_half_a_turn_has_no_nearest():
    assert nearest(VOCABULARY, along("yaw", math.radians(180.001))) is None


def test_the_exact_motion_is_kept():
    found = nearest(VOCABULARY, along("x", 0.08))
    assert found is not None
    assert (found.phrase, found.group) == ("move the arm forward by ten centimeters", "x+")
    assert found.motion[0] == 0.08


def test_the_dominant_axis_decides_and_a_large_residue_has_no_answer():
    assert nearest(VOCABULARY, (0.1, 0.05, 0, 0, 0, 0, 0)).group == "x+"
    assert nearest(VOCABULARY, (0.1, 0.0501, 0, 0, 0, 0, 0)) is None
    assert nearest(VOCABULARY, (0.1, 0, 0, 0, 0, math.radians(22.5), 0)).group == "x+"
    assert nearest(VOCABULARY, (0.1, 0, 0, 0, 0, math.radians(23), 0)) is None
    assert nearest(VOCABULARY, (0.04, 0, 0, 0, 0, math.radians(90), 0)).group == "yaw+"


def test_gripper_states_are_entries_of_their_own():
    assert nearest(VOCABULARY, NO_MOTION, "closed").label == 56
    assert nearest(VOCABULARY, NO_MOTION, "open").label == 57
    assert nearest(VOCABULARY, along("x", 0.1), "open") is None
    assert nearest(VOCABULARY, NO_MOTION) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e300])
def test_numbers_that_are_no_amount_have_no_nearest(bad):
    assert nearest(VOCABULARY, along("z", bad)) is None
    assert nearest(VOCABULARY, (0.1, 0.2)) is None


def test_a_missing_axis_has_no_nearest():
    assert nearest(Oxe50Vocabulary(), along("gripper_rotation", 0.7)) is None


def test_an_entry_along_two_axes_answers_only_to_its_own_motion():
    scoop = Primitive(0, "scoop", (0.1, 0, 0.05, 0, 0, 0, 0))
    grab_low = Primitive(1, "grab low", (0, 0, -0.05, 0, 0, 0, 0), "closed")
    vocabulary = Listed(scoop, grab_low)
    assert nearest(vocabulary, scoop.motion).phrase == "scoop"
    assert nearest(vocabulary, along("x", 0.1)) is None
    assert nearest(vocabulary, grab_low.motion, "closed").phrase == "grab low"
    assert nearest(vocabulary, grab_low.motion) is None


@given(st.sampled_from(AXES), st.floats(-3.2, 3.2), st.floats(-1e-12, 1e-12))
def test_float_noise_never_decides(axis, amount, noise):
    amount = round(amount, 4)
    clean = nearest(VOCABULARY, along(axis, amount))
    noisy = nearest(VOCABULARY, along(axis, amount + noise))
    assert (clean and clean.label) == (noisy and noisy.label)


@given(st.tuples(*[st.floats(allow_nan=True, allow_infinity=True)] * 7))
def test_any_seven_numbers_have_an_answer_or_none(motion):
    found = nearest(VOCABULARY, motion)
    assert found is None or (found.motion == motion and found.label is not None)


@given(st.sampled_from(AXES), st.floats(0.006, 0.29))
def test_left_mirrors_right(axis, amount):
    amount *= 1 if axis in "xyz" else 10
    one, other = (nearest(VOCABULARY, along(axis, s * amount)) for s in (1, -1))
    assert one is not None
    assert other is not None
    mirrored = VOCABULARY.primitives[other.label].motion
    assert VOCABULARY.primitives[one.label].motion == tuple(-x if x else 0.0 for x in mirrored)


def test_by_phrase_ignores_case_and_spaces():
    assert by_phrase(VOCABULARY, " Close  the GRIPPER ").label == 56
    assert by_phrase(VOCABULARY, "close the drawer") is None


def test_groups():
    assert group_of((0, 0, -0.1, 0, 0, 0, 0)) == "z-"
    assert group_of(NO_MOTION, "closed") == "close"
    assert group_of(NO_MOTION) == ""


def test_fingerprint_changes_with_any_entry_and_is_stable():
    base = fingerprint(VOCABULARY)
    assert base == fingerprint(ClipRt58Vocabulary())
    assert len(base) == 12
    entry = VOCABULARY.primitives[0]
    rest = VOCABULARY.primitives[1:]
    changed = [
        Primitive(0, entry.phrase + "!", entry.motion),
        Primitive(0, entry.phrase, (-0.21, *entry.motion[1:])),
        Primitive(0, entry.phrase, entry.motion, "open"),
    ]
    prints = {fingerprint(Listed(other, *rest)) for other in changed} | {base}
    assert len(prints) == 4
    assert fingerprint(Listed(*VOCABULARY.primitives)) == base
