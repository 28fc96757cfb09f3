"""A thing of this machine into a repository: announced, then sent, then found there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cliprt.data.boundary import is_file
from cliprt.errors import HubError, StoreError, UsageError
from cliprt.hub.card import MADE_BY, write_card
from cliprt.hub.client import (
    Repo,
    account,
    find_repo,
    host,
    library,
    list_files,
    open_hub,
    speaking,
)
from cliprt.hub.incoming import in_bytes
from cliprt.hub.kinds import CARD
from cliprt.hub.outgoing import Content

FILES_A_COMMIT = 200
BYTES_A_COMMIT = 2 << 30
"""What is sent at once; an interrupted push goes on behind the last commit."""


@dataclass(frozen=True)
class Pushed:
    """What was sent where.

    Attributes:
        revision: The commit that holds it.
        url: Where people look at it.
        removed: Files of an earlier push that are no part of it any more.
    """

    repo: Repo
    url: str
    revision: str
    files: int
    bytes: int
    removed: tuple[str, ...]


def push(
    content: Content, repo: Repo, public: bool, licence: str, tell: Callable[[str], None]
) -> Pushed:
    """Send a thing to a repository, which is made where it is missing, private unless `public`.

    Args:
        content: What.
        repo: Where.
        public: Whether everybody may see it.
        licence: An id of the Hub's, e.g. ``"mit"``; "" = nobody said.
        tell: Told where it goes before anything goes.

    Raises:
        UsageError: The repository is to be of another type.
        HubError: The Hub cannot be reached, or refuses; type it again to go on.
    """
    api, kind = open_hub(), content.kind
    who = account(api)
    if repo.type and repo.type != kind.repo_type:
        raise UsageError(
            f"{content.place} is {kind.title}, and the Hub keeps such things as a {kind.repo_type},"
            f" not as a {repo.type}. Name it without models/ or datasets/."
        )
    repo = Repo(repo.id, kind.repo_type)
    found = find_repo(api, repo)
    if found and not found[1].private and not public:
        raise HubError(
            f"{host()}/{repo} is there, and everybody can see it. If that is meant, add --public;"
            " else choose another name."
        )
    is_open = not found[1].private if found else public
    if public and not is_open:
        tell(f"{host()}/{repo} is private, and stays so; its settings there make it public.")
    seen = "everybody can see it" if is_open else "private"
    files = f"{len(content.files)} files" if len(content.files) > 1 else "1 file"
    tell(
        f"Sending {kind.title}, {content.place}, as {who} to {host()}/{repo} ({seen}): {files},"
        f" {in_bytes(content.size)}"
    )
    if not found:
        with speaking(str(repo)):
            api.create_repo(repo.id, repo_type=repo.type, private=not public, exist_ok=True)
        found = find_repo(api, repo)
    if not found:
        raise HubError(f"{host()}/{repo} was made and is not there; type it again.")
    there, changes = found[0], dict(content.files)
    names = {file.name for file in list_files(api, there)}
    if not (CARD in names and _is_anothers_card(api, there)):
        changes[CARD] = write_card(content, repo.id, licence).encode()
    removed = tuple(sorted(n for n in names if kind.names.fullmatch(n) and n not in changes))
    revision = _send(api, repo, changes, removed)
    return Pushed(repo, f"{host()}/{repo}", revision, len(changes), content.size, removed)


def _send(api: Any, repo: Repo, files: dict[str, Path | bytes], removed: Iterable[str]) -> str:
    hub = library("huggingface_hub")
    operations = [hub.CommitOperationDelete(name, is_folder=False) for name in removed]
    revision = ""
    for names in _portions(files):
        if gone := [name for name in names if not _is_there(files[name])]:
            raise StoreError(f"{gone[0]} was there, and is no longer. Type it again.")
        operations += [hub.CommitOperationAdd(name, files[name]) for name in names]
        with speaking(str(repo)):
            done = api.create_commit(
                repo.id, operations, commit_message="Sent by cliprt", repo_type=repo.type
            )
        revision, operations = str(done.oid), []
    return revision


def _portions(files: dict[str, Path | bytes]) -> Iterator[list[str]]:
    """Names that go in one commit each, in order."""
    names: list[str] = []
    size = 0
    for name, file in files.items():
        size += file.stat().st_size if isinstance(file, Path) else len(file)
        names.append(name)
        if len(names) >= FILES_A_COMMIT or size >= BYTES_A_COMMIT:
            yield names
            names, size = [], 0
    if names:
        yield names


def _is_there(file: Path | bytes) -> bool:
    return isinstance(file, bytes) or is_file(file)


def _is_anothers_card(api: Any, repo: Repo) -> bool:
    """Whether the card that is there was written, or written on, by somebody."""
    with TemporaryDirectory() as folder, speaking(str(repo)):
        place = api.hf_hub_download(
            repo.id, CARD, repo_type=repo.type, revision=repo.revision, local_dir=folder
        )
        return MADE_BY not in Path(place).read_text(encoding="utf-8", errors="replace")
