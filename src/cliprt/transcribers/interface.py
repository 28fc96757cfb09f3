"""The contract of a transcriber: recorded speech -> words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Heard:
    """What a transcriber heard.

    Attributes:
        text: The words; "" where nothing was said or nothing was understood.
        confidence: How sure it is, 0 to 1; None where it cannot tell.
        alternatives: Up to three other readings, likeliest first.
        seconds: Length of the speech [s].
        source: Registry name of the transcriber.
    """

    text: str
    confidence: float | None = None
    alternatives: tuple[str, ...] = ()
    seconds: float = 0.0
    source: str = ""


class StopSpotter(Protocol):
    """Listens for a stop word while somebody still speaks; one for each microphone."""

    def feed(self, chunk: np.ndarray) -> bool:
        """Whether a stop word was heard in this sentence so far.

        Args:
            chunk: (n,) int16, 16 kHz, what followed the last one.
        """
        ...

    def end(self) -> None:
        """The sentence is over."""
        ...


class Transcriber(ABC):
    """Built with its options only: ``__init__(self, **options)``.

    Building one is cheap; a model is loaded when it is first needed.  It never raises on any
    speech: silence, noise and what is beyond `LONGEST_S` give an empty text.  It may be called from
    several threads.
    """

    @abstractmethod
    def transcribe(self, speech: np.ndarray, rate_hz: int) -> Heard:
        """What was said.

        Args:
            speech: (n,) int16, mono.
            rate_hz: Samples per second [Hz].
        """

    def spotter(self) -> StopSpotter | None:
        """A fresh listener for stop words; None where a transcriber has none."""
        return None

    def warm_up(self) -> None:
        """Load now what `transcribe` would load when it is first called."""
        return
