"""A person who stands at the robot: arranges its scene, allows every motion, decides, judges.

On hardware nothing moves before its motion was shown in words and allowed.  The person is asked at
the gate, so it does not matter who wanted the motion: a speaker, a policy, an undo or a replay.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from cliprt.errors import UsageError
from cliprt.geometry import apply_motion, distance
from cliprt.language.text import about
from cliprt.runtime.company import Company
from cliprt.runtime.gate import Gate
from cliprt.types import GripperState, Motion, Pose, Primitive
from cliprt.vocabularies.words import STILL_M, STILL_RAD, name_motion

_YES, _NO = ("", "y", "yes"), ("n", "no")
_ALL, _STOP = ("a", "all"), ("s", "stop", "end", "quit")

Ask = Callable[[str], str]
"""Shows a question and returns what was typed; raises EOFError where nobody answers any more."""


_wanted: ContextVar[bool | None] = ContextVar("confirm", default=None)


@contextmanager
def confirm_moves(wanted: bool | None) -> Iterator[None]:
    """Within the block, whether a person has to allow every motion; None = on hardware only."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def confirms(is_simulated: bool) -> bool:
    """Whether a person has to allow every motion of such a robot."""
    wanted = _wanted.get()
    return not is_simulated if wanted is None else wanted


def attend(robot: Gate, primitives: Sequence[Primitive] = ()) -> Attendant | None:
    """Whoever is at the terminal as the person at the robot; None where none is needed.

    Args:
        robot: Connected.
        primitives: What motions are called.

    Raises:
        UsageError: Motions have to be allowed, and nobody can be asked.
    """
    is_simulated = robot.simulation is not None
    is_asked = confirms(is_simulated)
    if is_simulated and not is_asked:
        return None
    if sys.stdin.isatty():
        return Attendant(robot, ask_terminal, is_asked, primitives)
    if is_asked:
        raise UsageError(
            "every move has to be allowed by a person, and there is nobody to ask: the input is no"
            " terminal. Run this in a terminal, or, with a hand on the emergency stop, with"
            " --no-confirm"
        )
    return None


def ask_terminal(question: str) -> str:
    """Ask on stderr, so that a command's output stays clean.

    What was typed before the question is no answer to it: an Enter too many must allow no move.
    """
    _forget_typed()
    print(question, end="", file=sys.stderr, flush=True)
    return input()


def _forget_typed() -> None:
    try:
        import termios
    except ImportError:  # Windows
        import msvcrt

        while msvcrt.kbhit():  # type: ignore[attr-defined, unused-ignore]
            msvcrt.getwch()  # type: ignore[attr-defined, unused-ignore]
        return
    with suppress(OSError, termios.error):  # somebody's stand-in for a terminal
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)


class Attendant(Company):
    """A person who stands at the robot.

    Args:
        robot: Connected; asked about motions through its gate.
        ask: Reaches the person.
        confirms: Whether every motion has to be allowed.
        primitives: What motions are called; others are described by their numbers.
    """

    def __init__(
        self, robot: Gate, ask: Ask, confirms: bool = True, primitives: Sequence[Primitive] = ()
    ) -> None:
        self._robot = robot
        self._ask = ask
        self._phrases = {(p.motion, p.gripper): p.phrase for p in primitives}
        self._allows_all = False
        self._has_ended = False
        self._is_simulated = robot.simulation is not None
        if confirms:
            robot.ask_before(self._find_objection)

    def arrange(self, what: str) -> bool:
        """Begin an episode; on hardware, when the person says that the scene is ready.

        Args:
            what: To arrange the scene for, e.g. the instruction.

        Returns:
            False if they want no further episode.
        """
        self._allows_all = self._has_ended = False
        if self._is_simulated:
            return True
        question = f"Arrange the scene for: {what}. Enter = ready, s = end here > "
        return self._choose(question, _YES, _STOP, at_end=_STOP) in _YES

    def go_on(self, reason: str) -> bool:
        """Whether the robot may move again after a stop; not if it was they who ended it."""
        if self._has_ended:
            return False
        question = f"Stopped: {reason}\nLook at the robot. Enter = go on, s = end the episode > "
        return self._choose(question, _YES, _STOP, at_end=_STOP) in _YES

    def judge(self) -> bool | None:
        """Whether the episode succeeded; None where nobody answers."""
        answer = self._choose("Did it succeed? y / n > ", _YES[1:], _NO, at_end=("",))
        return None if answer == "" else answer in _YES

    def _find_objection(self, pose: Pose, motion: Motion, gripper: GripperState | None) -> str:
        """Why a motion must not be made; "" lets it happen."""
        if self._allows_all:
            return ""
        phrase = self._phrases.get((motion, gripper), "")
        question = (
            f"{describe_motion(pose, motion, gripper, phrase)}\n"
            "Enter = do it, n = not this, a = all of this episode, s = stop and end > "
        )
        answer = self._choose(question, _YES, _NO, _ALL, _STOP, at_end=_STOP)
        if answer in _STOP:
            self._has_ended = True
            self._robot.halt("the person at the robot ended it")
            return "the person at the robot ended it"
        self._allows_all = answer in _ALL
        return "the person at the robot did not allow it" if answer in _NO else ""

    def _choose(self, question: str, *answers: tuple[str, ...], at_end: tuple[str, ...]) -> str:
        """What was typed, once it is one of the answers."""
        while True:
            try:
                typed = self._ask(question).strip().lower()
            except EOFError:
                return at_end[0]
            typed = {"stop": _STOP[0], "go on": _YES[0]}.get(about(typed), typed)
            if any(typed in words for words in answers):
                return typed


def describe_motion(
    pose: Pose, motion: Motion, gripper: GripperState | None, phrase: str = ""
) -> str:
    """What a motion does, for people: in words, and from where to where.

    Args:
        pose: Where it begins [m, rad], base frame.
        motion: Seven numbers [m, rad].
        gripper: What the fingers do afterwards; None = nothing.
        phrase: What it is called; "" = its numbers say it.
    """
    target = apply_motion(pose, motion)
    metres, angle_rad = distance(pose, target)
    parts = []
    if metres >= STILL_M:
        parts.append(f"from {_place(pose)} to {_place(target)} cm")
    if angle_rad >= STILL_RAD:
        parts.append(f"turning {math.degrees(angle_rad):.1f} degrees")
    if not parts:
        parts.append(f"the arm stays at {_place(pose)} cm")
    parts.append({"open": "then opening", "closed": "then closing"}.get(gripper or "", "keeping"))
    return f"Next: {phrase or name_motion(motion, gripper)}\n      {', '.join(parts)} the gripper"


def _place(pose: Pose) -> str:
    return f"({', '.join(f'{100 * number:.1f}' for number in pose[:3])})"
