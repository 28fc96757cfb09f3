"""``cliprt episodes export | import``: to training shards, and from the authors' folders."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.cli.output import emit, note
from cliprt.errors import StoreError

if TYPE_CHECKING:
    from cliprt.data.raw import ToPrimitive
    from cliprt.data.store import EpisodeStore
    from cliprt.types import GripperState, Motion, Primitive
    from cliprt.vocabularies.interface import ActionVocabulary

EXPORT = """\
Write the steps of all episodes but failed ones as WebDataset tars. Train on them, on any machine:
cliprt fit --recipe NAME 'data.sources=[{name: shards, path: "DIR/train-{000000..000003}.tar"}]'
Any vocabulary and any policy can learn from them."""

IMPORT = """\
Read demonstrations in the form that CLIP-RT's authors published (task_<i>/episode_<j>/*.json and
*.png) into an episode store. Labels are the vocabulary's nearest entries; steps without one are
kept and not learned from. Train on them by way of: cliprt episodes export"""


def add_export(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``export``."""
    parser.add_argument("--shards", type=Path, metavar="DIR", required=True, help="written to")
    parser.add_argument(
        "--cameras", nargs="+", metavar="NAME", help="images to write (default: all)"
    )
    parser.add_argument(
        "--horizon", type=int, default=32, metavar="N", help="motions ahead kept (default: 32)"
    )


def add_import(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``import``, beside the store's path."""
    parser.add_argument("--camera", default="scene", metavar="NAME", help="default: scene")
    parser.add_argument(
        "--vocabulary", default="clip_rt_58", metavar="NAME", help="default: clip_rt_58"
    )
    parser.add_argument("--table", type=Path, metavar="FILE", help="the YAML file of a table")


def export_shards(args: argparse.Namespace) -> int:
    """Write ``train-000000.tar`` ... and say what to train with.

    Raises:
        StoreError: Nothing to write, or the folder holds other shards already.
    """
    from cliprt.data.shards import load_indices, write_shards
    from cliprt.data.store import find_store

    store = find_store(args.path)
    if any(args.shards.glob("*.tar")):
        raise StoreError(f"{args.shards} holds tars already; choose an empty folder for --shards")
    ids, bad = _whole(store)
    cameras = args.cameras or _cameras(store, ids)
    episodes = map(store.load, ids)
    paths = write_shards(episodes, cameras, args.shards, horizon=args.horizon)
    if not paths:
        raise StoreError(f"{store.path} holds no step to learn from; record some episodes first.")
    samples = sum(map(len, load_indices(paths)))
    numbers = f"{{000000..{len(paths) - 1:06d}}}" if len(paths) > 1 else "000000"
    pattern = str(args.shards / f"train-{numbers}.tar")
    facts = {
        "episodes": len(ids),
        "samples": samples,
        "cameras": list(cameras),
        "shards": pattern,
        "left_out": len(bad),
    }
    text = f"{samples} steps of {len(ids)} episodes lie in {pattern}"
    train = f"Train: 'data.sources=[{{name: shards, path: \"{pattern}\"}}]'"
    emit(facts, args.format, f"{text}\n{train}")
    _tell(bad)
    return 0


def import_raw(args: argparse.Namespace) -> int:
    """Store every raw episode that is not there yet."""
    from cliprt.cli.vocabulary import load_vocabulary
    from cliprt.data.codec import check_pictures
    from cliprt.data.raw import survey_raw_episodes
    from cliprt.data.store import EpisodeStore, find_store
    from cliprt.vocabularies.nearest import mark

    try:
        store = find_store(args.path)
    except StoreError:
        store = EpisodeStore(args.path / "episodes")
    vocabulary = load_vocabulary(args.vocabulary, args.table)
    episodes, bad = survey_raw_episodes(args.raw, args.camera, _labeller(vocabulary))
    meta = {"vocabulary": mark(vocabulary)}
    new, there_before = [], sum(episode.id in store for episode in episodes)
    for episode in episodes:
        if episode.id not in store:
            try:
                check_pictures(episode.steps)
            except StoreError as error:
                bad.append(error)
                continue
            store.write_episode(replace(episode, meta=meta))
            new.append(episode)
    steps = [step for episode in new for step in episode.steps]
    unlabelled = sum(step.primitive.label is None for step in steps)
    facts = {
        "store": str(store.path),
        "imported": len(new),
        "there_before": there_before,
        "steps": len(steps),
        "without_label": unlabelled,
        "left_out": len(bad),
    }
    emit(
        facts,
        args.format,
        f"{len(new)} episodes with {len(steps)} steps were imported into {store.path}"
        f" ({there_before} were there before); {unlabelled} steps have no entry in the"
        " vocabulary",
    )
    _tell(bad)
    return 0


def _whole(store: EpisodeStore) -> tuple[list[str], list[StoreError]]:
    """Ids of the episodes to learn from, and why some others cannot be read."""
    from cliprt.data.codec import check_pictures
    from cliprt.data.columns import is_learned

    headers, damaged = store.survey()
    ids, bad = [], list(damaged.values())
    for header in headers:
        if header.success is not False:
            try:
                steps = store.load(header.id).steps
                check_pictures(steps)
                for step in filter(is_learned, steps):
                    if not all(map(math.isfinite, step.primitive.motion)):
                        raise StoreError(f"{header.id}, step {step.index} has a motion without end")
                ids.append(header.id)
            except StoreError as error:
                bad.append(error)
    return ids, bad


def _tell(bad: list[StoreError]) -> None:
    for error in bad:
        note(f"left out: {error}")


def _labeller(vocabulary: ActionVocabulary) -> ToPrimitive:
    from cliprt.types import Primitive
    from cliprt.vocabularies.nearest import nearest

    def label(motion: Motion, gripper: GripperState | None) -> Primitive:
        found = nearest(vocabulary, motion, gripper)
        return found or Primitive(None, "", motion, gripper)

    return label


def _cameras(store: EpisodeStore, ids: list[str]) -> list[str]:
    steps = store.load(ids[0]).steps if ids else ()
    return list(steps[0].observation.images) if steps else []
