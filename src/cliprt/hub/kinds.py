"""The kinds of things that are shared, each known by the names of its files.

The same names say what is sent, what is taken of a repository, and what a repository holds; any
other file stays where it is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

RepoType = Literal["model", "dataset"]

CARD = "README.md"
_NAME = r"[^/]+"
_PLAIN_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=@,-]{0,199}")
_LONGEST_NAME = 400


@dataclass(frozen=True)
class Kind:
    """A kind of thing.

    Attributes:
        title: In words, with its article.
        repo_type: Where the Hub keeps such things.
        names: Of its files, a regular expression.
        needs: Names (regular expressions) without which it is not this kind.
    """

    name: str
    title: str
    repo_type: RepoType
    names: re.Pattern[str]
    needs: tuple[re.Pattern[str], ...]

    def has(self, name: str) -> bool:
        """Whether a file of this name belongs to it; the card belongs to every kind."""
        return name == CARD or bool(self.names.fullmatch(name))

    def is_in(self, names: Collection[str]) -> bool:
        """Whether these files make one."""
        return all(any(need.fullmatch(name) for name in names) for need in self.needs)


def _kind(name: str, title: str, repo_type: RepoType, names: str, *needs: str) -> Kind:
    return Kind(name, title, repo_type, re.compile(names), tuple(map(re.compile, needs)))


KINDS = (
    _kind(
        "policy",
        "a policy",
        "model",
        r"(checkpoint/)?(policy\.json|weights\.safetensors)|calibration\.json"
        r"|(recipe|skills)\.yaml",
        r"(checkpoint/)?policy\.json",
        r"(checkpoint/)?weights\.safetensors",
    ),
    _kind(
        "lerobot",
        "a LeRobot data set",
        "dataset",
        rf"meta/({_NAME}/)*{_NAME}\.(json|jsonl|parquet)|data/({_NAME}/)*{_NAME}\.parquet"
        rf"|videos/({_NAME}/)*{_NAME}\.mp4|images/({_NAME}/)*{_NAME}\.(png|jpg)",
        r"meta/info\.json",
    ),
    _kind(
        "episodes",
        "recorded episodes",
        "dataset",
        rf"episodes/{_NAME}/(episode\.json|steps\.jsonl|images/{_NAME}\.png)",
        rf"episodes/{_NAME}/episode\.json",
    ),
    _kind(
        "shards",
        "training shards",
        "dataset",
        rf"({_NAME}/){{0,3}}({_NAME}\.tar|{_NAME}\.tar\.json|manifest\.json)",
        rf"({_NAME}/){{0,3}}{_NAME}\.tar",
    ),
)
"""In the order in which they are looked for."""


def is_plain(name: str) -> bool:
    """Whether a file's name is one that every system takes, and that stays within its folder.

    >>> is_plain("data/chunk-000/file-000.parquet"), is_plain("data/../x"), is_plain(".git/x")
    (True, False, False)
    """
    parts = name.split("/")
    return len(name) <= _LONGEST_NAME and all(map(_PLAIN_PART.fullmatch, parts))


def kind_of(names: Collection[str], repo_type: str | None = None) -> Kind | None:
    """The kind of thing that these files are; None where they are none.

    >>> kind_of(["meta/info.json", "data/chunk-000/file-000.parquet"]).name
    'lerobot'
    """
    fitting = (k for k in KINDS if repo_type in (None, k.repo_type) and k.is_in(names))
    return next(fitting, None)


def source_of(kind: Kind, folder: str, names: Iterable[str]) -> str:
    """How a recipe names a data set that lies in a folder, as an entry of ``data.sources``.

    Of several converted sets it is the first.

    >>> source_of(KINDS[3], "oxe", ["viola/0.tar", "viola/1.tar", "viola/manifest.json"])
    '{name: shards, path: oxe/viola}'
    """
    name = "store" if kind.name == "episodes" else kind.name
    tars = sorted(tar for tar in names if tar.endswith(".tar"))
    if kind.name == "shards":
        inner = min(tar.rpartition("/")[0] for tar in tars)
        # Of a folder the last tars are held out, so one alone is named itself.
        folder = "/".join(filter(None, (folder, inner if len(tars) > 1 else tars[0])))
    return f"{{name: {name}, path: {folder}}}"
