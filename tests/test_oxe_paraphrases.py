"""What stands in paraphrases.txt is what the interpreter reads, and what is drawn is repeatable."""

from collections import Counter

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.oxe.paraphrases import draw_paraphrase, paraphrases
from cliprt.vocabularies.grid import Oxe50Vocabulary

VOCABULARY = Oxe50Vocabulary()
LABELS = range(len(VOCABULARY.primitives))


def folded(sentence: str) -> str:
    """Without what only a writer sees: capitals, commas, hyphens, spaces."""
    return "".join(filter(str.isalnum, sentence.lower().replace("°", "degrees")))


def test_every_class_has_its_phrase_and_at_least_fifteen_sentences_of_ours():
    assert [paraphrases(label)[0] for label in LABELS] == [p.phrase for p in VOCABULARY.primitives]
    assert min(len(paraphrases(label)) - 1 for label in LABELS) >= 15


def test_no_sentence_stands_twice_nor_in_two_classes():
    count = Counter(folded(sentence) for label in LABELS for sentence in paraphrases(label))
    assert [sentence for sentence, times in count.items() if times > 1] == []


@pytest.mark.parametrize("label", LABELS)
def test_every_sentence_is_read_as_exactly_its_class(label):
    grammar = GrammarInterpreter(VOCABULARY)
    expected = VOCABULARY.primitives[label]
    for sentence in paraphrases(label):
        reading = grammar.read(sentence)
        assert reading.decision == "move", (sentence, reading.reason)
        (primitive,) = reading.primitives
        assert primitive.label == label, sentence
        assert primitive.motion == pytest.approx(expected.motion, rel=0, abs=1e-9), sentence
        assert primitive.gripper == expected.gripper, sentence
        assert "I read that as" not in reading.reason, sentence  # nothing is misspelt


def test_the_draw_is_the_same_everywhere():
    drawn = [draw_paraphrase(label, f"shard-{label:04}-7") for label in (0, 13, 32, 48)]
    assert drawn == [
        "move your hand backwards, 20 cm",
        "a little more to the left",
        "please angle the hand up by 90°",
        "shut your gripper",
    ]
    assert draw_paraphrase(13, "shard-0013-7", seed=1) != drawn[1]


@pytest.mark.parametrize("label", [0, 25, 49])
def test_every_sentence_is_drawn_as_often(label):
    said = paraphrases(label)
    count = Counter(draw_paraphrase(label, f"key {n}", seed=3) for n in range(200 * len(said)))
    squares = sum((count[sentence] - 200) ** 2 / 200 for sentence in said)
    assert squares < 2 * len(said)  # chi-squared: half of that is expected


def test_the_sentence_does_not_follow_the_label_alone():
    assert len({draw_paraphrase(7, str(n)) for n in range(300)}) == len(paraphrases(7))
