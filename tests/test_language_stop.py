"""Whatever means stop, stops: in any spelling, at any place, however much else is said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from language_samples import everyday

from cliprt.language.stops import is_stop, table
from cliprt.language.text import about

WORDS = ["stop", "halt", "freeze", "wait", "hold still", "stand still", "whoa", "e-stop", "abort"]
SPELLINGS = [
    *("STOP", "Stop!", "stooop", "stoppp", "sstop", "stop.", "stopstop", "stop-stop", "stopnow"),
    *("freeeze", "freezzze", "freeeeezeee", "hold stilll", "hooold still", "waaait", "haaalt"),
    *("noooo", "noo", "NOOOOO!", "s t o p", "s.t.o.p.", "S-T-O-P", "st op", "stpo", "wiat"),
    *("stóp", "st\u0336o\u0336p\u0336", "ｓｔｏｐ", "st\u200bop", "that’s enough", "stop_it"),
    *("🛑", "✋", "✋🏽", "⛔", "⛔️", "⏹️", "⏸", "🖐", "🚫"),
]
LETTERS = st.text("abcdefghijklmnopqrstuvwxyz ,.!?5", max_size=600)


def drawn_out(word: str, times: list[int]) -> str:
    """Each letter so many times."""
    return "".join(letter * times[i % len(times)] for i, letter in enumerate(word))


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("sentence", ["{}", "left 5 cm {}", "{} left", "{}" + " and left" * 200])
def test_every_spelling_stops_everywhere(spelling, sentence):
    assert about(sentence.format(spelling)) == "stop"


@given(LETTERS, st.sampled_from([*WORDS, *SPELLINGS]), LETTERS)
def test_a_stop_word_wins_whatever_is_said_around_it(before, word, after):
    assert about(f"{before} {word} {after}") == "stop"


@given(st.sampled_from(WORDS), st.lists(st.integers(1, 6), min_size=1, max_size=9))
def test_drawn_out_letters_count_once(word, times):
    assert is_stop(drawn_out(word, times))


@pytest.mark.parametrize("length", [299, 300, 301, 302, 5_000, 100_000])
def test_no_length_hides_a_stop_word(length):
    assert is_stop("x" * (length - 5) + " stop")
    assert is_stop("stop " + "x" * (length - 5))
    assert not is_stop("left " * (length // 5))


@pytest.mark.parametrize(
    "sentence",
    [
        *("no", "nonstop", "stopwatch", "laptop", "the top", "noon", "hold on to it", "weight"),
        *("a step to the left", "unstoppable", "desktop", "histop", "note", "shalt", "exits"),
    ],
)
def test_letters_of_a_stop_word_alone_do_not_stop(sentence):
    assert not is_stop(sentence)


def test_no_everyday_sentence_stops():
    assert [said for said, _, _ in everyday() if is_stop(said)] == []


LANGUAGES = {
    "ko": "멈춰! 정지 그만 스톱 그만해요 잠깐만요 멈추세요",
    "es": "¡alto! para! detente ¡Párate! basta,_ya para,_por_favor espera quieto Deténgase",
    "de": "halt stopp anhalten bleib_sofort_stehen hör_auf HÖR_AUF! warte halten_Sie_bitte_an",
    "fr": "arrête arretez Arrête-toi! stoppe halte ne_bouge_plus attends ça_suffit ARRÊTEZ",
    "zh": "停 停下！ 停止 暂停 別動 住手 等一下 快停下来",
    "ja": "止まれ 止まって！ ストップ 待って とまれ やめて 停止 動くな",
    "pt": "pare para! Para,_por_favor chega parar espere não_se_mexa alto!",
    "hi": "रुको रुक_जाओ रुकिए! ठहरो बस_करो ruko ruk_jao रोको",
    "it": "fermo fermati! basta alt aspetta stop_subito non_muoverti",
    "nl": "stoppen halt wacht hou_op sta_stil! niet_bewegen houd_er_nu_mee_op",
    "ru": "стоп стой! остановись хватит подожди СТОЯТЬ не_двигайся",
    "tr": "dur dur! durdur bekle yeter,_lütfen kıpırdama",
    "pl": "stój stój! zatrzymaj_się przestań czekaj nie_ruszaj_się",
    "ar": "قف توقف! انتظر كفى لا_تتحرك",
    "sv": "stanna stopp! sluta vänta stå_still",
    "vi": "dừng_lại dừng! đợi_đã đứng_yên",
    "id": "berhenti berhenti! tunggu hentikan cukup",
    "el": "σταμάτα στοπ! περίμενε Σταματήστε",
    "he": "עצור תעצור! חכה די",
    "th": "หยุด หยุดนะ! รอก่อน",
    "cs": "stůj zastav! přestaň počkej dost",
    "hu": "állj állj_meg! várj elég",
    "fi": "seis pysähdy! lopeta odota",
    "uk": "стій зупинись! досить чекай",
    "ro": "oprește stai! așteaptă destul",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_everybody_can_stop_it_in_their_own_language(language):
    said = [word.replace("_", " ") for word in LANGUAGES[language].split()]
    assert [words for words in said if about(words) != "stop"] == []
    assert [words for words in said if about(f"{words}, {words}!!!") != "stop"] == []
    assert [words for words in said if about(words.upper()) != "stop"] == []


@given(LETTERS, st.sampled_from(sorted(table()["anywhere"])), LETTERS)
def test_a_stop_word_of_any_language_wins_whatever_is_said_around_it(before, word, after):
    assert is_stop(f"{before} {word} {after}")


@pytest.mark.parametrize(
    "sentence",
    [
        *(
            "para la derecha",
            "mova para a esquerda",
            "más alto",
            "arriba seis milímetros",
            "plus bas",
        ),
        *(
            "avance de 10 cm stp",
            "mach die Hand zu",
            "ग्रिपर बंद करो",
            "왼쪽으로 3cm",
            "上に3センチ",
            "向左移动",
        ),
        *(
            "how does that feel, mate",
            "no, a la izquierda",
            "nein, nach rechts",
            "non, plus haut",
            "un peu plus à gauche",
        ),
    ],
)
def test_what_steers_an_arm_in_another_language_does_not_stop_it(sentence):
    assert not is_stop(sentence)
