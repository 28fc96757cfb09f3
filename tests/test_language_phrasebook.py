"""What people confirmed: kept, found again, merged, contradicted, and never above a stop."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cliprt.data.disk import folder_lock
from cliprt.errors import StoreError, VocabularyError
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.language.wordings import MAX_WORDINGS, Wording, merged, normalised, save_wordings
from cliprt.types import Primitive
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary

VOCABULARY = ClipRt58Vocabulary()
LEFT = next(p for p in VOCABULARY.primitives if p.group == "y+")
UP = next(p for p in VOCABULARY.primitives if p.group == "z+")


def book(path: Path | str = "", *others: Path, person: str = "") -> PhrasebookInterpreter:
    return PhrasebookInterpreter(VOCABULARY, str(path), [str(one) for one in others], person)


def test_a_confirmed_wording_is_understood_whatever_its_case_and_spaces(tmp_path):
    file = tmp_path / "new folder" / "book.yaml"
    book(file, person="anna").learn("Scootch  over!", [LEFT, UP])
    for said in ("scootch over", "SCOOTCH OVER.", " scootch over ! "):
        reading = book(file).read(said)
        assert (reading.decision, reading.primitives) == ("move", (LEFT, UP))
        assert (reading.utterance, reading.source) == (said, "phrasebook")
    assert book(file).read("scootch over there").decision == "ask"
    (row,) = yaml.safe_load(file.read_text())["wordings"]
    assert (row["said"], row["means"], row["count"]) == (
        "Scootch over!",
        [LEFT.phrase, UP.phrase],
        1,
    )
    assert row["by"] == ["anna"]
    assert len(row["last"]) == 10


def test_without_a_file_it_is_remembered_while_it_lives():
    one = book()
    one.learn("scootch over", [LEFT])
    assert one.read("scootch over").primitives == (LEFT,)
    assert book().read("scootch over").decision == "ask"


@pytest.mark.parametrize(
    "said",
    [
        "stop",
        "whoa there",
        "we are done",
        "undo",
        "take that back",
        "redo",
        "discard the episode",
        "",
        "?!",
        "left " * 100,
        "scootch\x1b[2J",
        UP.phrase,
    ],
)
def test_what_steers_an_episode_or_is_no_sentence_is_never_learned(tmp_path, said):
    file = tmp_path / "book.yaml"
    one = book(file)
    one.learn(said, [LEFT])
    assert not file.exists()
    assert one.read(said).primitives != (LEFT,)


def test_a_stop_written_into_the_file_by_hand_still_stops(tmp_path):
    file = tmp_path / "book.yaml"
    save_wordings(file, VOCABULARY, [Wording(s, (LEFT.phrase,)) for s in ("stop", "done", "undo")])
    assert book(file).read("Stop!").decision == "stop"
    assert book(file).read("done").decision == "done"
    assert book(file).read("undo").decision == "ask"


def test_only_entries_of_the_vocabulary_are_learned(tmp_path):
    one = book(tmp_path / "book.yaml")
    exact = Primitive(LEFT.label, LEFT.phrase, (0, 0.08, 0, 0, 0, 0, 0), None, LEFT.group)
    for primitives in ([exact], [LEFT, exact], [], [LEFT] * 7):
        one.learn("scootch over", primitives)
    assert not one.wordings


def test_contradictions_are_asked_about_the_most_often_confirmed_first(tmp_path):
    anna, ben = tmp_path / "anna.yaml", tmp_path / "ben.yaml"
    book(anna).learn("scootch over", [LEFT])
    for _ in range(2):
        book(ben).learn("Scootch over", [UP])
    reading = book("", anna, ben).read("scootch over")
    assert (reading.decision, reading.offers) == ("ask", (UP, LEFT))
    assert book(ben, anna).read("scootch over").offers == (UP, LEFT)


def test_other_peoples_files_are_read_and_not_written(tmp_path):
    anna, ben = tmp_path / "anna.yaml", tmp_path / "ben.yaml"
    book(anna).learn("scootch over", [LEFT])
    before = anna.read_bytes()
    one = book(ben, anna)
    one.learn("hup", [UP])
    assert one.read("scootch over").primitives == (LEFT,)
    assert anna.read_bytes() == before
    assert [row.said for row in book(ben).wordings] == ["hup"]


def test_what_another_process_wrote_is_noticed(tmp_path):
    file = tmp_path / "book.yaml"
    reader = book(file)
    assert reader.read("scootch over").decision == "ask"
    book(file).learn("scootch over", [LEFT])
    assert book(file).read("scootch over").decision == "move"
    assert reader.read("scootch over").decision == "move"
    reader.learn("hup", [UP])
    assert len(book(file).wordings) == 2


def learn_many(file: str, name: str) -> None:
    one = PhrasebookInterpreter(VOCABULARY, file, person=name)
    for i in range(10):
        one.learn(f"{name} hums {'abcdefghkq'[i]}", [LEFT])
        one.learn("all of us say so", [UP])


def test_two_processes_lose_nothing(tmp_path):
    file = tmp_path / "book.yaml"
    context = multiprocessing.get_context("fork")
    people = [context.Process(target=learn_many, args=(str(file), n)) for n in ("anna", "ben")]
    for person in people:
        person.start()
    for person in people:
        person.join()
    rows = book(file).wordings
    assert len(rows) == 21
    (shared,) = [row for row in rows if row.said == "all of us say so"]
    assert (shared.count, set(shared.by)) == (20, {"anna", "ben"})


def test_it_learns_in_a_run_folder_that_somebody_works_on(tmp_path):
    with folder_lock(tmp_path):
        book = PhrasebookInterpreter(VOCABULARY, phrasebook=str(tmp_path / "phrasebook.yaml"))
        book.learn("scooch over", [VOCABULARY.primitives[0]])
        assert book.read("scooch over").decision == "move"


def test_a_file_broken_while_in_use_is_kept_for_its_owner_to_mend(tmp_path, caplog):
    file = tmp_path / "book.yaml"
    one = book(file)
    one.learn("scootch over", [LEFT])
    file.write_text(file.read_text() + "  oops\n")
    assert one.read("scootch over").decision == "move"
    assert "is not YAML" in caplog.text
    with pytest.raises(StoreError, match="nothing was learned, and the file is as it was"):
        one.learn("hup", [UP])
    assert file.read_text().endswith("oops\n")


def test_an_unwritable_folder_is_explained(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot write"):
        book(tmp_path / "file" / "book.yaml").learn("hup", [UP])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("wordings: 3", "wordings is 3. It must be a list"),
        ("[]\n- a", "is not YAML"),
        ("- a", "It must have vocabulary, fingerprint, wordings"),
        ("words: []", "unknown key 'words'. Did you mean 'wordings'?"),
        ("wordings: [{said: yes, means: x}]", r"wordings\[0\].said: is True. It must be text"),
        ("wordings: [{said: hup, means: []}]", "means: is .*must be a list of phrases"),
        ("wordings: [{said: hup, means: go up}]", "'go up' is no phrase of the vocabulary"),
        ("wordings: [{said: hup, means: [[1]]}]", "is no phrase"),
        ("wordings: [{said: hup, means: close the gripper, count: 0}]", "count: is 0. Allowed"),
        ("fingerprint: 0123456789ab", "was made for the vocabulary None"),
        ("\x00", "is not YAML"),
    ],
)
def test_mistakes_in_a_file_are_explained(tmp_path, text, problem):
    file = tmp_path / "book.yaml"
    file.write_text(text)
    with pytest.raises(VocabularyError, match=problem):
        book(file)


def test_a_file_of_another_vocabulary_or_none_is_explained(tmp_path):
    file = tmp_path / "book.yaml"
    book(file).learn("hup", [UP])
    with pytest.raises(VocabularyError, match=r"'clip_rt_58' .* this is 'oxe_50'"):
        PhrasebookInterpreter(Oxe50Vocabulary(), str(file))
    with pytest.raises(VocabularyError, match="cannot be read: No such file"):
        book("", tmp_path / "none.yaml")


def test_a_file_by_hand_needs_little(tmp_path):
    file = tmp_path / "book.yaml"
    file.write_text("wordings:\n- {said: hup hup, means: Raise the arm up by  one centimeter}\n")
    assert book(file).read("Hup hup!").primitives == (UP,)


def test_the_rarest_and_oldest_make_room():
    rows = [Wording(f"say {i}", ("a",), 2, last=f"2026-01-{1 + i % 28:02}") for i in range(30)]
    rows.append(Wording("new", ("a",), 1, last="2026-02-01"))
    kept = merged([Wording("old", ("a",), 1, last="2025-01-01"), *rows], limit=31)
    assert [row.said for row in kept] == [row.said for row in rows]
    assert MAX_WORDINGS >= 1000


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing(text):
    assert normalised(normalised(text)) == normalised(text)


@given(
    st.lists(
        st.builds(
            Wording,
            st.sampled_from(["hup", "Hup!", "go on up", "scootch"]),
            st.sampled_from([("a",), ("b",), ("a", "b")]),
            st.integers(1, 5),
        )
    )
)
def test_merging_keeps_every_confirmation(rows):
    found = merged(rows)
    assert sum(row.count for row in found) == sum(row.count for row in rows)
    assert merged(found) == found
