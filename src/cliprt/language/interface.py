"""The contract of an interpreter: a person's words -> a Reading."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from cliprt.types import Primitive, Reading

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Situation:
    """What a sentence is said into.

    Attributes:
        last: What was done last in this episode, the newest at the end; nothing that was refused
            or taken back.
        at_once: How many of the newest were asked for in one sentence.
        looks: Unit vector (2,), x and y of the base frame, in which the camera of the picture looks
            that the speaker sees; None where nobody knows.
        looks_down: Whether it looks down rather than ahead, so that toward it is no way along the
            table.
        asked: The question that this sentence may answer; None where nothing was asked.
        things: What people may call a thing -> from the hand to it [m], base frame: to its middle,
            and up or down to where it begins. Up or down it is 0 where the hand is as high as the
            thing; all is 0 where the hand holds it. Empty where nobody knows.
    """

    last: tuple[Primitive, ...] = ()
    at_once: int = 1
    looks: tuple[float, float] | None = None
    looks_down: bool = False
    asked: Reading | None = None
    things: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)


class Interpreter(ABC):
    """Built with the vocabulary: ``__init__(self, vocabulary, **options)``.

    An interpreter only proposes.  It never raises on any text, and it answers ``ask`` rather than
    guess.
    """

    incidental_options: ClassVar[tuple[str, ...]] = ()
    """Constructor options that leave what is taught as it is, e.g. how it is shown."""

    @abstractmethod
    def read(self, utterance: str) -> Reading:
        """What `utterance` asks for."""

    def learn(self, utterance: str, primitives: Sequence[Primitive]) -> None:
        """A person confirmed that `utterance` means `primitives`; who does not learn ignores it.

        Raises:
            StoreError: What was learned cannot be kept.
        """
        return

    def situate(self, situation: Situation) -> None:
        """What the next sentence is said into; who reads sentences by themselves ignores it."""
        return

    def answer(self, question: Reading, answer: str) -> None:
        """A person chose `answer` among ``question.answers``; the sentence is then read again.

        Raises:
            StoreError: What was learned cannot be kept.
        """
        return

    def look(self, image: np.ndarray) -> None:
        """What the robot's camera sees now, uint8 (h, w, 3); who reads words only ignores it."""
        return

    @property
    def status(self) -> str:
        """What people should know, e.g. that a model is offline; "" if all is well."""
        return ""
