"""Speech to text without a network: CMU Pocketsphinx, held to the language of commands.

Outside its language it would hear the nearest command, so what it heard is compared with what the
sound would be if any speech sound could follow any other: a command that explains the sound much
worse was not said.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from cliprt.errors import MissingExtraError
from cliprt.language.text import is_stop
from cliprt.transcribers.audio import to_audible
from cliprt.transcribers.commands import FINAL, START, Link, accepts, command_links, hearable
from cliprt.transcribers.interface import Heard, StopSpotter, Transcriber
from cliprt.types import Limit

if TYPE_CHECKING:
    import numpy as np
    from pocketsphinx import Decoder

SOURCE = "pocketsphinx"

_BEAMS = {"beam": 1e-35, "wbeam": 1e-22, "pbeam": 1e-35}
_SILENCES = ("<s>", "</s>", "<sil>", "(NULL)")

_BRITISH = {
    "centimeters": "S EH N T IH M IY T AH Z",
    "centimeter": "S EH N T IH M IY T AH",
    "forward": "F AO W AH D",
    "lower": "L OW AH",
}
"""Pronunciations that an American dictionary lacks."""

_FOR_A_STOP = 0.2
"""Share of the confidence that is enough for a stop: hearing one too many costs a click."""

# Logistic regression on synthetic speech: commands against other sentences.
_OFFSET, _PER_SCORE, _PER_WORST = 16.3, 1460.0, 823.0


class PocketsphinxTranscriber(Transcriber):
    """Offline, with the language of commands; English.

    Args:
        sentences: More sentences to hear, word for word, e.g. a task's instruction.
        least_confidence: Below it, nothing was heard; a fifth of it is enough for a stop.

    Raises:
        MissingExtraError: pocketsphinx is not installed.
    """

    def __init__(
        self,
        sentences: Sequence[str] = (),
        least_confidence: Annotated[float, Limit(0, 1)] = 0.5,
    ) -> None:
        from importlib.util import find_spec

        if find_spec("pocketsphinx") is None:
            raise MissingExtraError(
                "the transcriber pocketsphinx needs a package that is not installed."
                " Install it: pip install 'cliprt[speech]'"
            )
        self._sentences = tuple(sentences)
        self._least_confidence = least_confidence
        self._lock = threading.Lock()

    def transcribe(self, speech: np.ndarray, rate_hz: int) -> Heard:
        """One sentence of commands, or nothing."""
        seconds = len(speech) / rate_hz if rate_hz > 0 else 0.0
        nothing = Heard("", None, (), seconds, SOURCE)
        samples = to_audible(speech, rate_hz)
        if samples is None:
            return nothing
        with self._lock:
            text, confidence, alternatives = self._ears.hear(samples)
        needed = self._least_confidence * (_FOR_A_STOP if is_stop(text) else 1.0)
        if confidence < needed:
            return Heard("", confidence, (), seconds, SOURCE)
        return Heard(text, confidence, alternatives, seconds, SOURCE)

    def spotter(self) -> StopSpotter:
        """One that listens for "stop"."""
        from cliprt.transcribers.stop_spotter import PocketsphinxStopSpotter

        return PocketsphinxStopSpotter()

    def warm_up(self) -> None:
        """Load the acoustic model."""
        with self._lock:
            _ = self._ears

    @cached_property
    def _ears(self) -> _Ears:
        return _Ears(self._sentences)


class _Ears:
    """A loaded decoder and its command network."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self._decoder = new_decoder(cmn="batch", bestpath=False, compallsen=True, **_BEAMS)
        known = (s for s in (" ".join(s.lower().split()) for s in sentences) if s)
        for word, phones in _BRITISH.items():
            self._decoder.add_word(f"{word}(british)", phones)
        self._links = hearable(command_links(known), self._knows)
        self._decoder.add_fsg("commands", to_fsg(self._decoder, self._links))
        self._decoder.activate_search("commands")

    def _knows(self, word: str) -> bool:
        return self._decoder.lookup_word(word) is not None

    def hear(self, samples: np.ndarray) -> tuple[str, float, tuple[str, ...]]:
        """(text, confidence, alternatives) of (n,) int16 at 16 kHz."""
        decoder = self._decoder
        decoder.start_utt()
        decoder.process_raw(samples.astype("<i2").tobytes(), full_utt=True)
        decoder.end_utt()
        best = decoder.hyp()
        if best is None or not accepts(self._links, best.hypstr):
            return "", 0.0, ()
        others = [best.hypstr]
        for _, guess in zip(range(50), decoder.nbest(), strict=False):
            if guess and guess.hypstr not in others and accepts(self._links, guess.hypstr):
                others.append(guess.hypstr)
        return best.hypstr, confidence(decoder.seg()), tuple(others[1:4])


def confidence(segments: Iterable[Any]) -> float:
    """How well the words explain the sound, 0 to 1.

    Pocketsphinx scores each frame against the speech sound that would explain it best; the mean of
    that over all words, and over the worst of them, says how far the words are from it.

    Args:
        segments: Pocketsphinx' words, each with its score and its frames.
    """
    words = [s for s in segments if s.word not in _SILENCES]
    scores = [math.log(max(word.ascore, 1e-300)) for word in words]
    frames = [word.end_frame - word.start_frame + 1 for word in words]
    if not words:
        return 0.0
    worst = min(score / length for score, length in zip(scores, frames, strict=True))
    sureness = _OFFSET + _PER_SCORE * sum(scores) / sum(frames) + _PER_WORST * worst
    return 1 / (1 + math.exp(-max(sureness, -50.0)))


def new_decoder(**options: Any) -> Decoder:
    """A decoder with the model for American English that comes with pocketsphinx."""
    from pocketsphinx import Decoder

    return Decoder(lm=None, loglevel="FATAL", **options)


def to_fsg(decoder: Decoder, links: Sequence[Link]) -> Any:
    """The network as pocketsphinx wants it: numbered places, one word a step, probabilities."""
    numbers: dict[object, int] = {START: 0, FINAL: 1}
    totals: dict[str, float] = {}
    for link in links:
        totals[link.source] = totals.get(link.source, 0.0) + link.weight
    steps: list[tuple[Any, ...]] = []
    for index, link in enumerate(links):
        probability = link.weight / totals[link.source]
        words = link.words or (None,)
        places = [link.source, *((index, i) for i in range(1, len(words))), link.target]
        for i, word in enumerate(words):
            source, target = (numbers.setdefault(p, len(numbers)) for p in places[i : i + 2])
            step = (source, target, probability if i == 0 else 1.0)
            steps.append(step if word is None else (*step, word))
    return decoder.create_fsg("commands", numbers[START], numbers[FINAL], steps)
