"""What a trial is played on: a controller on loopback, a commissioned arm, and its program."""

from __future__ import annotations

import math
from pathlib import Path

from fault_process import Program
from PIL import Image

from cliprt.data.store import EpisodeStore
from cliprt.types import Pose
from cliprt_ur.config import Arm, Limits, UrConfig
from cliprt_ur.config_file import save_config
from cliprt_ur.frames import to_user
from cliprt_ur.testing import LoopbackController


class VoidTrialError(RuntimeError):
    """The arm was not in its phase when the fault came, so the trial shows nothing."""


class Stage:
    """A loopback controller, a commissioned configuration and the program that drives it.

    Args:
        folder: For configuration, episodes, pictures, black box and what went to stderr.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.controller = LoopbackController()
        self.store = EpisodeStore(folder / "episodes")
        self.episodes = 0
        self.pictures = folder / "pictures"
        self.is_sound = False
        self.program: Program

    def __enter__(self) -> Stage:
        self.controller.start()
        self.pictures.mkdir()
        for number, shade in enumerate((90, 160)):
            Image.new("RGB", (64, 64), (shade, 60, 200)).save(self.pictures / f"{number}.png")
        config = UrConfig(
            host=self.controller.host,
            arm=Arm(checked="2026-01-01"),
            limits=Limits(
                lower=[0.2, -0.45, 0.02],
                upper=[0.8, 0.45, 0.7],
                speed_m_s=0.25,
                acceleration_m_s2=1.2,
                deceleration_m_s2=10.0,
            ),
            cameras={"scene": {"name": "images", "path": str(self.pictures)}},
            black_box=str(self.folder / "black_box"),
        )
        self.config = config
        save_config(config, self.folder / "arm.yaml")
        self.start_program()
        return self

    def __exit__(self, *exc: object) -> None:
        self.program.close()
        self.controller.stop()

    def start_program(self) -> None:
        """Start the program (again, where it died)."""
        self.program = Program(
            self.controller.host,
            self.folder / "arm.yaml",
            self.store.path,
            self.folder / "stderr.txt",
        )
        self.program.wait_for_event("started", timeout_s=30.0)
        self.is_sound = True

    def begin_episode(self) -> str:
        """Let the program begin an episode; its id."""
        self.episodes += 1
        episode_id = f"trial-{self.episodes}"
        self.program.tell(f"episode {episode_id}")
        return episode_id

    def order(self, sentence: str) -> None:
        """Say something that has to be done, and wait until the next thing can be said.

        Raises:
            SilentProgramError: It was not done in time.
            VoidTrialError: It was refused or stopped although nothing was made to fail.
        """
        mark = self.program.count
        self.program.tell(f"say {sentence}")
        done = self.program.wait_for_event("listening", "asked", since=mark)
        steps = [e for e in self.program.events[mark:] if e["event"] == "step"]
        why = done.get("reason") or (steps[-1]["refused"] if steps else "it was not understood")
        if why:
            stops = [e for e in self.controller.record() if e.kind in ("watchdog", "stop")]
            own = f"{stops[-1].kind}: {dict(stops[-1].data)}" if stops else "nothing"
            raise VoidTrialError(f"{sentence!r}: {why} The controller's own record: {own}")

    def last_moved_s(self) -> tuple[float, float]:
        """When a joint, and when a finger last moved, by the controller's own record."""
        state = self.controller.state()
        return self.controller.last_moved_s(), float(state.gripper["last_moved_s"])

    def pose(self) -> Pose:
        """Where the pinch point really is, in the user's frame."""
        turn_rad = math.radians(self.config.frame.base_rotation_deg)
        return to_user(self.controller.state().pose, turn_rad)
