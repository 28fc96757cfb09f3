"""Plain HTML elements, so that the page's looks are all in one style sheet.

Texts are set as text, never as HTML: what a person or a model says cannot be anything else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from nicegui.elements.mixins.text_element import TextElement

from cliprt.page.teaching import Teaching
from cliprt.page.translate import Translator


class View(ABC):
    """A piece of the page in one browser tab.

    Args:
        teaching: What is shown.
        tab: The browser tab that it is shown in.
        _: Says a text in that tab's language.
    """

    def __init__(self, teaching: Teaching, tab: str, _: Translator) -> None:
        self._teaching = teaching
        self._tab = tab
        self._ = _
        self._build()

    @abstractmethod
    def _build(self) -> None:
        """Put it into the page."""

    @abstractmethod
    def update(self) -> None:
        """Draw what changed."""


class Tag(TextElement):
    """One HTML element.

    Args:
        tag: Its name, e.g. ``"button"``.
        text: What it says.
        classes: Of the style sheet.
        attributes: HTML's; an underscore stands for a dash (``aria_label``, ``data_key``).
    """

    def __init__(self, tag: str, text: str = "", classes: str = "", **attributes: Any) -> None:
        super().__init__(tag=tag, text=text)
        self._shown: dict[str, Any] = {}
        if classes:
            self.classes(classes)
        self.put(**attributes)

    def put(self, **attributes: Any) -> None:
        """Set attributes where they differ; False and None take one away."""
        changed = False
        for key, value in attributes.items():
            name = key.rstrip("_").replace("_", "-")
            if value is None or value is False:
                changed |= self._props.pop(name, None) is not None
            elif self._props.get(name) != value:
                self._props[name] = value
                changed = True
        if changed:
            self.update()

    def say(self, text: str) -> None:
        """Set the text where it differs."""
        if self.text != text:
            self.text = text

    def show(self, is_shown: bool) -> None:
        """Show or hide it."""
        self.put(hidden=not is_shown)


def icon(name: str) -> Tag:
    """A drawn sign of the Material set, which is served from here."""
    return Tag("i", name, "material-icons", aria_hidden="true")


def button(
    text: str,
    press: Callable[[], Any] | None = None,
    sign: str = "",
    classes: str = "",
    hint: str = "",
    **attributes: Any,
) -> Tag:
    """A button; `hint` names its key."""
    made = Tag("button", "", f"button {classes}", type="button", **attributes)
    with made:
        if sign:
            icon(sign)
        if text:
            Tag("span", text, "button-text")
        if hint:
            Tag("kbd", hint, aria_hidden="true")
    if press is not None:
        made.on("click", lambda: press())
    return made
