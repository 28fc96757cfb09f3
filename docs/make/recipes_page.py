"""Fills the tables of docs/recipes.md from the code: ``python docs/make/recipes_page.py``.

What stands between a ``<!-- generated: NAME -->`` and the next ``<!-- end -->`` is rewritten; the
rest of the page is written by people.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cliprt.recipe.check import GIVEN, NESTED, PLURAL, ROLES, WITHIN
from cliprt.recipe.find import SUFFIX, first_sentence
from cliprt.recipe.options import REQUIRED, UNKNOWN, constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.values import describe
from cliprt.registry import GROUPS, entries, load

PAGE = Path(__file__).resolve().parents[1] / "recipes.md"
SHIPPED = PAGE.parents[1] / "recipes"
ROOMS = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
ENTRY = re.compile(r"^    (\S[^:\n]*): (.*(?:\n {5,}.*)*)", re.MULTILINE)
HEAD = "| Key | Allowed | Default | Meaning |\n|---|---|---|---|"


def main() -> None:
    """Rewrite the page."""
    PAGE.write_text(fill(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def fill(page: str) -> str:
    """The page with every generated part up to date."""
    parts = {"sections": show_sections, "plugins": show_plugins, "shipped": show_shipped}
    return ROOMS.sub(lambda found: f"{found[1]}\n{parts[found[2]]()}\n\n{found[3]}", page)


def show_sections() -> str:
    """A table of the top level, and one of every section."""
    hints = typing.get_type_hints(Recipe)
    own = [field for field in dataclasses.fields(Recipe) if field.name in ("name", "seed")]
    plugins = [f for f in dataclasses.fields(Recipe) if _kind(f.name) in GROUPS]
    text = [
        HEAD,
        *(_field_row(Recipe, field, "") for field in own),
        *(_plugin_row(field) for field in plugins),
    ]
    for name, section in hints.items():
        if dataclasses.is_dataclass(section) and section is not Component:
            text += ["", f"### `{name}`", "", _first_line(section), "", HEAD]
            text += [
                _field_row(section, field, f"{name}.") for field in dataclasses.fields(section)
            ]
    return "\n".join(text)


def show_plugins() -> str:
    """Everything built in, kind by kind, with its options."""
    text: list[str] = []
    for kind in GROUPS:
        text += ["", f"### {kind.capitalize()}"]
        for entry in entries(kind):
            if entry.package == "cliprt":
                text += ["", f"**`{entry.name}`** {_first_line(load(kind, entry.name))}"]
                rows = list(_option_rows(kind, entry.name))
                text += ["", HEAD, *rows] if rows else []
    return "\n".join(text).strip()


def show_shipped() -> str:
    """Names and first sentences of the recipes that come with cliprt."""
    rows = ["| Recipe | What it is for |", "|---|---|"]
    for path in sorted(SHIPPED.glob(f"*{SUFFIX}")):
        about = first_sentence(path.read_text(encoding="utf-8"))
        rows.append(f"| `{path.stem}` | {about} |")
    return "\n".join(rows)


def _field_row(owner: type, field: dataclasses.Field[Any], prefix: str) -> str:
    key = prefix + field.name
    hint = typing.get_type_hints(owner, include_extras=True)[field.name]
    allowed = describe(hint)
    if typing.get_origin(hint) is typing.Literal:
        allowed = ", ".join(f"`{word}`" for word in typing.get_args(hint))
    default = "the file's name" if key == "name" else _shown(field.default)
    if key in WITHIN:
        allowed = f"plugins, see [below](#{WITHIN[key]})"
        default = f"`[{', '.join(component.name for component in field.default)}]`"
    if key in NESTED:
        allowed, default = f"a plugin, see [below](#{NESTED[key]})", f"`{field.default.name}`"
    return f"| `{field.name}` | {allowed} | {default} | {_meanings(owner)[field.name]} |"


def _plugin_row(field: dataclasses.Field[Any]) -> str:
    many = field.name in PLURAL
    allowed = f"{'plugins' if many else 'a plugin'}, see [below](#{_kind(field.name)})"
    missing = field.default is dataclasses.MISSING
    default = "required" if missing else "none" if many else f"`{field.default.name}`"
    return f"| `{field.name}` | {allowed} | {default} | {PLUGINS[field.name]} |"


PLUGINS = {
    "tasks": "What is taught and judged.",
    "vocabulary": "The primitives that the arm can make.",
    "encoder": "Turns images and texts into vectors.",
    "policy": "Chooses a primitive from what is seen and asked.",
    "robot": "Moves.",
    "teleoperator": "Who teaches.",
    "interpreter": "Turns sentences into primitives.",
    "transcriber": "Turns speech into sentences, where one speaks to the page.",
    "augmenters": "Make many episodes from few, in this order.",
    "helper": "Who helps the policy, and corrects it.",
}


def _option_rows(kind: str, name: str) -> Iterator[str]:
    meanings = _meanings(load(kind, name))
    for option in constructor_options(kind, name).parameters:
        if option.name not in GIVEN.get(kind, ()):
            meaning = meanings.get(option.name, "")
            allowed = describe(option.annotation)
            yield f"| `{option.name}` | {allowed} | {_shown(option.default)} | {meaning} |"


def _kind(section: str) -> str:
    return (PLURAL | ROLES).get(section, section)


def _first_line(thing: Any) -> str:
    return _to_markdown((inspect.getdoc(thing) or "").partition("\n\n")[0])


def _meanings(thing: type) -> dict[str, str]:
    """Name -> its line in the docstring of the class or of its constructor."""
    found: dict[str, str] = {}
    for text in (inspect.getdoc(thing.__init__), inspect.getdoc(thing)):
        for names, meaning in ENTRY.findall(text or ""):
            found |= dict.fromkeys(names.split(", "), _to_markdown(meaning))
    return found


def _shown(default: Any) -> str:
    if default is REQUIRED or default is dataclasses.MISSING:
        return "required"
    if default is UNKNOWN:
        return "the plugin's"
    if isinstance(default, bool) or default is None:
        return f"`{str(default).lower() if default is not None else 'null'}`"
    if isinstance(default, tuple):
        return f"`[{', '.join(map(str, default))}]`"
    return f"`{default}`" if default != "" else '`""`'


def _to_markdown(text: str) -> str:
    text = re.sub(r" \(see :mod:`[^`]+`\)", "", text)
    text = re.sub(r":\w+:`~?([^`]+)`", lambda m: f"`{m[1].rpartition('.')[2]}`", text)
    return " ".join(text.replace("``", "`").split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
