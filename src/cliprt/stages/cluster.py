"""Several processes that torchrun or SLURM started, on one machine or many, for one training.

Only the first works on the run: it claims, collects and writes.  The others wait to be told what to
train with it.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

from cliprt.errors import UsageError
from cliprt.recipe.check import check_tree
from cliprt.recipe.load import to_dict
from cliprt.recipe.locate import key_text
from cliprt.recipe.schema import Recipe, TrainerSection
from cliprt.training.job import TrainingJob

PATIENCE = timedelta(days=30)
"""How long the others wait for the first to have collected."""

_numbers = count()
"""Of what the first process says, one after the other."""


@dataclass(frozen=True)
class Place:
    """Where a process stands among others; alone, it is the first of one."""

    rank: int = 0
    local_rank: int = 0
    processes: int = 1


def find_place(environment: Mapping[str, str] = os.environ) -> Place:
    """Where torchrun, or srun, put this process.

    >>> find_place({"RANK": "5", "LOCAL_RANK": "1", "WORLD_SIZE": "8"})
    Place(rank=5, local_rank=1, processes=8)
    >>> find_place({"SLURM_PROCID": "0"})  # in a batch script, without srun
    Place(rank=0, local_rank=0, processes=1)
    """
    for names in (
        ("RANK", "LOCAL_RANK", "WORLD_SIZE"),
        ("SLURM_PROCID", "SLURM_LOCALID", "SLURM_STEP_NUM_TASKS"),
    ):
        if all(name in environment for name in names):
            return Place(*(int(environment[name]) for name in names))
    return Place()


def check_launch(section: TrainerSection) -> None:
    """Raise unless there are as many processes as the recipe says, or may be.

    Raises:
        UsageError: There are not.
    """
    wanted, there = section.devices * section.num_nodes, find_place().processes
    if there != wanted and (there > 1 or section.num_nodes > 1):
        raise UsageError(
            f"trainer.devices={section.devices} on trainer.num_nodes={section.num_nodes} are"
            f" {wanted} processes, but {there} were started. Start as many with torchrun or srun:"
            " see the guide Training on several devices"
        )


def prepare_launch(job: TrainingJob) -> dict[str, str]:
    """Tell the other processes what to train, if there are any; the training's environment.

    Raises:
        UsageError: There are not as many as the recipe says.
    """
    check_launch(job.recipe.trainer)
    if find_place().processes == 1:
        return {}
    with socket.socket() as free:
        free.bind(("", 0))
        port = free.getsockname()[1]
    facts = {field.name: getattr(job, field.name) for field in fields(job)}
    _tell({**facts, "recipe": to_dict(job.recipe), "port": port})
    return _launch(port)


def release_others() -> None:
    """Tell the other processes that nothing more is to be trained."""
    if find_place().processes > 1:
        _tell(None)


def follow_others() -> Iterator[tuple[TrainingJob, dict[str, str]]]:
    """What the first process wants trained, with the training's environment, for any other."""
    with suppress(RuntimeError):  # the first has gone, and says why itself
        while said := _read(_board().get(f"cliprt/{next(_numbers)}")):
            yield said[0], _launch(said[1])


def _read(text: bytes) -> tuple[TrainingJob, int] | None:
    """What `_tell` wrote; anyone in the network may write there, so it must be no code."""
    problems: list[str] = []
    try:
        if (said := json.loads(text)) is None:
            return None
        recipe = check_tree(said["recipe"], lambda key, text: problems.append(key_text(key)))
        ids = said["episode_ids"]
        port = int(said["port"])
        job = TrainingJob(
            Recipe(**recipe),
            Path(said["store"]),
            Path(said["folder"]),
            None if ids is None else tuple(ids),
            tuple(said["corrections"]),
            Path(said["start_from"]) if said["start_from"] else None,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            "what the first process told is no training that is known here: do all run the same"
            f" cliprt and plugins, and nothing else at MASTER_PORT? {', '.join(problems)}"
        ) from error
    return job, port


def _launch(port: int) -> dict[str, str]:
    place = find_place()
    return {
        "RANK": str(place.rank),
        "LOCAL_RANK": str(place.local_rank),
        "WORLD_SIZE": str(place.processes),
        "MASTER_ADDR": _address(),
        "MASTER_PORT": str(port),
        "TORCHELASTIC_RUN_ID": "cliprt",  # so that Lightning starts no more of them
        "TORCHELASTIC_USE_AGENT_STORE": "False",
    }


def _address() -> str:
    """Of the machine of the first process."""
    beside = os.environ.get("SLURM_LAUNCH_NODE_IPADDR", "127.0.0.1")
    return os.environ.get("MASTER_ADDR", beside)


@cache
def _board() -> Any:
    """Where the first process writes and the others read; torchrun has one already."""
    from torch.distributed import TCPStore  # type: ignore[attr-defined]

    usual = 20_000 + int(os.environ.get("SLURM_JOB_ID", 0)) % 10_000
    port = int(os.environ.get("MASTER_PORT", usual))
    is_host = find_place().rank == 0 and "TORCHELASTIC_RUN_ID" not in os.environ
    return TCPStore(_address(), port, is_master=is_host, timeout=PATIENCE, wait_for_workers=False)


def _tell(said: Mapping[str, Any] | None) -> None:
    _board().set(f"cliprt/{next(_numbers)}", json.dumps(said, default=str))
