"""The grids against the published tables."""

import json
from pathlib import Path

import pytest

from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

REFERENCE = Path(__file__).resolve().parents[1].parent / "shared" / "reference"


def published(file: str, key: str) -> list[dict]:
    path = REFERENCE / file
    if not path.exists():
        pytest.skip(f"{file} is not beside this checkout")
    return json.loads(path.read_text())[key]


def test_clip_rt_58_equals_the_published_table():
    rows = published("primitives_58.json", "primitives")
    entries = ClipRt58Vocabulary().primitives
    assert len(entries) == len(rows) == 58
    for entry, row in zip(entries, rows, strict=True):
        assert (entry.label, entry.phrase) == (row["label"], row["phrase"])
        assert list(entry.motion) == row["action"][:7]


def test_oxe_50_has_the_published_order():
    rows = published("oxe_labels_50.json", "labels")
    entries = Oxe50Vocabulary().primitives
    assert len(entries) == len(rows) == 50
    for entry, row in zip(entries, rows, strict=True):
        assert entry.label == row["label"]
        assert list(entry.motion[:6]) == pytest.approx(row["action"][:6], abs=1e-5)
        assert entry.motion[6] == 0.0


def test_motions_leave_the_gripper_as_it_is():
    entries = ClipRt58Vocabulary().primitives
    assert {p.gripper for p in entries[:56]} == {None}
    assert (entries[56].gripper, entries[57].gripper) == ("closed", "open")
    assert "fourty five" in entries[25].phrase


def test_there_are_sixteen_displacement_groups():
    entries = ClipRt58Vocabulary().primitives
    assert len({p.group for p in entries}) == 16
    assert (entries[0].group, entries[15].group, entries[56].group) == ("x-", "y+", "close")


def test_both_vocabularies_share_phrases():
    phrases = {p.phrase for p in ClipRt58Vocabulary().primitives}
    assert {p.phrase for p in Oxe50Vocabulary().primitives} < phrases
