"""Spoken sentences for the tests, synthesised by espeak-ng and flite, and how a browser sends them.

``python tests/speech.py`` makes them again, where both programs are installed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import wave
from math import gcd
from pathlib import Path

import numpy as np

SPEECH = Path(__file__).parent / "speech"

CHUNK = 1600
"""Samples of a tenth of a second at 16 kHz, as a browser sends them."""

SENTENCES = {
    "move_left": ("flite", "move left five centimeters"),
    "close_gripper": ("flite", "close the gripper"),
    "rotate": ("flite", "rotate the gripper clockwise"),
    "down": ("espeak", "raise the arm ten centimeters"),
    "stop": ("flite", "stop"),
    "out_of_scope": ("flite", "call my mother tomorrow"),
}
"""File -> (voice, what is said)."""

VOICES = {
    "flite": (
        "flite",
        "-voice",
        "slt",
        "--setf",
        "duration_stretch=0.8",
        "-t",
        "{text}",
        "-o",
        "{path}",
    ),
    "espeak": ("espeak-ng", "-v", "en-us", "-s", "160", "-w", "{path}", "{text}"),
}


def chunks(speech: np.ndarray) -> list[bytes]:
    """(n,) int16 as a browser sends it."""
    return [speech[i : i + CHUNK].astype("<i2").tobytes() for i in range(0, len(speech), CHUNK)]


def save_wav(path: Path, speech: np.ndarray) -> None:
    """Write (n,) int16 at 16 kHz."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(speech.astype("<i2").tobytes())


def synthesise(voice: str, text: str) -> np.ndarray:
    """Speech at 16 kHz, loud and clear, in a quiet room, (n,) int16."""
    from scipy.signal import resample_poly

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "raw.wav")
        command = [part.format(text=text, path=path) for part in VOICES[voice]]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with wave.open(str(path)) as file:
            rate_hz = file.getframerate()
            raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(float)
    raw = resample_poly(raw, 16_000 // gcd(16_000, rate_hz), rate_hz // gcd(16_000, rate_hz))
    raw *= 12_000 / np.abs(raw).max()
    spoken = np.flatnonzero(np.abs(raw) > 100)
    quiet = np.zeros(3_000)
    sound = np.concatenate([quiet, raw[spoken[0] : spoken[-1]], quiet])
    sound += np.random.default_rng(0).normal(0, 30, len(sound))
    return np.clip(sound, -32_768, 32_767).astype("<i2")


def main() -> None:
    """Write every sentence as a WAV file, 16 kHz."""
    SPEECH.mkdir(exist_ok=True)
    for name, (voice, text) in SENTENCES.items():
        save_wav(SPEECH / f"{name}.wav", synthesise(voice, text))


if __name__ == "__main__":
    sys.exit(main())
