"""A trained policy as a folder: weights, and everything needed to build the policy around them.

``weights.safetensors`` holds numbers only; ``policy.json`` holds names, options and the vocabulary
that the policy was trained with.  Nothing is unpickled, so a checkpoint of a stranger can be
opened, and nothing is loaded by halves: every weight must be there and fit.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save as to_bytes
from torch.overrides import TorchFunctionMode

from cliprt.data.disk import replace_file, writing
from cliprt.data.schema import build
from cliprt.encoders.interface import Encoder
from cliprt.encoders.weights import check_fit, load_state, load_strictly, name_some, read_shapes
from cliprt.errors import (
    CheckpointError,
    CliprtError,
    MissingExtraError,
    UsageError,
    VocabularyError,
)
from cliprt.policies.description import DESCRIPTION, FORMAT, WEIGHTS, load_description
from cliprt.policies.interface import Policy, takes
from cliprt.registry import load
from cliprt.types import Primitive
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import fingerprint

_DRAWING = {"normal_", "uniform_", "trunc_normal_"}
"""In-place functions of torch and of its ``nn.init``."""

_RECORDED_PACKAGES = ("cliprt", "torch", "lightning", "open_clip_torch")


@dataclass(eq=False)
class StoredVocabulary(ActionVocabulary):
    """The vocabulary that a checkpoint was trained with, from its own file."""

    name: str
    primitives: tuple[Primitive, ...]


class _Unfilled(TorchFunctionMode):
    """Within the block, weights are made without drawing numbers for them.

    That takes a large model's constructor most of its time, and on the meta device it loads torch's
    compiler.
    """

    def __torch_function__(
        self, func: Any, types: Any, args: Any = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if getattr(func, "__name__", "") in _DRAWING:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def save_policy(
    policy: Policy,
    recipe: Mapping[str, Any],
    vocabulary: ActionVocabulary | None,
    folder: Path,
    metrics: Mapping[str, float] | None = None,
    instructions: Iterable[str] = (),
) -> None:
    """Write a policy; a file that was there is replaced in one move.

    Args:
        policy: Trained.
        recipe: The resolved recipe as plain values; ``encoder`` and ``policy`` are mappings with
            ``name`` and ``options``.
        vocabulary: What it was trained with; kept if the policy takes one.
        folder: Made if it is not there.
        metrics: What training measured last.
        instructions: What it was taught, in words, as far as it is known.

    Raises:
        StoreError: The folder cannot be written; what was there stays.
    """
    own = vocabulary if takes(type(policy), "vocabulary") else None
    description = {
        "format": FORMAT,
        "recipe": recipe,
        "vocabulary": _describe(own) if own else None,
        "versions": {package: version(package) for package in _RECORDED_PACKAGES},
        "metrics": dict(metrics or {}),
        "instructions": sorted(set(instructions)),
    }
    weights = {name: value.contiguous() for name, value in policy.state_dict().items()}
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        # Not safetensors' save_file: its errors do not say that the disk is full.
        replace_file(folder / WEIGHTS, to_bytes(weights), durable=True)
        text = json.dumps(description, indent=1)
        replace_file(folder / DESCRIPTION, text.encode(), durable=True)


def load_policy(folder: Path, vocabulary: ActionVocabulary | None = None) -> Policy:
    """Build the policy that `save_policy` wrote, in evaluation mode.

    Args:
        folder: What `save_policy` made.
        vocabulary: What the caller is going to use; None = the one in the checkpoint.

    Raises:
        CheckpointError: A file is missing, truncated, or does not fit the policy, or a plugin that
            it was built from is not installed.
        VocabularyError: The policy was trained with another vocabulary; says what differs.
        MissingExtraError: It needs an optional package that is not installed.
    """
    description = load_description(folder)
    stored = None
    if description.get("vocabulary", {}) is not None:  # else: a policy without one
        stored = _stored_vocabulary(description, folder)
        if vocabulary is not None:
            check_same_vocabulary(stored, vocabulary, folder)
    state = load_state(folder / WEIGHTS)
    with suppress(RuntimeError, NotImplementedError):  # of a part that computes while it is built
        with torch.device("meta"), _Unfilled():  # takes no memory, whatever size is described
            wanted = _build(description, stored, folder).state_dict()
        check_fit(wanted, state, folder / WEIGHTS, "this policy")
    try:
        with _Unfilled():  # every weight is read below
            policy = _build(description, stored, folder)
    except RuntimeError as error:  # sizes that torch does not have
        raise CheckpointError(
            f"{folder / DESCRIPTION} describes a policy that cannot be built: {error}. Train again."
        ) from error
    load_strictly(policy, state, folder / WEIGHTS, "this policy")
    return policy.eval()


def check_beginning(policy: Policy, vocabulary: ActionVocabulary, folder: Path) -> None:
    """Raise unless a policy can begin with the weights of another one; reads their shapes only.

    Args:
        policy: Built, whether its weights are there or on the meta device.
        vocabulary: That it is built with.
        folder: The other policy's.

    Raises:
        CheckpointError: The folder holds no policy, or one whose weights do not fit.
        VocabularyError: Its weights are of another vocabulary.
    """
    description = load_description(folder)
    is_by_label = takes(type(policy), "vocabulary") and not policy.reads_phrases
    if is_by_label and description.get("vocabulary"):
        check_same_vocabulary(_stored_vocabulary(description, folder), vocabulary, folder)
    name = f"the recipe's policy, and were trained for {description['recipe']['policy']['name']!r}"
    check_fit(policy.state_dict(), read_shapes(folder / WEIGHTS), folder / WEIGHTS, name)


def begin_with(policy: Policy, vocabulary: ActionVocabulary, folder: Path) -> None:
    """Give a policy the weights of another one.

    Raises:
        CheckpointError, VocabularyError: As `check_beginning`.
    """
    check_beginning(policy, vocabulary, folder)
    load_strictly(policy, load_state(folder / WEIGHTS), folder / WEIGHTS, "this policy")


def load_vocabulary(folder: Path) -> ActionVocabulary:
    """The vocabulary that a policy was trained with.

    Raises:
        CheckpointError: The folder does not say.
        UsageError: It was trained without one.
    """
    description = load_description(folder)
    if description.get("vocabulary", {}) is None:
        raise UsageError(
            f"the policy in {folder} makes motions of its own: it has no vocabulary. Give one that"
            " ranks primitives, such as clip_rt."
        )
    return _stored_vocabulary(description, folder)


def check_same_vocabulary(
    stored: ActionVocabulary, given: ActionVocabulary, place: Path | str
) -> None:
    """Raise unless both have the same entries under the same labels.

    Raises:
        VocabularyError: Shows what differs.
    """
    if fingerprint(stored) == fingerprint(given):
        return
    ours, theirs = ([p.phrase for p in v.primitives] for v in (stored, given))
    differences = [
        *name_some("only the checkpoint has", [repr(p) for p in ours if p not in theirs]),
        *name_some("only the vocabulary has", [repr(p) for p in theirs if p not in ours]),
    ]
    if not differences:
        changed = [
            repr(a.phrase)
            for a, b in zip(stored.primitives, given.primitives, strict=True)
            if (a.phrase, a.motion, a.gripper) != (b.phrase, b.motion, b.gripper)
        ]
        differences = [*name_some("another label, motion or gripper state for", changed)]
    raise VocabularyError(
        f"{place} was trained with the vocabulary {stored.name!r} ({len(ours)} entries,"
        f" {fingerprint(stored)}), not with {given.name!r} ({len(theirs)} entries,"
        f" {fingerprint(given)}): {'; '.join(differences)}. Use the checkpoint's vocabulary, or"
        " train again."
    )


def _build(
    description: Mapping[str, Any], vocabulary: ActionVocabulary | None, folder: Path
) -> Policy:
    try:
        part = description["recipe"]["policy"]
        policy_class = load("policy", part["name"])
        given: dict[str, Any] = {}
        if takes(policy_class, "encoder"):
            given["encoder"] = _build_encoder(description["recipe"]["encoder"])
        if takes(policy_class, "vocabulary"):
            given["vocabulary"] = vocabulary
        policy: Policy = policy_class(**given, **part["options"])
    except MissingExtraError:
        raise
    except CliprtError as error:
        raise CheckpointError(
            f"{folder / DESCRIPTION} describes a policy that cannot be built here: {error} Install"
            " what it was made with (see its 'versions')."
        ) from error
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            f"{folder / DESCRIPTION} does not describe a policy that can be built"
            f" ({type(error).__name__}: {error}). Install the versions that wrote it (see its"
            " 'versions'), or train again."
        ) from error
    return policy


def _build_encoder(part: Mapping[str, Any]) -> Encoder:
    encoder_class = load("encoder", part["name"])
    sources = encoder_class.weight_sources
    options = {name: value for name, value in part["options"].items() if name not in sources}
    encoder: Encoder = encoder_class(**options)
    return encoder


def _describe(vocabulary: ActionVocabulary) -> dict[str, Any]:
    return {
        "name": vocabulary.name,
        "fingerprint": fingerprint(vocabulary),
        "primitives": [asdict(p) for p in vocabulary.primitives],
    }


def _stored_vocabulary(description: Mapping[str, Any], folder: Path) -> StoredVocabulary:
    try:
        entry = description["vocabulary"]
        primitives = tuple(
            build(Primitive, {**values, "label": i}) for i, values in enumerate(entry["primitives"])
        )
        vocabulary = StoredVocabulary(entry["name"], primitives)
        intact = fingerprint(vocabulary) == entry["fingerprint"]
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            f"{folder / DESCRIPTION} does not hold a vocabulary ({type(error).__name__}: {error})."
            " Copy it again, or train again."
        ) from error
    if not intact:
        raise CheckpointError(
            f"the vocabulary in {folder / DESCRIPTION} was changed after training: its entries do"
            f" not have the fingerprint {entry['fingerprint']}. Copy the file again."
        )
    return vocabulary
