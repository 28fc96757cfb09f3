"""Collects the texts of the page into its catalogues, and compiles these: ``make texts``.

Every text that is marked in the code (see `cliprt.page.translate`) gets a place in
``src/cliprt/locale/LANGUAGE/LC_MESSAGES/cliprt_page.po``, to be translated there; texts that are
gone leave it.  The ``.mo`` file beside it is what the page reads.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cliprt.page.translate import DOMAIN, FOLDER, IN_SCRIPT, LANGUAGES

CODE = FOLDER.parent
FILES = ("page/**/*.py", "page/**/*.js", "runtime/*.py")
MARKS = {"_": 1, "Remark": 1, "Count": 2}
"""What marks a text -> how many forms it has there."""


class Steady(Catalog):
    """A catalogue whose head has nothing that would be another every time, or says nothing."""

    mime_headers = property(
        lambda self: [
            (name, value)
            for name, value in Catalog.mime_headers.fget(self)
            if name in ("Language", "Plural-Forms", "Content-Type")
        ],
        Catalog.mime_headers.fset,
    )


def main() -> None:
    """Rewrite every catalogue."""
    texts = collect()
    for language in LANGUAGES:
        if language != "en":
            catalogue = update(language, texts)
            save(language, catalogue)
            missing = sum(1 for message in catalogue if message.id and not is_said(message.string))
            print(f"{LANGUAGES[language]}: {len(catalogue)} texts, {missing} to be translated")


def collect() -> Catalog:
    """Every text that is marked in the code, with where it stands."""
    texts = Catalog(domain=DOMAIN)
    for path in sorted(path for pattern in FILES for path in CODE.glob(pattern)):
        find = find_in_python if path.suffix == ".py" else IN_SCRIPT.findall
        for text in find(path.read_text(encoding="utf-8")):
            texts.add(text, locations=[(path.relative_to(CODE).as_posix(), 0)])
    return texts


def find_in_python(source: str) -> Iterator[str | tuple[str, ...]]:
    """Texts that are marked in a module, those with a plural as a pair."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        forms = [a.value for a in node.args[: MARKS.get(name, 0)] if isinstance(a, ast.Constant)]
        if forms:
            yield forms[0] if len(forms) == 1 else tuple(forms)


def update(language: str, texts: Catalog) -> Catalog:
    """A language's catalogue, with a place for every text and for nothing else."""
    is_new = not path_of(language, "po").exists()
    catalogue = Steady(language, domain=DOMAIN) if is_new else load(language)
    catalogue.update(texts, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def load(language: str) -> Catalog:
    """A language's catalogue as it is."""
    with path_of(language, "po").open("rb") as file:
        catalogue = read_po(file, locale=language, domain=DOMAIN)
    catalogue.__class__ = Steady
    return catalogue


def save(language: str, catalogue: Catalog) -> None:
    """Write both files of a language."""
    path_of(language, "po").parent.mkdir(parents=True, exist_ok=True)
    path_of(language, "po").write_text(to_po(catalogue), encoding="utf-8")
    path_of(language, "mo").write_bytes(to_mo(catalogue))


def path_of(language: str, suffix: str) -> Path:
    """Where a language's catalogue is."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{suffix}"


def to_po(catalogue: Catalog) -> str:
    """As people edit it."""
    file = io.BytesIO()
    catalogue.fuzzy = False
    catalogue.header_comment = f"# The page of cliprt teach in {LANGUAGES[str(catalogue.locale)]}."
    write_po(file, catalogue, width=100, sort_by_file=True, include_lineno=False)
    return file.getvalue().decode()


def to_mo(catalogue: Catalog) -> bytes:
    """As it is read at run time."""
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def is_said(string: str | tuple[str, ...]) -> bool:
    """Whether a text is translated, in all its forms."""
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    main()
