"""What is meant by a sentence typed between episodes: a task, a question, or a skill of one's own.

Pure functions: they only say what to answer.  Nothing moves for it, and nothing typed is lost: it
comes back as the title of a new skill, or as the first sentence of the task that is picked next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from cliprt.language.asking import asks_for_help, is_goal
from cliprt.language.choosing import choose
from cliprt.language.remarks import Remark
from cliprt.language.text import about
from cliprt.language.tongues import hear
from cliprt.things.catalogue import all_things
from cliprt.types import Reading

MOST_OFFERS = 4

Read = Callable[[str], Reading]

HELLO = Remark("Hello! Pick a task, or type one of your own: “Put the spoon in the mug”.")
HELP = Remark(
    "Pick a task, then tell me one small step at a time; I try it alone once you have shown me a"
    " few times. Or type a task of your own: “Put the spoon in the mug”."
)
FIRST = Remark("Pick a task first.")
WHICH = Remark("Which one do you mean?")
PERHAPS = Remark("Do you mean one of these, or something new?")
OTHER = Remark("None of the tasks here is called that.")
NOTHING = Remark("There is nothing to do that to yet. Pick a task first.")


@dataclass(frozen=True)
class Wish:
    """What to answer to a sentence that was typed between episodes.

    Attributes:
        sentence: As it was typed.
        text: What is said back; "" where a task begins at once.
        begin: The task to begin at once.
        tasks: Those that are offered.
        title: Of the new skill that is offered; None = none is.
        is_step: Whether the sentence is the first step of whatever task is picked.
    """

    sentence: str
    text: str = ""
    begin: str = ""
    tasks: tuple[str, ...] = ()
    title: str | None = None
    is_step: bool = False


def understand(
    sentence: str,
    titles: Mapping[str, Sequence[str]],
    read: Read,
    before: Wish | None = None,
    last: str = "",
    mean: Callable[[str], tuple[Sequence[str], bool]] = lambda title: ((), False),
) -> Wish:
    """What a sentence asks for.

    Args:
        sentence: As it was typed, in one line.
        titles: Task -> what it is called, in every language.
        read: Reads a step of the arm.
        before: What was answered before it, whose offers may be meant.
        last: The task that was taught before it.
        mean: Says which tasks a title in other words may mean, and whether the first is for sure.

    >>> from cliprt.language.grammar import GrammarInterpreter
    >>> from cliprt.vocabularies.grid import ClipRt58Vocabulary
    >>> read = GrammarInterpreter(ClipRt58Vocabulary()).read
    >>> titles = {"close_laptop": ["Close the laptop"], "pick": ["Pick up the red cube"]}
    >>> understand("please close the laptop", titles, read).begin
    'close_laptop'
    >>> understand("laptop", titles, read).tasks
    ('close_laptop',)
    >>> understand("make me a coffee", titles, read).title
    'Make me a coffee'
    """
    title = to_title(sentence)
    named = {task: max(_likeness(title, name) for name in names) for task, names in titles.items()}
    if begin := _only([task for task, alike in named.items() if alike.is_same]):
        return Wish(sentence, begin=begin)
    if picked := _picked(sentence, before or Wish("", tasks=tuple(titles)), titles):
        return picked
    if _is_step(sentence, read):
        return Wish(sentence, FIRST, tasks=_first_few(titles, last), is_step=True)
    if said := _talk(sentence, title, titles, last):
        return said
    if begin := _only([task for task, alike in named.items() if alike.is_near]):
        return Wish(sentence, begin=begin)
    meant, is_sure = mean(title)
    if meant and is_sure:
        return Wish(sentence, begin=meant[0])
    shared = {task: alike.shared for task, alike in named.items() if alike.shared}
    tasks = list(dict.fromkeys([*sorted(shared, key=lambda t: -shared[t]), *meant]))[:MOST_OFFERS]
    if tasks:
        if any(named[task].has_all for task in tasks):
            return Wish(sentence, WHICH, tasks=tuple(tasks))
        return Wish(sentence, PERHAPS, tasks=tuple(tasks), title=title)
    return Wish(sentence, OTHER, title=title)


def is_ready(sentence: str) -> bool:
    """Whether somebody who lays a table wants to begin.

    >>> is_ready("OK, teach it!"), is_ready("done"), is_ready("another cup")
    (True, True, False)
    """
    return _READY.fullmatch(_bare(sentence)) is not None


def to_title(sentence: str) -> str:
    """A sentence as a task is called: without politeness and its last full stop.

    >>> to_title("can you make me a coffee, please?")
    'Make me a coffee'
    """
    bare = _END.sub("", _BEGINNING.sub("", sentence.strip(), count=1)).strip() or sentence.strip()
    return bare[:1].upper() + bare[1:]


# How much two titles say the same


@dataclass(frozen=True, order=True)
class _Likeness:
    """Ordered so that the greatest is the best."""

    is_same: bool = False
    is_near: bool = False
    has_all: bool = False
    shared: float = 0.0


def _likeness(sentence: str, title: str) -> _Likeness:
    said, wanted = _content(sentence), _content(title)
    if not said or not wanted:
        return _Likeness()
    hits = [_find(word, wanted) for word in said]
    found = {i for hit in hits for i in hit}
    has_all = all(hits)
    # the verb: what stands first, in Korean last
    verb = len(wanted) - 1 if _HANGUL.match(wanted[0]) else 0
    is_same = has_all and len(found) == len(wanted)
    is_near = has_all and len(found) >= 2 and verb in found
    things = found - {verb} if len(said) > 1 else found
    share = len(things) / (len(wanted) + len(said)) if things else 0.0
    return _Likeness(is_same, is_near, has_all and bool(things), share)


def _find(word: str, among: Sequence[str]) -> set[int]:
    """Where a word is said, or what the thing that it names is called: "bin", "trash can"."""
    for words in ([word], _names().get(word, "").split()):
        hits = [next((i for i, other in enumerate(among) if _is_same_word(one, other)), None)
                for one in words]  # fmt: skip
        if hits and None not in hits:
            return {i for i in hits if i is not None}
    return set()


@cache
def _names() -> dict[str, str]:
    """What a thing is called -> its own name."""
    return {noun: name for name, thing in all_things().items() for noun in thing.nouns}


def _is_same_word(one: str, other: str) -> bool:
    """Whether two words are one, a slip of the finger or an ending apart."""
    if one == other:
        return True
    if _HANGUL.match(one):
        return len(one) >= 2 and one[:2] == other[:2]
    if min(len(one), len(other)) < 4:
        return {one, f"{one}s"} & {other, f"{other}s"} != set()
    if min(len(one), len(other)) >= 5 and (one.endswith(other) or other.endswith(one)):
        return True  # "board", "whiteboard"
    return one[0] == other[0] and SequenceMatcher(None, one, other).ratio() >= 0.8


def _content(text: str) -> list[str]:
    words = re.findall(r"[^\W_]+", text.casefold().replace("’", "'").replace("'", ""))
    return [word for word in words if word not in _EMPTY]


# What is no task


def _picked(sentence: str, before: Wish, titles: Mapping[str, Sequence[str]]) -> Wish | None:
    """Which offer is taken, a task or the new skill after them."""
    offers = [titles[task] for task in before.tasks]
    if before.title is not None:
        offers.append([before.title])
    index = choose(sentence, [(str(n), *names) for n, names in enumerate(offers, 1)])
    if index is not None and index < len(before.tasks):
        return Wish(sentence, begin=before.tasks[index])
    if before.text and len(offers) > 1 and choose(sentence, [()]) == 0:
        return replace(before, sentence=sentence, text=WHICH)  # "yes"
    is_new = index is not None or _NEW.fullmatch(_bare(to_title(sentence)))
    return Wish(sentence, title=before.title or "") if is_new else None


def _is_step(sentence: str, read: Read) -> bool:
    """Whether it is a motion, or half of one: "turn the gripper"."""
    reading = read(sentence)
    if reading.decision == "move":
        return True
    tokens = hear(sentence)[0][1]
    is_strange = any(token.role == "unknown" for token in tokens) or is_goal(tokens)
    return bool(reading.offers or reading.answers) and not is_strange


def _talk(sentence: str, title: str, titles: Mapping[str, Sequence[str]], last: str) -> Wish | None:
    """What is said to somebody who greets, asks, or wants to begin."""
    said = _bare(title)
    tasks = _first_few(titles, last)
    if said in _AGAIN:
        return Wish(sentence, begin=last) if last else Wish(sentence, HELP, tasks=tasks)
    if about(sentence) != "arm":
        return Wish(sentence, NOTHING, tasks=tasks)
    tokens = hear(sentence)[0][1]
    roles = {token.role for token in tokens}
    greets = any(token.value == "greeting" for token in tokens) or _GREETING.match(said)
    if greets and not is_goal(tokens):
        return Wish(sentence, HELLO, tasks=tasks, title=None if roles <= _TALK else title)
    if roles <= _TALK:
        is_short = len(said.split()) < 3 or asks_for_help(tokens)  # "thanks"; but "do a dance"
        return Wish(sentence, HELP, tasks=tasks, title=None if is_short else title)
    begins = _BEGINNING.match(sentence.strip())
    is_question = sentence.rstrip().endswith(("?", "？")) and not (begins and begins[0])
    is_asked = is_question and not is_goal(tokens)
    asks = asks_for_help(tokens) or bool(_ASKING.match(said)) or is_asked
    return Wish(sentence, HELP, tasks=tasks) if asks else None


def _bare(text: str) -> str:
    """Its words, and nothing else."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _first_few(titles: Iterable[str], last: str) -> tuple[str, ...]:
    """Tasks to choose from, the last one first."""
    return tuple(sorted(titles, key=lambda task: task != last))[:MOST_OFFERS]


def _only(tasks: Sequence[str]) -> str:
    return tasks[0] if len(tasks) == 1 else ""


_HANGUL = re.compile("[가-힣]")
_TALK = {"filler", "intensifier", "joiner", "arm", "mark", "yes", "help"}
_POLITE = r"(?:please|bitte|por favor|now|jetzt|ahora)"
_WHO = r"(?:you|it|him|the robot|the arm|robot|your robot|this robot|yourself)"
_BEGINNING = re.compile(
    rf"(?:{_POLITE}[, ]+|(?:hi|hello|hey|ok|okay|hallo|hola)(?: robot)?[,! ]+)*"
    rf"(?:(?:can|could|would|will) you (?:please )?(?:teach {_WHO} to |learn (?:how )?to )?"
    rf"|(?:i|we) (?:want|would like|need|wish|'d like)(?: to teach)?(?: {_WHO})?(?: how)?"
    r" to (?:learn (?:how )?to )?"
    rf"|i'd like(?: to teach)?(?: {_WHO})?(?: how)? to (?:learn (?:how )?to )?"
    rf"|(?:let's |let us |let me )?(?:please )?(?:teach|show|train|get|make|have)(?: {_WHO})"
    r"(?: how)? to |(?:learn|teach|practi[cs]e)(?: how)? to |let's |let us "
    r"|(?:how|what) about "
    r"|kannst du (?:bitte )?|könntest du (?:bitte )?|puedes |podrías )?"
    rf"(?:{_POLITE}[, ]+)?",
    re.IGNORECASE,
)
_END = re.compile(rf"[\s,]*{_POLITE}?[\s.!?？。,]*$", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:how|what|where|who|why|which|when|is|are|do|does|am|did|was|wie|was|wo|wer|warum|welche"
    r"|cómo|como|qué|que|dónde|quién|por qué|cuál)(?! about) .+"
    r"|(?:i|im|i m) .*(?:know|understand|confused|lost|not sure|new|get it|no idea|stuck).*"
    r"|.*(?:어떻게|뭐|뭘|무엇|어디).*"
)
_GREETING = re.compile(r"(?:hallo|servus|guten (?:tag|morgen|abend)|hola|buen[oa]s|안녕)")
_AGAIN = {
    *("next", "next one", "next episode", "again", "once more", "one more", "continue"),
    *("another one", "same again", "try again", "go on", "keep going", "weiter", "nochmal"),
    *("noch einmal", "nächste", "otra vez", "siguiente", "otra", "de nuevo", "다음", "다시"),
    *("start", "begin", "go", "start teaching", "start again", "ready", "los", "empezar", "시작"),
}
_READY = re.compile(
    r"(?:ok|okay|yes|ja|sí|네)|(?:(?:ok|okay|yes|now) )*"
    r"(?:(?:(?:i am|i m|im|we are|it is|it s|all) )?(?:ready|done|finished)|that s (?:it|all)"
    r"|thats (?:it|all)|teach (?:it|this)|(?:let s |lets )?(?:start|begin|go)(?: teaching| now)?"
    r"|fertig|los|los geht s|listo|empieza|empezar|시작(?:해|하자)?|(?:준비|다) ?됐어)"
)
_NEW = re.compile(
    r"(?:(?:can|may|could) (?:i|we) |i (?:want|would like|d like) to )?"
    r"(?:(?:teach|learn|do|make up|invent|try|bring|add|create|begin|start)(?: (?:me|you|it))? )?"
    r"(?:(?:my|our) own(?: (?:task|skill|one|thing))?|(?:some(?:thing)?|any(?:thing)?) (?:new|else)"
    r"|something|(?:an?(?:other)? )?(?:new|own|other|different|another) (?:task|skill|one|thing)"
    r"|a?nother(?: (?:task|skill))?|new|none of (?:these|them|those)"
    r"|etwas (?:neues|anderes)|(?:eine )?(?:neue|eigene|andere) (?:aufgabe|fähigkeit)"
    r"|(?:algo|otra cosa|una? tarea|tarea)(?: (?:nuev[oa]|distint[oa]|propia))?"
    r"|(?:새로운|새|다른) (?:것|거|작업|기술)(?:을|를)?(?: .*)?)"
)
_EMPTY = {
    *("the", "a", "an", "my", "your", "our", "this", "that", "please", "now", "just", "it", "up"),
    *("to", "of", "with", "in", "on", "at", "from", "for", "me", "some", "task", "robot", "one"),
    *("der", "die", "das", "den", "dem", "des", "ein", "eine", "einen", "bitte", "mein", "meinen"),
    *("mit", "zu", "zum", "zur", "von", "vom", "auf", "im", "el", "la", "los", "las", "un", "una"),
    *("mi", "tu", "por", "favor", "con", "de", "del", "al", "en", "좀", "줘", "주세요", "그"),
}
"""Words that say nothing about which task is meant."""
