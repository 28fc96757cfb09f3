"""Measures the table of docs/speech.md: ``python docs/make/speech_table.py``.

Synthetic voices (the programs ``flite`` and ``espeak-ng``) say the sentences of ``spoken.tsv``; the
offline transcriber hears them.  It takes ten minutes on one core, and rewrites what stands between
``<!-- generated: speech -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cliprt.language.grammar import GrammarInterpreter
from cliprt.transcribers.audio import RATE_HZ, to_16_khz
from cliprt.transcribers.pocketsphinx import STOP_WORD, PocketsphinxTranscriber
from cliprt.vocabularies.grid import ClipRt58Vocabulary

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "speech.md"
ROOM = re.compile(r"(<!-- generated: speech -->\n).*?(<!-- end -->)", re.DOTALL)

FLITE = "flite -voice {} -o PATH -t TEXT"
ESPEAK = "espeak-ng -v {} -s 150 -w PATH TEXT"
VOICES = {
    "flite slt, US woman": FLITE.format("slt"),
    "flite rms, US man": FLITE.format("rms"),
    "flite awb, Scottish man": FLITE.format("awb"),
    "flite kal16, US man": FLITE.format("kal16"),
    "espeak-ng, US man": ESPEAK.format("en-us"),
    "espeak-ng, British woman": ESPEAK.format("en-gb+f3"),
    "espeak-ng, British man": ESPEAK.format("en-gb-x-rp"),
}
HEAD = (
    "| Voice | Same action | Same words | Another action | Stopped | Stopped while speaking"
    " | False stop | Other speech taken for a command | Seconds |\n" + "|---" * 9 + "|"
)


@dataclass(frozen=True)
class Trial:
    """One sentence by one voice; `spotted_s` is how long after its end stop was spotted [s]."""

    kind: str
    has_word: bool
    is_short: bool
    is_same: bool
    is_word_for_word: bool
    moves: bool
    stops: bool
    spotted_s: float | None
    cpu_s: float


def main() -> None:
    """Measure, and rewrite the page's table."""
    lines = (HERE / "spoken.tsv").read_text(encoding="utf-8").splitlines()
    spoken = [tuple(line.split("\t")) for line in lines if not line.startswith("#")]
    rows = [HEAD]
    everything: list[Trial] = []
    for voice, command in VOICES.items():
        trials = listen(command, spoken)
        everything += trials
        rows.append(to_row(voice, trials))
        print(rows[-1], flush=True)
    rows.append(to_row("all", everything))
    late = [t.spotted_s for t in everything if t.is_short and t.spotted_s is not None]
    rows += ["", f'"stop" alone is spotted {np.median(late):.2f} s after its end (median).']
    table = "\n".join(rows)
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(ROOM.sub(lambda found: f"{found[1]}{table}\n{found[2]}", page), "utf-8")


def listen(command: str, spoken: list[tuple[str, ...]]) -> list[Trial]:
    """Let a voice say everything, and hear it with a microphone's spotter kept open."""
    interpreter = GrammarInterpreter(ClipRt58Vocabulary())
    transcriber = PocketsphinxTranscriber()
    transcriber.warm_up()
    spotter = transcriber.spotter()
    trials = []
    for kind, text in spoken:
        speech, end_s = synthesise(command, text)
        spotted_s = None
        for start in range(0, len(speech), RATE_HZ // 10):
            if spotter.feed(speech[start : start + RATE_HZ // 10]):
                spotted_s = start / RATE_HZ + 0.1 - end_s
                break
        spotter.end()
        started_s = time.process_time()
        heard = transcriber.transcribe(speech, RATE_HZ)
        cpu_s = time.process_time() - started_s
        reading, wanted = interpreter.read(heard.text), interpreter.read(text)
        is_same = (reading.decision, reading.primitives) == (wanted.decision, wanted.primitives)
        is_same = heard.text == text if wanted.decision == "ask" else is_same
        acts = reading.decision, heard.text
        trials.append(
            Trial(
                kind,
                STOP_WORD in text.split(),
                text == STOP_WORD,
                is_same,
                heard.text == text,
                acts[0] != "ask" and acts[1] != "",
                reading.decision == "stop",
                spotted_s,
                cpu_s,
            )
        )
    return trials


def synthesise(command: str, text: str) -> tuple[np.ndarray, float]:
    """Speech in a quiet room (n,) int16 at 16 kHz, and when it ends [s]."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "raw.wav"))
        said = [{"PATH": path, "TEXT": text}.get(part, part) for part in command.split()]
        subprocess.run(said, check=True, stdout=subprocess.DEVNULL)
        with wave.open(path) as file:
            raw = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            raw = to_16_khz(raw.astype(np.int16), file.getframerate())
    raw = raw * (12_000 / np.abs(raw.astype(int)).max())
    quiet = np.zeros(4800)
    end_s = (len(quiet) + np.flatnonzero(np.abs(raw) > 300)[-1]) / RATE_HZ
    sound = np.concatenate([quiet, raw, quiet])
    sound += np.random.default_rng(len(text)).normal(0, 30, len(sound))
    return sound.astype(np.int16), end_s


def to_row(voice: str, trials: list[Trial]) -> str:
    """A voice's line of the table."""
    commands = [t for t in trials if t.kind == "command"]
    stops = [t for t in trials if t.kind == "stop"]
    others = [t for t in trials if t.kind == "other"]
    audible = [t for t in stops if t.has_word]
    cells = [
        share([t.is_same for t in commands]),
        share([t.is_word_for_word for t in commands]),
        share([t.moves and not t.is_same for t in commands]),
        share([t.stops or t.spotted_s is not None for t in stops]),
        share([t.spotted_s is not None for t in audible]),
        share([t.spotted_s is not None for t in [*commands, *others]]),
        share([t.moves for t in others]),
        f"{np.mean([t.cpu_s for t in trials]):.2f}",
    ]
    return f"| {voice} | " + " | ".join(cells) + " |"


def share(truths: list[bool]) -> str:
    """As a percentage."""
    return f"{100 * np.mean(truths):.0f} %"


if __name__ == "__main__":
    main()
