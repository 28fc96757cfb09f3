"""A scene in words, both ways: "a red cup on the left, a plate in front of it"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from cliprt.language.remarks import Remark
from cliprt.scenes.arranging import arrange
from cliprt.scenes.entries import MIDDLE
from cliprt.scenes.lexicon import ASIDE_Y, FAR_X, NEAR_X, tokens
from cliprt.scenes.placed import INK, Placed
from cliprt.scenes.reader import Reader
from cliprt.scenes.scene import MOST_THINGS, Scene, SceneError
from cliprt.things.catalogue import all_things

LONGEST = 3000
"""Characters that are read: of twelve things more than anybody says."""

_SHOWN = 60
"""Characters of what is told back."""

SAME_M = 0.02
"""As near to where it was as words bring a thing again."""


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
    if len(reader.mentions) > MOST_THINGS or len(text) > LONGEST:
        remark = Remark(
            "That is too much for the table. Allowed: at most {most} things.", most=MOST_THINGS
        )
        return SceneReading(Scene(), unknown or (text[:_SHOWN],), remark)
    try:
        scene = arrange(reader.mentions)
    except SceneError as error:
        return SceneReading(Scene(), unknown, error.problems[0][1])
    return SceneReading(scene, unknown, _remark(scene, unknown, reader.passed_over))


def _remark(scene: Scene, unknown: Sequence[str], passed_over: Sequence[str]) -> str:
    things = all_things()
    if "under" in unknown:
        return Remark("Nothing can be laid under anything else. Say what stands on the table.")
    names = ", ".join(things)
    if unknown:
        word, nouns = (
            unknown[0][:_SHOWN],
            [noun for thing in things.values() for noun in thing.nouns],
        )
        near = get_close_matches(word, nouns, n=1)
        if not near:
            return Remark("There is no {word!r} here. There are: {names}.", word=word, names=names)
        text = "There is no {word!r} here. Did you mean {near!r}? There are: {names}."
        return Remark(text, word=word, near=near[0], names=names)
    if not scene.things:
        return Remark("What shall stand on the table? There are: {names}.", names=names)
    if passed_over:
        words = ", ".join(dict.fromkeys(passed_over))[:_SHOWN]
        return Remark(
            "Each thing is there in one form, so this is passed over: {words}.", words=words
        )
    return ""


def tell_scene(scene: Scene) -> str:
    """A scene in words that :func:`read_scene` understands: the same things at the same places.

    >>> tell_scene(read_scene("a red cup on the left, a plate on the right with a cube").scene)
    'a red cup on the left, a plate on the right, a cube on the plate'
    """
    exact, order = set[int](), _in_order(scene)
    while True:
        told = [_tell(scene, scene.things[i], i in exact) for i in order]
        read = read_scene(", ".join(told)).scene
        off = set(order)
        if len(read.things) == len(order):
            pairs = zip(order, read.things, strict=True)
            off = {i for i, now in pairs if math.dist(now.at, scene.things[i].at) > SAME_M}
        if off <= exact:
            return ", ".join(told)
        exact |= off


def _in_order(scene: Scene) -> list[int]:
    """Everything after what carries it, at once."""

    def above(name: str) -> list[int]:
        own = [i for i, placed in enumerate(scene.things) if placed.on == name]
        return [j for i in own for j in (i, *above(scene.names[i]))]

    return above("")


def _tell(scene: Scene, placed: Placed, is_exact: bool) -> str:
    parts = [_tell_state(placed), placed.colour, placed.kind.name]
    noun = " ".join(part for part in parts if part)
    article = "an" if noun[0] in "aeiou" else "a"
    ink = " written on" if placed.state.get(INK) else ""
    x, y = placed.at
    if placed.on:
        carrier = scene[placed.on]
        where = f"on the {carrier.colour} {carrier.kind.name}".replace("  ", " ")
        where += f", {_tell_measure(x, y)}" if is_exact else ""
    else:
        where = _tell_measure(x, y) if is_exact else _tell_side(x, y)
    return f"{article} {noun}{ink} {where}{_tell_turn(placed.turn_deg)}"


def _tell_state(placed: Placed) -> str:
    shares = [placed.state[link] for link in placed.kind.opens if link in placed.state]
    return "" if not shares else "open" if min(shares) >= 0.5 else "closed"


def _tell_turn(degrees: float) -> str:
    way = " clockwise" if degrees < 0 else ""
    return f" turned by {abs(degrees):.0f} degrees{way}" if round(degrees) else ""


def _tell_measure(x: float, y: float) -> str:
    ahead = f"{abs(round(100 * x, 1)):g} cm {'ahead' if x >= 0 else 'to the front'}"
    aside = f"{abs(round(100 * y, 1)):g} cm to the {'left' if y >= 0 else 'right'}"
    return f"{ahead} and {aside}" if round(100 * y, 1) else ahead


def _tell_side(x: float, y: float) -> str:
    depth = min((NEAR_X, MIDDLE[0], FAR_X), key=lambda near: abs(near - x))
    side = min((ASIDE_Y, 0.0, -ASIDE_Y), key=lambda near: abs(near - y))
    ahead = {NEAR_X: "front", FAR_X: "back"}.get(depth, "")
    aside = {ASIDE_Y: "left", -ASIDE_Y: "right"}.get(side, "")
    if not ahead and not aside:
        return "in the middle"
    return f"{'at' if ahead else 'on'} the {ahead} {aside}".replace("  ", " ").strip()
