"""An interpreter that the page looks over the shoulder of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cliprt.errors import StoreError
from cliprt.language.interface import Interpreter, Situation
from cliprt.page.messages import Badge, Trouble
from cliprt.page.wire import Wire
from cliprt.types import Primitive, Reading

if TYPE_CHECKING:
    import numpy as np


class ShownInterpreter(Interpreter):
    """An interpreter whose latest reading the page shows."""

    def __init__(self, interpreter: Interpreter, wire: Wire) -> None:
        self._interpreter = interpreter
        self._wire = wire
        self._shown_status = ""
        self.latest: Reading | None = None

    def read(self, utterance: str) -> Reading:
        """What `utterance` asks for; it may take its time."""
        self._wire.be_patient()
        self.latest = self._interpreter.read(utterance)
        if self.status != self._shown_status:
            self._shown_status = self.status
            self._wire.send(Badge("interpreter", self.status))
        return self.latest

    def situate(self, situation: Situation) -> None:
        """What the next sentence is said into."""
        self._interpreter.situate(situation)

    def answer(self, question: Reading, answer: str) -> None:
        """What the person chose."""
        self._interpreter.answer(question, answer)

    def look(self, image: np.ndarray) -> None:
        """What the robot's camera sees now."""
        self._interpreter.look(image)

    @property
    def status(self) -> str:
        """What people should know."""
        return self._interpreter.status

    def learn(self, utterance: str, primitives: Sequence[Primitive]) -> None:
        """Pass on; where it cannot be kept, the person is told, and teaching goes on."""
        try:
            self._interpreter.learn(utterance, primitives)
        except StoreError as error:
            self._wire.send(Trouble(str(error)))
