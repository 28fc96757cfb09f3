"""Rows of a LeRobot data set, a folder's or the Hub's, to learn from as they are."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.boundary import is_file
from cliprt.data.columns import STATE, Needs, numbers_of, padded, state_of
from cliprt.data.rows import Holdout, Rows, hold_out_some
from cliprt.errors import StoreError
from cliprt.language.answers import user_cache
from cliprt.sources.interface import Source
from cliprt.types import Limit, Primitive, Reach, Step
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import label_view
from cliprt_lerobot.columns import OURS
from cliprt_lerobot.listing import NOTES, Entry
from cliprt_lerobot.pictures import PictureCache
from cliprt_lerobot.places import Located, locate
from cliprt_lerobot.reader import DataSet
from cliprt_lerobot.steps import StepReader, choose_cameras

LabelOf = Callable[[Primitive, "str | None"], "int | None"]

_FOLDERS = ("meta", "data", "videos")
_BLOCK = 1 << 20
_OWN = ("joints", "gripper_opening_m")


class LeRobotSource(Source):
    """Frames with a phrase, of versions 3.0 and 2.1; `cliprt annotate` writes phrases.

    Args:
        path: Folder of the data set, or ``user/name`` on the Hub.
        cameras: Its cameras that the policy looks at, in the policy's order; none = those of the
            same names.
        size: Height and width that pictures are brought to [px]; 0 = as they are.
        revision: Of the Hub: a branch, tag or commit; "" = the newest.
        episodes: The first of them that are learned from; 0 = all.
        download: Fetch it from the Hub where it is not in the cache yet.
    """

    def __init__(
        self,
        path: str,
        cameras: tuple[str, ...] = (),
        size: Annotated[int, Limit(0, 4096)] = 224,
        revision: str = "",
        episodes: Annotated[int, Limit(0)] = 0,
        download: Annotated[bool, Reach("host")] = False,
    ) -> None:
        self.path = path
        self.cameras = tuple(cameras)
        self.size = size
        self.revision = revision
        self.episodes = episodes
        self.download = download

    @property
    def identity(self) -> str:
        """Of the content of its files, which a commit of the Hub names too."""
        chosen = f"{self._digest} {self.cameras} {self.size} {self.episodes}"
        return hashlib.sha256(chosen.encode()).hexdigest()

    def open(self, needs: Needs, vocabulary: ActionVocabulary) -> Rows:
        """See `Source.open`."""
        one = DataSet(self._found.root, self._found.linked)
        reader = StepReader(one, choose_cameras(one, self.cameras, needs.cameras))
        _check_state(reader, needs, self.path)
        pictures = PictureCache(one, user_cache() / "lerobot" / self._digest, self.size)
        entries = one.entries[: self.episodes or None]
        return _FrameRows(reader, entries, pictures, needs, vocabulary, self.path)

    @cached_property
    def _found(self) -> Located:
        return locate(self.path, self.revision, download=self.download)

    @cached_property
    def _digest(self) -> str:
        return self._found.revision or digest_of(self._found.root)


class _FrameRows(Rows):
    """One row a frame that has a label, or that motions are foreseen from."""

    def __init__(
        self,
        reader: StepReader,
        entries: Sequence[Entry],
        pictures: PictureCache,
        needs: Needs,
        vocabulary: ActionVocabulary,
        place: str,
    ) -> None:
        self._reader, self._pictures = reader, pictures
        self._cameras = {name: reader.cameras[name] for name in needs.cameras}
        label_of = label_view(vocabulary)
        self._tracks: list[_Track] = []
        self._unread: list[str] = []
        for entry in entries:
            try:
                self._tracks.append(_Track(reader, entry, needs, label_of))
            except StoreError as error:
                self._unread.append(str(error))
        self._ends = np.cumsum([len(track.frames) for track in self._tracks])
        said = sum(track.said for track in self._tracks)
        silent = sum(track.silent for track in self._tracks)
        if not len(self):
            raise StoreError(self._unread[0] if self._unread else _nothing(place, said))
        self.remarks = tuple(self._told(place, said - len(self), silent))

    def _told(self, place: str, unsaid: int, silent: int) -> Iterator[str]:
        """What a person should know of the rows."""
        if unsaid:
            yield (
                f"{unsaid} frames in {place} are not learned from: the vocabulary in use has no"
                " entry near their motions"
            )
        if silent:
            yield (
                f"{silent} frames in {place} are not learned from: the arm rests, or nothing that"
                " is understood says what it does"
            )
        if self._unread:
            yield f"{len(self._unread)} episodes in {place} are left out: {self._unread[0]}"

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def split(self, share: float, seed: int) -> Holdout:
        """Whole episodes are held out, each with all that was made of the same demonstration."""
        numbers: dict[str, int] = {}
        parts = [
            np.full(len(track.frames), numbers.setdefault(track.origin, len(numbers)))
            for track in self._tracks
            if len(track.frames)
        ]
        return hold_out_some(np.concatenate(parts), len(numbers), share, seed)

    def read(self, index: int) -> Row:
        """Row `index`; the first of an episode decodes its pictures."""
        number = int(np.searchsorted(self._ends, index, side="right"))
        track = self._tracks[number]
        place = index - int(self._ends[number]) + len(track.frames)
        images = {
            name: self._pictures.read(track.entry, key, track.frames, place)
            for name, key in self._cameras.items()
        }
        return Row(
            images,
            track.instructions[track.task[place]],
            track.state[place],
            int(track.labels[place]),
            None if track.chunks is None else track.chunks[place],
            f"episode {track.entry.index} of {self._reader.one.root}, frame {track.frames[place]}",
        )


class _Track:
    """What is learned from one episode, pictures apart.

    Attributes:
        origin: Tells the demonstration that it was made from.
        frames: Numbers of the frames (k,).
        labels: Of each, -1 where it has none (k,).
        said, silent: Frames with a phrase, and without one.
    """

    def __init__(self, reader: StepReader, entry: Entry, needs: Needs, label_of: LabelOf) -> None:
        self.entry = entry
        notes = (entry.notes.get(NOTES[2]), entry.notes.get(NOTES[0]))
        self.origin = notes[0] or notes[1] or str(entry.index)
        steps = reader.steps(entry)
        learned = [i for i, step in enumerate(steps) if step.train and _is_motion(step)]
        found = [label_of(steps[i].primitive, None) for i in learned]
        labels = np.array([-1 if x is None else x for x in found], dtype=np.int64)
        kept = np.flatnonzero(labels >= 0) if not needs.horizon else np.arange(len(labels))
        self.said, self.silent = len(learned), len(steps) - len(learned)
        self.labels = labels[kept]
        self.frames = np.array(learned, dtype=np.int64)[kept]
        tasks = reader.one.instructions(entry)
        self.instructions = tuple(sorted(set(tasks)))
        numbers = {text: number for number, text in enumerate(self.instructions)}
        self.task = np.array([numbers[tasks[i]] for i in self.frames], dtype=np.int32)
        states = [state_of(steps[i].observation, needs.state) for i in self.frames]
        self.state = np.array(states, np.float32)
        self.chunks: np.ndarray | None = None
        if needs.horizon:
            chunks = [_chunk(steps[i :: reader.every], needs.horizon) for i in self.frames]
            self.chunks = np.array(chunks, np.float32).reshape(-1, needs.horizon, 9)


def digest_of(root: Path) -> str:
    """Of the names and content of a data set's files."""
    found = hashlib.sha256()
    for path in sorted(root.glob("*/**/*")):
        inner = path.relative_to(root)
        if inner.parts[0] in _FOLDERS and is_file(path) and not path.name.startswith("."):
            found.update(f"{inner.as_posix()}\n".encode(errors="surrogateescape"))
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    found.update(block)
    return found.hexdigest()


def _check_state(reader: StepReader, needs: Needs, place: str) -> None:
    """Raise unless the data set has the numbers that a policy is shown.

    Raises:
        StoreError: It has not.
    """
    known = {"gripper"} | ({"tcp_pose"} if reader.hand else set())
    if reader.is_ours:
        known = set(STATE) - {n for n in _OWN if f"{OURS}{n}" not in reader.one.info.features}
    for name in needs.state:
        if name not in known:
            why = f": {reader.no_pose}" if name == "tcp_pose" and reader.no_pose else "."
            raise StoreError(
                f"the policy is shown the state {name!r}, which {place} does not have{why}"
                f" It has: {', '.join(sorted(known))}. Leave it out of policy.state."
            )


def _nothing(place: str, said: int) -> str:
    if not said:
        return (
            f"no frame in {place} has a phrase that is understood. Let them be written there:"
            f" cliprt annotate {place}"
        )
    return (
        f"the vocabulary in use has no entry near any motion of the {said} frames in {place}. Use"
        " the one that they are said in (vocabulary=oxe_50)."
    )


def _is_motion(step: Step) -> bool:
    return any(step.primitive.motion) or step.primitive.gripper is not None


def _chunk(steps: Sequence[Step], horizon: int) -> np.ndarray:
    """The motions from the first step on, up to one that is not learned from."""
    made: list[tuple[float, ...]] = []
    for step in steps[:horizon]:
        if not (step.train and _is_motion(step)):
            break
        made.append(numbers_of(step))
    return padded(made, horizon)
