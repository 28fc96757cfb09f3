"""What is said of a table that is being laid: what comes to it, goes elsewhere or away."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from cliprt.language.nouns import plural
from cliprt.page.draft import Draft, laid, move, remove
from cliprt.page.translate import called
from cliprt.scenes.lexicon import tokens
from cliprt.scenes.placed import Placed
from cliprt.scenes.scene import Scene
from cliprt.scenes.words import read_scene, tell_scene
from cliprt.things.catalogue import all_things, find_thing

_AWAY = re.compile(
    r"(?:please )?(?:remove|delete|clear|get rid of|without|no|take|put) (?:away )?(?:the |any )?"
    r"(?P<name>.+?)(?P<away>,? (?:away|off|out)(?: please)?)?[.!]*",
    re.IGNORECASE,
)
_MOVED = re.compile(
    r"(?:please )?(?:move|put|shift|place|set|lay|stand) the (?P<name>.+?) "
    r"(?P<where>(?:to|on|in|at|next|beside|behind|left|right|near|further|between|by|a bit)\b.*)",
    re.IGNORECASE,
)
_ALL = {"everything", "it all", "all", "table", "the table", "all things", "things"}
_NEEDS_AWAY = ("take", "put")
_END = (r"\b", r"(?=[을를이가은는에의과와로도만]|\b|으로|부터|까지)")
"""What ends a noun; in Korean a particle may follow."""
_APART = ("on the right", "on the left")
"""Where two things stand that a title names: so far from each other that there is much to do."""


def say(draft: Draft, words: str) -> Draft:
    """What is said to lie there comes to what lies there already.

    >>> draft = say(Draft(), "a red cup on the left, a plate in front")
    >>> draft.scene.names
    ('cup', 'plate')
    >>> say(draft, "take the plate away").scene.names
    ('cup',)
    """
    if (index := _gone(draft.scene, words)) is not None:
        return remove(draft, index) if index >= 0 else laid(draft, (), {})
    if moved := _MOVED.fullmatch(words):
        index = _find(draft.scene, moved["name"])
        if index is not None:
            return _move(draft, index, moved["where"])
    kept = _without_guess(draft, words)
    made = _add(kept, words)
    return replace(draft, remark=made.remark) if made.scene == kept.scene else made


def begin(title: str) -> Draft:
    """A new skill; what its title names stands on the table, each thing for itself.

    >>> begin("Stack the red cube on the blue cube").scene.names
    ('red cube', 'blue cube')
    >>> begin("Line up the two cars").scene.names
    ('car', 'car 2')
    >>> begin("Make me a coffee").scene.names
    ()
    """
    things = _find_things(title)
    apart = _APART if len(things) == len(_APART) else [""] * len(things)
    made = say(Draft(), ", ".join(map(" ".join, zip(things, apart, strict=True))))
    return Draft(title) if made.remark else replace(made, title=title, is_guess=True)


def _without_guess(draft: Draft, words: str) -> Draft:
    """Without what stands there because the title names it, where words say it now.

    >>> say(begin("Put the spoon in the mug"), "a spoon on the left").scene.names
    ('mug', 'spoon')
    """
    if not draft.scene.things or draft.scene != begin(draft.title).scene:
        return draft
    said = read_scene(words).scene.things
    kept = (one for one in draft.scene.things if not any(_may_be(one, other) for other in said))
    return laid(draft, tuple(kept), {})


def _may_be(guessed: Placed, said: Placed) -> bool:
    is_alike = not guessed.colour or not said.colour or guessed.colour == said.colour
    return guessed.kind == said.kind and is_alike


def _find_things(title: str) -> list[str]:
    """The things that a title names, with number and colour, each once."""
    found: list[str] = []
    before: list[str] = []
    for token in tokens(title):
        if token.kind == "noun" and _is_spelt(token.text, token.value[0]):
            found.append(" ".join([*before, token.text]))
        before = [*before, token.text] if token.kind in ("number", "colour") else []
    return max(list(dict.fromkeys(found)), _find_translated(title), key=len)


def _find_translated(title: str) -> list[str]:
    """Things as the page's other languages call them, in the order of the title.

    >>> _find_translated("Leg den Löffel in den Becher"), _find_translated("숟가락을 머그컵에 넣어")
    (['spoon', 'mug'], ['spoon', 'mug'])
    """
    names = {name.casefold(): thing for thing in all_things() for name in called(thing)}
    longest = sorted(names, key=len, reverse=True)
    known = "|".join(re.escape(name) + _END[name[0] >= "가"] for name in longest)
    found = re.findall(rf"\b({known})", title.casefold())
    return list(dict.fromkeys(names[name] for name in found))


def _is_spelt(noun: str, thing: str) -> bool:
    """Whether it is a thing's noun as it is written, not a word much like it: "place"."""
    return noun in {form for name in find_thing(thing).nouns for form in (name, plural(name))}


def _add(draft: Draft, words: str) -> Draft:
    if draft.is_guess:  # who says where the spoon lies means the one of the title
        said = {placed.kind.name for placed in read_scene(words).scene.things}
        rest = [placed for placed in draft.scene.things if placed.kind.name not in said]
        draft = laid(draft, rest, {}) if said else draft
    before = draft.scene
    told = f"{tell_scene(before)}, {words}" if before.things else words
    reading = read_scene(told)
    count = len(before.things)
    if len(reading.scene.things) <= count:
        return replace(draft, remark=reading.remark or read_scene(words).remark)
    known, new = reading.scene.things[:count], reading.scene.things[count:]
    things = (*_keep(before, known), *new)
    wishes = {count + i: placed.at for i, placed in enumerate(new) if not placed.on}
    made = laid(draft, things, wishes)
    return replace(made, remark=made.remark or reading.remark)


def _keep(before: Scene, known: Sequence[Placed]) -> list[Placed]:
    """What lay there, exactly as it lay, by the names that it has among more."""
    order = sorted(range(len(before.things)), key=lambda i: _rank(before, i))
    names = {before.names[i]: placed.name for i, placed in zip(order, known, strict=True)}
    return [replace(p, name=names[p.name], on=names.get(p.on, "")) for p in before.things]


def _rank(scene: Scene, index: int) -> tuple[int, ...]:
    """Where `tell_scene` tells a thing: after what carries it, at once."""
    carriers = [*scene.below(scene.things[index])][::-1]
    return (*(scene.names.index(c.name) for c in carriers), index)


def _move(draft: Draft, index: int, where: str) -> Draft:
    placed = draft.scene.things[index]
    rest = remove(draft, index)
    words = f"a {placed.colour} {placed.kind.name} {where}".replace("  ", " ")
    said = _add(rest, words)
    if said.remark or len(said.scene.things) <= len(rest.scene.things):
        return replace(draft, remark=said.remark)
    target, *more = said.scene.things[len(rest.scene.things) :]
    if target.on or more:  # onto something that comes to the table with it
        return said
    made = move(draft, index, target.at)
    alone = read_scene(words).scene.things
    if made == draft and len(alone) == 1:  # its own place was the free one that is nearest
        return move(draft, index, alone[0].at)
    return made


def _gone(scene: Scene, words: str) -> int | None:
    """Index of the thing that shall go; -1 = all of them; None = none."""
    asked = _AWAY.fullmatch(words.strip())
    if not asked or (words.lower().split()[0] in _NEEDS_AWAY and not asked["away"]):
        return None
    if asked["name"].lower() in _ALL:
        return -1
    return _find(scene, asked["name"])


def _find(scene: Scene, name: str) -> int | None:
    """The one thing of a name, or of a noun that there is once."""
    wanted = " ".join(name.lower().split())
    if wanted in scene.names:
        return scene.names.index(wanted)
    called = [i for i, placed in enumerate(scene.things)
              if wanted in (*placed.kind.nouns, f"{placed.colour} {placed.kind.name}")]  # fmt: skip
    return called[0] if len(called) == 1 else None
