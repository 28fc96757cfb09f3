"""The language of spoken commands, as a network of words: places, and what leads on from each.

A recogniser that can only hear sentences of a small language hears those far better than one that
can hear everything.  A word has a place here only while the interpreter's lexicon gives it the same
part to play, so what can be heard is what can be understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cliprt.language.lexicon import tag
from cliprt.language.numbers import NUMBER_WORDS, UNITS
from cliprt.language.stops import is_stop
from cliprt.language.text import about

START, FINAL = "start", "final"

Weighted = Mapping[int, tuple[str, ...]]
"""How often, roughly -> what is said so often."""

STOPS = (
    *("stop", "please stop", "stop now", "stop moving", "stop it", "stop stop stop"),
    *("halt", "freeze", "wait", "pause", "hold on"),
)
"""What is heard as a whole sentence that stops."""

_DONE = ("done", "i am done", "all done", "finished", "that's it", "finish")
_TAKE_BACK = ("undo", "undo that", "take that back", "redo", "discard", "discard the episode")

_WAYS = {
    "x+": ("forward", "forwards", "ahead"),
    "x-": ("back", "backward", "backwards"),
    "y+": ("left",),
    "y-": ("right",),
    "z+": ("up", "upward", "upwards", "higher"),
    "z-": ("down", "downward", "downwards", "lower down"),
}
_CARRIERS = {"z+": ("raise", "lift"), "z-": ("lower",), "x-": ("pull back",)}
_VERBS = ("move", "go", "shift", "slide", "bring")
_MOVED = ("arm", "robot arm", "robot")
_HANDS = ("gripper", "hand", "fingers")
_VAGUE = {
    "tiny": ("tiny bit",),
    "bit": ("bit", "little bit", "little", "slightly"),
    "lot": ("lot", "far"),
}
_NO_ARTICLE = ("slightly", "far")
_DOUBLES = ("yes", "comparative")  # "right" and "lower", which by themselves say which way
_SENSES = {"+": ("clockwise",), "-": ("counterclockwise", "counter clockwise", "anti clockwise")}
_ALONE = {
    "release": ("let go", "release", "release it"),
    "grab": ("grab it", "grasp it", "grab"),
}
_PLEASE = ("please", "can you", "could you", "now", "okay")

# How often each is said, roughly: the usual ones are heard more readily.
_NUMBERS = {
    8: ("one", "two", "three", "five", "ten", "fifteen", "twenty"),
    2: ("four", "six", "seven", "eight", "nine", "twelve", "thirty", "half a", "twenty five"),
    1: ("eleven", "thirteen", "fourteen", "sixteen", "seventeen", "eighteen", "nineteen"),
}
_ANGLES = {
    4: ("five", "ten", "fifteen", "forty five", "ninety"),
    1: ("thirty", "sixty", "one hundred eighty"),
}
_LENGTH_UNITS = {6: ("centimeters", "centimeter"), 1: ("millimeters", "inches", "inch")}
_ANGLE_UNITS = {6: ("degrees",), 1: ("degree",)}


@dataclass(frozen=True)
class Link:
    """A way from one place to another.

    Attributes:
        source, target: Places.
        words: What is said on the way; none = nothing.
        weight: How likely it is taken, beside the others from `source`.
    """

    source: str
    target: str
    words: tuple[str, ...] = ()
    weight: float = 1.0


def command_links(sentences: Iterable[str] = ()) -> list[Link]:
    """Everything that can be heard, from `START` to `FINAL`.

    Args:
        sentences: More sentences, word for word.
    """
    return [
        *_links(START, "step", ("",), 60),
        *_links(START, "step", _PLEASE, 2),
        *_moves(),
        *_turns(),
        *_gripping(),
        *_links("end", FINAL, ("",), 20),
        *_links("end", FINAL, ("please",)),
        *_links("end", "step", _tagged("joiner", {"and": ("and",), "then": ("then", "and then")})),
        *_links(START, FINAL, filter(is_stop, STOPS), 20),
        *_links(START, FINAL, (s for s in _DONE if about(s) == "done")),
        *_links(START, FINAL, (*_TAKE_BACK, *sentences)),
    ]


def hearable(links: Sequence[Link], knows: Callable[[str], bool]) -> list[Link]:
    """The links whose words all have a pronunciation."""
    return [link for link in links if all(map(knows, link.words))]


def accepts(links: Sequence[Link], sentence: str) -> bool:
    """Whether `sentence` leads from `START` to `FINAL`."""
    leads: dict[str, list[Link]] = {}
    for link in links:
        leads.setdefault(link.source, []).append(link)
    words = sentence.split()
    reached = {(START, 0)}
    waiting = list(reached)
    while waiting:
        place, at = waiting.pop()
        for link in leads.get(place, ()):
            end = at + len(link.words)
            if tuple(words[at:end]) == link.words and (link.target, end) not in reached:
                reached.add((link.target, end))
                waiting.append((link.target, end))
    return (FINAL, len(words)) in reached


def _moves() -> list[Link]:
    """ "move the arm to the left by five centimeters", "a bit up", "raise the arm"."""
    arm = _with_the(_tagged("arm", {"": _MOVED}), _tagged("hand", {"": _HANDS[:2]}))
    usual = _tagged("direction", {axis: words[:1] for axis, words in _WAYS.items()})
    rarer = _tagged("direction", {axis: words[1:] for axis, words in _WAYS.items()})
    usual += [f"to the {side}" for side in ("left", "right") if side in usual]
    links = [
        *_links("step", "go", _tagged("verb", {"": _VERBS}), 3),
        *_links("step", "going", ("",), 2),
        *_links("go", "going", ("", *arm, "it"), 2),
        *_links("going", "moved", usual, 4),
        *_links("going", "moved", rarer),
        *_links("moved", "end", ("",), 6),
        *_length("moved", "end"),
        *_length("going", "far"),
        *_links("far", "end", usual, 4),
        *_links("far", "end", rarer),
    ]
    for axis, carriers in _CARRIERS.items():
        links += _links("step", f"carry {axis}", _tagged("carrier", {axis: carriers}))
        links += _links(f"carry {axis}", f"carried {axis}", ("", *arm, "it"))
        links += _links(f"carried {axis}", "moved", ("",), 3)
        if axis.startswith("z"):
            links += _links(f"carried {axis}", "moved", _WAYS[axis][:1])
    return links


def _turns() -> list[Link]:
    """ "rotate the gripper clockwise by ninety degrees", "tilt the arm down a bit"."""
    named = _tagged("axis", {"roll": ("roll",), "yaw": ("yaw",)})
    arm = _with_the(_tagged("arm", {"": _MOVED[:1]}))
    hand = _with_the(_tagged("hand", {"": _HANDS[:2], "wrist": ("wrist",)}))
    return [
        *_links("step", "named turn", named),
        *_links("named turn", "turning", ("", *arm)),
        *_links("step", "turn", _tagged("turn", {"": ("rotate", "turn")})),
        *_links("turn", "turning", hand),
        *_links("turning", "turned", _tagged("sense", _SENSES), 2),
        *_angle("turning", "by an angle"),
        *_links("by an angle", "end", _tagged("sense", _SENSES)),
        *_links("step", "tilt", _tagged("axis", {"pitch": ("tilt",)})),
        *_links("tilt", "tilting", arm),
        *_links("tilting", "turned", ("up", "down")),
        *_links("turned", "end", ("",)),
        *_angle("turned", "end"),
    ]


def _gripping() -> list[Link]:
    """ "open the gripper", "let go"."""
    opened = [*_tagged("open", {"": ("open",)}), *_tagged("close", {"": ("close",)})]
    hands = _tagged("hand", {"": _HANDS})
    return [
        *_links("step", "grip", opened, 3),
        *_links("grip", "end", [*_with_the(hands), *(f"your {hand}" for hand in hands)]),
        *_links("step", "end", [phrase for role in _ALONE for phrase in _alone(role)]),
    ]


def _alone(role: str) -> list[str]:
    return _tagged(role, {"": _ALONE[role]})


def _length(source: str, target: str) -> list[Link]:
    return _amount(source, target, _NUMBERS, _LENGTH_UNITS)


def _angle(source: str, target: str) -> list[Link]:
    return _amount(source, target, _ANGLES, _ANGLE_UNITS)


def _amount(source: str, target: str, numbers: Weighted, units: Weighted) -> list[Link]:
    """ "by five centimeters", "a bit"."""
    number, unit = f"{source} by", f"{source} by a number"
    links = _links(source, number, ("", "by"), 2)
    for weight, words in numbers.items():
        known = (w for w in words if set(w.split()) - {"a"} <= NUMBER_WORDS)
        links += _links(number, unit, known, weight)
    for weight, words in units.items():
        links += _links(unit, target, (w for w in words if w in UNITS), weight)
    vague = _tagged("amount", _VAGUE)
    said = [w if w in _NO_ARTICLE else f"a {w}" for w in vague]
    return links + _links(source, target, [*said, *(f"{w} more" for w in said if w[:2] == "a ")])


def _tagged(role: str, phrases: dict[str, tuple[str, ...]]) -> list[str]:
    """Those of the phrases that play this part, with this value, in the interpreter's lexicon."""
    kept = []
    for value, words in phrases.items():
        for phrase in words:
            tokens = tag(phrase.split())
            is_it = len(tokens) == 1 and tokens[0].role in (role, *_DOUBLES)
            if is_it and value in ("", tokens[0].value):
                kept.append(phrase)
    return kept


def _with_the(*nouns: Iterable[str]) -> list[str]:
    return [said for some in nouns for noun in some for said in (noun, f"the {noun}")]


def _links(source: str, target: str, phrases: Iterable[str], weight: float = 1.0) -> list[Link]:
    """One link for each phrase, each of the same weight."""
    return [Link(source, target, tuple(p.split()), weight) for p in phrases]
