"""Words of a scene: "a red cup on the left, a plate in front"."""

from __future__ import annotations

from dataclasses import dataclass

from cliprt.language.remarks import Remark
from cliprt.scenes.scene import Scene


@dataclass(frozen=True)
class SceneReading:
    """What was understood of words about a scene.

    Attributes:
        scene: What shall be laid.
        unknown: What was said of it that nothing was made of.
        remark: What to say of that; "" = nothing.
    """

    scene: Scene
    unknown: tuple[str, ...] = ()
    remark: str = ""


def read_scene(text: str) -> SceneReading:
    """The scene that words tell of."""
    return SceneReading(Scene(), (text,), Remark("{text!r} is no scene.", text=text))
