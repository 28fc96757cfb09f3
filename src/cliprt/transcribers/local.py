"""A transcriber with a model in this process, which listens to one sentence at a time."""

from __future__ import annotations

import importlib.util
import threading
from abc import abstractmethod
from typing import TYPE_CHECKING

from cliprt.errors import MissingExtraError
from cliprt.transcribers.audio import to_audible
from cliprt.transcribers.interface import Heard, Transcriber

if TYPE_CHECKING:
    import numpy as np


class LocalTranscriber(Transcriber):
    """Its model is loaded when it is first needed, and asked by one thread at a time.

    Args:
        name: Registry name.
        package: What it needs.
        extra: Of cliprt, which brings it.

    Raises:
        MissingExtraError: The package is not installed.
    """

    def __init__(self, name: str, package: str, extra: str) -> None:
        if importlib.util.find_spec(package) is None:
            raise MissingExtraError(
                f"the transcriber {name} needs a package that is not installed."
                f" Install it: pip install 'cliprt[{extra}]'"
            )
        self._name = name
        self._lock = threading.Lock()

    def transcribe(self, speech: np.ndarray, rate_hz: int) -> Heard:
        """One sentence, or nothing where none can have been said."""
        seconds = len(speech) / rate_hz if rate_hz > 0 else 0.0
        samples = to_audible(speech, rate_hz)
        if samples is None:
            return Heard("", None, (), seconds, self._name)
        with self._lock:
            text, confidence, alternatives = self._hear(samples)
        return Heard(text, confidence, alternatives, seconds, self._name)

    def warm_up(self) -> None:
        """Load the model."""
        with self._lock:
            self._load()

    @abstractmethod
    def _hear(self, samples: np.ndarray) -> tuple[str, float | None, tuple[str, ...]]:
        """(text, confidence, alternatives) of (n,) int16 at 16 kHz."""

    @abstractmethod
    def _load(self) -> None:
        """Have the model in memory."""
