"""Results on disk: trials as JSON lines that survive being cut off, documents written whole."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cliprt.data.boundary import MOST_RECORD_BYTES, parse_json, read_plain
from cliprt.data.disk import open_own, replace_file, write_all, writing
from cliprt.data.schema import build
from cliprt.errors import StoreError
from cliprt.evaluation.results import Trial


def append_trial(path: Path, trial: Trial) -> None:
    """Add one line to a file of trials, and have it on disk before returning.

    A torn last line, left by a process that was cut off, is closed first, so that the new trial
    does not become part of it.  The video's path is kept relative to the file.

    Raises:
        StoreError: The file cannot be written, for example because the disk is full.
    """
    if trial.video:
        trial = replace(trial, video=Path(os.path.relpath(trial.video, path.parent)).as_posix())
    line = json.dumps(trial.to_dict()).encode() + b"\n"
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_own(path, "a+") as file:
            if file.tell() > 0:
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":
                    line = b"\n" + line
            write_all(file, line, durable=True)


def portion_file(path: Path, portion: str = "*") -> Path:
    """The file that one portion writes beside another file, alone, so that no line is torn.

    >>> portion_file(Path("a/trials.jsonl"), "3/10").as_posix()
    'a/trials.portion-3-of-10.jsonl'
    """
    return path.with_suffix(f".portion-{portion.replace('/', '-of-')}{path.suffix}")


def gather_trials(path: Path) -> None:
    """Have the trials that portions wrote beside a file in it, when none of them works any more.

    Raises:
        StoreError: The file cannot be written.
    """
    parts = sorted(path.parent.glob(portion_file(path).name))
    if parts:
        lines = [json.dumps(trial.to_dict()) + "\n" for trial in load_trials(path)]
        save_text("".join(lines), path)
        for part in parts:
            part.unlink()


def load_trials(path: Path) -> tuple[Trial, ...]:
    """The trials of a file, each (task, seed, loop-breaking) once, the latest; none if no file.

    Those that portions wrote beside it are among them.  Lines that were torn when a process was
    cut off are passed over: such a trial is simply run again.

    Raises:
        StoreError: The file is there but cannot be read.
    """
    try:
        files = [path, *sorted(path.parent.glob(portion_file(path).name))]
        lines = [line for one in files if one.exists() for line in one.read_bytes().splitlines()]
    except OSError as error:
        raise StoreError(
            f"the trials in {path} cannot be read ({error.strerror}); check its permissions"
        ) from error
    trials = {}
    for line in lines:
        try:
            trial = build(Trial, parse_json(line))
        except ValueError:
            continue
        trials[trial.key] = trial
    return tuple(trials.values())


def missing_jobs(jobs: Iterable[Any], trials: Iterable[Trial]) -> list[Any]:
    """The jobs (of :func:`cliprt.evaluation.rollout.plan_trials`) that have no trial yet."""
    done = {trial.key for trial in trials}
    return [job for job in jobs if job.key not in done]


def load_json(path: Path) -> dict[str, Any]:
    """A JSON object from a file.

    Raises:
        StoreError: It is missing, or holds something else.
    """
    try:
        values = parse_json(read_plain(path, MOST_RECORD_BYTES, None))
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise StoreError(f"{path} holds no JSON ({error}); delete it and run again") from error
    if not isinstance(values, dict):
        raise StoreError(f"{path} holds no JSON object; delete it and run again")
    return values


def save_json(values: Mapping[str, Any], path: Path) -> None:
    """Write a JSON object whole or not at all; NaN and infinity, which JSON lacks, become null."""
    text = json.dumps(_to_finite(values), indent=2, ensure_ascii=False, allow_nan=False)
    save_text(text + "\n", path)


def save_text(text: str, path: Path) -> None:
    """Write a text file whole or not at all, by a scratch file that is renamed.

    Raises:
        StoreError: The folder cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, text.encode(), durable=True)


def _to_finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _to_finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
