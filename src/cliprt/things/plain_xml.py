"""XML from elsewhere as plain elements that know their line: no document type, so no entities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_ELEMENTS = 5_000
MOST_DEPTH = 20
LARGEST = 100.0
"""Of any number, whatever its unit."""


@dataclass
class Element:
    """One element; text between elements is left out.

    Attributes:
        tag: Its name.
        given: Its attributes.
        line: Where it begins.
        children: The elements in it.
    """

    tag: str
    given: Mapping[str, str]
    line: int
    children: list[Element] = field(default_factory=list)

    def __str__(self) -> str:
        name = f' name="{self.given["name"]}"' if "name" in self.given else ""
        return f"line {self.line}, <{self.tag}{name}>"

    def all(self, tag: str) -> list[Element]:
        """The elements of one kind in it."""
        return [child for child in self.children if child.tag == tag]

    def first(self, tag: str) -> Element | None:
        """The first of them."""
        return next(iter(self.all(tag)), None)

    def needed(self, tag: str) -> Element:
        """The first of them.

        Raises:
            ValueError: There is none.
        """
        found = self.first(tag)
        if found is None:
            raise ValueError(f"{self}: it has no <{tag}>")
        return found

    def text(self, name: str) -> str:
        """What an attribute says.

        Raises:
            ValueError: Nothing.
        """
        if not self.given.get(name, "").strip():
            raise ValueError(f"{self}: it has no {name}")
        return self.given[name]

    def numbers(self, name: str, count: int, usual: float | None = None) -> list[float]:
        """The numbers of an attribute; all `usual` where there is none.

        Raises:
            ValueError: They are no numbers, too large, or not as many.
        """
        if usual is not None and name not in self.given:
            return [usual] * count
        text = self.text(name)
        try:
            numbers = [float(word) for word in text.split()]
        except ValueError:
            numbers = []
        if len(numbers) == count and all(abs(number) <= LARGEST for number in numbers):
            return numbers
        what = "a number" if count == 1 else f"{count} numbers"
        raise ValueError(f"{self}: {name} is {text[:40]!r}, it must be {what} up to {LARGEST:g}")

    def number(self, name: str, usual: float | None = None) -> float:
        """The number of an attribute that is never below 0.

        Raises:
            ValueError: It is none, or below 0.
        """
        (number,) = self.numbers(name, 1, usual)
        if number < 0:
            raise ValueError(f"{self}: {name} is {number:g}, it must be 0 or more")
        return number


def parse_xml(data: bytes) -> Element:
    """The outermost element.

    Raises:
        ValueError: It is no XML, has a document type, or is too large or too deep.
    """
    top = Element("", {}, 0)
    path, count = [top], 0
    parser = expat.ParserCreate()

    def start(tag: str, given: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if count > MOST_ELEMENTS or len(path) > MOST_DEPTH:
            raise ValueError(f"it has more than {MOST_ELEMENTS} elements, or {MOST_DEPTH} levels")
        element = Element(tag, given, parser.CurrentLineNumber)
        path[-1].children.append(element)
        path.append(element)

    def refuse(*_: object) -> None:
        raise ValueError(f"line {parser.CurrentLineNumber}: there may be no <!DOCTYPE>")

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: path.pop()
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ValueError(f"it is no XML: {error}") from error
    return top.children[0]
