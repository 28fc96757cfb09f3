"""Small pieces that the views share: plain elements of the page's own looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui


def box(classes: str, props: str = "", tag: str = "div") -> ui.element:
    """An empty element, to be filled in a ``with``."""
    return ui.element(tag).classes(classes).props(props)


def text(words: str, classes: str = "", props: str = "") -> ui.label:
    """Words, shown as they are; never read as HTML."""
    return ui.label(words).classes(classes).props(props)


def button(
    words: str,
    press: Callable[[], Any] | None = None,
    key: str = "",
    classes: str = "",
    **tags: str,
) -> ui.button:
    """A button; `key` presses it, and is shown on it where it is a single sign.

    Args:
        words: On it.
        press: What it does; None where the page's script does it.
        key: As ``keys.js`` knows it.
        classes: Looks.
        tags: More attributes, underscores for hyphens.
    """
    made = ui.button(words, on_click=press, color=None)
    made.props("no-caps unelevated").classes(f"act {classes}")
    if key:
        made.props(f'data-key="{key}"')
    for name, value in tags.items():
        made.props(f'{name.replace("_", "-")}="{value}"')
    return made
