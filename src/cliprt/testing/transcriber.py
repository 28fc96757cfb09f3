"""The contract of a transcriber as code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cliprt.transcribers.audio import RATE_HZ
from cliprt.transcribers.interface import Heard, Transcriber

if TYPE_CHECKING:
    import numpy as np

_MAX_ALTERNATIVES = 3
_RATES_HZ = (RATE_HZ, 8_000, 44_100, 48_000, 1, 0, 400_000)


def check_transcriber(transcriber: Transcriber) -> None:
    """Raise unless `transcriber` keeps the contract of a transcriber on sound without words.

    Args:
        transcriber: Whose model, if it needs one, can be loaded here.

    Raises:
        AssertionError: What is broken.
    """
    for name, speech in _wordless_sounds().items():
        for rate_hz in _RATES_HZ if len(speech) <= RATE_HZ else _RATES_HZ[:1]:
            heard = _transcribe(transcriber, speech, rate_hz, f"{name} at {rate_hz} Hz")
            if "silence" in name or "nothing" in name:
                assert not heard.text, f"in {name} at {rate_hz} Hz was heard {heard.text!r}"
            if "too long" in name:
                assert not heard.text, f"{name}: nobody says one step for a minute"
    spotter = transcriber.spotter()
    if spotter is not None:
        for name, speech in _wordless_sounds().items():
            for start in range(0, min(len(speech), 2 * RATE_HZ), RATE_HZ // 10):
                found = spotter.feed(speech[start : start + RATE_HZ // 10])
                assert found is True or found is False, f"spotter: {found!r} is neither yes nor no"
                assert not found, f"the spotter heard a stop word in {name}"
            spotter.end()


def _wordless_sounds() -> dict[str, np.ndarray]:
    import numpy as np

    rng = np.random.default_rng(0)
    second = np.arange(RATE_HZ)
    tone = 12_000 * np.sin(2 * np.pi * 440 * second / RATE_HZ)
    return {
        "nothing": np.zeros(0, np.int16),
        "one sample of nothing": np.zeros(1, np.int16),
        "10 ms of silence": np.zeros(RATE_HZ // 100, np.int16),
        "a second of silence": np.zeros(RATE_HZ, np.int16),
        "a quiet room": rng.normal(0, 20, RATE_HZ).astype(np.int16),
        "a click": np.where(second == RATE_HZ // 2, 32_767, 0).astype(np.int16),
        "a tone": tone.astype(np.int16),
        "loud noise": rng.integers(-32_768, 32_768, RATE_HZ).astype(np.int16),
        "a constant": np.full(RATE_HZ, -32_768, np.int16),
        "too long a noise": rng.normal(0, 3_000, 60 * RATE_HZ).astype(np.int16),
    }


def _transcribe(transcriber: Transcriber, speech: np.ndarray, rate_hz: int, shown: str) -> Heard:
    name = type(transcriber).__name__
    before = speech.copy()
    try:
        heard = transcriber.transcribe(speech, rate_hz)
    except Exception as error:
        raise AssertionError(f"{name}.transcribe({shown}) raised {error!r}") from error
    assert isinstance(heard, Heard), f"{name}.transcribe({shown}) is a {type(heard).__name__}"
    assert (speech == before).all(), f"{name}.transcribe({shown}) changed the sound"
    assert isinstance(heard.text, str), f"{name}.transcribe({shown}): text {heard.text!r}"
    assert heard.source, f"{name}.transcribe({shown}) has no source"
    assert heard.confidence is None or 0 <= heard.confidence <= 1, (
        f"{name}.transcribe({shown}): confidence {heard.confidence} is not within 0 and 1"
    )
    assert len(heard.alternatives) <= _MAX_ALTERNATIVES, (
        f"{name}.transcribe({shown}) has more than {_MAX_ALTERNATIVES} alternatives"
    )
    assert heard.text not in heard.alternatives, f"{name}.transcribe({shown}): text twice"
    return heard
