"""The contract of a source: training rows by number, from wherever they are kept."""

from __future__ import annotations

from abc import ABC, abstractmethod

from cliprt.data.columns import Needs
from cliprt.data.rows import Rows
from cliprt.vocabularies.interface import ActionVocabulary


class Source(ABC):
    """Where training rows come from; built with the options that a recipe gives it.

    A constructor that names ``recorded`` is given the run's episodes
    (:class:`cliprt.data.samples.Recorded`).
    """

    @property
    @abstractmethod
    def identity(self) -> str:
        """Changes with what the rows hold, and with nothing else: no path, no time of a file.

        A policy that was trained on them is found again by it.
        """

    @abstractmethod
    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> Rows:
        """The rows; opening reads an index at most, images are read row by row.

        Args:
            needs: What each row must have.  Where the horizon is 0, all rows have a label.
            vocabulary: What labels are of.

        Raises:
            StoreError: They cannot be read, or lack what is needed.
            VocabularyError: The vocabulary can say none of them.
        """
