"""What sounds like a command in one of the languages and is none: never a move."""

import pytest

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.interface import Situation
from cliprt.language.learning import may_be_learned
from cliprt.registry import load
from cliprt.types import Primitive

VOCABULARY = load("vocabulary", "clip_rt_58")()
LEFT, *_ = (p for p in VOCABULARY.primitives if p.group == "y+")


def read(utterance: str, situation: Situation | None = None):
    grammar = GrammarInterpreter(VOCABULARY)
    if situation:
        grammar.situate(situation)
    return grammar.read(utterance)


@pytest.mark.parametrize(
    "said",
    [
        # Things, and what is done to them.
        *("take left", "right of way", "give back", "fast forward"),
        *("leg etwas nach links", "nimm ein stück hoch", "lass es oben", "lass die hand offen"),
        *("baisse le son un peu", "ferme la porte un peu", "lève un pouce"),
        *("쥐를 잡아", "이거 들어봐", "拿左边的", "放左边", "左腕", "左は", "ऊपर का"),
        # How the hand is.
        *("with the hand open", "con la mano abierta", "mit der hand geschlossen"),
        # Who does it, and what was done.
        *("you're going up", "sie geht nach oben", "es geht aufwärts", "ella sube", "elle avance"),
        *(
            "ele sobe",
            "ela desce",
            "왼쪽으로 가라고 해",
            "手臂上升了",
            "往左移动了5厘米",
            "往上5厘米了",
        ),
        *("左かな", "手を閉じていい感じ"),
        # Praise and thanks.
        *("up 5 cm well done", "5 cm hoch gut gemacht", "5 cm arriba buen trabajo"),
        *("5 cm en haut bon travail", "5 cm para cima bom trabalho", "5센티 위로 잘했어"),
        *("往上5厘米做得很好", "上げてありがとう", "gracias a ti", "위로해 줘"),
        # What is not to be done any more, or later.
        *("plus monter", "deja de más alto", "deixa de para cima", "हाथ हिलाना बंद करो"),
        *("ऊपर जाना बंद करो", "बाद में ऊपर"),
        # Which of the two: the arm, or the wrist?
        *("wrist right", "손목 오른쪽으로"),
    ],
)
def test_nothing_moves(said):
    assert read(said).decision != "move"


@pytest.mark.parametrize(
    ("said", "group"),
    [
        *(
            ("take it left 5 cm", "y+"),
            ("take a step to the right", "y-"),
            ("open the hand", "open"),
        ),
        *(("move the wrist right", "y-"), ("well done, now up", "z+"), ("lass ihn los", "open")),
        *(("lege den Arm 5 cm nach links", "y+"), ("baisse son bras", "z-"), ("팔 들어봐", "z+")),
        *(("把手放左边一点", "y+"), ("往左5厘米就好了", "y+"), ("잘했어, 위로", "z+")),
        *(("हाथ बंद करो", "close"), ("muévelo a la derecha", "y-"), ("pega ele", "close")),
    ],
)
def test_their_likes_still_do(said, group):
    assert [p.group for p in read(said).primitives] == [group]


@pytest.mark.parametrize(
    "said",
    [
        *(
            "is it too far",
            "was it too far",
            "is the arm too far",
            "und so weiter",
            "por otro lado",
        ),
        *("au moins", "pelo menos", "demais", "encore toi", "다시는", "不太远"),
    ],
)
def test_what_is_no_word_on_the_step_before(said):
    assert read(said, Situation((LEFT,))).decision == "ask"


@pytest.mark.parametrize("asked", ["nice lift", "thanks for going up", "stop going left"])
@pytest.mark.parametrize("piece", ["5 cm", "a bit", "the arm", "the gripper", "slowly"])
def test_a_piece_completes_only_a_question_that_lacks_one(asked, piece):
    situation = Situation(asked=read(asked))
    assert read(piece, situation).primitives == read(piece).primitives


@pytest.mark.parametrize(
    "said",
    [
        *("ok", "yes", "thanks", "good", "please", "it", "hmm", "slowly", "nice lift", "hola"),
        *("danke", "네", "好的", "はい", "हाँ", "merci", "kannst du das", "es ist schön"),
        *("문 열어 줘", "打开电视", "ドアを開けて", "दरवाज़ा खोलो", "ferme la porte", "open zorble"),
    ],
)
def test_talk_and_things_are_not_learned(said):
    opened = next(p for p in VOCABULARY.primitives if p.group == "open")
    means: Primitive = opened if "open" in said else LEFT
    assert may_be_learned(said, (means,))
