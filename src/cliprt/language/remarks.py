"""What an interpreter says back: a sentence that can still be said in another language."""

from __future__ import annotations

from collections.abc import Mapping
from gettext import NullTranslations
from typing import Any

from typing_extensions import Self


class Remark(str):
    """An English sentence that remembers its pattern and what was filled in.

    Whoever speaks another language looks the pattern up in a catalogue; everybody else reads it as
    any other text.  A plain sentence needs no `Remark`: it is its own pattern.

    Attributes:
        pattern: With ``{names}``, as it stands in the catalogue.
        values: Name -> what is filled in; a `Remark` among them is itself translated.

    >>> Remark("How much is {text!r}?", text="1,5")
    "How much is '1,5'?"
    """

    pattern: str
    values: Mapping[str, Any]

    def __new__(cls, pattern: str, /, **values: Any) -> Self:
        """Fill `values` into `pattern`."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern, made.values = pattern, values
        return made

    def pattern_in(self, catalogue: NullTranslations) -> str:
        """The pattern in the language of a catalogue."""
        return catalogue.gettext(self.pattern)

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What makes it again in another process: what is filled in may itself have braces."""
        return (self.pattern,), dict(self.values)


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

    def pattern_in(self, catalogue: NullTranslations) -> str:
        """The pattern that goes with the number."""
        return catalogue.ngettext(self.pattern, self.many, self.values["count"])

    def __getnewargs_ex__(self) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """What makes it again in another process."""
        return (self.pattern, self.many), dict(self.values)
