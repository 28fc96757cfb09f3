"""The Hub, spoken to through ``huggingface_hub``, whose errors become one sentence each."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cliprt.errors import HubError, MissingExtraError, UsageError, did_you_mean
from cliprt.hub.incoming import MOST_FILES, Remote

USUAL_HOST = "https://huggingface.co"

TYPES = {"models": "model", "datasets": "dataset"}
"""As addresses have it -> as the Hub's API has it."""

_REPO = re.compile(
    r"(?:(?P<type>\w+)/)?(?P<id>[\w.-]{1,96}/[\w.-]{1,96})(?:@(?P<revision>[\w./-]{1,200}))?"
)


@dataclass(frozen=True)
class Repo:
    """A repository.

    Attributes:
        id: Owner and name.
        type: ``"model"``, ``"dataset"`` or "", where nobody said.
        revision: A commit, branch or tag; "" = the newest.
    """

    id: str
    type: str = ""
    revision: str = ""

    @property
    def name(self) -> str:
        """Without its owner."""
        return self.id.partition("/")[2]

    def __str__(self) -> str:
        return f"datasets/{self.id}" if self.type == "dataset" else self.id


def read_repo(text: str) -> Repo:
    """A repository as people write it: ``owner/name``, ``datasets/owner/name``, ``@revision``.

    >>> read_repo("https://huggingface.co/datasets/anna/lids@v1")
    Repo(id='anna/lids', type='dataset', revision='v1')

    Raises:
        UsageError: It is no repository's name.
    """
    short = text.removeprefix("hf://").removeprefix(f"{host()}/").removeprefix(f"{USUAL_HOST}/")
    found = _REPO.fullmatch(short.strip("/"))
    kind = found["type"] if found else None
    if not found or ".." in short or (kind and kind not in TYPES):
        hint = did_you_mean(kind, TYPES) if kind else ""
        raise UsageError(
            f"{text!r:.120} is no repository of the Hub.{hint} Allowed: OWNER/NAME,"
            " datasets/OWNER/NAME, and @REVISION behind it."
        )
    return Repo(found["id"], TYPES.get(kind or "", ""), found["revision"] or "")


def host() -> str:
    """Where the Hub is: another one where ``HF_ENDPOINT`` says so."""
    return os.environ.get("HF_ENDPOINT", USUAL_HOST).rstrip("/")


def open_hub() -> Any:
    """``huggingface_hub.HfApi`` of `host`.

    Raises:
        MissingExtraError: The package is not installed.
    """
    library("huggingface_hub.utils.logging").set_verbosity_error()  # `speaking` says it
    return library("huggingface_hub").HfApi(endpoint=host(), library_name="cliprt")


def account(api: Any) -> str:
    """Who is logged in here.

    Raises:
        HubError: Nobody, or the Hub does not know the token.
    """
    if not library("huggingface_hub").get_token():
        raise HubError(f"nobody is logged in at {host()} on this machine. Type: hf auth login")
    with speaking("your account"):
        return str(api.whoami()["name"])


def find_repo(api: Any, repo: Repo) -> tuple[Repo, Any] | None:
    """A repository with its type and commit, and what the Hub says of it; None: there is none.

    Raises:
        UsageError: There is both a model and a data set of this name.
        HubError: The Hub cannot be asked.
    """
    found = []
    for repo_type in (repo.type,) if repo.type else ("model", "dataset"):
        info = _info(api, repo, repo_type)
        if info is not None:
            found.append((Repo(repo.id, repo_type, str(info.sha)), info))
    if len(found) > 1:
        raise UsageError(
            f"{repo.id} is both a model and a data set. Say which: models/{repo.id} or"
            f" datasets/{repo.id}"
        )
    return found[0] if found else None


def _info(api: Any, repo: Repo, repo_type: str) -> Any:
    errors = library("huggingface_hub.errors")
    with speaking(str(repo)):
        try:
            return api.repo_info(repo.id, repo_type=repo_type, revision=repo.revision or None)
        except errors.GatedRepoError:
            raise
        except errors.RepositoryNotFoundError:
            return None


def list_files(api: Any, repo: Repo) -> list[Remote]:
    """The files of a repository at its revision; one more than `MOST_FILES` where it has more.

    Raises:
        HubError: The Hub cannot be asked, or its answer is no list.
    """
    found: list[Remote] = []
    with speaking(str(repo)):
        tree = api.list_repo_tree(
            repo.id, recursive=True, repo_type=repo.type, revision=repo.revision
        )
        for entry in tree:
            if hasattr(entry, "blob_id"):  # else a folder
                sha256 = entry.lfs.sha256 if entry.lfs else ""
                found.append(Remote(str(entry.path), int(entry.size), sha256, str(entry.blob_id)))
            if len(found) > MOST_FILES:
                break
    return found


@contextmanager
def speaking(what: str) -> Iterator[None]:
    """Turn what the library raises about `what` into one sentence.

    Raises:
        HubError: Instead of it.
    """
    errors, httpx = library("huggingface_hub.errors"), library("httpx")
    try:
        yield
    except errors.OfflineModeIsEnabled as error:
        raise HubError(
            f"the Hub may not be asked: this machine is set to be offline (HF_HUB_OFFLINE)."
            f" To reach {host()}, type: unset HF_HUB_OFFLINE"
        ) from error
    except errors.GatedRepoError as error:
        raise HubError(
            f"{what} is given to those who accept its conditions. Do so at {host()}/{what}, then"
            " type it again (logged in: hf auth login)."
        ) from error
    except errors.RevisionNotFoundError as error:
        raise HubError(f"{what} has no such revision. Leave it out, or look: {host()}") from error
    except errors.HfHubHTTPError as error:
        raise HubError(_of_status(error, what)) from error
    except (httpx.HTTPError, errors.LocalEntryNotFoundError, TimeoutError) as error:
        raise HubError(
            f"{host()} cannot be reached ({_cause(error)}). What was done is kept; look at the"
            " network and type it again."
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:  # an answer that is none
        raise HubError(
            f"{host()} answered something that is not understood about {what} ({_cause(error)})."
            " Type it again later, or with the newest huggingface_hub."
        ) from error


def _of_status(error: Any, what: str) -> str:
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    if status == 401:
        return f"{host()} does not know your token for {what}. Log in again: hf auth login"
    if status == 403:
        return (
            f"you may not do that with {what}: {_cause(error)} Take a repository of your own, or a"
            " token that may write: hf auth login"
        )
    if status == 404:
        return f"{host()} has no {what}, or does not show it to you (log in: hf auth login)"
    if status == 429:
        return (
            f"{host()} asks to wait: too much was asked in too short a time. Type it again later."
        )
    return f"{host()} failed at {what}: {_cause(error)} Type it again."


def _cause(error: BaseException) -> str:
    """The first line that says something, at most 200 characters."""
    said = getattr(error, "server_message", None) or str(error) or type(error).__name__
    lines = [line.strip() for line in str(said).splitlines() if line.strip()]
    return (lines or [type(error).__name__])[0][:200]


def library(name: str) -> Any:
    """A module of ``huggingface_hub``, or what it stands on.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError(
            f"the Hub needs a package that is not installed ({error.name}). Install it:"
            " pip install -U huggingface_hub"
        ) from error
