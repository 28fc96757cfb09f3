"""Speech to text without a network: CMU Pocketsphinx, held to the language of commands.

Outside its language it would hear the nearest command, so what it heard is compared with what the
sound would be if any speech sound could follow any other: a command that explains the sound much
worse was not said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

from cliprt.language.stops import is_stop
from cliprt.transcribers.commands import FINAL, START, Link, accepts, command_links, hearable
from cliprt.transcribers.interface import StopSpotter
from cliprt.transcribers.local import LocalTranscriber
from cliprt.types import Limit

if TYPE_CHECKING:
    import numpy as np
    from pocketsphinx import Decoder


_BEAMS = {"beam": 1e-35, "wbeam": 1e-22, "pbeam": 1e-35}
_SILENCES = ("<s>", "</s>", "<sil>", "(NULL)")

_BRITISH = {
    "centimeters": "S EH N T IH M IY T AH Z",
    "centimeter": "S EH N T IH M IY T AH",
    "forward": "F AO W AH D",
    "lower": "L OW AH",
}
"""Pronunciations that an American dictionary lacks."""

STOP_WORD, _STOP_PHONES, _STOP_THRESHOLD = "stop", "S T AA P", 1e-12
"""The one word that is told from everything else reliably while somebody speaks; the others count
on release."""

_FOR_A_STOP = 0.2
"""Share of the confidence that is enough for a stop: hearing one too many costs a click."""

# Logistic regression on synthetic speech: commands against other sentences.
_OFFSET, _PER_SCORE, _PER_WORST = 16.3, 1460.0, 823.0


class PocketsphinxTranscriber(LocalTranscriber):
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
        super().__init__("pocketsphinx", "pocketsphinx", "speech")
        self._sentences = tuple(sentences)
        self._least_confidence = least_confidence

    def _hear(self, samples: np.ndarray) -> tuple[str, float, tuple[str, ...]]:
        """One sentence of commands, or nothing."""
        text, confidence, alternatives = self._ears.hear(samples)
        needed = self._least_confidence * (_FOR_A_STOP if is_stop(text) else 1.0)
        return ("", confidence, ()) if confidence < needed else (text, confidence, alternatives)

    def spotter(self) -> StopSpotter:
        """One that listens for "stop"."""
        return PocketsphinxStopSpotter()

    def _load(self) -> None:
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


class PocketsphinxStopSpotter:
    """A keyword search that goes on as long as a microphone is in use.

    It adapts to the voice and the microphone, so it is kept from one sentence to the next.
    """

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(lm=None, dict=None, loglevel="FATAL", kws_threshold=_STOP_THRESHOLD)
        self._decoder.add_word(STOP_WORD, _STOP_PHONES)
        self._decoder.add_keyphrase(STOP_WORD, STOP_WORD)
        self._decoder.activate_search(STOP_WORD)
        self._is_open = False

    def feed(self, chunk: np.ndarray) -> bool:
        """Whether the word was heard in this sentence.

        Args:
            chunk: (n,) int16, 16 kHz, what followed the last one.
        """
        if not self._is_open:
            self._decoder.start_utt()
            self._is_open = True
        if len(chunk):
            self._decoder.process_raw(chunk.astype("<i2").tobytes())
        return self._decoder.hyp() is not None

    def end(self) -> None:
        """The sentence is over."""
        if self._is_open:
            self._decoder.end_utt()
            self._is_open = False
