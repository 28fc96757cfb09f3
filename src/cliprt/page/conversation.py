"""One episode's talk: sentences and buttons from the page become what the loop asks for.

The loop asks an agent; the agent asks a person.  In between stands a `Conversation`: it shows what
was understood before the robot moves, and turns buttons into choices without any interpreter.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from cliprt.language.interface import Interpreter
from cliprt.language.remarks import Remark
from cliprt.language.text import about
from cliprt.page.messages import (
    Asked,
    Became,
    Begin,
    Configure,
    Confirm,
    DeskState,
    Discard,
    Finish,
    GoOn,
    Halt,
    Line,
    Proposed,
    Quit,
    Redo,
    Request,
    Say,
    Undo,
)
from cliprt.page.pictures import LOOK_S, LiveView
from cliprt.page.pointing import ask_rest, ask_where
from cliprt.page.shown import ShownInterpreter
from cliprt.page.translate import in_turn
from cliprt.page.wire import Wire
from cliprt.runtime.choices import Choice, Move
from cliprt.runtime.gate import Gate
from cliprt.types import GripperState, Motion, Observation, Pose, Primitive, Reading, Step
from cliprt.vocabularies.words import name_motion

MAX_CHARACTERS = 1000
"""Of a sentence; what is longer is cut, and then questioned by every interpreter."""

DONE = "done"
"""What the button says that ends an episode, where it may have to be asked whether it is done."""

Draw = Callable[[Observation, Sequence[Primitive]], Mapping[str, tuple[Line, ...]]]


class Leaving(Exception):  # noqa: N818  a way out, not an error
    """The person leaves the episode as it is; it stays in its journal."""

    def __init__(self, request: Begin | Quit) -> None:
        super().__init__(type(request).__name__)
        self.request = request


class Pressed(Exception):  # noqa: N818
    """A button was pressed where a sentence was waited for."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(type(choice).__name__)
        self.choice = choice


class Conversation:
    """Between the loop and the page; the messenger of a web teleoperator.

    Args:
        wire: To and from the page.
        robot: To see whether it was halted.
        view: Its pictures.
        draw: Where a reading would lead, as lines in the pictures.
        tell: A primitive in words.
        settings: How readings are shown; `Configure` changes them.
        begin: What the episode was begun with; the same once more, of a second click, is nothing.
    """

    def __init__(
        self,
        wire: Wire,
        robot: Gate,
        view: LiveView,
        draw: Draw,
        tell: Callable[[Primitive], str],
        settings: Configure,
        begin: Begin | None = None,
    ) -> None:
        self.settings = settings
        self._begin = begin
        self._wire = wire
        self._robot = robot
        self._view = view
        self._draw, self._tell = draw, tell
        self._state: DeskState | None = None
        self._agreed: list[Primitive] = []
        self._reader: ShownInterpreter | None = None
        self.latest: Step | None = None
        """What is told now is about this step, which is shown already; None = about no step."""

    def read_with(self, interpreter: Interpreter) -> ShownInterpreter:
        """The interpreter to give to the agent, so that its readings are shown."""
        self._reader = ShownInterpreter(interpreter, self._wire)
        return self._reader

    def become(self, state: DeskState, reason: str = "") -> None:
        """Tell the page what the desk is doing now."""
        if state != self._state or reason:
            self._state = state
            self._wire.send(Became(state, reason))

    # What a web teleoperator asks for

    def ask(self, observation: Observation) -> str:
        """The person's next sentence.

        Raises:
            Pressed: A button instead, or the robot failed meanwhile.
            Leaving: The person leaves.
        """
        self.become("listening")
        self._agreed = []
        if self._reader and observation.images:
            self._reader.look(next(iter(observation.images.values())))
        while True:
            request = self._listen()
            if isinstance(request, Say):
                words = request.text.strip()[:MAX_CHARACTERS]
                if words:
                    return words
            elif self._wants_end(request):
                return DONE
            elif choice := self._to_choice(request):
                raise Pressed(choice)
            elif self._robot.state == "faulted":
                raise Pressed(Halt(self._robot.reason))

    def tell(self, message: str, offers: tuple[str, ...]) -> None:
        """Show a question; refusals are shown with their step, but for what is left to do."""
        if self.latest is not None:
            if offers:
                self._ask(ask_rest(self._robot, self.latest, message, offers))
            return
        if offers and self._reader and self._reader.latest and self._reader.latest.answers:
            self._ask(ask_where(self._robot, message, offers))
        else:
            self._ask(Asked(message, offers))

    def review(
        self, observation: Observation, proposal: Primitive | None, probability: float | None
    ) -> str:
        """What the person says instead of what comes next; "" lets it happen.

        Raises:
            Pressed: A button instead.
            Leaving: The person leaves.
        """
        if proposal is None:
            self.tell(Remark("I know nothing to do here. What should the arm do?"), ())
            return self.ask(observation)
        reading = self._reading((proposal,))
        if probability is not None:
            reading = Reading("", "move", (proposal,), source="policy")
        request = self._show(observation, reading, probability, is_next=True)
        if request is None or request == Confirm(True):
            self._agreed = [proposal]
            return ""
        self._wire.put_back(request)
        if request == Confirm(False):
            self._wire.take(0.0)
            self.tell(Remark("What should the arm do instead?"), ())
        return self.ask(observation)

    # What the loop asks for

    def show(self, move: Move, observation: Observation) -> bool:
        """Show what was understood; False if the person does not want it after all."""
        primitives = tuple(step.primitive for step in move.steps)
        if self._agreed == list(primitives):  # as what comes next
            return True
        request = self._show(observation, self._reading(primitives, move.supervision))
        if request is None or request == Confirm(True):
            self._agreed = list(primitives)
            return True
        if not isinstance(request, Confirm | Undo):  # an undo takes back what is shown
            self._wire.put_back(request)
        self.become("listening", "not done")
        return False

    def find_objection(self, pose: Pose, motion: Motion, gripper: GripperState | None) -> str:
        """Why a motion must not be made that nobody was shown yet, e.g. the way back of an undo.

        To be asked by the gate; "" lets it happen.
        """
        if not self.settings.confirm:
            return ""
        known = next((p for p in self._agreed if (p.motion, p.gripper) == (motion, gripper)), None)
        if known is not None:
            self._agreed.remove(known)
            return ""
        way = Primitive(None, name_motion(motion, gripper), motion, gripper)
        begin = replace(self._robot.observe(), commanded_pose=pose)
        request = self._show(begin, Reading("", "move", (way,), source="undo or redo"))
        if request == Confirm(True):
            self.become("moving")
            return ""
        if request is not None and not isinstance(request, Confirm | Undo):
            self._wire.put_back(request)
        return Remark("it was not confirmed")

    def wait_after_stop(self, reason: str) -> Choice | None:
        """Wait until a person who has looked says how to go on, e.g. by a button."""
        self.become("stopped", reason)
        choice = self._wait_for_leave()
        self._wire.be_patient()  # an arm that was stopped takes its time to answer again
        return choice

    def _wait_for_leave(self) -> Choice | None:
        while True:
            request = self._listen()
            if isinstance(request, Say):
                if about(request.text) == "go on":
                    return None
                self._ask(Asked(Remark("I have stopped. Press “Go on” before I move again.")))
            elif isinstance(request, GoOn):
                return None
            elif request is not None and self._wants_end(request):
                self._wire.put_back(request)  # until the robot can be asked whether it is done
                return None
            elif not isinstance(request, Halt) and (choice := self._to_choice(request)):
                return choice

    # Inside

    def _listen(
        self, timeout_s: float = LOOK_S, wanted: Callable[[Request], bool] | None = None
    ) -> Request | None:
        """What is asked for next, while the pictures are kept up to date."""
        request = self._wire.listen(self._view.rest, timeout_s, wanted)
        if isinstance(request, Begin) and self._begin:
            is_same = (request.task, request.policy) == (self._begin.task, self._begin.policy)
            return None if is_same else request
        return request

    def _ask(self, question: Asked) -> None:
        """Ask about what the pictures show now."""
        self._view.catch_up()
        self._wire.send(question)

    def _reading(self, primitives: tuple[Primitive, ...], utterance: str = "") -> Reading:
        """How primitives were read; an offer that was chosen is in no reading."""
        latest = self._reader.latest if self._reader else None
        if latest is not None and latest.primitives == primitives:
            return latest
        return Reading(utterance, "move", primitives)

    def _show(
        self,
        observation: Observation,
        reading: Reading,
        probability: float | None = None,
        is_next: bool = False,
    ) -> Request | None:
        """What the person asks for while a reading is shown; None lets it happen.

        A person's own next sentence waits until the move is made; it is an objection only to what
        comes next by itself, or where they are asked first.
        """
        self._view.catch_up()
        while self._wire.take(0.0, lambda request: isinstance(request, Confirm)):
            pass  # a second press of "Yes" is no answer to what was not shown yet
        needs_yes = self.settings.confirm
        wanted = None if needs_yes or is_next else _is_urgent
        drawing = self._draw(observation, reading.primitives)
        words = in_turn(map(self._tell, reading.primitives))
        self._wire.send(Proposed(reading, words, drawing, probability, needs_yes))
        self.become("showing")
        is_policy = probability is not None
        shown_s = self.settings.review_s if is_policy else self.settings.preview_s
        end_s = time.monotonic() + shown_s
        while True:
            left_s = LOOK_S if needs_yes else end_s - time.monotonic()
            request = self._listen(min(LOOK_S, max(0.0, left_s)), wanted)
            if self._robot.state == "faulted":  # while it was looked at
                return Halt(self._robot.reason)
            if isinstance(request, Configure):
                self.settings = request
            elif request is not None and not isinstance(request, GoOn):
                return request
            if left_s <= 0 and not needs_yes:
                return None

    def _wants_end(self, request: Request | None) -> bool:
        """Whether the episode shall end as a success, where somebody else judges that."""
        judged = self._robot.simulation is not None
        return judged and isinstance(request, Finish) and bool(request.success)

    def _to_choice(self, request: Request | None) -> Choice | None:
        if isinstance(request, Begin | Quit):
            raise Leaving(request)
        if isinstance(request, Configure):
            self.settings = request
        if isinstance(request, Finish):
            return replace(request, reason=Remark("the person's verdict"))
        return request if isinstance(request, Halt | Undo | Redo | Discard) else None


def _is_urgent(request: Request) -> bool:
    """Whether it wins over a move that is about to begin; a next sentence waits its turn."""
    return not isinstance(request, Say | Redo | Confirm)
