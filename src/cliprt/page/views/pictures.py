"""The cameras: canvases that the page's own script paints, with what was understood drawn in."""

from __future__ import annotations

from nicegui import ui

from cliprt.page.session import Session
from cliprt.page.views.parts import box, text

NAMES = {"scene": "The robot, from the front", "wrist": "From the gripper"}
"""Camera -> what a person calls it; others keep their own name."""

DIRECTIONS = """<svg class="compass" viewBox="0 0 120 78" role="img"
 aria-label="Here the robot faces you: its left is on your right, forward is towards you">
 <g fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round">
 <path d="M60 32H94M88 26l6 6-6 6M60 32H26M32 26l-6 6 6 6"/>
 <path d="M60 32L48 60M46 51l2 9 9-4M60 32V8M54 14l6-6 6 6"/>
 </g><g fill="currentColor" font-size="13" font-family="sans-serif" text-anchor="middle">
 <text x="106" y="50">left</text><text x="16" y="50">right</text><text x="46" y="75">forward</text>
 <text x="78" y="14">up</text></g></svg>"""
"""The robot's directions as the simulated scene camera shows them; fixed text, nobody's input."""


class CameraViews:
    """One figure a camera."""

    def __init__(self) -> None:
        self._cameras: tuple[str, ...] = ()
        self._root = box("cameras", 'aria-label="Cameras"', tag="section")

    def show(self, session: Session) -> None:
        """Make the figures anew where the cameras are others."""
        if session.cameras == self._cameras:
            return
        self._cameras = session.cameras
        self._root.clear()
        with self._root:
            for camera in session.cameras:
                self._figure(camera, session.simulated)
        ui.run_javascript("window.cliprtCameras && window.cliprtCameras.redraw()")

    def _figure(self, camera: str, simulated: bool) -> None:
        name = NAMES.get(camera, camera)
        with box("camera", tag="figure") as figure:
            figure.props["data-camera"] = camera
            with box("frame"):
                canvas = box("", 'role="img" width=320 height=320', tag="canvas")
                canvas.props["aria-label"] = f"Live picture: {name}"
                box("drawing", 'viewBox="0 0 100 100" preserveAspectRatio="none"', tag="svg")
                text("no picture", "no-picture")
                if camera == "scene" and simulated:
                    ui.html(DIRECTIONS, sanitize=False).classes("compass-box")
            with box("", tag="figcaption"):
                text(name)
