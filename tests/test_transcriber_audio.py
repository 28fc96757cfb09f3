"""Sound that comes in: bounded, one rate, or one clear text."""

import io
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
