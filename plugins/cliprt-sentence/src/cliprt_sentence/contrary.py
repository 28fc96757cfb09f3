"""What sentence vectors do not tell: that "open" is not "close", and red is not blue.

To them both are about the same thing, and lie close together.  So a few words that exclude one
another are compared as words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_KINDS: tuple[tuple[str, ...], ...] = (
    # one tuple a kind, one string a meaning, with all its words
    (
        "red crimson scarlet ruby maroon",
        "orange",
        "yellow golden lemon",
        "green emerald lime",
        "blue azure navy cobalt",
        "purple violet lilac lavender",
        "pink",
        "brown",
        "black",
        "white",
        "grey gray",
    ),
    ("left leftmost leftward leftwards", "right rightmost rightward rightwards"),
    ("upper top uppermost topmost", "lower bottom lowermost lowest", "middle"),
    ("open opened opening", "close closed closing shut shutting"),
    ("forward forwards ahead", "backward backwards"),
    ("push pushed pushing shove", "pull pulled pulling drag tug"),
)
_MEANING: dict[str, tuple[int, int]] = {
    word: (kind, meaning)
    for kind, meanings in enumerate(_KINDS)
    for meaning, words in enumerate(meanings)
    for word in words.split()
}
_NEGATIVE = re.compile(
    r"\b(?:not|never|no longer|without|neither|stop|avoid|refrain|don'?t|doesn'?t|mustn'?t"
    r"|shouldn'?t|cannot|can'?t|won'?t)\b"
)


def contradicts(one: str, other: str) -> bool:
    """Whether one sentence asks for something that the other one excludes.

    Words of one kind count in their order: what one sentence leaves out, or adds, is no
    contradiction.

    >>> contradicts("Shut the cabinet", "Open the cabinet")
    True
    >>> contradicts("put the crimson cup in the left drawer", "Put the red cup in the left drawer")
    False
    >>> contradicts("from the red tray to the blue one", "from the blue tray to the red tray")
    True
    """
    ours, theirs = _named(one), _named(other)
    return any(
        not (_has_in_order(ours[kind], theirs[kind]) or _has_in_order(theirs[kind], ours[kind]))
        for kind in ours.keys() & theirs.keys()
    )


def is_negative(sentence: str) -> bool:
    """Whether a sentence says what not to do.

    >>> is_negative("Don’t close the laptop"), is_negative("Close the laptop")
    (True, False)
    """
    return bool(_NEGATIVE.search(sentence.casefold().replace("’", "'")))


def _named(sentence: str) -> dict[int, list[int]]:
    """Kind -> the meanings of its words, in the sentence's order."""
    found: dict[int, list[int]] = {}
    for word in re.findall(r"[a-z]+", sentence.casefold()):
        if word in _MEANING:
            kind, meaning = _MEANING[word]
            found.setdefault(kind, []).append(meaning)
    return found


def _has_in_order(many: Sequence[int], few: Sequence[int]) -> bool:
    rest = iter(many)
    return all(any(one == other for other in rest) for one in few)
