"""Stage 6: which cameras there are, and what each sees now, kept as the view it has to see."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from cliprt.errors import CliprtError
from cliprt_ur import registered
from cliprt_ur.cameras.build import build_camera
from cliprt_ur.cameras.view import check_recognisable, save_view
from cliprt_ur.check.commissioning import Commissioning

QUESTIONS = {
    "opencv": ("device", "Which device: a number, /dev/video2, rtsp://... ?", "0"),
    "realsense": ("serial", "Its serial number, as on its label; empty = the only one?", ""),
    "images": ("path", "Which folder of pictures?", ""),
}
"""Kind of camera -> the option that says which one, and how to ask for it."""

SETTLING_S = 1.0
"""How long a camera adapts to the light before its picture is kept."""

MEASURED = ("view", "intrinsics")
"""Options that are found here, not chosen."""


def check_cameras(visit: Commissioning) -> None:
    """Take a picture with every camera, and have the person look at it."""
    there = ", ".join(sorted(map(str, Path("/dev").glob("video*")))) or "none"
    visit.say(
        f"  Video devices of this computer: {there}. A policy sees what its cameras see, so they"
        " have to stay as they are now. Nothing moves."
    )
    for name in list(visit.config.cameras):
        _settle(visit, name, visit.config.cameras[name])
    while True:
        named = ", ".join(visit.config.cameras) or "none"
        name = visit.answers.ask(
            f"Cameras so far: {named}. Name of another, such as scene or wrist; empty = no more."
        )
        if not name:
            return
        if name in visit.config.cameras or not name.isidentifier():
            visit.say("  Please give a new name of letters, digits and _.")
            continue
        kinds = registered.names("camera")
        kind = visit.answers.choose("What kind?", kinds, default="opencv")
        _settle(visit, name, {"name": kind, **_ask_device(visit, kind)})


def _ask_device(visit: Commissioning, kind: str) -> dict[str, Any]:
    if kind not in QUESTIONS:
        return {}
    option, question, default = QUESTIONS[kind]
    answer = visit.answers.ask(question, default)
    is_number = option == "device" and answer.isdecimal()
    return {option: int(answer) if is_number else answer} if answer else {}


def _settle(visit: Commissioning, name: str, options: dict[str, Any]) -> None:
    """One camera, until its picture is right or the person leaves it out."""
    own = {key: value for key, value in options.items() if key not in MEASURED}
    while True:
        try:
            picture = _take(name, own)
        except CliprtError as error:
            visit.say(f"  Not yet: {error}")
        else:
            height, width = picture.shape[:2]
            view = visit.path.with_name(f"{visit.path.stem}.{name}.png").absolute()
            draft = view.with_suffix(".new.png")
            save_view(picture, draft)
            visit.say(f"  {name}: {width} x {height} pixels. Please look at {draft}")
            if visit.is_true(f"Is that what {name} should see?"):
                draft.replace(view)
                seen = {"view": str(view), "intrinsics": {"width": width, "height": height}}
                visit.put("cameras", {**visit.config.cameras, name: {**own, **seen}})
                return
            draft.unlink()
        answer = visit.answers.choose("Try again?", ("again", "without"), unattended="without")
        if answer == "without":
            cameras = {key: value for key, value in visit.config.cameras.items() if key != name}
            visit.put("cameras", cameras)
            visit.say(f"  {name} is left out.")
            return


def _take(name: str, options: dict[str, Any]) -> np.ndarray:
    """A picture, uint8 (h, w, 3), of a camera that had a moment to adapt to the light.

    Raises:
        CliprtError: It is not there, its options are wrong, or its picture shows nothing.
    """
    camera = build_camera(name, options)
    try:
        camera.start()
        time.sleep(SETTLING_S)
        picture = camera.picture()
        check_recognisable(name, picture)
        return picture
    finally:
        camera.stop()
