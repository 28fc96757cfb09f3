"""Raw text -> plain words, and what a sentence is about: the arm, or the session it is said in."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from cliprt.language.stops import is_stop
from cliprt.language.tables import about_session

About = Literal["arm", "stop", "done", "undo", "redo", "discard", "go on"]

MAX_CHARACTERS = 300
"""Longer utterances are only searched for a stop word, and otherwise questioned."""

_APOSTROPHE = re.compile("[’‘ʼ]")
_GLUE = "[.,…—]"
_NUMBER = rf"[\d¼-¾⅐-⅞](?:(?:{_GLUE}|[/⁄])*[\d¼-¾⅐-⅞])*"
# A number keeps what is glued to it, even a word: what "1,5" and "left.5" mean is not decided here.
_WORD = re.compile(
    rf"(?<!{_GLUE}){_GLUE}*{_NUMBER}|[a-z]+(?:['’‘ʼ][a-z]+)?(?:{_GLUE}+{_NUMBER})?|\S"
)
_HYPHEN = re.compile(r"(?<=[a-z\d])-(?=[a-z])")
_POLITE = (
    r"(?: (?:ok|okay|now|yes|yep|yeah|great|good|perfect|thanks|thank you|robot|please|nice"
    r"|alright|all right|right|so|excellent|and|[,.!…—]))*"
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
    r"(?: (?:the|that|my|this|your))?(?: (?:last|previous|latest))?"
    r"(?: (?:one|step|move|movement|motion|turn|rotation))?"
)
_COULD = r"(?: (?:can|could|would|will) you(?: please)?)?"
_THAT = r" (?:that|it|this)"
_UNDO = re.compile(
    rf"{_POLITE}(?: oops| sorry| no)?{_POLITE}{_COULD}"
    rf" (?:(?:undo|revert|take back)(?:{_THAT}|{_LAST})|take{_THAT} back"
    rf"|retract(?= (?:the|that|this|my|last|previous)\b)(?:{_THAT}|{_LAST})"
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
    """Lower-case words, numbers and single signs as they were typed.

    A number that could be read in more than one way stays one word, and a sign that no rule knows
    another.
    """
    text = utterance.lower()
    if not utterance.isascii():
        text = "".join(c if len(c.lower()) > 1 else c.lower() for c in utterance)
    words = _WORD.findall(_HYPHEN.sub(" ", text))
    return [_APOSTROPHE.sub("'", word) if len(word) > 1 else word for word in words]


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
    subject = next((what for what, said in _WHOLE.items() if said.fullmatch(words)), None)
    found = None if subject else about_session(utterance)
    return subject or (found[0] if found else "arm")  # type: ignore[return-value]


def has_control_characters(utterance: str) -> bool:
    """Whether signs occur that no keyboard types: escape sequences, zero-width marks."""
    return any(unicodedata.category(c)[0] == "C" and c not in "\t\r\n" for c in utterance)
