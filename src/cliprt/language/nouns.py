"""English nouns: several of a thing."""

from __future__ import annotations

import re

_HEAD = re.compile(r"(?P<noun>.*?)(?P<rest> (?:of|with) .*)?")
_ENDINGS = (
    (r"(?<=[^aeiou])y$", "ies"),
    (r"(?<=[lr])f$|(?<=ea)f$|(?<=oa)f$|(?<=i)fe$", "ves"),
    (r"(?<=[sxz])$|(?<=ch)$|(?<=sh)$", "es"),
    (r"$", "s"),
)
"""How a noun ends -> what stands there for several, the first that fits."""


def plural(noun: str) -> str:
    """Several of what a noun, of one word or more, names.

    >>> plural("toy car"), plural("box of tissues"), plural("box with a lid"), plural("knife")
    ('toy cars', 'boxes of tissues', 'boxes with a lid', 'knives')
    """
    match = _HEAD.fullmatch(noun)
    one, rest = (match["noun"], match["rest"] or "") if match else (noun, "")
    ending, several = next((e, s) for e, s in _ENDINGS if re.search(e, one))
    return re.sub(ending, several, one, count=1) + rest
