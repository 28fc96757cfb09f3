"""Show what sentences would make the arm do, without a robot.

Each TEXT is one utterance; without TEXT and --file, each line of standard input is one.  With
--format json every utterance gives one line, an object with: utterance; decision (move, ask, stop
or done); motions, each [dx, dy, dz, droll, dpitch, dyaw, gripper_rotation, gripper] in metres and
radians, gripper 1 open, 0 closed, null as it is; labels, one per motion; offers, what to choose
from, in exact words; source; reason; language; answers, what to choose from that is no motion;
continues, whether to go on until the person says otherwise.

A --file whose name ends in .jsonl has an object a line, {"utterance": "a bit more", "last": [["y",
0.05]]}, whose "last" says what was done before, if anything, the newest at the end: x, y or z in
metres, roll, pitch, yaw or wrist in radians, grip 1 (open) or 0 (closed).  Its "things" say where
things are from the hand, forward, left and up in metres: {"cup": [0.2, 0.05, -0.1]}.

With --evaluate, a file says for each utterance what is expected of it, and a table says how often
the interpreter is right, asks, or would move wrongly, how long it takes and what it costs; each
TEXT is then an option of the interpreter, as key=value.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format
from cliprt.errors import UsageError
from cliprt.language.telling import tell
from cliprt.vocabularies.words import tell_primitive

if TYPE_CHECKING:
    from cliprt.language.interface import Situation
    from cliprt.types import Reading
    from cliprt.vocabularies.interface import ActionVocabulary

EXAMPLE = """\
cliprt interpret "up 5 cm and then left a bit"
cliprt interpret --file sentences.txt --format json
cliprt interpret --file talk.jsonl
cliprt interpret --evaluate in_scope
cliprt interpret --evaluate mine.tsv --interpreter llm model=openai/gpt-4o-mini"""

_GRIPPER = {"open": 1, "closed": 0, None: None}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("text", nargs="*", metavar="TEXT", help="an utterance, in quotes")
    parser.add_argument(
        "--file", type=Path, metavar="FILE", help="UTF-8 text, one a line, or .jsonl"
    )
    parser.add_argument(
        "--evaluate",
        metavar="FILE",
        help="lines 'utterance<TAB>expected' (.tsv, .csv, .jsonl), or one of cliprt's own sets:"
        " in_scope, out_of_scope, typos, injection, context, languages, all",
    )
    parser.add_argument(
        "--vocabulary", default="clip_rt_58", metavar="NAME", help="default: clip_rt_58"
    )
    parser.add_argument("--path", type=Path, metavar="FILE", help="the YAML file of a table")
    parser.add_argument("--interpreter", default="grammar", metavar="NAME", help="default: grammar")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print one reading per utterance, or how good the readings are."""
    from cliprt.cli.vocabulary import load_vocabulary
    from cliprt.registry import load

    if args.text and args.file:
        raise UsageError("give utterances either as TEXT or with --file, not both.")
    if args.evaluate and args.file:
        raise UsageError("--file is to be read, --evaluate to be judged: give one of them.")
    vocabulary = load_vocabulary(args.vocabulary, args.path)
    if args.evaluate:
        from cliprt.cli.interpret_score import evaluate

        return evaluate(args.evaluate, args.interpreter, args.text, vocabulary, args.format)
    interpreter = load("interpreter", args.interpreter)(vocabulary)
    for utterance, situation in _said(args, vocabulary):
        interpreter.situate(situation)
        reading = interpreter.read(utterance)
        if args.format == "json":
            print(json.dumps(_to_json(reading)))
        else:
            print(_to_text(reading, vocabulary))
    return 0


def _said(
    args: argparse.Namespace, vocabulary: ActionVocabulary
) -> Iterator[tuple[str, Situation]]:
    """Utterances, with what each is said into."""
    from cliprt.language.interface import Situation
    from cliprt.language.utterance_files import parse_said

    if args.text or not args.file or args.file.suffix != ".jsonl":
        yield from ((utterance, Situation()) for utterance in _utterances(args))
        return
    for number, line in enumerate(_utterances(args), 1):
        try:
            if line.strip():
                yield parse_said(line, vocabulary)
        except UsageError as error:
            raise UsageError(f"{args.file}:{number}: {error}") from error


def _utterances(args: argparse.Namespace) -> Iterator[str]:
    if args.text:
        yield from args.text
    elif args.file:
        try:
            file = args.file.open("rb")
        except OSError as error:
            raise UsageError(
                f"{args.file} cannot be read: {error.strerror}. Give a UTF-8 text file."
            ) from error
        with file:
            yield from _decoded(file, str(args.file))
    else:
        yield from _decoded(sys.stdin.buffer, "standard input")


def _decoded(lines: Iterable[bytes], source: str) -> Iterator[str]:
    """Lines as text, blank ones too, so that answers and lines stay aligned."""
    for number, line in enumerate(lines, 1):
        encoding = "utf-8-sig" if number == 1 else "utf-8"
        try:
            yield line.decode(encoding).removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError as error:
            raise UsageError(f"{source}:{number}: is not UTF-8 text. Save it as UTF-8.") from error


def _to_json(reading: Reading) -> dict[str, Any]:
    return {
        "utterance": reading.utterance,
        "decision": reading.decision,
        "motions": [[*p.motion, _GRIPPER[p.gripper]] for p in reading.primitives],
        "labels": [p.label for p in reading.primitives],
        "offers": [tell(p, reading.language) for p in reading.offers],
        "source": reading.source,
        "reason": reading.reason,
        "language": reading.language,
        "answers": list(reading.answers),
        "continues": reading.continues,
    }


def _to_text(reading: Reading, vocabulary: ActionVocabulary) -> str:
    """One line for people; the utterance quoted, so that control characters do no harm."""
    head = f"{reading.utterance!r}: {reading.decision}"
    if reading.primitives:
        told = (tell_primitive(move, vocabulary.primitives) for move in reading.primitives)
        on = ", on and on until you say otherwise" if reading.continues else ""
        return f"{head}: {', then '.join(told)}{on}"
    offers = " or ".join(f"{tell(p, reading.language)!r}" for p in reading.offers)
    return f"{head}: {reading.reason}" + (f"  Offers: {offers}." if offers else "")
