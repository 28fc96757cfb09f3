"""Every registered vocabulary keeps the contract; a broken one is caught."""

from dataclasses import replace

import pytest

from cliprt.registry import load, names
from cliprt.testing.vocabulary import check_vocabulary
from cliprt.types import NO_MOTION, Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary

TABLE = """\
name: tiny_table
primitives:
  - {phrase: go left, move_cm: {y: 5}}
  - {phrase: scoop, move_cm: {x: 5, z: 3}, turn_deg: {pitch: 10}}
  - {phrase: close, gripper: closed}
"""


@pytest.mark.parametrize("name", names("vocabulary"))
def test_registered_vocabularies_conform(name, tmp_path):
    path = tmp_path / "table.yaml"
    path.write_text(TABLE)
    options = {"path": path} if name == "table" else {}
    check_vocabulary(load("vocabulary", name)(**options))


class BrokenVocabulary(ClipRt58Vocabulary):
    """One entry of the 58 is changed."""

    def __init__(self, **changes):
        super().__init__()
        entries = list(self.primitives)
        entries[3] = replace(entries[3], **changes)
        self.primitives = tuple(entries)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"label": 7}, "label is 7, it must be 3"),
        ({"phrase": "close the  gripper"}, "words with single spaces"),
        ({"phrase": "Close the gripper"}, "one phrase twice"),
        ({"motion": (0.1, 0.2)}, "must have 7 numbers"),
        ({"motion": (float("nan"), 0, 0, 0, 0, 0, 0)}, "not finite"),
        ({"motion": NO_MOTION}, "does nothing"),
        ({"motion": (-0.1, 0, 0, 0, 0, 0, 0)}, "one motion twice"),
        ({"gripper": "ajar"}, "allowed: None, 'open', 'closed'"),
        ({"group": ""}, "group is empty"),
    ],
)
def test_broken_vocabularies_are_caught(changes, text):
    with pytest.raises(AssertionError, match=text):
        check_vocabulary(BrokenVocabulary(**changes))


def test_an_empty_vocabulary_is_caught():
    broken = BrokenVocabulary()
    broken.primitives = ()
    with pytest.raises(AssertionError, match="is empty"):
        check_vocabulary(broken)
    broken.primitives = [Primitive(0, "go", NO_MOTION, "open", "open")]
    with pytest.raises(AssertionError, match="no tuple"):
        check_vocabulary(broken)
