"""A trained policy as its server has it, and its proposals as clients read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cliprt import __version__
from cliprt.data.columns import Needs
from cliprt.errors import ServerError, UsageError
from cliprt.policies.checkpoint import load_policy, load_vocabulary
from cliprt.policies.description import WEIGHTS, load_description, taught_instructions
from cliprt.protocols.actions import ActionSpec
from cliprt.protocols.messages import to_actions
from cliprt.recipe.build import build_actor
from cliprt.recipe.schema import Recipe, RuntimeSection
from cliprt.serving.batching import Propose
from cliprt.serving.observing import Keys
from cliprt.stages.agree import agreed_runtime
from cliprt.types import PlannedStep, Proposal
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import mark


@dataclass(frozen=True, eq=False)
class ServedPolicy:
    """What a server needs to know of a policy.

    Attributes:
        name: Registry name.
        needs: What it looks at.
        vocabulary: That it chooses from; None where it makes motions of its own.
        size: Pixels of a side that it sees, whatever is sent; None where nobody knows.
        propose: Decides for some robots at once.
        memory_bytes: Of it, on its device, now.
    """

    name: str
    needs: Needs
    vocabulary: ActionVocabulary | None
    size: int | None
    propose: Propose
    memory_bytes: Callable[[], int]

    def offer(self, keys: Keys) -> dict[str, Any]:
        """The metadata: what to send under these keys, and what comes back."""
        pictures = {
            key: {"camera": camera, "size": self.size} for camera, key in keys.images.items()
        }
        return {
            "server": f"cliprt {__version__}",
            "policy": self.name,
            "horizon": self.needs.horizon or 1,
            "observation": {
                "images": pictures,
                "state": {key: list(columns) for key, columns in keys.state.items()},
                "prompt": keys.prompt,
                "instruction": keys.instruction,
            },
            "actions": ActionSpec().to_dict(),
            "vocabulary": mark(self.vocabulary) if self.vocabulary else None,
        }

    def to_answer(self, proposal: Proposal) -> Mapping[str, Any]:
        """``actions`` float32 (k, 8); where primitives are ranked, also ``scores`` float64 (n,) and
        the ``phrase`` of the best, whose motion the one action is.

        Which of them is made is for the robot's side to choose: it knows where it has been.

        Raises:
            ServerError: They hold NaN, or there is none.
        """
        if proposal.scores is None or self.vocabulary is None:
            return {"actions": _finite(to_actions(proposal.steps))}
        scores = np.asarray(proposal.scores, dtype=float)
        if np.isnan(scores).any() or not np.isfinite(scores.max(initial=-np.inf)):
            raise ServerError("the policy answered with scores that are no numbers")
        best = self.vocabulary.primitives[int(np.argmax(scores))]
        actions = to_actions((PlannedStep(best),))
        return {"actions": actions, "scores": scores, "phrase": best.phrase}


def load_served(
    checkpoint: Path, runtime: RuntimeSection, instructions: Sequence[str] = ()
) -> ServedPolicy:
    """A trained policy, ready to decide.

    Args:
        checkpoint: Its folder.
        runtime: Where it acts.
        instructions: What it is going to be asked for; once their features are kept, the weights
            that only new instructions need are given back.  Without any, they stay.

    Raises:
        CheckpointError, VocabularyError: As :func:`cliprt.policies.checkpoint.load_policy`.
        UsageError: This machine does not have the device.
    """
    description = load_description(checkpoint)
    policy = load_policy(checkpoint)
    recipe = Recipe("serve", tasks=(), runtime=agreed_runtime(runtime, checkpoint))
    taught = (*taught_instructions(checkpoint), *instructions)
    actor = build_actor(recipe, policy, checkpoint / WEIGHTS if instructions else None, taught)
    actor.prepare(instructions)
    size = getattr(getattr(policy, "encoder", None), "image_size", None)
    return ServedPolicy(
        name=str(description["recipe"]["policy"]["name"]),
        needs=policy.needs,
        vocabulary=_vocabulary(checkpoint),
        size=size,
        propose=actor.propose,
        memory_bytes=lambda: actor.memory_bytes,
    )


def _vocabulary(checkpoint: Path) -> ActionVocabulary | None:
    try:
        return load_vocabulary(checkpoint)
    except UsageError:
        return None


def _finite(actions: np.ndarray) -> np.ndarray:
    if not len(actions) or not np.isfinite(actions).all():
        raise ServerError("the policy answered with no motion, or with one that is no number")
    return actions
