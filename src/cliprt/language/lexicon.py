"""Every word and set phrase that the grammar knows, with the part it plays.

What is not listed here is unknown, and an utterance with an unknown word is never acted on: a
missing word costs a question, never a wrong move.  So this file may stay incomplete, but a word
in it must mean what it says in every sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from cliprt.language.numbers import NUMBER_WORDS, UNITS, Amount


class Token(NamedTuple):
    """A piece of an utterance.

    Attributes:
        role: A key of `_ENTRIES`, or ``"amount"`` or ``"unknown"``.
        value: Which one: a group (``"y+"``), an axis, a sign ... by role.
        text: The words.
        amount: Only where the role is ``"amount"``.
    """

    role: str
    value: str
    text: str
    amount: Amount | None = None


# role -> value -> words and phrases, separated by commas.
_ENTRIES: dict[str, dict[str, str]] = {
    "direction": {
        "x+": "forward, forwards, ahead, onward, onwards, outward, outwards, frontward, frontwards,"
        "straight ahead, to the front, in front, in front of you, forwardly,"
        "away from the base, away from your base, away from your body, away from yourself",
        "x-": "back, backward, backwards, rear, rearward, rearwards, behind, in reverse,"
        "to the back, toward the base, towards the base, toward your base, towards your base,"
        "toward yourself, towards yourself, toward your body, towards your body,"
        "closer to the base, closer to your base, closer to your body",
        "y+": "left, leftward, leftwards, left hand side, left side, leftwardly, left hand direction",
        "y-": "right, rightward, rightwards, right hand side, right side, rightwardly,"
        "right hand direction",
        "z+": "up, upward, upwards, higher, higher up, upwardly, skyward, toward the ceiling,"
        "towards the ceiling",
        "z-": "down, downward, downwards, lower down, downwardly, back down, toward the floor,"
        "towards the floor, toward the ground, towards the ground",
    },
    # Verbs (and comparatives) that say a direction by themselves.
    "carrier": {
        "x+": "advance, advancing",
        "x-": "retract, retreat, withdraw, recede, reverse, back off, back away, back it off,"
        "back it away, back the arm off, back the arm away, back the gripper off, pull back,"
        "draw back, step back, pull it back, retracting",
        "z+": "raise, lift, hoist, elevate, ascend, rise, climb, heighten, raising, lifting, uplift",
        "z-": "lower, descend, sink, lowering, descending",
    },
    "back up": {"x-": "back up, back it up, back the arm up, back the gripper up"},
    # Verbs that say a direction only where no other word does.
    "weak": {
        "x+": "extend, stretch, reach out, stretch out, extend out, extending, reach outward",
        "z-": "drop, dip",
    },
    "reach": {"x+": "reach, poke"},  # says too little alone
    "push": {"x+": "push, pushing, press, thrust", "x-": "pull, draw, pulling, tug"},
    "place": {"": "put, take, set, get, pick"},  # with "it" these are tasks
    "permission": {"x+": "go ahead"},  # a direction only with an amount
    "out": {"x+": "out"},
    "verb": {
        "": "move, go, shift, slide, bring, scoot, scooch, come, head, travel, step, translate, glide,"
        "drive, continue, bump, steer, adjust, reposition, relocate, displace, maneuver, manoeuvre,"
        "guide, transfer, proceed, progress, position, jog, ease, budge, float, drift, hover, bear,"
        "make, do, perform, execute, give, apply, carry on, needs, need, need to, needs to, fly,"
        "run, send, veer, hop, slip, transport, has to go, should go,"
        "keep moving, keep going, keep on going, keep on moving, continue moving, continue going,"
        "start moving, start going, carry on moving, moving, going, shifting, sliding, scooting,"
        "get moving, propel, walk, direct, navigate, skooch, let it move, have it move, have it go,"
        "let the arm move"
    },
    "axis": {
        "roll": "roll, rolling",
        "pitch": "tilt, pitch, tip, tilting, pitching, angle, incline",
        "yaw": "yaw, yawing",
    },
    "turn": {
        "": "rotate, turn, twist, spin, swivel, revolve, rotation, pivot, rotating, turning, twisting,"
        "spinning, wring, crank"
    },
    "sense": {
        "+": "clockwise, cw, clock wise, clockwise direction",
        "-": "counterclockwise, anticlockwise, ccw, counter clockwise, anti clockwise,"
        "counterclock wise, counter clock wise, anti clock wise, counterclockwise direction,"
        "anticlockwise direction, contraclockwise, widdershins",
    },
    "hand": {
        "": "gripper, hand, claw, fingers, finger, jaws, jaw, grasper, pincer, pincers, grippers,"
        "fingertips, claws, grabber, hand of the robot, clamp jaws",
        "wrist": "wrist, last joint",
    },
    "fist": {"": "fist, a fist"},
    "grip": {"": "grip, grasp, hold"},  # nouns as in "release your grip", verbs elsewhere
    "arm": {
        "": "arm, robot, effector, end effector, manipulator, tool, robot arm, robotic arm, elbow,"
        "hey robot, dear robot, mr robot, robots arm, robot's arm, whole arm, tcp, end of the arm"
    },
    "it": {"": "it, yourself"},
    "open": {"": "open, opening, unclose, open up, spread, spread out"},
    "close": {"": "close, shut, closing, shutting, closed"},
    "opened": {"": "opened"},
    "release": {
        "": "release, ungrip, ungrasp, unclench, unclamp, unhand, let go, let go of it, let it go,"
        "let loose of it, release it, drop it, release your grip, release the grip,"
        "release your hold, release the hold, release your grasp, release the grasp, releasing,"
        "let go of your grip, loose it, turn it loose, letting go, let it loose, let it drop"
    },
    "grab": {
        "": "grab, clench, clamp, squeeze, pinch, clutch, seize, grip it, grasp it, grab it,"
        "hold onto it, hold on to it, grab hold, grab hold of it, take hold, take hold of it,"
        "get hold of it, get a grip on it, get a grip, tighten your grip, tighten the grip,"
        "tighten, clamp down, clamp down on it, grabbing, grasping, gripping, squeeze it, pinch it,"
        "clamp it, take a grip, grip onto it, grab onto it, catch hold of it, clench it, clutch it,"
        "seize it, latch onto it, grab on, grip tight, catch it, grab a hold of it, bite down"
    },
    "fully": {"": "fully, completely, wide, all the way, entirely, totally, widely, wide open"},
    "tight": {"": "tight, tightly, firmly, securely, hard, together, shut tight, apart, tighter"},
    "vague": {
        "tiny": "tiny, tiniest, tiny bit, teeny, teeny tiny, teensy, teeny weeny, itty bitty,"
        "minuscule, miniscule, slightest, smallest, barest, hair, hairs, hair's breadth, barely,"
        "minimal, minimally, minimum, fraction, tiny fraction, smidge, smidgen, smidgeon, skosh,"
        "nudge, nudging, a touch, touch more, just a touch, whisker, ever so slightly,"
        "ever so little, ever so gently, ever very slightly, very slightly, very little,"
        "very small, very short, very slight, very tiny, just barely, minutely, microscopic,"
        "wee bit, teeny bit, teensy bit, tiny little bit, tiny little, really small, so slightly,"
        "really little, very very little, very very small, extremely small, super small,"
        "hair more, crumb, speck, sliver, very tiny bit, very gently, inch, inching,"
        "very small bit, very little bit, tiny tiny bit, itsy bitsy, the least bit, fractionally",
        "bit": "bit, little bit, little, slight, slightly, small, short, tad, tad bit, somewhat,"
        "small bit, short way, little way, small way, little ways, bit of, wee, modestly, smallish,"
        "a trifle, a mite, a shade, modest, minor",
        "plain": "normal amount, regular amount, medium amount, moderate amount, moderately,"
        "medium, the usual amount, normally, moderate",
        "lot": "lot, lots, far, way, long way, significantly, significant, considerably,"
        "considerable, substantially, substantial, extensively, extensive, large, big, huge, bigger,"
        "strongly, deeply, deep, much, much more, good distance, great deal, good deal, greatly, great distance,"
        "great extent, great amount, great way, drastically, massively, long distance, very far,"
        "really far, pretty far, quite far, whole lot, quite a lot, very much, a ways, good way,"
        "good ways, long ways, well over, way over, far away, far out, far over, a heap, loads, tons,"
        "hugely, vastly, heavily, massive, sizable, sizeable, quite a ways, quite a distance,"
        "a lot more, way more, far more, whole bunch, fair distance, large amount, dramatically,"
        "very large, very big, really big, very long way, quite a way, lots more, big time,"
        "noticeably, markedly, great degree, large degree, far off, maximally",
    },
    "unclear": {
        "": "quite a bit, good bit, fair bit, fair amount, good amount, decent amount, decent bit,"
        "notch, few, a few, several, some distance, certain amount, as far as you can, gently, step further,"
        "all the way to, pretty much, certain distance, halfway, half way, hand's width, hand width,"
        "finger's width, finger width, steps, gentle, double, twice"
    },
    "filler": {
        "": "the, a, an, to, of, by, in, with, for, over, your, its, ever, so,"
        "at a, toward the, towards the, toward your, towards your, more, further,"
        "farther, another, extra, still, also, even, side, direction, amount, distance, margin,"
        "degree, extent, movement, motion, deal, movements, increment, space, level, manner, fashion,"
        "straight, directly, steadily, slowly, carefully, quickly, fast, smoothly, cautiously, softly,"
        "rapidly, swiftly, briskly, promptly, quietly, delicately, precisely, exactly, simply, just, only,"
        "please, kindly, now, again, once more, right now, immediately, a second time, some, some more,"
        "robot's, the robot's, robots, if you please, if you can, if you could,"
        "if you would, if possible, if you don't mind, for me, thank you, thanks, thanks a lot,"
        "thank you very much, cheers, okay, ok, hey, hi, hello, um, uh, er, erm, hmm, hm, well, oh, ah,"
        "alright, all right, right then, yeah, yes, yep, great, good, nice, perfect, cool, lovely,"
        "excellent, fine, good job, well done, nice one, very good, looking good, almost there,"
        "nearly there, go on and, go ahead and, i think, let's, lets, let us, try to, try, try and,"
        "can you, could you, would you, will you, can we, could we, may i ask you to, you can,"
        "can you please, could you please, would you please, will you please, can you just,"
        "could you just, would you kindly, would you mind, do you mind, would you be so kind as to,"
        "i want you to, i need you to, i'd like you to, i would like you to, i want to, i need to,"
        "i'd like to, i would like to, i want it to, i want the arm to, i want your arm to,"
        "i need the arm to, i need it to, we need to, you need to, you should, you have to,"
        "you must, you could, you may, you want to, we should, we have to, we must, i want, i need,"
        "i'd like, i would like, it needs to, it should, it has to, it must, the arm should,"
        "the arm needs to, the gripper should, should, must, make it, have it, get it to, let it,"
        "cause, make sure to, be sure to, remember to, next please, first, firstly, finally, lastly,"
        "dear, friend, buddy, mate, pal, sir"
    },
    "hedge": {
        "": "about, around, approximately, approx, roughly, circa, maybe, like, perhaps, say"
    },
    "negation": {
        "": "not, don't, dont, do not, never, without, cannot, can't, cant, won't, wont, shouldn't,"
        "isn't, mustn't, no, nope, nor, neither, avoid, refrain, doesn't, didn't, wouldn't, nah,"
        "instead of, except, anything but"
    },
    "correction": {
        "": "i mean, i meant, i meant to say, make that, scratch that, sorry,"
        "actually, rather, or rather, oops, correction, strike that, no i mean, no i meant,"
        "no sorry, sorry i mean, sorry i meant, no actually, no make that, i should say,"
        "sorry make that, my mistake, oops i mean, oops i meant, no no"
    },
    "joiner": {
        "and": "and, &, as well as, along with, plus, and also",
        "then": "then, and then, followed by, after that, and after that, next, afterwards,"
        "then after that, and next, and afterwards, subsequently, and finally, then finally,"
        "and lastly, then next, thereafter, afterward, and once more, after which",
        ",": ";, ., !",
    },
    "question": {
        "": "is, are, what, why, where, how, who, when, which, do you, does, did, am, was, if, until,"
        "unless, till, while, whether, or, because, either, once, before, after"
    },
    # Set phrases whose words would mislead; each names what it is about, for the question back.
    "idiom": {
        "speed": "slow down, slow it down, slow, slower, speed up, hurry up, faster, calm down",
        "a task": "pick up, pick it up, pick it, put down, put it down, put it back, put back,"
        "set it down, set down, take it out, take it away, get it out, get out, get up,"
        "get down, come back, come in, come out, go in, go inside, move in, move out of the way,"
        "out of the way, reach for, reach for it, reach in, throw it, carry it, hand it over,"
        "turn it on, turn it off, turn on, turn off, turn around, turn it around, flip it over,"
        "pull out, pull it out, draw it out, push it in, put it in, come on, turn back,"
        "tip it over, tip over, get off, get on, get in, get back, get away, take off, back off of,"
        "come to me, reverse direction, move along, line up, look up,"
        "look down, pick, go home, drop in, drop out, set up, set it up, put up, make up,"
        "take over, take it over, turn over, turn it over, go over, come over, roll over, give up,"
        "give in, give it back, give back, give it up, go under, make out, make way, give way,"
        "get it, do it, do over, do it again, work out, run out, run down, send it back, bring back",
        "a figure of speech": "all over, left over, right away, right angle, right angles, so far,"
        "too far, by far, far from, keep up, keep it up, back and forth, upside down, by the way,"
        "no way, right ahead, go right ahead, good to go, up to date, let down,"
        "way to go, a way, the way, on the way, this way, that way, up and about, far side,"
        "fair and square, hand in hand, head over, ups and downs, the right way, the right one,"
        "up to you, it is up to you, up to, down to, back to, back to back, far too, good to",
    },
    "whose arm": {
        "": ", ".join(
            f"{side} {part}"
            for side in ("left", "right")
            for part in ("hand", "arm", "gripper", "claw", "finger", "fingers", "wrist", "elbow")
        )
    },
    "whose side": {"y": "my left, my right, to my left, to my right"},
}

_TABLE: dict[tuple[str, ...], tuple[str, str]] = {
    tuple(phrase.split()): (role, value)
    for role, values in _ENTRIES.items()
    for value, phrases in values.items()
    for phrase in phrases.split(",")
    if phrase.strip()
} | {(",",): ("joiner", ","), ("?",): ("mark", "?")}
_LONGEST = max(map(len, _TABLE))
_STARTS = {words[:1] for words in _TABLE if len(words) > 1}

REPAIRABLE = frozenset(
    words[0]
    for words, (role, _) in _TABLE.items()
    if len(words) == 1 and len(words[0]) > 2 and role not in ("negation", "correction", "question")
) | frozenset(unit for unit in UNITS if len(unit) > 2)
"""Words that a misspelt one may be meant to be: never a number, never a negation."""

KNOWN = frozenset(word for words in _TABLE for word in words) | UNITS | NUMBER_WORDS
"""Every single word that occurs anywhere in the lexicon; never repaired."""


def tag(words: Sequence[str | Amount]) -> list[Token]:
    """Cut into known phrases, the longest first; what fits none is ``"unknown"``."""
    tokens = []
    i = 0
    while i < len(words):
        token, length = _longest(words, i)
        tokens.append(token)
        i += length
    return tokens


def _longest(words: Sequence[str | Amount], start: int) -> tuple[Token, int]:
    word = words[start]
    if isinstance(word, Amount):
        return Token("amount", word.kind, word.text, word), 1
    longest = _LONGEST if (word,) in _STARTS else 1
    for end in range(min(start + longest, len(words)), start, -1):
        phrase = tuple(words[start:end])
        if phrase in _TABLE:
            role, value = _TABLE[phrase]  # type: ignore[index]
            text = " ".join(phrase)  # type: ignore[arg-type]
            if role == "vague":
                return Token("amount", value, text, Amount(value, text=text)), end - start  # type: ignore[arg-type]
            return Token(role, value, text), end - start
    return Token("unknown", "", word), 1
