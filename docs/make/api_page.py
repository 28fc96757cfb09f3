"""Fills docs/api.md from the docstrings whenever the site is built (a hook of ``mkdocs.yml``).

What stands in the code is shown, so that nothing of it can be stale; the page's own words are in
the file.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import cliprt

PAGE = "api.md"
ROOM = re.compile(r"<!-- generated: (\w+) -->")
KINDS = {
    "cliprt.tasks.interface": "Task",
    "cliprt.robots.interface": "RobotBackend",
    "cliprt.robots.simulation": "Simulation",
    "cliprt.policies.interface": "Policy",
    "cliprt.encoders.interface": "Encoder",
    "cliprt.sources.interface": "Source",
    "cliprt.engines.interface": "Engine",
    "cliprt.formats.interface": "Format",
    "cliprt.vocabularies.interface": "ActionVocabulary",
    "cliprt.language.interface": "Interpreter",
    "cliprt.teleoperators.interface": "Teleoperator",
    "cliprt.matchers.interface": "Matcher",
    "cliprt.transcribers.interface": "Transcriber",
    "cliprt.augmenters.interface": "Augmenter",
}
"""Module -> what a plugin of a kind is derived from."""

WIDEST = 88


class Bare(str):
    """An annotation that is shown without quotes."""

    __repr__ = str.__str__


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """The page with every generated part filled in; MkDocs calls this for each page."""
    parts = {"face": show_face, "kinds": show_kinds}
    if page.file.src_uri != PAGE:
        return markdown
    return ROOM.sub(lambda found: "\n\n".join(parts[found[1]]()), markdown)


def show_face() -> Iterator[str]:
    """Everything that ``import cliprt`` offers."""
    for name in cliprt.__all__:
        thing = getattr(cliprt, name)
        if callable(thing):
            yield f"### {name}"
            yield f"`cliprt.{name}`"
            yield from show(thing, name)


def show_kinds() -> Iterator[str]:
    """The class of each kind of plugin."""
    for module, name in KINDS.items():
        kind = getattr(import_module(module), name)
        yield f"### {name}"
        yield f"`from {module} import {name}`"
        yield to_markdown(inspect.getdoc(kind) or "")
        yield from show_methods(kind)


def show(thing: Any, name: str) -> Iterator[str]:
    """A function or a class: how it is called, and what its docstring says."""
    is_class = inspect.isclass(thing)
    if not (is_class and issubclass(thing, Exception)):
        yield f"```python\n{call_of(thing, name)}\n```"
    yield to_markdown(inspect.getdoc(thing) or "")
    if is_class:
        yield from show_methods(thing)


def show_methods(kind: type) -> Iterator[str]:
    """What objects of a class can do, a line each."""
    lines = []
    for name, member in vars(kind).items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not inspect.isfunction(function):
            continue
        call = name if isinstance(member, property) else call_of(function, name)
        must = " **(to be written)**" if getattr(member, "__isabstractmethod__", False) else ""
        first = to_markdown((inspect.getdoc(function) or "").partition("\n\n")[0])
        lines.append(f"- `{' '.join(call.split())}`{must}: {first}")
    if lines:
        yield "\n".join(lines)


def call_of(thing: Any, name: str) -> str:
    """The call as one would write it, a parameter a line where it is long."""
    found = inspect.signature(thing)
    given = [
        parameter.replace(annotation=_bare(parameter.annotation))
        for parameter in found.parameters.values()
        if parameter.name != "self"
    ]
    returns = inspect.Signature.empty if inspect.isclass(thing) else _bare(found.return_annotation)
    text = f"{name}{found.replace(parameters=given, return_annotation=returns)}"
    if len(text) > WIDEST:
        end = str(inspect.Signature(return_annotation=returns)).removeprefix("()")
        text = f"{name}(\n" + "".join(f"    {parameter},\n" for parameter in given) + f"){end}"
    return text.replace("<factory>", "...")


def _bare(annotation: Any) -> Any:
    return Bare(annotation) if isinstance(annotation, str) else annotation


def to_markdown(docstring: str) -> str:
    """A docstring's sections as lists, its examples as code, its roles as plain names."""
    text = re.sub(r":\w+:`~?([^`]+)`", lambda found: f"`{found[1].rpartition('.')[2]}`", docstring)
    text = text.replace("``", "`")
    return "\n\n".join(_paragraph(part) for part in text.split("\n\n"))


def _paragraph(part: str) -> str:
    if part.startswith(">>>"):
        return f"```pycon\n{part}\n```"
    head, _, entries = part.partition("\n")
    if head not in ("Args:", "Attributes:", "Raises:", "Returns:"):
        return part
    items = re.split(r"\n(?=    \S)", f"\n{entries}")[1:]
    told = (re.sub(r"^([\w, .*]+): ", r"`\1`: ", " ".join(item.split())) for item in items)
    return f"*{head}*\n\n" + "\n".join(f"- {item}" for item in told)
