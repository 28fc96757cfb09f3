"""Ways as the speaker sees them, "toward me", "my left", "left in the picture", as the robot's own.

A speaker looks in some direction along the table.  Away is along it, toward against it, left a
quarter turn counterclockwise of it.  Where it is nearly along an axis of the base frame, what was
said is that axis; where it is not, both axes that lead there are named, and the person chooses.
Where nobody knows how the speaker looks, nothing is named at all: the opposite could be meant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise, starmap

from cliprt.language.asides import settle_doubles
from cliprt.language.interface import Situation
from cliprt.language.lexicon import Token, pieces, tag
from cliprt.language.remarks import Remark
from cliprt.language.roles import TURNING
from cliprt.language.spelling import repair
from cliprt.language.telling import say
from cliprt.language.tongues import hear

Looks = tuple[float, float]
"""Unit vector, x and y of the base frame."""

SEATS: dict[str, Looks] = {"behind": (1, 0), "facing": (-1, 0), "left": (0, -1), "right": (0, 1)}
"""Where a person sits, as seen by the robot -> how they look."""

PICTURE = "picture"
"""The seat of somebody who sees the robot in a picture only."""

ANSWERS = {
    "behind": "Behind the robot: I look the way it looks",
    "facing": "Opposite the robot: we face each other",
    "left": "At the robot's left, looking at it",
    "right": "At the robot's right, looking at it",
    PICTURE: "I look at the picture",
}
"""Seat -> what a person says who sits there."""

CAMERAS = {
    "behind": "The camera looks the way the robot looks",
    "facing": "The camera faces the robot",
    "left": "The camera is at the robot's left",
    "right": "The camera is at the robot's right",
}
"""Seat of the picture's camera -> what a person says of it, where the robot does not know."""

OWN_WORDS = frozenset(["seat", "picture", "view", "viewpoint", "speaker", "moved"])
"""Roles of words that only mean something where it is known how the speaker looks."""

MOST_OFF_DEG = 25.0
"""A direction that is no further off an axis is taken for it."""

AS_WHO = "As who sees it? Say it as the robot sees it."

_WHOSE = "Whose left and right: yours or mine? Say one of them at a time."
_WAYS = ("seat", "picture")
_WHERE = (
    "Which way is {text!r}? Tell me where you are.",
    "Which way is {text!r}? Tell me where the picture's camera is.",
)
_AS_SEEN = {"x+": "away", "x-": "toward", "y+": "left", "y-": "right"}
_LEADING = ("carrier", "back up", "weak", "reach", "push")


@dataclass(frozen=True)
class Seen:
    """What was said, in the robot's own frame.

    Attributes:
        tokens: With directions in the place of what the speaker's own frame says; where nobody
            knows how they look, as if they looked the robot's way, to be read but never acted on.
        problem: Why that cannot be acted on; None if it can.
        answers: What to choose from where the person has to say where they sit.
        is_open: Whether a way along the table could be the opposite of what was meant.
    """

    tokens: tuple[Token, ...]
    problem: str | None = None
    answers: tuple[str, ...] = ()
    is_open: bool = False


def has_own_words(tokens: Sequence[Token]) -> bool:
    """Whether anything is said, or could be, in the speaker's own frame, be it misspelt."""
    is_said = any(token.role in OWN_WORDS or _is_misspelt(token) for token in tokens)
    return is_said or bool(_sides(tokens) and _may_be_theirs(tokens))


def is_own_frame(utterance: str) -> bool:
    """Whether an utterance says anything so: nobody may guess, or learn, which way that is."""
    return any(has_own_words(tokens) for _, tokens in hear(utterance))


def as_robot(tokens: Sequence[Token], seat: str, situation: Situation) -> Seen:
    """Translate the speaker's own frame.

    Args:
        tokens: A whole utterance.
        seat: Where the speaker sits: a key of `ANSWERS`, "" where nobody knows.
        situation: With how the picture's camera looks.
    """
    said = tuple(settle_doubles(tokens))
    roles = {token.role for token in said}
    if roles <= {"moved", "filler", "joiner"}:
        if any(token.value == "camera" for token in said):
            return Seen(said, "Where is the camera now?", tuple(CAMERAS.values()))
        return Seen(said, "Where are you now?", tuple(ANSWERS.values()))
    if roles & {"moved", "viewpoint"} or any(starmap(_is_a_thing, pairwise(said))):
        return Seen(said, is_open=True)
    if not roles & {"seat", "picture", "view"} and not any(map(_is_misspelt, said)):
        problem = _WHOSE if _may_be_mirrored(said, seat, situation) else None
        return Seen(said, problem, is_open=bool(problem) or _is_about_speaker(said))
    theirs, problem = _theirs(said, roles)
    supposed = _translated(theirs, "behind", Situation(looks=SEATS["behind"]))
    for token in theirs if problem is None else ():
        if token.role in _WAYS and _looks(token, seat, situation) is None:
            sees = PICTURE in (token.role, seat)
            answers = CAMERAS if sees else ANSWERS
            question = Remark(_WHERE[sees], text=token.text)
            return Seen(supposed, question, tuple(answers.values()), is_open=True)
        problem = problem or _obscurity(token, seat, situation)
    if problem or any(map(_is_misspelt, said)):
        return Seen(supposed, problem, is_open=True)
    made = _translated(theirs, seat, situation)
    both = next((one for one, other in pairwise(made) if one.text == other.text), None)
    if len(made) > len(theirs) and both:
        problem = Remark("{text!r} is between two of my ways: which one?", text=both.text)
    return Seen(made, problem)


def to_seat(answer: str, language: str = "en") -> tuple[str, bool]:
    """The seat that an answer names, and whether it is the camera's."""
    return next(
        (seat, known is CAMERAS)
        for known in (ANSWERS, CAMERAS)
        for seat, said in known.items()
        if say(said, language) == answer
    )


def to_groups(way: str, looks: Looks) -> tuple[str, ...]:
    """The axes that lead ``"toward"``, ``"away"``, ``"left"`` or ``"right"``, the nearest first.

    One where the way is nearly along it, else the two that it is between.
    """
    x, y = looks
    step = {"away": (x, y), "toward": (-x, -y), "left": (-y, x), "right": (y, -x)}[way]
    leading = sorted(zip("xy", step, strict=True), key=lambda one: -abs(one[1]))
    off_deg = math.degrees(math.atan2(abs(leading[1][1]), abs(leading[0][1])))
    groups = tuple(axis + ("+" if share > 0 else "-") for axis, share in leading)
    return groups[:1] if off_deg <= MOST_OFF_DEG else groups


def _looks(token: Token, seat: str, situation: Situation) -> Looks | None:
    """How somebody looks who says this; None where nobody knows, or it says no way of theirs."""
    if token.role not in _WAYS:
        return None
    return situation.looks if PICTURE in (token.role, seat) else SEATS.get(seat)


def _translated(tokens: tuple[Token, ...], seat: str, situation: Situation) -> tuple[Token, ...]:
    made: list[Token] = []
    for token in tokens:
        looks = _looks(token, seat, situation)
        groups = to_groups(token.value, looks) if looks else ()
        made += [Token("direction", group, token.text) for group in groups] or [token]
    return tuple(made)


def _is_misspelt(token: Token) -> bool:
    return token.role == "unknown" and _means_own(token.text)


@lru_cache(maxsize=1024)
def _means_own(word: str) -> bool:
    meant = repair([word])
    return meant is not None and any(token.role in OWN_WORDS for token in tag(meant.words))


def _is_about_speaker(tokens: tuple[Token, ...]) -> bool:
    """Whether "my" stands by a way, and not in an aside: "my tea gets cold, left 3 cm"."""
    said = [{t.role for t in tokens[start:end]} for start, end in pieces(tokens)]
    ways = {"direction", "carrier", "reach", "push", "weak"}
    return any("speaker" in roles and roles & ways for roles in said)


def _may_be_mirrored(tokens: Sequence[Token], seat: str, situation: Situation) -> bool:
    """Whether a way that could be theirs is another as they are known to look: "left for me"."""
    if not seat or not _may_be_theirs(tokens):
        return False
    looks = situation.looks if seat == PICTURE else SEATS.get(seat)
    return any(
        looks is None or to_groups(_AS_SEEN[side], looks) != (side,) for side in _sides(tokens)
    )


def _may_be_theirs(tokens: Sequence[Token]) -> bool:
    """Whether a way may be named from elsewhere: "from here left", "to its left"."""
    near = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(token.value == "whose" for token in tokens) or any(
        leads.value == "to"
        and (whose.value == "possessive" or whose.role == "it")
        and _sides([way])
        for leads, whose, way in near
    )


def _sides(tokens: Sequence[Token]) -> set[str]:
    """The ways along the table that are named as the robot's."""
    return {t.value for t in tokens if t.role == "direction" and t.value in _AS_SEEN}


def _is_a_thing(token: Token, after: Token) -> bool:
    """Whether it says which one, and not which way: "my left hand", "the camera left"."""
    is_named = after.role in _WAYS and token.value in ("definite", "indefinite")
    return is_named or (token.role in _WAYS and after.role in ("hand", "arm", "fist"))


def _obscurity(token: Token, seat: str, situation: Situation) -> str | None:
    """Why a word leads no way along the table; None if it does."""
    sees = token.role in _WAYS and PICTURE in (token.role, seat)
    if sees and situation.looks_down and token.value in ("toward", "away"):
        return "The camera looks down from above: say up, down, or a way along the table."
    return None


def _theirs(tokens: tuple[Token, ...], roles: set[str]) -> tuple[tuple[Token, ...], str | None]:
    """Take "left" for theirs where they say so: "left ... as I see it"; (tokens, why not)."""
    if "view" not in roles:
        return tokens, _WHOSE if _sides(tokens) else None
    values = {token.value for token in tokens if token.role == "direction"}
    views = {token.value for token in tokens if token.role == "view"}
    frame = PICTURE if PICTURE in views or "picture" in roles else "seat"
    heights = frame == PICTURE and values & {"z+", "z-"}
    unclear = heights or roles & {*_LEADING, *TURNING, "sense"}
    return tuple(_their(token, frame) for token in tokens), AS_WHO if unclear else None


def _their(token: Token, frame: str) -> Token:
    if token.role == "direction" and token.value in _AS_SEEN:
        return Token(frame, _AS_SEEN[token.value], token.text)
    if token.role == "view":
        return Token("filler", "", token.text)
    return Token(frame, token.value, token.text) if token.role == "seat" else token
