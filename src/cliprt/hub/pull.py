"""A repository into a folder of this machine: judged, fetched, compared, and only then in place.

What is fetched waits in ``FOLDER.part`` until every file is as the Hub's list says, so that what
has the folder's name is whole.  An interrupted pull goes on from there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cliprt.data.disk import open_own, replace_file, try_lock, writing
from cliprt.errors import CheckpointError, HubError, MissingExtraError, UsageError
from cliprt.hub.client import Repo, find_repo, host, library, list_files, open_hub, speaking
from cliprt.hub.incoming import Chosen, Remote, choose, differing, in_bytes, in_short
from cliprt.hub.kinds import source_of
from cliprt.stages.progress import show_progress
from cliprt.stages.run_folder import find_checkpoint, load_record

RECORD = "hub.json"
"""In the folder: which repository and revision it is of."""

AT_ONCE = 4
FEW = 8
"""Files that each show how far they are; of more, only how many."""

_LOCK = ".lock"
"""In ``FOLDER.part``, held while something is fetched."""


@dataclass(frozen=True)
class Pulled:
    """What was fetched.

    Attributes:
        source: How a recipe names it among its sources; "" where it is a policy.
        remarks: What a person should know of it.
        fetched: Files that were not there yet.
    """

    repo: Repo
    kind: str
    source: str
    folder: Path
    files: int
    bytes: int
    fetched: int
    remarks: tuple[str, ...]


def pull(repo: Repo, folder: Path | None, tell: Callable[[str], None]) -> Pulled:
    """Fetch a policy or data set into a new folder.

    Args:
        repo: Which, and at which revision.
        folder: Where to; None = the repository's name, in the folder where one is.
        tell: Told what is fetched before anything is.

    Raises:
        HubError: There is none, it is not to be trusted, or the Hub cannot be reached.
        UsageError: The folder is there already and holds something else, or another pull is at it.
        CheckpointError: Its weights are not those of the policy that it describes.
    """
    api, folder = open_hub(), folder or Path(repo.name)
    found = find_repo(api, repo)
    if found is None:
        raise HubError(
            f"{host()} has no model or data set {repo.id!r}, or does not show it to you. Look for"
            " the name; for a private one, log in: hf auth login"
        )
    there = found[0]
    chosen = choose(list_files(api, there), there.type, str(there), folder.absolute())
    if os.path.lexists(folder):
        return _already(there, chosen, folder)
    part = folder.with_name(folder.name + ".part")
    if part.is_symlink():
        raise UsageError(f"{part} is a link, and what is fetched goes through none. Remove it.")
    with _alone(part):
        if os.path.lexists(folder):  # another pull has only just ended
            return _already(there, chosen, folder)
        missing = differing(chosen.files, part)
        tell(
            f"Fetching {chosen.kind.title}, {len(missing)} of {len(chosen.files)} files,"
            f" {in_bytes(sum(file.size for file in missing))}, of {host()}/{there} at"
            f" {there.revision[:12]} to {folder}"
        )
        remarks = _bring(api, there, chosen, missing, part)
        with writing(folder):
            _note(there, chosen, part)
            part.rename(folder)
            (folder / _LOCK).unlink()
    return _pulled(there, chosen, folder, len(missing), remarks)


@contextmanager
def _alone(part: Path) -> Iterator[None]:
    """Be the only process that fetches into a folder, which is made where it is missing.

    Raises:
        UsageError: Another one does.
    """
    with writing(part):
        part.mkdir(parents=True, exist_ok=True)
        lock = open_own(part / _LOCK, "a")
    with lock:
        with writing(part):
            is_ours = try_lock(lock)
        if not is_ours:
            raise UsageError(
                f"another pull fetches into {part}. Wait for it, or choose another folder:"
                " --to FOLDER"
            )
        yield


def _bring(
    api: Any, repo: Repo, chosen: Chosen, missing: Sequence[Remote], part: Path
) -> tuple[str, ...]:
    """Fetch what is missing, and compare all that is there; what to say of it."""
    _fetch(api, repo, missing, part)
    _keep_only(chosen, part)
    if wrong := differing(chosen.files, part):
        with writing(part):
            for file in wrong:
                (part / file.name).unlink(missing_ok=True)
        raise HubError(
            f"{in_short([file.name for file in wrong])} came otherwise than {host()} lists it, and"
            " was thrown away. Type it again."
        )
    return _judge(chosen, part)


def _pulled(
    repo: Repo, chosen: Chosen, folder: Path, fetched: int, remarks: Sequence[str] = ()
) -> Pulled:
    if chosen.others:
        remarks = (*remarks, f"left there, no part of it: {in_short(chosen.others)}")
    kind, names = chosen.kind, [file.name for file in chosen.files]
    source = "" if kind.name == "policy" else source_of(kind, str(folder), names)
    size = chosen.size
    return Pulled(repo, kind.name, source, folder, len(names), size, fetched, tuple(remarks))


def _already(repo: Repo, chosen: Chosen, folder: Path) -> Pulled:
    record = load_record(folder / RECORD)
    if (record.get("repo"), record.get("type")) != (repo.id, repo.type):
        raise UsageError(f"{folder} is there already. Choose another folder: --to FOLDER")
    if wrong := differing(chosen.files, folder):
        was = str(record.get("revision"))[:12]
        raise UsageError(
            f"{folder} is {repo} as it was at {was}, not as it is at {repo.revision[:12]}:"
            f" {in_short([file.name for file in wrong])} differs. Choose another: --to FOLDER"
        )
    return _pulled(repo, chosen, folder, 0)


def _fetch(api: Any, repo: Repo, files: Sequence[Remote], part: Path) -> None:
    bars = library("huggingface_hub.utils")

    def fetch(file: Remote) -> Remote:
        api.hf_hub_download(
            repo.id, file.name, repo_type=repo.type, revision=repo.revision, local_dir=part
        )
        return file

    if len(files) <= FEW:
        with writing(part), speaking(str(repo)):
            for file in files:
                fetch(file)
        return
    bars.disable_progress_bars()
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        fetching = show_progress("Fetching", len(files))
        with fetching as advance, writing(part), speaking(str(repo)):
            for file in pool.map(fetch, files):
                advance(file.name[-40:], 1)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        bars.enable_progress_bars()


def _keep_only(chosen: Chosen, part: Path) -> None:
    """Remove what the library noted, and what an earlier revision left."""
    wanted = {part / _LOCK, *(part / file.name for file in chosen.files)}
    with writing(part):
        shutil.rmtree(part / ".cache", ignore_errors=True)
        for path in [path for path in part.rglob("*") if path.is_symlink() or path.is_file()]:
            if path not in wanted:
                path.unlink()


def _judge(chosen: Chosen, part: Path) -> tuple[str, ...]:
    """What to say of it, once what it holds is found to be what it says."""
    if chosen.kind.name != "policy":
        return ()
    from cliprt.policies.checkpoint import load_policy

    try:
        load_policy(find_checkpoint(part))
    except MissingExtraError as error:
        return (f"it cannot be used here yet: {error}",)
    except CheckpointError as error:
        raise CheckpointError(f"{error} It stays in {part}, and is not to be used.") from error
    return ()


def _note(repo: Repo, chosen: Chosen, part: Path) -> None:
    facts = {
        "host": host(),
        "repo": repo.id,
        "type": repo.type,
        "revision": repo.revision,
        "kind": chosen.kind.name,
    }
    replace_file(part / RECORD, json.dumps(facts, indent=1).encode(), durable=True)
