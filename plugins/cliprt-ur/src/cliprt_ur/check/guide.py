"""Goes through the stages of a check, keeps what was found after each, and goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cliprt.errors import CliprtError
from cliprt_ur.check.answers import Answers
from cliprt_ur.check.cameras import check_cameras
from cliprt_ur.check.commissioning import Commissioning, LeftEarlyError
from cliprt_ur.check.connection import check_connection, check_readiness
from cliprt_ur.check.directions import check_directions
from cliprt_ur.check.flange import check_flange
from cliprt_ur.check.gripper import check_gripper
from cliprt_ur.check.workspace import check_corners, check_workspace
from cliprt_ur.config import UrConfig


@dataclass(frozen=True)
class Stage:
    """One part of a check.

    Attributes:
        name: In the file of an unfinished check.
        title: For the person.
        run: Asks and finds; returns when all is well.
        moves: Whether it moves the arm or the gripper.
        each_time: Whether it is about the moment, so that it is never done once and for all.
    """

    name: str
    title: str
    run: Callable[[Commissioning], None]
    moves: bool = False
    each_time: bool = False


STAGES = (
    Stage("connection", "Connection", check_connection, each_time=True),
    Stage("readiness", "Ready to be driven", check_readiness, each_time=True),
    Stage("flange", "Payload, tool and gripper", check_flange),
    Stage("directions", "Directions", check_directions, moves=True),
    Stage("gripper", "Gripper", check_gripper, moves=True),
    Stage("cameras", "Cameras", check_cameras),
    Stage("workspace", "Workspace", check_workspace),
    Stage("corners", "Corners", check_corners, moves=True),
)


def run_check(config: UrConfig, path: Path, answers: Answers, may_move: bool = True) -> UrConfig:
    """Commission an arm, or go on with that; the configuration as it was found.

    Args:
        config: What is known so far.
        path: Where it is written after every stage.
        answers: Whoever looks at the arm.
        may_move: False leaves out whatever moves; the arm is not commissioned then.

    Raises:
        LeftEarlyError: The person left, or something failed; what was found is in the file.
        KeyboardInterrupt: The same, by Ctrl-C; the arm is at rest.
    """
    with Commissioning(config, path, answers, may_move) as visit:
        try:
            if not _begin(visit):
                return visit.config
            for number, stage in enumerate(STAGES, 1):
                _pass_through(visit, number, stage)
        except (CliprtError, KeyboardInterrupt) as leaving:
            visit.let_go()
            kept = f"What was found is kept in {path}. " if path.exists() else ""
            after = f"{kept}To go on: cliprt ur check {config.host}"
            if isinstance(leaving, CliprtError):
                raise LeftEarlyError(f"{leaving}\n{after}") from leaving
            visit.say(f"\nStopped; the arm is at rest. {after}")
            raise
        _conclude(visit)
        return visit.config


def _begin(visit: Commissioning) -> bool:
    """Whether there is something to do; asks whether to begin anew or go on."""
    arm = visit.config.arm
    visit.say(f"Commissioning of the arm at {visit.config.host}, in {len(STAGES)} stages.")
    visit.say("Ctrl-C stops the arm at any time; whatever was found until then is kept.")
    if arm.checked:
        visit.say(f"It was commissioned on {arm.checked} ({visit.path}).")
        if not visit.is_true("Do it again? Until the end no recipe moves it."):
            return False
        visit.put("arm.checked", "")
        visit.put("arm.stages", [])
    elif done := [s.title for s in STAGES if s.name in arm.stages and not s.each_time]:
        visit.say(f"An earlier check has done: {', '.join(done)}.")
        if not visit.is_true("Go on from there?", default="yes"):
            visit.put("arm.stages", [])
    return True


def _pass_through(visit: Commissioning, number: int, stage: Stage) -> None:
    title = f"\n{number} of {len(STAGES)}: {stage.title}"
    if stage.name in visit.config.arm.stages and not stage.each_time:
        visit.say(f"{title} - done before")
        return
    visit.say(title)
    if stage.moves and not visit.may_move:
        visit.say("  Left out, as nothing may move (--no-motion).")
        return
    stage.run(visit)
    if not stage.each_time:
        visit.put("arm.stages", [*visit.config.arm.stages, stage.name])
    visit.save()


def _conclude(visit: Commissioning) -> None:
    left = [s.title for s in STAGES if not s.each_time and s.name not in visit.config.arm.stages]
    host = visit.config.host
    if left:
        visit.say(
            f"\nKept in {visit.path}. Not done yet: {', '.join(left)}; until then no recipe moves"
            f" the arm. To go on: cliprt ur check {host}"
        )
        return
    visit.put("arm.checked", datetime.now().astimezone().isoformat(timespec="seconds"))
    visit.put("arm.stages", [])
    visit.save()
    visit.say(
        f"\nDone: {visit.path}\nIn a recipe:\n  robot: {{name: ur, host: {host}}}\n"
        f"or now:\n  cliprt teach --recipe RECIPE robot.name=ur robot.host={host}"
    )
