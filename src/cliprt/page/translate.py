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
from functools import cache, reduce
from typing import TYPE_CHECKING, Any

from cliprt.language.remarks import Remark
from cliprt.language.telling import LOCALES, say_by

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

LANGUAGES = {"en": "English", "ko": "한국어", "de": "Deutsch", "es": "Español"}
"""Language -> its name in itself; the texts in the code are English."""

DOMAIN = "cliprt_page"

COOKIE = "cliprt_language"
"""The language that was chosen in a browser (keys.js)."""

IN_SCRIPT = re.compile(r'\b_\("([^"]+)"\)')
"""A text that a script of the page shows."""

_ACCEPTED = re.compile(r"(?:^|,)\s*([a-z]+)")


class Translator:
    """Says texts in a language; what is in no catalogue is said as it is.

    What people said is never such a text, though it may be filled in.

    Args:
        language: One of `LANGUAGES`.
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = gettext.translation(DOMAIN, LOCALES, [language], fallback=True)

    def __call__(self, text: str, /, **values: Any) -> str:
        """A text, with `values` filled in."""
        return say_by(Remark(text, **values) if values else text, self._catalogue)

    def script(self, source: str) -> dict[str, str]:
        """What a script of the page says -> the same in this language."""
        return {text: self(text) for text in IN_SCRIPT.findall(source)}


def translator_for(browser: HTTPConnection) -> Translator:
    """Into the language that was chosen in a browser, else the first that it asks for."""
    chosen = browser.cookies.get(COOKIE, "")
    accepted = _ACCEPTED.findall(browser.headers.get("accept-language", "").lower())
    return Translator(next((one for one in (chosen, *accepted) if one in LANGUAGES), "en"))


@cache
def called(text: str) -> tuple[str, ...]:
    """What a text is in each language."""
    return tuple(dict.fromkeys(Translator(language)(text) for language in LANGUAGES))


def in_turn(words: Iterable[str]) -> str:
    """Motions in words, one after the other."""
    return reduce(lambda one, other: Remark("{one}, then {next}", one=one, next=other), words)


def said_by(error: Exception) -> str:
    """What an error says, still to be translated."""
    said = error.args[0] if error.args else ""
    return said if isinstance(said, Remark) else str(error)
