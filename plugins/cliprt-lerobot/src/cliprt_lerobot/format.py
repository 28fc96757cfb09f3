"""LeRobot data sets as a form in which episodes leave and come in."""

from __future__ import annotations

from cliprt.formats.interface import Format


class LeRobotFormat(Format):
    """Written as version 3.0."""
