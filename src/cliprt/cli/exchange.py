"""``cliprt episodes export | import``: episodes leave a store in some form, and come in."""

from __future__ import annotations

import argparse
import math
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.cli.output import emit, note
from cliprt.errors import StoreError, UsageError
from cliprt.registry import names

if TYPE_CHECKING:
    from cliprt.data.store import EpisodeStore
    from cliprt.formats.interface import Format, ToPrimitive
    from cliprt.types import Episode, GripperState, Motion, Primitive
    from cliprt.vocabularies.interface import ActionVocabulary

EXPORT = """\
Write all episodes but failed ones in some form: --format names it, --to says where.

shards (the form where none is named): the steps to learn from as WebDataset tars. Any vocabulary
and any policy can learn from them, on any machine:
cliprt fit --recipe NAME 'data.sources=[{name: shards, path: "DIR/train-{000000..000003}.tar"}]'
lerobot (pip install -e plugins/cliprt-lerobot): a LeRobot data set.

--format text and --format json go on saying how the command's own result is printed; the option may
be given twice."""

IMPORT = """\
Read episodes of some form into an episode store: --format names it.

raw (the form where none is named): task_<i>/episode_<j>/*.json and *.png, as CLIP-RT's authors
published their demonstrations.
lerobot (pip install -e plugins/cliprt-lerobot): a LeRobot data set.

Labels are the vocabulary's nearest entries; steps without one are kept and not learned from. Train
on them by way of: cliprt episodes export
--format text and --format json go on saying how the command's own result is printed; the option may
be given twice."""

PRINTED = ("text", "json")
"""What ``--format`` has said before there were forms: how the result is printed."""


class _Formats(argparse.Action):
    """``--format``: a form, or how the result is printed; one of each may be given."""

    def __call__(
        self, parser: object, namespace: argparse.Namespace, value: Any, option: str | None = None
    ) -> None:
        setattr(namespace, self.dest if value in PRINTED else "form", value)


def add_export(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``export``."""
    _add_form(parser, "shards")
    parser.add_argument("--to", type=Path, metavar="DIR", help="written to")
    parser.add_argument(
        "--shards", type=Path, metavar="DIR", help="the same as --format shards --to DIR"
    )
    parser.add_argument(
        "--cameras", nargs="+", metavar="NAME", help="images to write (default: all)"
    )
    parser.add_argument(
        "--horizon", type=int, metavar="N", help="motions ahead kept in shards (default: 32)"
    )


def add_import(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``import``, beside the store's path."""
    _add_form(parser, "raw")
    parser.add_argument("--camera", metavar="NAME", help="of raw folders (default: scene)")
    parser.add_argument(
        "--vocabulary", default="clip_rt_58", metavar="NAME", help="default: clip_rt_58"
    )
    parser.add_argument("--table", type=Path, metavar="FILE", help="the YAML file of a table")


def _add_form(parser: argparse.ArgumentParser, form: str) -> None:
    parser.add_argument(
        "overrides", nargs="*", metavar="key=value", help="options of the form, e.g. fps=2"
    )
    parser.add_argument(
        "--format",
        action=_Formats,
        default="text",
        metavar="NAME",
        help=f"the form ({', '.join(names('format'))}; default: {form}); and text or json, how the"
        " result is printed (default: text)",
    )
    parser.set_defaults(form=form)


def export_episodes(args: argparse.Namespace) -> int:
    """Write them, and say what to do with them.

    Raises:
        StoreError: Nothing to write, or the folder holds something already.
        UsageError: It is not said where to, or options do not fit.
    """
    from cliprt.data.store import find_store

    folder = args.shards or args.to
    if folder is None or (args.shards and (args.to or args.form != "shards")):
        raise UsageError(
            "say once where the episodes go to. Allowed: --to DIR, or --shards DIR for shards."
        )
    given = {"cameras": args.cameras and f"[{', '.join(args.cameras)}]", "horizon": args.horizon}
    form = _build_form(args, given)
    store = find_store(args.path)
    _check_apart(folder, store.path)
    ids, bad = _whole(store)
    written = form.write(_Stored(store, ids), folder)
    left_out = [*map(str, bad), *written.left_out]
    emit({**written.facts, "left_out": len(left_out)}, args.format, written.text)
    _tell(left_out)
    return 0


def import_episodes(args: argparse.Namespace) -> int:
    """Store every episode that is not there yet."""
    from cliprt.cli.vocabulary import load_vocabulary
    from cliprt.data.store import EpisodeStore, find_store
    from cliprt.vocabularies.nearest import mark

    form = _build_form(args, {"camera": args.camera})
    try:
        place = find_store(args.path).path
    except StoreError:
        place = args.path / "episodes"
    store = EpisodeStore(place, durable=False)  # checksums tell what a power cut took
    _check_apart(store.path, args.raw)
    vocabulary = load_vocabulary(args.vocabulary, args.table)
    meta = {"vocabulary": mark(vocabulary)}
    bad, counts = [], {"imported": 0, "there_before": 0, "steps": 0, "without_label": 0}
    for episode in form.read(args.raw, _labeller(vocabulary)):
        if isinstance(episode, StoreError):
            bad.append(str(episode))
        elif episode.id in store:
            counts["there_before"] += 1
        else:
            try:
                store.write_episode(replace(episode, meta={**episode.meta, **meta}))
            except StoreError as error:
                if not _has_bad_pictures(episode):
                    raise
                bad.append(str(error))
                continue
            counts["imported"] += 1
            counts["steps"] += len(episode.steps)
            counts["without_label"] += sum(s.primitive.label is None for s in episode.steps)
    emit(
        {"store": str(store.path), **counts, "left_out": len(bad)},
        args.format,
        f"{counts['imported']} episodes with {counts['steps']} steps were imported into"
        f" {store.path} ({counts['there_before']} were there before); {counts['without_label']}"
        " steps have no entry in the vocabulary",
    )
    _tell(bad)
    return 0


def _has_bad_pictures(episode: Episode) -> bool:
    """Whether it is an episode's own fault that it was not stored, rather than the store's."""
    from cliprt.data.codec import check_pictures

    try:
        check_pictures(episode.steps)
    except StoreError:
        return True
    return False


class _Stored(Collection["Episode"]):
    """Episodes of a store, read from the disk each time that they are gone through."""

    def __init__(self, store: EpisodeStore, ids: list[str]) -> None:
        self._store, self._ids = store, ids

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[Episode]:
        return map(self._store.load, self._ids)

    def __contains__(self, episode: object) -> bool:
        return getattr(episode, "id", None) in self._ids


def _build_form(args: argparse.Namespace, given: dict[str, Any]) -> Format:
    """The form that was named, with its options; those in `given` have arguments of their own."""
    from cliprt.recipe.build import construct
    from cliprt.recipe.check import check_component
    from cliprt.registry import check_name

    mistaken = [word for word in args.overrides if "=" not in word]
    if mistaken:
        raise UsageError(f"{mistaken[0]!r} is no option. Allowed: key=value.")
    check_name("format", args.form)
    options = [f"{name}={value}" for name, value in given.items() if value is not None]
    form: Format = construct(
        "format", check_component("format", args.form, [*options, *args.overrides])
    )
    return form


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


def _check_apart(target: Path, source: Path) -> None:
    if source.resolve() in (target.resolve(), *target.resolve().parents):
        raise UsageError(
            f"{target} would be written into {source}, which is read. Choose another folder."
        )


def _tell(bad: list[str]) -> None:
    for reason in bad:
        note(f"left out: {reason}")


def _labeller(vocabulary: ActionVocabulary) -> ToPrimitive:
    from cliprt.types import Primitive
    from cliprt.vocabularies.nearest import nearest

    def label(motion: Motion, gripper: GripperState | None) -> Primitive:
        found = nearest(vocabulary, motion, gripper)
        return found or Primitive(None, "", motion, gripper)

    return label
