"""Episodes out of a data set, for a store.

A step is a motion that is made to its end before the next begins.  In a data set that cliprt wrote
every frame is one.  In another, a phrase says what the arm does in about the second that follows,
so that a step is taken, the next one a second later, and so on; where the arm rests there is none.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cliprt.errors import StoreError
from cliprt.formats.interface import ToPrimitive
from cliprt.geometry import apply_motion
from cliprt.types import Episode, Step
from cliprt_lerobot.columns import SUCCESS
from cliprt_lerobot.listing import NOTES, Entry
from cliprt_lerobot.places import locate
from cliprt_lerobot.reader import DataSet
from cliprt_lerobot.steps import StepReader, choose_cameras


def read_episodes(
    path: Path, to_primitive: ToPrimitive, cameras: Sequence[str] = ()
) -> Iterator[Episode | StoreError]:
    """The episodes of a data set, in order, and in the place of one that cannot be read, why.

    Args:
        path: Its folder, or ``user/name`` on the Hub.
        to_primitive: Gives phrases and labels.
        cameras: Whose pictures to take; none = all.

    Raises:
        StoreError: It cannot be read, or does not say what the arm does, or where the hand is.
        UsageError: It has no such camera.
    """
    found = locate(str(path))
    one = DataSet(found.root, found.linked)
    reader = StepReader(one, choose_cameras(one, cameras, ()))
    if reader.no_pose:
        raise StoreError(
            f"{path}: an episode says where the hand is, and {reader.no_pose} To learn from its"
            " pictures and phrases as it is, name it as a source: data.sources=[{name: lerobot,"
            f" path: {path}}}]"
        )
    name = str(path).replace("/", "-") if found.linked else found.root.resolve().name
    pieces = Counter(entry.notes.get(NOTES[0]) for entry in one.entries)
    for entry in one.entries:
        try:
            yield _episode(reader, entry, to_primitive, name, pieces)
        except StoreError as error:
            yield error


def _episode(
    reader: StepReader,
    entry: Entry,
    to_primitive: ToPrimitive,
    name: str,
    pieces: Counter[str | None],
) -> Episode:
    one = reader.one
    instructions = set(reader.one.instructions(entry))
    if len(instructions) > 1:
        raise StoreError(
            f"episode {entry.index} of {one.root} changes its task on the way, from"
            f" {sorted(instructions)[0]!r}; an episode has one. Split it there."
        )
    every = [_labelled(step, to_primitive) for step in reader.steps(entry)]
    steps = every if reader.is_ours else _one_after_another(every, reader.every)
    if not steps:
        raise StoreError(f"episode {entry.index} of {one.root} has no motion that is said in words")
    notes = (entry.notes.get(NOTES[0], ""), entry.notes.get(NOTES[2], ""))
    whole, made_from = (note if _safe(note) == note else "" for note in notes)
    own = whole if whole and pieces[whole] == 1 else f"{whole or _safe(name)}-{entry.index}"
    origin = made_from or whole
    meta = {"lerobot": {"name": name, "episode": entry.index, "fps": one.info.fps}}
    return Episode(
        id=own,
        task="",
        instruction=instructions.pop(),
        seed=0,
        source=entry.notes.get(NOTES[1], "lerobot"),
        steps=tuple(steps),
        success=True if _succeeded(one, entry) else None,
        meta=meta | ({"origin": origin} if origin and origin != own else {}),
    )


def _safe(name: str) -> str:
    """A name that an episode's folder can have, as near as it comes."""
    return re.sub(r"[^A-Za-z0-9_-]+|^[^A-Za-z0-9]+", "-", name).strip("-_")[:100] or "lerobot"


def _one_after_another(steps: Sequence[Step], every: int) -> list[Step]:
    """The steps to take of those of all frames, so that each is over when the next begins."""
    taken: list[Step] = []
    said: list[str] = []
    at = 0
    for i, step in enumerate(steps):
        said += [step.supervision] if step.supervision else []
        if i >= at and step.primitive.phrase:
            sent = apply_motion(step.observation.tcp_pose, step.outcome.commanded)
            outcome = replace(step.outcome, sent=sent)
            words, said = ". ".join(said), []
            taken.append(replace(step, index=len(taken), supervision=words, outcome=outcome))
            at = i + every
    return taken


def _labelled(step: Step, to_primitive: ToPrimitive) -> Step:
    """With the vocabulary's entry for what is done; the phrase stays where it has none."""
    if not step.primitive.phrase and not any(step.primitive.motion) and not step.primitive.gripper:
        return step
    found = to_primitive(step.primitive.motion, step.primitive.gripper)
    if found.label is None:
        found = replace(found, phrase=step.primitive.phrase)
    return replace(step, primitive=found)


def _succeeded(one: DataSet, entry: Entry) -> bool:
    if SUCCESS not in one.info.features:
        return False
    return bool(one.numbers(entry, [SUCCESS])[SUCCESS].any())
