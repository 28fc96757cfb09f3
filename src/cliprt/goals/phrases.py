"""How people say the relations: phrases, what they mean, and words that add nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass

from cliprt.goals.measures import TABLE, Unit
from cliprt.goals.relations import RELATIONS

_ARTICLES = "the teh a an this that my your its their these those"
ARTICLES = frozenset(_ARTICLES.split())
PARTS = frozenset(["lid", "drawer", "door", "flap", "cover", "screen", "hatch"])
"""What opens of a thing."""

CONNECTORS = {
    **dict.fromkeys(("and", "but", "then", "while", "plus", "&", ";", ".", "also"), "and"),
    **dict.fromkeys(("or",), "or"),
    ",": ",",
}
NEGATIONS = frozenset(["not", "without", "no", "nor", "neither"])

AT_LEAST = (
    ("at", "least"),
    ("more", "than"),
    ("over",),
    ("further", "than"),
    ("farther", "than"),
    ("further", "away", "than"),
)
AT_MOST = (
    ("at", "most"),
    ("less", "than"),
    ("no", "more", "than"),
    ("not", "more", "than"),
    ("not", "further", "than"),
    ("not", "farther", "than"),
    ("no", "further", "than"),
    ("below",),
    ("within",),
    ("closer", "than"),
    ("nearer", "than"),
    ("under",),
    ("up", "to"),
    ("except", "for"),
)

EMPTY = tuple(
    tuple(said.split())
    for said in (
        *(
            f"so {that}can not see {who}".replace("can", f"{you}can")
            for that in ("that ", "")
            for you in ("you ", "")
            for who in ("it", "him", "her")
        ),
        "it does not matter which",
        "does not matter which",
        "no matter which",
        "one another",
        "each other",
        "end up",
        "ends up",
        "ended up",
        "in end",
        "at end",
        "by end",
        "all right",
    )
)
"""Words that say nothing of their own where they stand together."""
_FILLERS = """is are was were be been being am has have had having get gets got getting become
becomes do does did there here now finally just fully completely entirely totally actually really
still should must needs need will when once if as soon done finished finish success goal task
want i we you make makes sure that so for of with where which who put placed place puts set stays
stay remains ends end ended sits sit sitting rests resting rest any more anymore longer again
together other one both about around roughly straight apart things ready complete completed okay
please me see state position directly laid parked landed lands way round to thrown tossed goes went
fell falls hovers hovering hangs floats line ink drawing scribble"""
FILLERS = frozenset(_FILLERS.split())
"""Words that say nothing of their own in a goal."""
CONDITIONS = frozenset(["if", "when", "once"])
"""Fillers where they begin a goal; later on they say under which condition."""
PRONOUNS = {
    **dict.fromkeys(("it", "him", "her", "he", "she"), False),
    **dict.fromkeys(("they", "them"), True),
}
"""What stands for things that were spoken of -> whether these are several."""
WEAK = frozenset(["by", "at", "from", "up", "down", "over", "close", "past", "apart"])
"""Phrases that say nothing where the thing that belongs to them is not named."""
AUXILIARIES = frozenset(
    ["is", "are", "was", "were", "be", "been", "has", "have", "had", "did", "does", "do"]
)
OFFERS = {
    "before": "in front of",
    "never": "not",
    "anything": "nothing",
    "none": "no",
    "gone": "moved",
    "side": "left of",
    **dict.fromkeys(("some", "something"), "one of"),
    **dict.fromkeys(("most", "few", "several", "many"), "at least 2 of"),
    **dict.fromkeys(("leans", "propped", "attached", "connected"), "touching"),
    **dict.fromkeys(("reached", "reaches", "arrived", "stuck", "settled"), "on"),
    **dict.fromkeys(("full", "filled", "fits"), "in"),
    **dict.fromkeys(("visible", "seen", "keyboard", "accessible"), "open"),
    **dict.fromkeys(("mark", "dirty", "coloured", "colored", "signed"), "written on"),
    **dict.fromkeys(("tilted", "leaning", "askew"), "lying on its side"),
    **dict.fromkeys(("safe", "balanced", "steady", "level"), "upright"),
    **dict.fromkeys(("facing", "towards", "toward", "pointing"), "turned by 90 degrees"),
    **dict.fromkeys(("picked", "carried", "caught"), "held"),
    **dict.fromkeys(("corner", "edge", "centre", "center"), "in the middle of"),
    **dict.fromkeys(("around", "along", "close"), "near"),
    **dict.fromkeys(("across", "opposite"), "behind"),
    **dict.fromkeys(("exactly", "precisely"), "at most"),
}
"""Words that cannot be measured -> the nearest that can."""
POSTURES = frozenset(["standing", "stands", "stand", "lying", "lies", "lie"])
"""Phrases that only lead to another where one follows: "lying next to"."""


@dataclass(frozen=True)
class Phrase:
    """What some words say.

    Attributes:
        relation: Name of one.
        is_so: False where they deny it.
        is_swapped: Whether the first thing named is the other one: "the mug contains the spoon".
        amount, unit: Where the words say one.
        where: The other thing, where the words say it.
    """

    relation: str
    is_so: bool = True
    is_swapped: bool = False
    amount: float | None = None
    unit: Unit = ""
    where: str = ""

    @property
    def is_of_two(self) -> bool:
        """Whether another thing belongs to it."""
        return RELATIONS[self.relation].is_of_two


_AWAY = ("moved", "pushed", "pulled", "driven", "drove", "rolled", "slid", "shifted", "gone")
_TO = {
    "moved left": "left, to left",
    "moved right": "right, to right",
    "moved": "away",
    "moved forward": "forward, forwards, ahead",
    "moved back": "back, backward, backwards, closer",
}
_MORE: tuple[tuple[Phrase, str], ...] = (
    *(
        (Phrase(way), ", ".join(f"{verb} {to}" for verb in _AWAY for to in said.split(", ")))
        for way, said in _TO.items()
    ),
    (Phrase("on", False), "off, off of, taken off, removed from, taken from"),
    (Phrase("in", False), "out of, outside, outside of, taken out of, has left, left behind"),
    (Phrase("in", is_swapped=True), "contains, holds inside, has inside"),
    (Phrase("in", False, is_swapped=True), "empty"),
    (Phrase("on"), "stacked, on top, piled up"),
    (
        Phrase("near", False),
        "far from, away from, far away from, clear of, apart from, far apart, apart, away",
    ),
    (Phrase("under", is_swapped=True), "covers, covering, hides, hiding"),
    (Phrase("under"), "hidden under, hidden by, covered, hidden beneath, hidden"),
    (Phrase("above", where=TABLE), "high"),
    (Phrase("in front of"), "between"),
    (Phrase("in front of"), "ahead of"),
    (Phrase("in"), "left in"),
    (Phrase("on"), "left on, back on, back onto"),
    (Phrase("right of"), "on right, to right"),
    (Phrase("left of"), "on left, to left"),
    (Phrase("held", False), "put down, put back down, set down, laid down, back down"),
    (Phrase("lower", False), "as high as"),
    (Phrase("behind"), "further back than, farther back than, further than, farther than"),
    (Phrase("left of"), "further left than, farther left than"),
    (Phrase("right of"), "further right than, farther right than"),
    (Phrase("held", False), "let go, let go of, released, dropped, has let go, letting go"),
    (Phrase("held"), "holding, holds, hold, grasping, gripping, has grasped, grasps"),
    (Phrase("held"), "grasp, pick up, take"),
    (Phrase("lifted"), "lift, raise, lifting"),
    (
        Phrase("moved"),
        "move, push, pull, slide, moving, moves, pushes, pulls, slides,"
        " moved from its place, not in its place",
    ),
    (
        Phrase("moved", False),
        "where it was, stays still, in its place, stays put, unmoved, back where it was,"
        " back in its place",
    ),
    (
        Phrase("lying"),
        "knock over, tip over, knocking, knocked, tipping over, horizontal, fall over,"
        " tips over, tipped,"
        " falls over, fall down, falls down, fell down, toppled over",
    ),
    (Phrase("upright"), "vertical, vertically, sits up, sitting up, sit up, right side up"),
    (Phrase("upside down"), "on its roof, on its back"),
    (Phrase("closed"), "closing, all way in, all way down, back in"),
    (Phrase("open"), "opening, half open, out, sticks out"),
    (
        Phrase("open", amount=0.9, unit="share"),
        "wide open, fully open, completely open, all way open, fully opened, open wide",
    ),
    (
        Phrase("open", amount=0.1, unit="share"),
        "slightly open, bit open, ajar, little open, open bit, open little, open slightly",
    ),
    (
        Phrase("turned", amount=math.radians(150), unit="rad"),
        "turned around, turned round, rotated around, backwards, turn, rotate, facing other way,"
        " faces other way, face other way, looking other way, looks other way, turning",
    ),
    (Phrase("side by side"), "side by side"),
    (Phrase("clean"), "wipe, clean up, erase, scribble gone, ink gone, writing gone, gone"),
    (
        Phrase("clean", is_swapped=True),
        "no ink on, no more ink on, nothing on, no ink left on, nothing left on, no writing on,"
        " no writing left on, no writing any more on",
    ),
    (
        Phrase("inked", is_swapped=True),
        "ink on, line on, drawing on, something drawn on, writing on, print on",
    ),
    (
        Phrase("touching"),
        "crashed into, bumped into, ran into, run into, bumps into, hit, hits, collided",
    ),
)


def _phrases() -> dict[tuple[str, ...], Phrase]:
    said: dict[str, Phrase] = {}
    for name, relation in RELATIONS.items():
        for text in (relation.told, relation.exact, *relation.words.split(", ")):
            said.setdefault(text, Phrase(name))
    said |= {text: phrase for phrase, texts in _MORE for text in texts.split(", ")}
    phrases = {_bare(text): phrase for text, phrase in said.items()}
    phrases = {words: phrase for words, phrase in phrases.items() if words}
    return {("right", *words): said for words, said in phrases.items() if said.is_of_two} | phrases


def _bare(text: str) -> tuple[str, ...]:
    """The words of a phrase without articles, and without the amount and what leads to it."""
    for lead in ("by at least", "with at least", "at least", "to within", "except for", ""):
        text = text.replace(f"{lead} {{amount}}".strip(), "")
    words = text.replace("{where}", "").split()
    return tuple(word for word in words if word not in ARTICLES)


PHRASES = _phrases()
LONGEST_PHRASE = max(map(len, PHRASES))

ALL_WORDS = (
    frozenset(word for phrase in PHRASES for word in phrase)
    | frozenset(word for words in (*AT_LEAST, *AT_MOST) for word in words)
    | FILLERS
    | PARTS
    | NEGATIONS
    | frozenset(CONNECTORS)
)
"""Every word that is understood."""
