"""Show what is heard in recorded speech, and what it would make the arm do.

FILE is a WAV file: 16-bit PCM, mono or stereo, 8 to 48 kHz, at most 15 s.  With --format json every
file gives one line, an object with: file; heard; alternatives; confidence (0 to 1, or null);
seconds; decision (move, ask, stop or done); phrases, what would be done; reason.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import add_format

if TYPE_CHECKING:
    from cliprt.transcribers.interface import Heard
    from cliprt.types import Reading

EXAMPLE = "cliprt transcribe spoken.wav"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a WAV file")
    parser.add_argument(
        "--transcriber", default="pocketsphinx", metavar="NAME", help="default: pocketsphinx"
    )
    parser.add_argument("--model", metavar="MODEL", help="whisper's: a folder, or a name")
    parser.add_argument("--interpreter", default="grammar", metavar="NAME", help="default: grammar")
    add_format(parser)


def run(args: argparse.Namespace) -> int:
    """Print what was heard, and its reading, for each file."""
    from cliprt.recipe.build import build_transcriber
    from cliprt.recipe.schema import Component, Recipe
    from cliprt.registry import load
    from cliprt.transcribers.audio import RATE_HZ, load_wav

    options = {"model": args.model} if args.model else {}
    recipe = Recipe("", (), transcriber=Component(args.transcriber, options))
    transcriber = build_transcriber(recipe)
    interpreter = load("interpreter", args.interpreter)(load("vocabulary", "clip_rt_58")())
    for path in args.files:
        heard = transcriber.transcribe(load_wav(path), RATE_HZ)
        reading = interpreter.read(heard.text)
        shown = _to_json if args.format == "json" else _to_text
        print(shown(path, heard, reading))
    return 0


def _to_json(path: Path, heard: Heard, reading: Reading) -> str:
    values: dict[str, Any] = {
        "file": str(path),
        "heard": heard.text,
        "alternatives": list(heard.alternatives),
        "confidence": heard.confidence,
        "seconds": heard.seconds,
        "decision": reading.decision,
        "phrases": [primitive.phrase for primitive in reading.primitives],
        "reason": reading.reason,
    }
    return json.dumps(values)


def _to_text(path: Path, heard: Heard, reading: Reading) -> str:
    head = f"{path} ({heard.seconds:.1f} s)"
    if not heard.text:
        return f"{head}: nothing was heard"
    sure = "" if heard.confidence is None else f", {heard.confidence:.0%} sure"
    others = "".join(f"\n  or {text!r}" for text in heard.alternatives)
    return f"{head}: heard {heard.text!r}{sure}{others}\n  {reading.decision}: {reading.reason}"
