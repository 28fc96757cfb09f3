"""Whether an episode is to end although its goal is not seen: what a person is asked first."""

from __future__ import annotations

from typing import Literal

from cliprt.language.choosing import choose, declines
from cliprt.language.remarks import Remark
from cliprt.language.telling import say
from cliprt.language.text import about
from cliprt.robots.simulation import Simulation
from cliprt.tasks.interface import Task

OFFERS = (Remark("end anyway, without success"), Remark("go on"))
"""The first is what "yes" means."""

REST_S = 1.0
"""In which what was let go comes to rest."""


def find_doubt(instruction: str, task: Task | None, world: Simulation | None) -> str:
    """What to ask before an episode ends; "" where its goal is reached, or nobody judges.

    What was just let go may still be falling: it is given time, which is taken back where it does
    not help.
    """
    if task is None or world is None or task.is_success(world) is not False:
        return ""
    before = world.snapshot()
    world.settle(REST_S)
    if task.is_success(world):
        return ""
    world.restore(before)
    return Remark("I do not see that it is done: “{goal}”. Is it?", goal=instruction)


def read_answer(answer: str, language: str) -> Literal["end", "on", ""]:
    """What a person answers to that; "" where they say something else.

    >>> read_answer("yes", "en"), read_answer("no", "en"), read_answer("left 5 cm", "en")
    ('end', 'on', '')
    >>> read_answer("done", "en"), read_answer("end anyway", "en"), read_answer("go on", "en")
    ('end', 'end', 'on')
    """
    anyway, on = (
        (number, said := say(offer, language), said.partition(",")[0], offer)
        for number, offer in zip("12", OFFERS, strict=True)
    )
    if about(answer) == "done" or choose(answer, [anyway]) == 0:
        return "end"
    return "on" if declines(answer) or choose(answer, [anyway, on]) == 1 else ""
