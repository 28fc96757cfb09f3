"""A scene in words, both ways: "a red cup on the left, a plate in front of it"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cliprt.errors import CliprtError, did_you_mean
from cliprt.language.remarks import Remark
from cliprt.scenes import room
from cliprt.scenes.arranging import arrange
from cliprt.scenes.entries import MIDDLE
from cliprt.scenes.lexicon import ASIDE_Y, FAR_X, NEAR_X, tokens
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.reader import Reader
from cliprt.scenes.scene import MOST_THINGS, Scene, SceneError
from cliprt.things.catalogue import all_things

LONGEST = 1000
"""Characters that are read."""


@dataclass(frozen=True)
class SceneReading:
    """What was understood of words about a scene.

    Attributes:
        scene: What shall be laid; empty where it cannot be.
        unknown: What was said of it that nothing can be made of.
        remark: What to say of that, or of what was passed over; "" = nothing.
    """

    scene: Scene
    unknown: tuple[str, ...] = ()
    remark: str = ""


def read_scene(text: str) -> SceneReading:
    """The scene that words tell of, each thing in its place; what has none gets a free one.

    What is unknown is left out of it, and said.
    """
    reader = Reader(tokens(text[:LONGEST]))
    unknown = tuple(reader.unknown)
    if len(reader.mentions) > MOST_THINGS:
        remark = Remark(
            "That is too much for the table. Allowed: at most {most} things.", most=MOST_THINGS
        )
        return SceneReading(Scene(), unknown or (text[:LONGEST],), remark)
    try:
        scene = arrange(reader.mentions)
    except SceneError as error:
        return SceneReading(Scene(), unknown, error.problems[0][1])
    return SceneReading(scene, unknown, _remark(scene, unknown, reader.passed_over))


def _remark(scene: Scene, unknown: Sequence[str], passed_over: Sequence[str]) -> str:
    things = all_things()
    if "under" in unknown:
        return Remark("Nothing can be laid under anything else. Say what stands on the table.")
    if unknown:
        nouns = [noun for thing in things.values() for noun in thing.nouns]
        return Remark(
            "There is no {word!r} here.{hint} There are: {names}.",
            word=unknown[0],
            hint=did_you_mean(unknown[0], nouns),
            names=", ".join(things),
        )
    if not scene.things:
        return Remark("What shall stand on the table? There are: {names}.", names=", ".join(things))
    if passed_over:
        words = ", ".join(dict.fromkeys(passed_over))
        return Remark(
            "Each thing is there in one form, so this is passed over: {words}.", words=words
        )
    return ""


def tell_scene(scene: Scene) -> str:
    """A scene in words that :func:`read_scene` understands: the same things at the same places."""
    return ""
