"""Raw text -> plain words, and the words that stop or end everything."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 300
"""Longer utterances are only searched for a stop word, and otherwise questioned."""

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "—": ",", "…": ".", "º": "°"}
    | {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8"}
)
_WORD = re.compile(r"[0-9]+/[0-9]+|[0-9]*\.[0-9]+|[0-9]+|[a-z]+(?:'[a-z]+)?|\S")
_HYPHEN = re.compile(r"(?<=[a-z0-9])-(?=[a-z])")
_DIGIT_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")

_STOP_WORDS = frozenset(
    "stop halt freeze wait pause abort cancel quit exit terminate emergency estop whoa woah cease"
    " shutdown".split()
)
_STOP_PHRASES = re.compile(
    r"\b(?:e stop|hold (?:it|still|up|there|position|your position|everything)|hold on(?! to\b)"
    r"|stay (?:there|put|still|where|right (?:there|here))|stand (?:still|down)|shut down"
    r"|knock it off|cut it out|(?:that's|thats|that is) enough|(?:that's|that is) far enough)\b"
)
_STOP_UTTERANCES = frozenset(
    ["hold", "stay", "break", "enough", "stand", "kill", "still", "no more", "end", "hold now"]
    + [
        f"{refusal} move{rest}"
        for refusal in ("don't", "dont", "do not", "never")
        for rest in ("", " at all", " anymore", " any more", " an inch", " a muscle", " yet")
    ]
)

_SUBJECTS = (
    "i am|i'm|im|we are|we're|were|you are|you're|it is|it's|that is|that's|this is|the task is|"
    "the job is|the episode is|everything is|task is|task|job|mission|all|i think we are|"
    "i think we're|i think i'm|i think i am|i think it is|i think it's|i think that is|"
    "i think that's|we have|i have|i've|we've|episode"
)
_DONE = re.compile(
    rf"(?:(?:{_SUBJECTS}) )?(?:all )?(?:done|finished|complete|completed|over|accomplished)"
    r"(?: (?:with it|with this|with this task|with the task|here))?"
    r"|finish|finito|that is it|that's it|thats it|this is it|that is all|that's all|thats all"
    r"|that was it|that was all|that will do|that'll do|i think that is it|i think that's it"
    r"|goal reached|end of (?:the )?(?:task|episode)|end (?:the )?(?:task|episode)"
    r"|finish (?:the )?(?:task|episode)"
)
_AROUND_DONE = frozenset(
    "ok okay now yes yep yeah great good perfect thanks thank you robot please well nice alright"
    " right so excellent and , . !".split()
)
_NOT_DONE = frozenset({"over", "right now", "all over", "you are over"})


def split_words(utterance: str) -> list[str]:
    """Lower-case words, numbers and single signs; a sign that no rule knows stays a word."""
    text = utterance.lower().translate(_PLAIN)
    text = _DIGIT_COMMA.sub(" ‚ ", text)  # a decimal comma is not the comma between clauses
    return _WORD.findall(_HYPHEN.sub(" ", text))


def is_stop(utterance: str) -> bool:
    """Whether any stop word occurs, whatever else is said; drawn-out letters count once."""
    text = utterance.lower().translate(_PLAIN).replace("-", " ")
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", _LONG_RUN.sub(r"\1", text))
    plain = " ".join(words)
    return (
        not _STOP_WORDS.isdisjoint(words)
        or plain in _STOP_UTTERANCES
        or _STOP_PHRASES.search(plain) is not None
    )


def is_done(words: list[str]) -> bool:
    """Whether the whole utterance says that the task is finished."""
    kept = list(words)
    while kept and kept[0] in _AROUND_DONE:
        kept.pop(0)
    while kept and kept[-1] in _AROUND_DONE:
        kept.pop()
    plain = " ".join(word for word in kept if word not in ",.!")
    return plain not in _NOT_DONE and _DONE.fullmatch(plain) is not None


def has_control_characters(utterance: str) -> bool:
    """Whether signs occur that no keyboard types: escape sequences, zero-width marks."""
    return any(unicodedata.category(c)[0] == "C" and c not in "\t\r\n" for c in utterance)
