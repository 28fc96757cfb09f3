"""Hears "stop" while somebody still speaks, within a quarter of a second of the word's end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

WORD = "stop"
"""The one word that is told from everything else reliably; the others count on release."""

_PHONES = "S T AA P"
_THRESHOLD = 1e-12


class PocketsphinxStopSpotter:
    """A keyword search that goes on as long as a microphone is in use.

    It adapts to the voice and the microphone, so it is kept from one sentence to the next.
    """

    def __init__(self) -> None:
        from pocketsphinx import Decoder

        self._decoder = Decoder(lm=None, dict=None, loglevel="FATAL", kws_threshold=_THRESHOLD)
        self._decoder.add_word(WORD, _PHONES)
        self._decoder.add_keyphrase(WORD, WORD)
        self._decoder.activate_search(WORD)
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
