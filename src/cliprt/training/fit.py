"""Fits a recipe's policy to recorded episodes, so that an interrupted training goes on exactly."""

from __future__ import annotations

import logging
import os
import pickle
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, Trainer
from lightning.fabric.utilities.exceptions import MisconfigurationException
from lightning.pytorch.accelerators import CPUAccelerator
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from cliprt.data.disk import writing
from cliprt.data.store import EpisodeStore
from cliprt.errors import CheckpointError, UsageError
from cliprt.policies.checkpoint import begin_with, save_policy
from cliprt.policies.description import CHECKPOINT
from cliprt.policies.interface import Policy
from cliprt.recipe.build import build_policy
from cliprt.recipe.schema import TrainerSection
from cliprt.training.callbacks import InterruptedTraining, OrderlyInterrupt
from cliprt.training.datamodule import RowsDataModule, build_data
from cliprt.training.finite import NotFiniteError, StayFinite
from cliprt.training.fitting import Fitting
from cliprt.training.freezing import choose_weights
from cliprt.training.job import TrainingJob, TrainResult
from cliprt.training.lora import merge_changes
from cliprt.training.memory import keep_freed_memory
from cliprt.training.state_files import BEFORE, WholeFileIO, fall_back, load_weights, step_of
from cliprt.vocabularies.interface import ActionVocabulary

RESUME = "resume.ckpt"
"""State of a training under way, in the run folder."""

MOST_ON_CPU = max(4, os.cpu_count() or 1)
"""Processes of one training without GPUs: one a core, and a few to try how several go together."""

VALIDATIONS = 5
"""How often the held-out steps are looked at during a training, about."""


def train_policy(
    job: TrainingJob, vocabulary: ActionVocabulary, callbacks: Sequence[Callback] = ()
) -> TrainResult:
    """Train, or go on with an interrupted training, and write the policy to the job's folder.

    On the CPU, with the same number of threads, a training that was killed and resumed ends with
    the very same weights as one that was not.

    Args:
        job: What to train.
        vocabulary: The primitives to choose from.
        callbacks: Lightning's, to watch it with.

    Raises:
        KeyboardInterrupt: Ctrl-C; the state was saved after a whole step.
        CheckpointError: The state to resume from is of another training, or damaged.
        StoreError, VocabularyError: The episodes cannot be learned from.
        VocabularyError: The weights to begin with are of another vocabulary.
        UsageError: The encoder cannot be frozen, changed or computed again as asked; a loss,
            gradient or weight was not finite, and the last good weights are kept.
    """
    recipe, section = job.recipe, job.recipe.trainer
    job.folder.mkdir(parents=True, exist_ok=True)
    state, checkpoint = job.folder / RESUME, job.folder / CHECKPOINT
    keep_freed_memory()
    torch.set_num_threads(section.threads or max(1, (os.cpu_count() or 1) // section.devices))
    torch.manual_seed(recipe.seed)
    with _quiet():
        policy = build_policy(recipe, vocabulary)
        if job.start_from is not None:
            begin_with(policy, vocabulary, job.start_from)
        if not section.max_steps:
            save_policy(policy, asdict(recipe), vocabulary, checkpoint)
            return TrainResult(checkpoint, _as_it_was(policy), 0)
        choose_weights(policy, section)
        store = EpisodeStore(job.store)
        data = build_data(recipe, store, policy.needs, vocabulary, job.episode_ids, job.corrections)
        taught = _instructions(store, job)
        if job.start_from is None:
            policy.study(data.training_rows())
        groups = [p.group for p in vocabulary.primitives]
        fitting = Fitting(policy, recipe, groups, tuple(data.validation))
        interrupt = OrderlyInterrupt(state)
        watching = [*callbacks, StayFinite(state), interrupt]
        trainer = _trainer(section, job.folder, watching, has_validation=bool(data.validation))
        start = time.monotonic()
        try:
            with interrupt.listening():
                resumed_at = _fit(trainer, fitting, data, state)
            train_s = time.monotonic() - start
            metrics = _told(trainer)
            if data.validation:
                trainer.validate(fitting, datamodule=data, verbose=False)
                metrics |= _told(trainer)
        except NotFiniteError as error:
            kept = "Nothing was saved before. "
            if trainer.is_global_zero and (good := fall_back(state)):
                policy.load_state_dict(load_weights(state))
                merge_changes(policy)
                save_policy(policy, asdict(recipe), vocabulary, checkpoint, {"steps": good}, taught)
                kept = (
                    f"The weights after step {good} are kept in {checkpoint}, and the same command"
                    " goes on from them. "
                )
            raise UsageError(f"{error}{kept}{_advice(section)}") from error
    merge_changes(policy)
    steps = trainer.global_step - resumed_at
    metrics |= {
        **_as_it_was(policy),
        "steps": trainer.global_step,
        "train_s": round(train_s, 2),
        "images_per_s": round(steps * section.batch_size / train_s, 1),
    }
    if trainer.is_global_zero:
        save_policy(policy, asdict(recipe), vocabulary, checkpoint, metrics, taught)
        state.with_name(BEFORE).unlink(missing_ok=True)
    return TrainResult(checkpoint, metrics, resumed_at, data.held_out)


def _instructions(store: EpisodeStore, job: TrainingJob) -> set[str]:
    """What the episodes that are learned from are about, in words."""
    own = job.episode_ids
    chosen = store.ids() if own is None else {*own, *job.corrections}
    return {header.instruction for header in store.headers() if header.id in chosen}


def _as_it_was(policy: Policy) -> dict[str, float]:
    """What there is to say of a policy that learned nothing."""
    return {"parameters": sum(p.numel() for p in policy.parameters()), "steps": 0, "train_s": 0.0}


def check_device(section: TrainerSection) -> None:
    """Raise unless this machine has what the trainer section asks for.

    Raises:
        UsageError: It has not.
    """
    with _quiet():
        _build_trainer(section, logger=False, enable_checkpointing=False)


def _trainer(
    section: TrainerSection, run_dir: Path, callbacks: list[Callback], *, has_validation: bool
) -> Trainer:
    saving = ModelCheckpoint(
        run_dir,
        filename=RESUME.removesuffix(".ckpt"),
        every_n_train_steps=section.checkpoint_every,
        enable_version_counter=False,
    )
    return _build_trainer(
        section,
        max_steps=section.max_steps,
        gradient_clip_val=section.gradient_clip or None,
        callbacks=[*callbacks, saving],
        accumulate_grad_batches=section.accumulate,
        plugins=[WholeFileIO()],
        logger=[
            CSVLogger(run_dir / "logs", name="csv"),
            TensorBoardLogger(run_dir / "logs", name="tensorboard", version=""),
        ],
        log_every_n_steps=section.log_every,
        check_val_every_n_epoch=None,
        val_check_interval=max(1, -(-section.max_steps // VALIDATIONS)),
        limit_val_batches=None if has_validation else 0,
        num_sanity_val_steps=0,
        default_root_dir=run_dir,
    )


def _build_trainer(section: TrainerSection, **options: Any) -> Trainer:
    strategy = section.strategy
    if strategy == "auto" and section.devices * section.num_nodes > 1:
        strategy = "ddp_find_unused_parameters_true"  # a fusion may not look at all of an encoder
    try:
        trainer = Trainer(
            accelerator=section.accelerator,
            devices=section.devices,
            num_nodes=section.num_nodes,
            strategy=strategy,
            precision=section.precision,
            enable_progress_bar=False,
            enable_model_summary=False,
            **options,
        )
        # Lightning would start any number of processes, each with the whole model.
        if isinstance(trainer.accelerator, CPUAccelerator) and section.devices > MOST_ON_CPU:
            raise ValueError(f"at most {MOST_ON_CPU} processes train on one machine's CPU.")
    except (MisconfigurationException, ValueError) as error:
        raise UsageError(
            f"this machine cannot train with accelerator={section.accelerator},"
            f" devices={section.devices}, strategy={section.strategy},"
            f" precision={section.precision}: {error} cliprt doctor says what it has;"
            " trainer.accelerator=auto trainer.devices=1 works everywhere"
        ) from error
    return trainer


def _fit(trainer: Trainer, fitting: Fitting, data: RowsDataModule, state: Path) -> int:
    """Run to the last step; the step that it began with."""
    try:
        begin = step_of(state) if state.exists() else 0
        with writing(state.parent):
            trainer.fit(
                fitting,
                datamodule=data,
                ckpt_path=state if begin else None,
                weights_only=True,
            )
    except InterruptedTraining as interrupted:
        raise KeyboardInterrupt(str(interrupted)) from interrupted
    except SystemExit as leaving:  # what Lightning makes of a second Ctrl-C
        raise KeyboardInterrupt from leaving
    except (pickle.UnpicklingError, EOFError, KeyError, RuntimeError) as error:
        if not state.exists() or trainer.global_step > 0:
            raise
        reason = str(error).splitlines()[0].split(". ")[0]
        raise CheckpointError(
            f"{state} cannot be resumed from: {reason}. It is damaged or of another recipe:"
            " remove it to begin anew."
        ) from error
    return begin


def _advice(section: TrainerSection) -> str:
    """What usually keeps numbers finite, of what the recipe does not do yet."""
    clip = "" if section.gradient_clip else ", with trainer.gradient_clip=1"
    precise = (
        "" if section.precision.startswith(("32", "64")) else ", with trainer.precision=32-true"
    )
    return (
        f"Train anew with a smaller trainer.learning_rate (it is {section.learning_rate:g}){clip}"
        f"{precise}"
    )


def _told(trainer: Trainer) -> dict[str, float]:
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


@contextmanager
def _quiet() -> Iterator[None]:
    """Lightning's advertisements, device lists and hints about worker processes are not shown."""
    names = ("lightning.pytorch", "lightning.fabric")
    before: dict[str, Any] = {name: logging.getLogger(name).level for name in names}
    for name in names:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
