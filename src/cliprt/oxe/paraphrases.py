"""How people say each motion of `oxe_50`: our own sentences, one drawn for each step.

A step that somebody else's robot recorded has no words of a person.  It is given some, so that a
policy learns many ways to say a motion rather than one.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files


def paraphrases(label: int) -> tuple[str, ...]:
    """Sentences that say one motion of `oxe_50`, its phrase in the vocabulary first.

    >>> paraphrases(49)[0]
    'open the gripper'
    """
    return _sentences()[label]


def draw_paraphrase(label: int, key: str, seed: int = 0) -> str:
    """One of the `paraphrases` of a label, every one as likely; the same on every machine.

    Args:
        label: In `oxe_50`.
        key: What tells the step from all others, e.g. the key of its sample.
        seed: Another one draws other sentences.
    """
    said = paraphrases(label)
    digest = hashlib.sha256(f"{seed} {key}".encode()).digest()
    return said[int.from_bytes(digest, "big") % len(said)]


def sentences_digest() -> str:
    """12 hexadecimal digits that change with any sentence."""
    return hashlib.sha256(repr(_sentences()).encode()).hexdigest()[:12]


@cache
def _sentences() -> tuple[tuple[str, ...], ...]:
    text = files("cliprt.oxe").joinpath("paraphrases.txt").read_text(encoding="utf-8")
    found: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith("["):
            found.append([line.strip("[]")])
        elif line and not line.startswith("#"):
            found[-1].append(line)
    return tuple(map(tuple, found))
