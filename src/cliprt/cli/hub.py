"""Give policies and data sets to others, and take theirs: the Hugging Face Hub.

WHAT is a run folder (its policy is sent), a run's episodes/ folder, a LeRobot data set, or a
folder of shards.  REPO is OWNER/NAME.  Nothing but what belongs to it is sent, and a repository
that is made for it is private.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict
from pathlib import Path

from cliprt.cli.output import add_format, emit, note
from cliprt.errors import UsageError

EXAMPLE = """\
cliprt hub push runs/finetune_novel anna/lids --license mit
cliprt hub pull anna/lids
cliprt hub card runs/finetune_novel"""

ACTIONS = {
    "push": "send a policy or a data set, with a card that says what it is",
    "pull": "fetch one into a new folder, compared file by file",
    "card": "print the card that would be sent",
}

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.-]{1,60}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions, and what each takes."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="|".join(ACTIONS))
    for action, text in ACTIONS.items():
        lines = [line for line in EXAMPLE.splitlines() if line.startswith(f"cliprt hub {action}")]
        one = actions.add_parser(
            action,
            help=text,
            description=text,
            epilog="example:\n" + "\n".join(f"  $ {line}" for line in lines),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if action != "pull":
            one.add_argument("what", metavar="WHAT", type=Path, help="run, episodes, or data set")
        if action == "push":
            one.add_argument("--public", action="store_true", help="everybody may see it")
        if action != "pull":
            one.add_argument("--license", default="", metavar="ID", help="e.g. mit, cc-by-4.0")
        if action == "card":
            one.add_argument("repo", metavar="REPO", nargs="?", default="OWNER/NAME")
        else:
            one.add_argument("repo", metavar="REPO", help="OWNER/NAME, datasets/..., ...@REVISION")
        if action == "pull":
            one.add_argument("--to", type=Path, metavar="FOLDER", help="default: the name")
        if action != "card":
            add_format(one)


def run(args: argparse.Namespace) -> int:
    """Do what ``args.action`` says."""
    return {"push": _push, "pull": _pull, "card": _card}[args.action](args)


def _push(args: argparse.Namespace) -> int:
    from cliprt.hub.client import read_repo
    from cliprt.hub.outgoing import find_content
    from cliprt.hub.push import push

    licence, repo = _licence(args.license), read_repo(args.repo)
    if repo.revision:
        raise UsageError(f"{args.repo}: what is sent is the newest revision; leave @... out.")
    content = find_content(args.what)
    for remark in content.remarks:
        note(remark)
    if content.kind.name == "episodes":
        note("Episodes hold what the cameras saw and every word that was said.")
    done = push(content, repo, args.public, licence, note)
    for name in done.removed:
        note(f"no longer part of it, removed there: {name}")
    facts = {**asdict(done), "repo": done.repo.id, "type": done.repo.type}
    emit(facts, args.format, f"It is at {done.url}, revision {done.revision[:12]}")
    return 0


def _pull(args: argparse.Namespace) -> int:
    from cliprt.hub.client import read_repo
    from cliprt.hub.pull import pull

    done = pull(read_repo(args.repo), args.to, note)
    for remark in done.remarks:
        note(remark)
    facts = {
        **asdict(done),
        "repo": done.repo.id,
        "type": done.repo.type,
        "revision": done.repo.revision,
        "folder": str(done.folder),
    }
    does = f"let it act: cliprt run {done.folder}/recipe.yaml --checkpoint {done.folder}"
    if done.source:
        does = f"learn from it: cliprt train RECIPE 'data.sources=[{done.source}]'"
    emit(facts, args.format, f"{done.folder}: {does}")
    return 0


def _card(args: argparse.Namespace) -> int:
    from cliprt.hub.card import write_card
    from cliprt.hub.client import read_repo
    from cliprt.hub.outgoing import find_content

    content = find_content(args.what)
    print(write_card(content, read_repo(args.repo).id, _licence(args.license)), end="")
    return 0


def _licence(text: str) -> str:
    if text and not _LICENCE.fullmatch(text):
        raise UsageError(
            f"--license is {text!r}. Allowed: an id as the Hub has it, for example mit, apache-2.0"
            " or cc-by-4.0."
        )
    return text
