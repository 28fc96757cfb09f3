"""What the stages of a check share: the configuration, the person, and the arm between them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

from cliprt.errors import RobotError
from cliprt.types import GripperState, Pose
from cliprt_ur.check.answers import Answers
from cliprt_ur.config import Limits, UrConfig
from cliprt_ur.config_file import save_config
from cliprt_ur.config_rules import find_mistakes
from cliprt_ur.driver.link import ArmLink
from cliprt_ur.driver.messages import Result, Telemetry

NO_GRIPPER = {"name": "none"}

LET_GO_S = 0.25
"""A look may be 0.2 s old, and the person has only just let go of the arm."""


class LeftEarlyError(RobotError):
    """The person left the check before its end; what was found is kept."""


@dataclass
class Commissioning:
    """One check of one arm; a context that leaves the arm at rest and without control.

    Attributes:
        config: What was found so far.
        path: Where it is written.
        answers: Whoever looks at the arm.
        may_move: Whether the arm and its gripper may be moved at all.
    """

    config: UrConfig
    path: Path
    answers: Answers
    may_move: bool = True
    _link: ArmLink | None = field(default=None, repr=False)
    _driven: UrConfig | None = field(default=None, repr=False)

    def __enter__(self) -> Commissioning:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.let_go()

    def let_go(self) -> None:
        """Bring the arm to rest and give up control; safe to call twice."""
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def save(self) -> None:
        """Write what was found so far."""
        save_config(self.config, self.path)

    def say(self, text: str) -> None:
        """Show the person a text."""
        self.answers.say(text)

    def is_true(self, question: str, default: str = "", unattended: str = "") -> bool:
        """Whether the person says yes."""
        return self.answers.choose(question, ("yes", "no"), default, unattended) == "yes"

    def until_well(self, attempt: Callable[[], None]) -> None:
        """Do something at the arm until it works or the person leaves.

        Raises:
            LeftEarlyError: The person does not want to try again.
        """
        while True:
            try:
                return attempt()
            except RobotError as error:
                if isinstance(error, LeftEarlyError):
                    raise
                self.ask_again(str(error))

    def ask_again(self, trouble: str) -> None:
        """Show what is wrong, and wait for the person to have mended it.

        Raises:
            LeftEarlyError: The person leaves.
        """
        self.say(f"  Not yet: {trouble.rstrip('.')}.")
        if not self.is_true("Try again?", unattended="no"):
            raise LeftEarlyError(trouble)

    def take_control(self, speed_m_s: float = 0.02, with_gripper: bool = False) -> ArmLink:
        """A connected link for gentle motions; asks the person until it connects.

        Args:
            speed_m_s: At most.
            with_gripper: Else the gripper is not touched: one may open and close when reached.

        Raises:
            LeftEarlyError: The person leaves.
        """
        config, limits = self.config, self.config.limits
        gentle = Limits(
            speed_m_s=min(speed_m_s, limits.speed_m_s),
            acceleration_m_s2=min(0.3, limits.acceleration_m_s2),
            deceleration_m_s2=limits.deceleration_m_s2,
        )
        # What a link knows nothing of is left out, so that finding it needs no new link.
        frame = replace(config.frame, base_rotation_deg=0.0)
        gripper = config.gripper if with_gripper else NO_GRIPPER
        return self.connect(
            UrConfig(
                host=config.host,
                arm=replace(config.arm, checked="", stages=[]),
                frame=frame,
                payload=config.payload,
                limits=gentle,
                link=config.link,
                gripper=gripper,
            )
        )

    def connect(self, config: UrConfig) -> ArmLink:
        """The connected link with these values; one with others is let go first.

        Raises:
            LeftEarlyError: It does not connect, and the person leaves.
        """
        if self._link is not None and self._driven == config and not self._link.trouble:
            return self._link
        if self._driven != config:
            self.let_go()
        link = self._link = self._link or ArmLink(config)
        self._driven = config
        self.until_well(lambda: _connect(link))
        return link

    def look(self) -> Telemetry:
        """The arm as it is measured now; takes control where there is no link yet."""
        link = self._link or self.take_control()
        time.sleep(LET_GO_S)
        return link.look()

    def move(self, target: Callable[[Pose], Pose]) -> tuple[Pose, Pose]:
        """One motion that the person was told of and says yes to; again until it is whole.

        Args:
            target: From the measured pose to where to go, Base frame.

        Returns:
            The measured poses before and after, Base frame.

        Raises:
            LeftEarlyError: The person says no, or leaves after trouble.
        """
        while True:
            link = self.take_control()
            self.ask_leave()
            start = link.look().pose
            result = self.travel(start, target(start), None)
            why = why_not_whole(result)
            if not why:
                return start, result.telemetry.pose
            self.ask_again(why)

    def ask_leave(self) -> None:
        """A fresh yes before anything moves.

        Raises:
            LeftEarlyError: The person does not want it to move.
        """
        if not self.is_true("Is the way clear, and your hand at the stop button?"):
            raise LeftEarlyError("nothing was moved, as you said no.")

    def travel(self, start: Pose, target: Pose | None, gripper: GripperState | None) -> Result:
        """One motion under a leave already given."""
        assert self._link is not None
        try:
            return self._link.move(start, target, gripper, None)
        except BaseException:  # Ctrl-C above all
            self._link.halt()
            raise

    def ask_numbers(self, question: str, key: str, present: list[float]) -> list[float]:
        """Numbers for a value of the configuration, asked until they are allowed.

        Args:
            question: With unit.
            key: Of the value, e.g. ``"payload.centre_m"``.
            present: What an empty answer keeps.
        """
        shown = " ".join(f"{number:g}" for number in present)
        while True:
            answer = self.answers.ask(question, shown)
            if answer == shown:
                return present
            try:
                numbers = [float(word) for word in answer.replace(",", " ").split()]
            except ValueError:
                numbers = []
            problem = _judge(self.config, key, numbers, len(present))
            if not problem:
                return numbers
            self.say(f"  {problem}")

    def put(self, key: str, value: object) -> None:
        """Set a value of the configuration, e.g. ``"limits.lower"``."""
        self.config = with_value(self.config, key, value)


def with_value(config: UrConfig, key: str, value: object) -> UrConfig:
    """A configuration with one value changed."""
    section, _, name = key.rpartition(".")
    if not section:
        return replace(config, **{name: value})  # type: ignore[arg-type]
    changed = replace(getattr(config, section), **{name: value})
    return replace(config, **{section: changed})


def _connect(link: ArmLink) -> None:
    link.connect()


def why_not_whole(result: Result) -> str:
    """Why a motion was refused or ended on its way, in words; "" when it was whole."""
    if result.refused:
        return f"nothing moved. {result.refused}"
    if result.trouble:
        return f"the arm stopped on its way. {result.trouble}"
    if result.stopped_after_s is not None:
        return "the arm was stopped on its way."
    return ""


def _judge(config: UrConfig, key: str, numbers: list[float], count: int) -> str:
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        many = f"{count} numbers with blanks in between" if count > 1 else "a number"
        return f"Please give {many}, or nothing to keep what it is."
    value = numbers[0] if count == 1 else numbers
    before = find_mistakes(config)
    new = [text for text in find_mistakes(with_value(config, key, value)) if text not in before]
    return new[0][1] if new else ""
