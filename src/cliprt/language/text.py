"""Raw text -> plain words, and what a sentence is about: the arm, or the session it is said in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

About = Literal["arm", "stop", "done", "undo", "redo", "discard", "go on"]

MAX_CHARACTERS = 300
"""Longer utterances are only searched for a stop word, and otherwise questioned."""

_PLAIN = str.maketrans(
    {"’": "'", "‘": "'", "ʼ": "'", "\u00a0": " ", "—": ",", "…": ".", "º": "°", "″": '"', "”": '"'}
    | {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3", "⅛": " 1/8"}
)
_WORD = re.compile(r"[0-9]+/[0-9]+|[0-9]*\.[0-9]+|[0-9]+|[a-z]+(?:'[a-z]+)?|\S")
_HYPHEN = re.compile(r"(?<=[a-z0-9])-(?=[a-z])")
_DIGIT_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_ESCAPE = re.compile(r"\x1b\[[0-9;]*[a-z]")
_LONG_RUN = re.compile(r"([a-z])\1{2,}")

_STOP = re.compile(
    r"\b(?:s+t+o+p+|stpo|sotp|tsop|stp|h+a+l+t+|freeze|wait|wiat|pause|abort|cancel|quit|exit"
    r"|terminate|emergency|estop|e stop|whoa|woah|cease|shutdown|shut down"
    r"|stand (?:still|down)|knock it off|cut it out|hold on(?! to\b)"
    r"|hold (?:it|still|up|there|position|your position|everything)"
    r"|stay (?:there|put|still|where|right (?:there|here))"
    r"|(?:that's|thats|that is) (?:far )?enough)\b"
)
# What stops only as the whole utterance.
_STOP_UTTERANCE = re.compile(
    r"no(?: no)+|hold|hold now|stay|break|enough|stand|kill|still|no more|end"
    r"|(?:don't|dont|do not|never) move(?: at all| any ?more| an inch| a muscle| yet)?"
)

_POLITE = (
    r"(?: (?:ok|okay|now|yes|yep|yeah|great|good|perfect|thanks|thank you|robot|please|nice"
    r"|alright|all right|right|so|excellent|and|[,.!]))*"
)
_THINK = r"(?: i think)?"
_SUBJECT = (
    r"(?: (?:i am|i'm|im|we are|we're|were|you are|you're|it is|it's|that is|that's|this is|all"
    r"|everything is|i have|i've|we have|we've|(?:the )?(?:task|job|mission|episode)(?: is)?))?"
)
_DONE = re.compile(
    rf"(?:{_POLITE}(?:{_THINK}{_SUBJECT}(?: all)? (?:done|finished|complete|completed|accomplished)"
    r"(?: (?:with (?:it|this|this task|the task)|here))?"
    rf"|{_THINK} (?:that is|that's|thats|this is|that was) (?:it|all)| finito| goal reached"
    r"| that will do| that'll do| finish| (?:finish|end|end of) (?:the )?(?:task|episode))"
    rf")+{_POLITE}"
)


_LAST = (
    r"(?: (?:the|that|my|this))?(?: (?:last|previous|latest))?"
    r"(?: (?:one|step|move|movement|motion))?"
)
_COULD = r"(?: (?:can|could|would|will) you(?: please)?)?"
_THAT = r" (?:that|it|this)"
_UNDO = re.compile(
    rf"{_POLITE}(?: oops| sorry| no)?{_POLITE}{_COULD}"
    rf" (?:(?:undo|revert|retract|take back)(?:{_THAT}|{_LAST})|take{_THAT} back"
    rf"|scratch that|ctrl z){_POLITE}"
)
_REDO = re.compile(
    rf"{_POLITE}{_COULD} (?:redo(?:{_THAT}|{_LAST})|undo (?:the|that) undo|ctrl y){_POLITE}"
)
_EPISODE = (
    r" (?:(?:this|the|that|my)(?: whole| entire)? )?(?:episode|attempt|recording|demonstration)"
)
_DISCARD = re.compile(
    rf"{_POLITE}{_COULD} (?:discard(?:{_EPISODE}|{_THAT})?"
    rf"|(?:delete|erase|throw away|trash){_EPISODE}|throw(?:{_EPISODE}|{_THAT}) away){_POLITE}"
)
_GO_ON = re.compile(
    rf"{_POLITE} (?:go on|continue|carry on|resume|go ahead|proceed|keep going){_POLITE}"
)
_WHOLE: dict[About, re.Pattern[str]] = {
    "done": _DONE,
    "undo": _UNDO,
    "redo": _REDO,
    "discard": _DISCARD,
    "go on": _GO_ON,
}


def split_words(utterance: str) -> list[str]:
    """Lower-case words, numbers and single signs; a sign that no rule knows stays a word."""
    text = utterance.lower().translate(_PLAIN)
    text = _DIGIT_COMMA.sub(" ‚ ", text)  # a decimal comma is not the comma between clauses
    return _WORD.findall(_HYPHEN.sub(" ", text))


def is_stop(utterance: str) -> bool:
    """Whether any stop word occurs, whatever else is said; drawn-out letters count once."""
    text = unicodedata.normalize("NFKC", utterance).lower()
    text = _ESCAPE.sub("", text).translate(_PLAIN).replace("-", " ")
    text = "".join(c for c in text if c.isprintable() or c.isspace())
    plain = " ".join(re.findall(r"[a-z]+(?:'[a-z]+)?", _LONG_RUN.sub(r"\1", text)))
    return _STOP.search(plain) is not None or _STOP_UTTERANCE.fullmatch(plain) is not None


@lru_cache(maxsize=256)
def about(utterance: str) -> About:
    """What a sentence is about; whoever hears it asks here, so that all take it alike.

    A stop word wins, whatever else is said; everything else of a session is the whole sentence.
    What is left is about the arm, or says nothing.
    """
    if is_stop(utterance):
        return "stop"
    if len(utterance) > MAX_CHARACTERS or has_control_characters(utterance):
        return "arm"
    words = "".join(f" {word}" for word in split_words(utterance))
    return next((what for what, said in _WHOLE.items() if said.fullmatch(words)), "arm")


def has_control_characters(utterance: str) -> bool:
    """Whether signs occur that no keyboard types: escape sequences, zero-width marks."""
    return any(unicodedata.category(c)[0] == "C" and c not in "\t\r\n" for c in utterance)
