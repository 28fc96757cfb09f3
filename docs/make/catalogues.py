"""Collects what cliprt says into its catalogues, and compiles these: ``make texts``.

There are two: what the page shows, every text that is marked in the code (see
`cliprt.page.translate`), and what is answered to a sentence, every text of the modules that read
one.  Each text gets a place in ``src/cliprt/locale/LANGUAGE/LC_MESSAGES/DOMAIN.po``, to be
translated there; texts that are gone leave it.  The ``.mo`` file beside it is what is read.
"""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from cliprt.language.tables import languages, table
from cliprt.language.telling import LOCALES
from cliprt.page.translate import DOMAIN, IN_SCRIPT, LANGUAGES

CODE = LOCALES.parent
MARKS = {"_": 1, "Remark": 1, "Count": 2, "say": 1}
"""What marks a text -> how many forms it has there."""

SENTENCE = re.compile(r"[A-Z{].* .*")
NO_READERS = {
    *("answers", "judging", "prompt", "provider", "seats", "text"),
    *("utterance_files", "wire", "wordings"),
}
"""Modules beside those that read: what these say is about files and models, to who wrote them."""


class Domain(NamedTuple):
    """One catalogue.

    Attributes:
        name: Of its files.
        title: What stands at their top, with ``{}`` for the language.
        names: Language -> its name in itself.
        files: Patterns of where its texts stand.
        find: Texts in the source of a module.
    """

    name: str
    title: str
    names: dict[str, str]
    files: tuple[str, ...]
    find: Callable[[str], Iterator[str | tuple[str, ...]]]


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
    for domain in (PAGE, REPLIES):
        texts = collect(domain)
        for language in sorted(domain.names.keys() - {"en"}):
            catalogue = update(language, texts, domain)
            save(language, catalogue, domain)
            missing = sum(1 for message in catalogue if message.id and not is_said(message.string))
            print(f"{domain.name} {language}: {len(catalogue)} texts, {missing} to be translated")


def collect(domain: Domain) -> Catalog:
    """Every text of a domain, with where it stands."""
    texts = Catalog(domain=domain.name)
    for path in sorted(path for pattern in domain.files for path in CODE.glob(pattern)):
        if domain is REPLIES and path.stem in NO_READERS:
            continue
        find = domain.find if path.suffix == ".py" else IN_SCRIPT.findall
        for text in find(path.read_text(encoding="utf-8")):
            where = [(path.relative_to(CODE).as_posix(), 0)] if domain is PAGE else []
            texts.add(text, locations=where)
    return texts


def find_in_python(source: str) -> Iterator[str | tuple[str, ...]]:
    """Texts that are marked in a module, those with a plural as a pair; names of tasks, things."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    said = {ast.unparse(c.args[0]) for c in calls if _name(c) in MARKS and c.args} | {"instruction"}
    for node in nodes:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) in said:
            yield from [node.value.value] if isinstance(node.value, ast.Constant) else []
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "COLOURS":
            yield from map(ast.literal_eval, node.value.keys)
    for call in calls:
        forms = [
            a.value for a in call.args[: MARKS.get(_name(call), 0)] if isinstance(a, ast.Constant)
        ]
        if forms:
            yield forms[0] if len(forms) == 1 else tuple(forms)
        elif _name(call) == "Thing" and isinstance(call.args[0], ast.Tuple):
            yield ast.literal_eval(call.args[0].elts[0])


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def find_sentences(source: str) -> Iterator[str | tuple[str, ...]]:
    """Every text of a module but documentation that begins as a sentence does, or is marked."""
    tree = ast.parse(source)
    parts = {
        part
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    parts |= {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in parts:
            if SENTENCE.fullmatch(node.value):
                yield node.value
        elif isinstance(node, ast.keyword) and node.arg == "reason":
            yield from [node.value.value] if isinstance(node.value, ast.Constant) else []
    yield from find_in_python(source)


PAGE = Domain(
    DOMAIN,
    "The page of cliprt teach in {}.",
    LANGUAGES,
    (
        *("page/**/*.py", "page/**/*.js", "runtime/*.py"),
        *("tasks/*.py", "things/*.py", "scenes/*.py", "goals/*.py"),
    ),
    find_in_python,
)
REPLIES = Domain(
    "cliprt",
    "What cliprt answers in {}.",
    {language: table(language).name for language in languages()},
    ("language/*.py", "goals/*.py", "runtime/agents.py", "runtime/refusals.py"),
    find_sentences,
)


def update(language: str, texts: Catalog, domain: Domain) -> Catalog:
    """A language's catalogue, with a place for every text and for nothing else."""
    is_new = not path_of(language, "po", domain).exists()
    catalogue = Steady(language, domain=domain.name) if is_new else load(language, domain)
    catalogue.update(texts, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def load(language: str, domain: Domain) -> Catalog:
    """A language's catalogue as it is."""
    with path_of(language, "po", domain).open("rb") as file:
        catalogue = read_po(file, locale=language, domain=domain.name)
    catalogue.__class__ = Steady
    return catalogue


def save(language: str, catalogue: Catalog, domain: Domain) -> None:
    """Write both files of a language."""
    path_of(language, "po", domain).parent.mkdir(parents=True, exist_ok=True)
    path_of(language, "po", domain).write_text(to_po(catalogue, domain), encoding="utf-8")
    path_of(language, "mo", domain).write_bytes(to_mo(catalogue))


def path_of(language: str, suffix: str, domain: Domain) -> Path:
    """Where a language's catalogue is."""
    return LOCALES / language / "LC_MESSAGES" / f"{domain.name}.{suffix}"


def to_po(catalogue: Catalog, domain: Domain) -> str:
    """As people edit it."""
    file = io.BytesIO()
    catalogue.fuzzy = False
    title = domain.title.format(domain.names[str(catalogue.locale)])
    catalogue.header_comment = f"# {title}"
    by_file = domain is PAGE  # an answer's text may stand in any module
    write_po(
        file, catalogue, 100, sort_output=not by_file, sort_by_file=by_file, include_lineno=False
    )
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
