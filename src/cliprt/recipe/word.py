"""A person's word that a recipe may do what it would do outside; given once, kept for good."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from cliprt.data.disk import writing
from cliprt.errors import UsageError
from cliprt.policies.description import load_description
from cliprt.recipe.reaches import policy_reaches
from cliprt.recipe.schema import Component

_MOST = 15
"""Of what a recipe does outside, so much is shown where it is refused."""


def words_file() -> Path:
    """What was allowed, one JSON list a line: to be read, and lines to be taken out."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "cliprt" / "allowed.jsonl"


def is_allowed(found: Sequence[str]) -> bool:
    """Whether a person has allowed all of `found` together before."""
    return not found or any(set(found) <= allowed for allowed in _allowed())


def _allowed() -> Iterator[set[str]]:
    with suppress(OSError, UnicodeDecodeError):
        for line in words_file().read_text(encoding="utf-8").splitlines():
            with suppress(ValueError, TypeError):  # somebody edited it
                yield set(json.loads(line))


def allow(found: Sequence[str]) -> None:
    """Remember that a person has allowed `found`.

    Raises:
        StoreError: It cannot be written.
    """
    file = words_file()
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as kept:
            kept.write(json.dumps(list(found)) + "\n")


def check_allowed(recipe: str | Path, found: Sequence[str]) -> None:
    """Raise unless a person has given their word for `found`.

    Raises:
        UsageError: What the recipe does outside, and how to allow it.
    """
    if not is_allowed(found):
        name = shlex.quote(str(recipe))
        text = in_words(recipe, [line[:180] for line in found[:_MOST]])
        if len(found) > _MOST:
            text += f"\n  and {len(found) - _MOST} more: cliprt recipes validate {name}"
        raise UsageError(f"{text}\nIf that is right, allow it once: cliprt recipes allow {name}")


def check_policy_allowed(checkpoint: Path, given: Component | None = None) -> None:
    """Raise unless a policy reaches only where a person has given their word for.

    A checkpoint may be a stranger's, and a policy that runs elsewhere is an address to which
    pictures are sent.

    Args:
        checkpoint: Its folder.
        given: The policy of the recipe that a person gave, and so has allowed.

    Raises:
        CheckpointError: The folder holds no policy.
        UsageError: What it does outside.
    """
    own = load_description(checkpoint)["recipe"]["policy"]
    found = policy_reaches(Component(own["name"], own["options"]))
    known = policy_reaches(given) if given else ()
    if not set(found) <= set(known) and not is_allowed(found):
        more = "\n  ".join(line[:180] for line in found[:_MOST])
        raise UsageError(
            f"the policy in {checkpoint} reaches outside of this machine:\n  {more}\n"
            "If that is right, give a recipe with this very policy, and allow it once:"
            " cliprt recipes allow RECIPE"
        )


def in_words(recipe: str | Path, found: Sequence[str]) -> str:
    """What a recipe does outside, for people."""
    head = f"{recipe} reaches outside of the simulator and its folder:"
    return "\n  ".join([head, *found])
