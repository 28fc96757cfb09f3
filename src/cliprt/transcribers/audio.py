"""Sound as everybody here passes it on: 16 kHz, mono, int16, of a bounded length."""

from __future__ import annotations

import struct
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.errors import UsageError

if TYPE_CHECKING:
    import numpy as np

RATE_HZ = 16_000
"""What transcribers work on."""

LONGEST_S = 15.0
"""Nobody tells a robot one thing for longer."""

SHORTEST_S = 0.1
"""Shorter than any word."""

RATES_HZ = (8_000, 48_000)
"""Lowest and highest rate that is taken."""

_ONLY = "Allowed: WAV, 16-bit PCM, mono or stereo, 8 to 48 kHz, at most 15 s."
_PCM, _EXTENSIBLE = 1, 0xFFFE
_STREAMED = 0x7FFF0000
"""Of a length, which only means that nobody knew it: sox, arecord and ffmpeg have one each."""

_HEADER_BYTES = 4096
_LARGEST_BYTES = int(RATES_HZ[1] * 4 * LONGEST_S) + _HEADER_BYTES


def load_wav(path: Path) -> np.ndarray:
    """Read a WAV file as (n,) int16 at 16 kHz.

    Raises:
        UsageError: It cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Give a recorded WAV file."
        ) from error
    return parse_wav(content, str(path))


def parse_wav(content: bytes, name: str = "the recording") -> np.ndarray:
    """The sound in a WAV file's bytes as (n,) int16 at 16 kHz, stereo mixed to mono.

    Raises:
        UsageError: It is no WAV, not 16-bit PCM, cut off, or too long.
    """
    import numpy as np

    if len(content) > _LARGEST_BYTES:
        raise UsageError(f"{name} is too long. {_ONLY}")
    try:
        channels, rate_hz, bits, frames, is_cut_off = _parse(content)
    except (ValueError, struct.error) as error:
        raise UsageError(f"{name} is no WAV file that can be read ({error}). {_ONLY}") from error
    if bits != 16 or channels not in (1, 2):
        raise UsageError(f"{name} has {channels} channels of {bits} bits. {_ONLY}")
    check_rate(rate_hz, name)
    if is_cut_off:
        raise UsageError(f"{name} is cut off: record it again.")
    count = len(frames) // (2 * channels)
    if count > LONGEST_S * rate_hz:
        raise UsageError(f"{name} lasts {count / rate_hz:.1f} s. {_ONLY}")
    frames = frames[: 2 * channels * count]
    samples = np.frombuffer(frames, dtype="<i2").reshape(-1, channels)
    return to_16_khz(samples.astype(np.int32).mean(axis=1).astype(np.int16), rate_hz)


def _parse(content: bytes) -> tuple[int, int, int, bytes, bool]:
    """(channels, samples per second, bits, frames, whether some are missing) of a WAV file.

    Who writes into a pipe does not know how long the sound will be, and says 0 or as long as can
    be: it then goes on to the end.

    Raises:
        ValueError, struct.error: It is none.
    """
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError("it does not begin like one")
    form: tuple[int, ...] = ()
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        at += 8
        if name == b"fmt ":
            form = struct.unpack_from("<HHIIHH", content, at)
            if form[0] == _EXTENSIBLE and size >= 40:
                form = (*struct.unpack_from("<H", content, at + 24), *form[1:])
            if form[0] != _PCM:
                raise ValueError(f"its encoding has number {form[0]}, which is not PCM")
        elif name == b"data" and form:
            rest = content[at:]
            is_streamed = size >= _STREAMED or size == 0
            frames = rest if is_streamed else rest[:size]
            return form[1], form[2], form[5], frames, not is_streamed and len(rest) < size
        at += size + size % 2
    raise ValueError("it ends too early")


def check_rate(rate_hz: int, name: str = "the recording") -> None:
    """Raise unless sound of this rate can be taken.

    Raises:
        UsageError: It is too low or too high.
    """
    low, high = RATES_HZ
    if not low <= rate_hz <= high:
        raise UsageError(f"{name} has {rate_hz} samples per second. {_ONLY}")


def to_16_khz(speech: np.ndarray, rate_hz: int) -> np.ndarray:
    """Resample (n,) int16 by a polyphase filter; (m,) int16."""
    import numpy as np

    if rate_hz == RATE_HZ or not len(speech):
        return speech
    from scipy.signal import resample_poly

    common = gcd(RATE_HZ, rate_hz)
    resampled = resample_poly(speech.astype(np.float64), RATE_HZ // common, rate_hz // common)
    samples: np.ndarray = np.clip(np.rint(resampled), -32768, 32767).astype(np.int16)
    return samples


def to_audible(speech: np.ndarray, rate_hz: int) -> np.ndarray | None:
    """Speech, int16 (n,), at 16 kHz; None where it is too long, of no known rate, or silent."""
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1] or len(speech) > LONGEST_S * rate_hz:
        return None
    samples = to_16_khz(speech, rate_hz)
    return None if is_silent(samples) else samples


def is_silent(speech: np.ndarray, loudest: int = 200) -> bool:
    """Whether nothing can have been said: too short, or no sample beyond `loudest`."""
    import numpy as np

    return (
        len(speech) < SHORTEST_S * RATE_HZ or int(np.abs(speech.astype(np.int32)).max()) < loudest
    )
