"""Vocabularies from a file: what is read, and every mistake by file, line and key."""

import math

import pytest

from cliprt.errors import VocabularyError
from cliprt.vocabularies.table import TableVocabulary

GOOD = """\
name: my_arm
primitives:
  - phrase: slide left a little
    move_cm: {y: 5}
  - phrase: twist a quarter turn
    turn_deg: {gripper_rotation: 90}
  - phrase: scoop
    move_cm: {x: 10, z: 2.5}
    turn_deg: {pitch: -15}
    group: scoop
  - phrase: let go
    gripper: open
"""


def write(tmp_path, text: str):
    path = tmp_path / "table.yaml"
    path.write_text(text)
    return path


def test_a_table_is_read_in_order(tmp_path):
    vocabulary = TableVocabulary(write(tmp_path, GOOD))
    assert vocabulary.name == "my_arm"
    slide, twist, scoop, release = vocabulary.primitives
    assert [p.label for p in vocabulary.primitives] == [0, 1, 2, 3]
    assert slide.motion == (0, 0.05, 0, 0, 0, 0, 0)
    assert twist.motion[6] == math.radians(90)
    assert scoop.motion == (0.1, 0, 0.025, 0, math.radians(-15), 0, 0)
    assert (slide.group, scoop.group, release.group) == ("y+", "scoop", "open")
    assert release.gripper == "open"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", "", "is empty"),
        ("- a\n", ":1", "must be a mapping of name, primitives"),
        ("name: a\n", ":1", "primitives: must be a list"),
        ("name: a\nprimitives: []\n", ":2", "at least one entry"),
        (
            "name: 3\nprimitives: [{phrase: p, gripper: open}]\n",
            ":1",
            "is '3'. It must be text that is not empty; put it in",
        ),
        ("#" * 8_000_001, "", "is larger than 8,000,000 bytes. Give a YAML table"),
        ("name: [1\n", ":2", "is not YAML"),
        ("name: " + "[" * 5000, ":1", "is not YAML: nested far too deeply"),
        ("name: &a x\nprimitives: *a\n", ":2", "is not YAML: aliases"),
        (GOOD.replace("phrase: scoop", "phrase: Let go"), ":11", "that of primitives[2]"),
        (GOOD.replace("gripper: open", "gripper: 1"), ":12", "is '1'. Allowed: open, closed"),
        (GOOD.replace("{y: 5}", "{y: five}"), ":4", "move_cm.y: is 'five'"),
        (GOOD.replace("{y: 5}", "{y: .nan}"), ":4", "from -1000 to 1000 [cm]"),
        (GOOD.replace("{y: 5}", "{y: 0}"), ":4", "a number other than 0"),
        (GOOD.replace("{y: 5}", "{}"), ":4", "Allowed: x, y, z"),
        (GOOD.replace("{y: 5}", "{left: 5}"), ":4", "unknown key 'left'"),
        (GOOD.replace("90", "900"), ":6", "from -360 to 360 [deg]"),
        (GOOD.replace("turn_deg: {g", "turn_degs: {g"), ":6", "Did you mean 'turn_deg'?"),
        (GOOD.replace("    gripper: open\n", ""), ":11", "does nothing"),
        (GOOD.replace("    gripper: open", "    move_cm: {y: 5}"), ":11", "same as primitives[0]"),
        (GOOD.replace("  - phrase: let go\n", "  -\n"), ":12", "phrase: is missing"),
        (GOOD.replace("name: my_arm", "name: a\nname: b"), ":2", "the key 'name' twice"),
    ],
)
def test_every_mistake_names_file_line_and_key(tmp_path, text, line, words):
    path = write(tmp_path, text)
    with pytest.raises(VocabularyError) as caught:
        TableVocabulary(path)
    assert f"{path}{line}: " in str(caught.value)
    assert words in str(caught.value)


def test_all_mistakes_come_at_once(tmp_path):
    path = write(tmp_path, GOOD.replace("{y: 5}", "{w: 5}").replace("open", "ajar"))
    with pytest.raises(VocabularyError) as caught:
        TableVocabulary(path)
    assert len(str(caught.value).splitlines()) == 2


def test_a_missing_file_and_a_binary_one(tmp_path):
    with pytest.raises(VocabularyError, match="No such file"):
        TableVocabulary(tmp_path / "none.yaml")
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(VocabularyError, match="not UTF-8"):
        TableVocabulary(binary)


def test_words_like_on_and_yes_are_words(tmp_path):
    text = GOOD.replace("name: my_arm", "name: on").replace("phrase: scoop", "phrase: yes")
    vocabulary = TableVocabulary(write(tmp_path, text))
    assert vocabulary.name == "on"
    assert "yes" in [primitive.phrase for primitive in vocabulary.primitives]
