"""The dashboard: a line of text in, a line of text out."""

from __future__ import annotations

from collections.abc import Callable

from cliprt_ur.testing.cabinet import IDLE, PAUSED, PLAYING, POWER_OFF, RUNNING, Cabinet
from cliprt_ur.testing.network import Network, TextLine
from cliprt_ur.testing.rtde import POLYSCOPE

SERIAL = "20215500001"

_MODES = {RUNNING: "RUNNING", IDLE: "IDLE", POWER_OFF: "POWER_OFF"}
_SAFETY = {
    "safety_fault": "FAULT",
    "emergency_stop": "ROBOT_EMERGENCY_STOP",
    "safeguard_stop": "SAFEGUARD_STOP",
    "protective_stop": "PROTECTIVE_STOP",
}


class DashboardLine(TextLine):
    """One dashboard client."""

    name = "dashboard"
    greeting = "Connected: Universal Robots Dashboard Server\n"

    def __init__(self, network: Network, cabinet: Cabinet) -> None:
        """Serve a client."""
        super().__init__(network, lambda line: Dashboard(cabinet).answer(line) + "\n")


class Dashboard:
    """What the dashboard of one controller answers."""

    def __init__(self, cabinet: Cabinet) -> None:
        """Of which controller."""
        self._cabinet = cabinet
        self._orders: dict[str, Callable[[], str]] = {
            "stop": self._stop,
            "pause": self._pause,
            "play": self._play,
            "unlock protective stop": cabinet.unlock,
            "restart safety": self._restart_safety,
            "power on": lambda: self._power(IDLE, "Powering on"),
            "brake release": lambda: self._power(RUNNING, "Brake releasing"),
            "power off": lambda: self._power(POWER_OFF, "Powering off"),
        }

    def answer(self, line: str) -> str:
        """What it says to a line."""
        asked = line.lower()
        self._cabinet.record.note("dashboard", {"line": line})
        if asked in self._orders:
            if not self._cabinet.is_remote:
                return f'Command is not allowed due to safety reasons: "{line}"'
            return self._orders[asked]()
        told = self._tell(asked)
        return f'could not understand: "{line}"' if told is None else told

    def _tell(self, asked: str) -> str | None:
        cabinet = self._cabinet
        is_playing = cabinet.runtime_state == PLAYING
        match asked.split():
            case ["polyscopeversion"]:
                return "URSoftware {}.{}.{}.{} (Aug 19 2021)".format(*POLYSCOPE)
            case ["get", "serial", "number"]:
                return SERIAL
            case ["get", "robot", "model"]:
                return "UR5"
            case ["is", "in", "remote", "control"]:
                return str(cabinet.is_remote).lower()
            case ["running"]:
                return f"Program running: {str(is_playing).lower()}"
            case ["programstate"]:
                return f"{self._program_state()} <unnamed>"
            case ["robotmode"]:
                return f"Robotmode: {_MODES[cabinet.robot_mode]}"
            case ["safetystatus"]:
                return f"Safetystatus: {self._safety()}"
            case ["safetymode"]:
                return f"Safetymode: {self._safety()}"
            case ["get", "loaded", "program"]:
                return "No program loaded"
            case ["isprogramsaved"]:
                return "true <unnamed>"
            case ["close", "safety", "popup"]:
                return "closing safety popup"
            case ["close", "popup"]:
                return "closing popup"
            case ["popup", *_]:
                return "showing popup"
            case ["addtolog", *_]:
                return "Added log message"
            case ["quit"]:
                return "Disconnected"
        return None

    def _program_state(self) -> str:
        state = self._cabinet.runtime_state
        return "PLAYING" if state == PLAYING else "PAUSED" if state == PAUSED else "STOPPED"

    def _safety(self) -> str:
        stops = self._cabinet.stops
        return next((words for stop, words in _SAFETY.items() if stop in stops), "NORMAL")

    def _stop(self) -> str:
        self._cabinet.stop_program("the dashboard said stop")
        return "Stopped"

    def _pause(self) -> str:
        self._cabinet.pause_program("the dashboard said pause")
        return "Pausing program"

    def _play(self) -> str:
        if self._cabinet.resume_program():
            return "Starting program"
        return "Failed to execute: play"

    def _power(self, mode: int, words: str) -> str:
        cabinet = self._cabinet
        if cabinet.robot_mode != mode and not cabinet.stops & {"emergency_stop", "safety_fault"}:
            cabinet.set_power(mode)
        return words

    def _restart_safety(self) -> str:
        self._cabinet.stops.discard("safety_fault")
        return "Restarting safety"
