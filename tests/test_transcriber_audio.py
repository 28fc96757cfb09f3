"""Sound that comes in: bounded, one rate, or one clear text."""

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import UsageError
from cliprt.transcribers.audio import RATE_HZ, is_silent, load_wav, parse_wav, to_16_khz


def _wav(samples, rate_hz=RATE_HZ, channels=1, width=2):
    file = io.BytesIO()
    with wave.open(file, "wb") as made:
        made.setnchannels(channels)
        made.setsampwidth(width)
        made.setframerate(rate_hz)
        made.writeframes(samples)
    return file.getvalue()


def _tone(rate_hz, seconds=0.5):
    time_s = np.arange(int(rate_hz * seconds)) / rate_hz
    return (8000 * np.sin(2 * np.pi * 500 * time_s)).astype("<i2")


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_every_rate_becomes_the_same_sound(rate_hz):
    made = parse_wav(_wav(_tone(rate_hz).tobytes(), rate_hz))
    wanted = _tone(RATE_HZ)
    assert made.dtype == np.int16
    assert len(made) == pytest.approx(len(wanted), abs=2)
    middle = slice(2000, 6000)
    assert np.abs(made[middle].astype(int) - wanted[middle]).max() < 200


def test_stereo_is_mixed():
    left, right = np.full(4000, 1000), np.full(4000, -3000)
    both = np.stack([left, right], axis=1).astype("<i2")
    assert (parse_wav(_wav(both.tobytes(), channels=2)) == -1000).all()


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", "is no WAV file"),
        (b"RIFF", "is no WAV file"),
        (b"ID3\x03mp3", "is no WAV file"),
        (_wav(bytes(100), width=1), "has 1 channels of 8 bits"),
        (_wav(bytes(300), channels=3), "has 3 channels of 16 bits"),
        (_wav(bytes(100), rate_hz=4_000), "has 4000 samples per second"),
        (_wav(bytes(100), rate_hz=96_000), "has 96000 samples per second"),
        (_wav(bytes(1000))[:-100], "is cut off"),
        (_wav(bytes(2 * 16 * RATE_HZ)), "lasts 16.0 s"),
        (bytes(10_000_000), "is too long"),
    ],
)
def test_other_files_are_refused_with_a_text(content, text):
    with pytest.raises(UsageError, match=f"talk.wav {text}"):
        parse_wav(content, "talk.wav")


def _riff(*chunks, size=None):
    body = b"".join(
        name
        + struct.pack("<I", len(data) if length is None else length)
        + data
        + b"\0" * (len(data) % 2)
        for name, data, length in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WAVE" + body


PLAIN = struct.pack("<HHIIHH", 1, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
GUID = bytes.fromhex("000000001000800000aa00389b71")


def _extensible(encoding):
    head = struct.pack("<HHIIHH", 0xFFFE, 1, RATE_HZ, 2 * RATE_HZ, 2, 16)
    return head + struct.pack("<HHI", 22, 16, 4) + struct.pack("<H", encoding) + GUID


SOUND = _tone(RATE_HZ).tobytes()


@pytest.mark.parametrize(
    "content",
    [
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND, 0xFFFFFFFF), size=0xFFFFFFFF),
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND, 0), size=0),
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND, 0x7FFFF000), size=0x7FFFF024),
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND, 0x80000000)),
        _riff((b"fmt ", _extensible(1), None), (b"data", SOUND, None)),
        _riff((b"LIST", b"odd", None), (b"fmt ", PLAIN, None), (b"data", SOUND, None)),
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND, None), (b"LIST", b"made by x", None)),
        _riff((b"fmt ", PLAIN, None), (b"data", SOUND + b"\1", 0xFFFFFFFF))[:-1],
    ],
    ids=["ffmpeg", "0", "sox", "arecord", "extensible", "list first", "list last", "half a sample"],
)
def test_headers_as_programs_write_them(content):
    assert parse_wav(content).tobytes() == SOUND


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (_riff((b"fmt ", _extensible(3), None), (b"data", SOUND, None)), "number 3, which is not"),
        (_riff((b"fmt ", PLAIN, None), (b"data", SOUND, len(SOUND) + 2)), "is cut off"),
        (_riff((b"data", SOUND, None), (b"fmt ", PLAIN, None)), "ends too early"),
    ],
)
def test_other_headers_are_refused(content, text):
    with pytest.raises(UsageError, match=text):
        parse_wav(content)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.wav cannot be read: No such file"):
        load_wav(tmp_path / "absent.wav")


@given(st.binary(max_size=200), st.integers(0, 60))
@settings(max_examples=150, deadline=None)
def test_broken_files_never_give_anything_but_a_text(noise, at):
    content = bytearray(_wav(bytes(64)))
    content[at : at + len(noise)] = noise
    try:
        made = parse_wav(bytes(content))
    except UsageError:
        return
    assert made.dtype == np.int16


@given(st.lists(st.integers(-32768, 32767), max_size=300), st.integers(8_000, 48_000))
@settings(max_examples=60, deadline=None)
def test_resampling_keeps_the_length_and_never_wraps_around(samples, rate_hz):
    speech = np.array(samples, np.int16)
    made = to_16_khz(speech, rate_hz)
    assert made.dtype == np.int16
    assert abs(len(made) - len(speech) * RATE_HZ / rate_hz) <= 1
    if len(speech) and (speech == 32767).all():
        assert made.min() > -20_000


def test_silence_is_known():
    assert is_silent(np.zeros(0, np.int16))
    assert is_silent(np.full(RATE_HZ, 100, np.int16))
    assert is_silent(np.full(100, 9000, np.int16))
    assert not is_silent(np.full(RATE_HZ, -32768, np.int16))
