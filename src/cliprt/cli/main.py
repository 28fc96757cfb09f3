"""The ``cliprt`` command: finds the command's module, runs it, and turns errors into text.

Other packages may add commands: see :mod:`cliprt.cli.plugin_commands`.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import io
import os
import re
import shlex
import shutil
import sys
import textwrap
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from cliprt import __version__
from cliprt.cli.plugin_commands import load_command, summary
from cliprt.errors import CliprtError, RecipeError, ShownError, UsageError, did_you_mean
from cliprt.registry import Entry, entries, package_hint
from cliprt.terminal import cleaned_streams

COMMANDS = {
    "teach": ("cliprt.cli.teach", "teach the robot by talking, on a page in the browser"),
    "fit": (
        "cliprt.cli.stages:fit",
        "collect, augment, train, evaluate and report what is missing",
    ),
    "collect": ("cliprt.cli.stages:collect", "record taught episodes"),
    "augment": ("cliprt.cli.stages:augment", "turn few episodes into many, executed on the robot"),
    "train": ("cliprt.cli.stages:train", "fit the policy to the recorded steps"),
    "calibrate": ("cliprt.cli.stages:calibrate", "let a policy know when it is unsure"),
    "correct": ("cliprt.cli.stages:correct", "correct a policy by sentences, and train on"),
    "evaluate": ("cliprt.cli.evaluate", "let a policy act in unseen scenes and count successes"),
    "agree": ("cliprt.cli.agree", "measure how often faster decisions are the same ones"),
    "report": ("cliprt.cli.report", "write report.html and report.json of a run"),
    "reproduce": ("cliprt.cli.reproduce", "make the paper's tables here, or check their figures"),
    "serve": ("cliprt.cli.serve", "let robots elsewhere ask a trained policy"),
    "run": ("cliprt.cli.run", "one episode live: a policy acts, or a person speaks"),
    "embeddings": ("cliprt.cli.embeddings", "show how policies arrange the phrases"),
    "interpret": ("cliprt.cli.interpret", "show what a sentence would make the arm do"),
    "transcribe": ("cliprt.cli.transcribe", "show what is heard in recorded speech"),
    "vocabulary": ("cliprt.cli.vocabulary", "list and show action vocabularies"),
    "episodes": ("cliprt.cli.episodes", "list, show, replay, repair, export and import episodes"),
    "data": ("cliprt.cli.data", "turn any robot's data into training shards"),
    "hub": ("cliprt.cli.hub", "give policies and data sets to others, and take theirs"),
    "things": ("cliprt.cli.things", "list what can stand on the table, with pictures"),
    "skill": ("cliprt.cli.skill", "bring a skill of your own, and say when it is done"),
    "recipes": ("cliprt.cli.recipes", "list, show, copy and validate recipes"),
    "plugins": ("cliprt.cli.plugins", "list what is installed of every kind"),
    "doctor": ("cliprt.cli.doctor", "say what this machine has, lacks, and what to type"),
    "bench": ("cliprt.cli.bench", "measure how fast this machine is"),
}
"""Command -> (what has ``EXAMPLE``, ``add_arguments`` and ``run``, one line of help)."""

GOING_ON = {
    *("teach", "evaluate", "reproduce", "data", "hub"),
    *(name for name, (path, _) in COMMANDS.items() if "stages" in path),
}
"""Commands that go on where they were interrupted, when they are typed again."""

BAD_INPUT, BUG, INTERRUPTED = 2, 1, 130
"""Exit codes, beside 0."""


class _Parser(argparse.ArgumentParser):
    """Reports bad arguments like every other bad input."""

    def error(self, message: str) -> NoReturn:
        flag = re.match(r"unrecognized arguments: (--\S+)", message)
        hint = did_you_mean(flag[1], self._option_string_actions) if flag else ""
        raise UsageError(f"{message}.{hint} Usage: {' '.join(self.format_usage().split()[1:])}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (default: this process') and return its exit code.

    0 done, 2 bad input (one readable text on stderr), 130 interrupted, 1 a bug in cliprt (or in the
    package that adds the command).
    """
    # Idle OpenMP threads that spin take the cores from simulator processes; set before torch loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    _mend_streams()
    with cleaned_streams():
        return _run(list(sys.argv[1:] if argv is None else argv))


def _run(arguments: list[str]) -> int:
    try:
        code = _dispatch(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as leaving:  # argparse, after --help
        return leaving.code if isinstance(leaving.code, int) else 0
    except CliprtError as error:
        print(f"cliprt: {_block(error)}", file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt as ended:
        print(f"cliprt: {_interrupted(str(ended), arguments)}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has left; without this Python complains once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, ShownError):
            print(f"cliprt: {error}", file=sys.stderr)
        else:
            traceback.print_exc()
        print(f"cliprt: this is a bug in {_owner(arguments)}, please report it", file=sys.stderr)
        return BUG


def _mend_streams() -> None:
    """Let closed streams be empty ones, and show as "?" what the terminal's encoding lacks."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull)  # noqa: SIM115
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _block(error: CliprtError) -> str:
    if isinstance(error, RecipeError) and len(error.problems) > 1:
        lines = [f"{len(error.problems)} mistakes:", *str(error).splitlines()]
        return "\n  ".join(lines)
    return str(error)


def _interrupted(why: str, arguments: list[str]) -> str:
    """What is kept, and how to go on where a command goes on by itself."""
    why = why or "interrupted"
    if arguments[0] not in GOING_ON:
        return f"{why}; what was committed is kept"
    again = shlex.join([_program(), *arguments])
    return f"{why}; all that was recorded is kept. To go on, type: {again}"


def _program() -> str:
    """What to type for this program: its name where a shell finds it, else the path it has."""
    called = sys.argv[0]
    return called if Path(called).name == "cliprt" and not shutil.which("cliprt") else "cliprt"


def _dispatch(arguments: list[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_overview())
        return 0
    name, *rest = arguments
    if name in ("-V", "--version"):
        print(f"cliprt {__version__}")
        return 0
    module = _load(name)
    parser = _Parser(
        prog=f"cliprt {name}",
        description=(module.__doc__ or module.HELP).strip().replace("``", ""),
        epilog=_indent_example(module),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    args = _parse(parser, rest)
    args.typed = [_program(), *arguments]
    return int(module.run(args) or 0)


def _parse(parser: argparse.ArgumentParser, rest: list[str]) -> argparse.Namespace:
    try:  # options between the key=value overrides
        return parser.parse_intermixed_args(rest)
    except TypeError:  # argparse cannot do that for commands with actions of their own
        args, left = parser.parse_known_args(rest)
    if left:
        if not hasattr(args, "overrides") or any(w.startswith("-") or "=" not in w for w in left):
            parser.error(f"unrecognized arguments: {' '.join(left)}")
        args.overrides += left
    return args


def _load(name: str) -> ModuleType:
    own = _available()
    if name in own:
        return _import(own[name])
    plugins = _plugins()
    for entry in plugins:
        if entry.name == name:
            return load_command(entry)
    known = [*own, *(entry.name for entry in plugins)]
    raise UsageError(
        f"no command is called {name!r}.{did_you_mean(name, known)} Allowed: {', '.join(known)}."
        f"{package_hint('command', name)}"
    )


def _import(path: str) -> ModuleType:
    """A module, or what it has after the colon in the place of one."""
    module, _, attribute = path.partition(":")
    found: ModuleType = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


def _plugins() -> list[Entry]:
    """Commands of other packages whose names are free."""
    return [entry for entry in entries("command") if entry.name not in _available()]


def _owner(arguments: Sequence[str]) -> str:
    """Whose bug it is when a command fails."""
    owners = {e.name: f"{e.package} {e.version}" for e in _plugins()}
    return owners.get(arguments[0], "cliprt") if arguments else "cliprt"


def _available() -> dict[str, str]:
    """Command -> module, of the commands whose module exists."""
    known = {name: path for name, (path, _) in COMMANDS.items()}
    return {n: path for n, path in known.items() if importlib.util.find_spec(path.split(":")[0])}


def _overview() -> str:
    lines = [
        "usage: cliprt COMMAND ...",
        "",
        "Teach a robot a new skill by talking to it.",
        "",
        "commands:",
    ]
    for name, path in _available().items():
        lines.append(f"  {name:<11} {COMMANDS[name][1]}")
        example = _import(path).EXAMPLE
        lines.append(f"  {'':<11}   $ {example.strip().splitlines()[0]}")
    if plugins := _plugins():
        lines += ["", "commands of other packages:"]
    for entry in plugins:
        about = f"{summary(entry.package)} ({entry.package} {entry.version})".strip()
        lines += textwrap.wrap(
            about,
            100,
            initial_indent=f"  {entry.name:<11} ",
            subsequent_indent=" " * 14,
            break_on_hyphens=False,
        )
    lines += ["", "options: --help (of any command too), --version"]
    return "\n".join(lines)


def _indent_example(module: ModuleType) -> str:
    return "example:\n" + "\n".join(f"  $ {line}" for line in module.EXAMPLE.strip().splitlines())
