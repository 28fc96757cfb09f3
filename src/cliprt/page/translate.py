"""The page's texts in the language of each tab, from one gettext catalogue.

All tabs share one session, so what it keeps, a line of the chat or why the robot stopped, is said
in English, as a plain text or a `Remark`; a tab says it in its own language when it draws it.
Texts are marked where they are written: ``_("...")`` where they are drawn, ``Remark("...")`` and
`Count` where they are kept.  ``docs/make/catalogues.py`` collects them.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from cliprt.language.remarks import Remark
from cliprt.language.telling import tell
from cliprt.types import Primitive

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

LANGUAGES = {"en": "English", "ko": "한국어", "de": "Deutsch", "es": "Español"}
"""Language -> its name in itself; the texts in the code are English."""

DOMAIN = "cliprt_page"
FOLDER = Path(__file__).parents[1] / "locale"

COOKIE = "cliprt_language"
"""The language that was chosen in a browser (keys.js)."""

IN_SCRIPT = re.compile(r'\b_\("([^"]+)"\)')
"""A text that a script of the page shows."""

_ACCEPTED = re.compile(r"(?:^|,)\s*([a-z]+)")


class Count(Remark):
    """A remark whose words depend on a number, ``{count}``.

    >>> Count("{count} step", "{count} steps", 1)
    '1 step'
    """

    many: str

    def __new__(cls, one: str, many: str, count: int, **values: Any) -> Self:
        """Fill `count` and `values` into `one` or `many`."""
        made = super().__new__(cls, one if count == 1 else many, count=count, **values)
        made.pattern, made.many = one, many
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What makes it again in another process."""
        return (self.pattern, self.many), dict(self.values)


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

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What makes it again in another process."""
        return (str(self), self.primitive), {}


class Translator:
    """Says texts in a language; what is in no catalogue is said as it is.

    What people said is never such a text, though it may be filled in.

    Args:
        language: One of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation(DOMAIN, FOLDER, [language], fallback=True)

    def __call__(self, text: str, /, **values: Any) -> str:
        """A text, with `values` filled in."""
        if isinstance(text, Told) and self.language != "en":
            told = tell(text.primitive, self.language)
            return str(text) if told == text.primitive.phrase else told  # nobody can say it
        if isinstance(text, Count):
            pattern = self._catalogue.ngettext(text.pattern, text.many, text.values["count"])
        elif text:
            pattern = self._catalogue.gettext(text.pattern if isinstance(text, Remark) else text)
        else:
            return ""  # the catalogue has its head there
        if isinstance(text, Remark):
            values = {**text.values, **values}
        elif not values:
            return pattern
        said = {k: self(v) if isinstance(v, Remark) else v for k, v in values.items()}
        return pattern.format(**said)

    def script(self, source: str) -> dict[str, str]:
        """What a script of the page says -> the same in this language."""
        return {text: self(text) for text in IN_SCRIPT.findall(source)}


def translator_for(browser: HTTPConnection) -> Translator:
    """Into the language that was chosen in a browser, else the first that it asks for."""
    chosen = browser.cookies.get(COOKIE, "")
    accepted = _ACCEPTED.findall(browser.headers.get("accept-language", "").lower())
    return Translator(next((one for one in (chosen, *accepted) if one in LANGUAGES), "en"))


def in_turn(words: Iterable[str]) -> str:
    """Motions in words, one after the other."""
    return reduce(lambda one, other: Remark("{one}, then {next}", one=one, next=other), words)


def said_by(error: Exception) -> str:
    """What an error says, still to be translated."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Remark) else str(error)
