"""What cliprt says, in the language that it was spoken to in: motions, and sentences back."""

from __future__ import annotations

import gettext
import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from typing_extensions import Self

from cliprt.language.numbers import Amount, fold_amounts
from cliprt.language.offers import is_straight, size_of
from cliprt.language.remarks import Remark
from cliprt.language.tables import table
from cliprt.language.text import split_words
from cliprt.types import Primitive, Reading

LOCALES = Path(__file__).parents[1] / "locale"
"""Folder of the catalogues: ``XX/LC_MESSAGES/cliprt.mo``."""

_EXACT = 1e-9


def tell(primitive: Primitive, language: str = "en") -> str:
    """What a primitive does, with the exact amount, so that the same is read again.

    In English it is the vocabulary's own phrase where that says the amount.

    >>> from cliprt.vocabularies.grid import ClipRt58Vocabulary
    >>> one = ClipRt58Vocabulary().primitives[12]
    >>> tell(one), tell(one, "es")
    ('move the arm to the left by one centimeter', 'mueve el brazo 1 cm a la izquierda')
    """
    said = table(language).sayings.get(primitive.group, "")
    if not said or (language == "en" and _says_so(primitive)):
        return primitive.phrase
    size = size_of(primitive)
    straight = is_straight(primitive.group)
    number = f"{round(size * 100 if straight else math.degrees(size), 6):g}"
    if table(language).comma:
        number = number.replace(".", ",")
    return said.format(amount=f"{number} cm" if straight else f"{number}°")


def _says_so(primitive: Primitive) -> bool:
    """Whether the phrase is exact, or nothing else could be said."""
    size = size_of(primitive)
    said = [a.value for a in fold_amounts(split_words(primitive.phrase)) if isinstance(a, Amount)]
    return size == 0 or (len(said) == 1 and abs(said[0] - size) < _EXACT)


class Told(Remark):
    """A motion in words, which each tab says in its own.

    Args:
        words: In English.
        primitive: The motion.
    """

    primitive: Primitive

    def __new__(cls, words: str, primitive: Primitive) -> Self:
        """Keep the motion."""
        made = super().__new__(cls, "{words}", words=words)
        made.primitive = primitive
        return made

    def said(self, language: str) -> str:
        """The motion in a language; as it is where that cannot say it."""
        told = tell(self.primitive, language)
        return str(self) if language == "en" or told == self.primitive.phrase else told

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What makes it again in another process."""
        return (str(self), self.primitive), {}


def say(text: str, language: str) -> str:
    """An English sentence, or a `Remark`, in a language; as it is where nobody translated it."""
    return text if language == "en" else say_by(text, _catalogue(language))


def say_by(text: str, catalogue: gettext.NullTranslations) -> str:
    """A text, or a `Remark`, in the language of a catalogue."""
    if isinstance(text, Told):
        return text.said(catalogue.info().get("language", "en"))
    if not text:
        return ""  # the catalogue has its head there
    if not isinstance(text, Remark):
        return catalogue.gettext(text)
    values = {
        k: say_by(v, catalogue) if isinstance(v, Remark) else v for k, v in text.values.items()
    }
    return text.pattern_in(catalogue).format(**values)


def spoken(reading: Reading) -> Reading:
    """A reading whose reason and answers are in the language of what was said."""
    if reading.language == "en":
        return reading
    reason = say(reading.reason, reading.language)
    if reading.decision == "move":
        told = (tell(primitive, reading.language) for primitive in reading.primitives)
        reason = say(", then ", reading.language).join(told)
    answers = tuple(say(answer, reading.language) for answer in reading.answers)
    return replace(reading, reason=reason, answers=answers)


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    """What is answered, and what the page says of refusals and stops."""
    answers, page = (
        gettext.translation(domain, LOCALES, [language], fallback=True)
        for domain in ("cliprt", "cliprt_page")
    )
    answers.add_fallback(page)
    return answers
