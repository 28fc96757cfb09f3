"""A policy that runs elsewhere: any server that speaks openpi's protocol or vla-eval's.

It has no weights and learns nothing here.  What the server answers is a proposal like any other's:
the robot's gate checks every motion, and an answer that is late, malformed or to another question
is none at all (:class:`cliprt.errors.ServerError`), so that the robot stands where it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from cliprt.data.batches import Batch
from cliprt.data.columns import SIZES, Needs
from cliprt.errors import ServerError, UsageError
from cliprt.policies.interface import RankingPolicy, Vary
from cliprt.protocols import ProtocolName, openpi, vla_eval
from cliprt.protocols.actions import ActionSpec, to_steps
from cliprt.protocols.client import PolicyClient
from cliprt.protocols.lines import Address
from cliprt.types import GripperState, Limit, Observation, Pose, Proposal, Reach
from cliprt.vocabularies.interface import ActionVocabulary
from cliprt.vocabularies.nearest import fingerprint

_IMAGES: Mapping[str, str] = {"observation/image": "scene"}
_NOTHING: Mapping[str, Any] = {}
_OWN = ("commanded_pose", "gripper")
"""Columns that a motion is worked out from, after those that are sent."""


class RemotePolicy(RankingPolicy):
    """Asks a server what to do, once per decision.

    A server of our own sends the scores of its primitives; where its vocabulary is the recipe's,
    they are used as at home: the loop breaker chooses, and the choice can be explained.
    """

    learns: ClassVar[bool] = False

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        url: Annotated[str, Reach("host")] = "ws://127.0.0.1:8000",
        protocol: ProtocolName = "openpi",
        key: Annotated[str, Reach("key")] = "",
        deadline_s: Annotated[float, Limit(0, 100, low_open=True)] = 10.0,
        images: Mapping[str, str] = _IMAGES,
        state: Mapping[str, Sequence[str]] = _NOTHING,
        prompt: str = "",
        actions: Mapping[str, Any] = _NOTHING,
        expects: Mapping[str, Any] = _NOTHING,
    ) -> None:
        """Say where the server is and what is said; nobody is asked before the first decision.

        Args:
            vocabulary: The recipe's.
            url: Of the server, ``ws://`` or ``wss://``.
            protocol: ``"openpi"`` or ``"vla_eval"``.
            key: Environment variable with the server's key; "" = it asks for none.
            deadline_s: How long one decision may take [s].
            images: Key in the observation -> camera.
            state: Key in the observation -> columns, one after the other
                (:data:`cliprt.data.columns.STATE`).
            prompt: Key of the instruction; "" = the protocol's usual one.
            actions: What the answer's numbers mean (:class:`cliprt.protocols.actions.ActionSpec`);
                nothing = as the server says.
            expects: What the server has to say of itself first, e.g. which policy it is.

        Raises:
            UsageError: The address, a state column or the actions are malformed.
        """
        super().__init__()
        self._mark, self._size = fingerprint(vocabulary), len(vocabulary.primitives)
        self._client = PolicyClient(Address(url, protocol, key, deadline_s))
        self._images = dict(images)
        self._state = {key: tuple(columns) for key, columns in state.items()}
        self._prompt = prompt or (openpi if protocol == "openpi" else vla_eval).PROMPT
        self._spec = ActionSpec.from_dict(actions) if actions else None
        self._expects = dict(expects)
        columns = [column for columns in self._state.values() for column in columns]
        self._needs = Needs(tuple(dict.fromkeys(self._images.values())), (*columns, *_OWN))

    @property
    def needs(self) -> Needs:
        """The cameras and columns that are sent, and where the robot is commanded to be."""
        return self._needs

    def restart(self) -> None:
        """A new episode begins; the server is told, where its protocol can."""
        self._client.restart()

    def propose(self, batch: Batch) -> list[Proposal]:
        """What the server answers in each of b situations.

        Raises:
            ServerError: It does not, or not in time, or with what nobody can use.
            UsageError: The environment lacks the key.
        """
        return [self._propose(batch, i) for i in range(len(batch["instruction"]))]

    def score(self, batch: Batch) -> Tensor:
        """The server's scores (b, n).

        Raises:
            ServerError: As `propose`.
            UsageError: It sends none.
        """
        found = [self._scores(self._ask(batch, i)) for i in range(len(batch["instruction"]))]
        rows = [scores for scores in found if scores is not None]
        if len(rows) < len(found):
            raise UsageError(
                f"the policy's server {self._client.address.url} sends no scores of this recipe's"
                " primitives: it makes motions of its own. Leave out what needs probabilities."
            )
        return torch.from_numpy(np.stack(rows))

    def loss(self, batch: Batch, vary: Vary) -> Mapping[str, Tensor]:
        """Nothing is learned here.

        Raises:
            UsageError: Always.
        """
        raise UsageError("the policy 'remote' learns nothing here. Set trainer.max_steps: 0")

    def _propose(self, batch: Batch, i: int) -> Proposal:
        answer = self._ask(batch, i)
        scores = None if self._spec else self._scores(answer)
        if scores is not None:
            return Proposal(scores=scores)
        actions = answer.get("actions")
        if not isinstance(actions, np.ndarray):
            raise self._client.error(
                f"answers without actions ({', '.join(sorted(map(str, answer)))[:200]})"
            )
        spec = self._find_spec()
        try:
            return Proposal(to_steps(actions, _to_observation(batch, i), spec))
        except ServerError as error:
            raise self._client.error(f"answers what cannot be done: {str(error)[:-1]}") from error

    def _ask(self, batch: Batch, i: int) -> Mapping[str, Any]:
        question: dict[str, Any] = {}
        for key, camera in self._images.items():
            pixels = batch["images"][camera][i].permute(1, 2, 0)
            question[key] = np.ascontiguousarray(pixels.cpu().numpy())
        question |= self._split_state(batch["state"][i].cpu().numpy())
        question[self._prompt] = batch["instruction"][i]
        answer = self._client.ask(question)
        said = self._client.metadata
        for key, wanted in self._expects.items():
            if key not in said or not _is_same(said[key], wanted):
                raise self._client.error(
                    f"says {key}: {said.get(key)!r:.80} of itself, and policy.expects has"
                    f" {wanted!r:.80}"
                )
        return answer

    def _split_state(self, numbers: np.ndarray) -> dict[str, np.ndarray]:
        """The columns (k,) that are sent, by their keys; joints are as many as are left."""
        columns = [column for columns in self._state.values() for column in columns]
        joints = len(numbers) - sum(SIZES.get(column, 0) for column in (*columns, *_OWN))
        sizes = {**SIZES, "joints": joints // max(1, columns.count("joints"))}
        sent, at = {}, 0
        for key, own in self._state.items():
            size = sum(sizes[column] for column in own)
            sent[key] = numbers[at : at + size].astype(np.float32)
            at += size
        return sent

    def _scores(self, answer: Mapping[str, Any]) -> np.ndarray | None:
        """Of the recipe's primitives (n,); None where the server ranks nothing, or others."""
        theirs = self._client.metadata.get("vocabulary")
        mark = theirs.get("fingerprint") if isinstance(theirs, Mapping) else None
        if not _is_same(mark, self._mark) or "scores" not in answer:
            return None
        scores, n = answer["scores"], self._size
        is_row = isinstance(scores, np.ndarray) and scores.shape == (n,)
        if not is_row or scores.dtype.kind not in "iuf" or not (scores < np.inf).all():
            raise self._client.error(f"answers with scores that are no {n} numbers")
        if not np.isfinite(scores).any():
            raise self._client.error("forbids every primitive")
        return np.asarray(scores, dtype=float)

    def _find_spec(self) -> ActionSpec:
        if self._spec:
            return self._spec
        said = self._client.metadata.get("actions")
        if not isinstance(said, Mapping):
            raise self._client.error("does not say what its actions mean. Set policy.actions")
        try:
            return ActionSpec.from_dict(said)
        except UsageError as error:
            raise self._client.error(
                f"says what nobody understands of its actions: {error}"
            ) from error


def _is_same(said: object, wanted: object) -> bool:
    """Whether a server says what is wanted; arrays, which nobody wants, are never that."""
    try:
        return bool(said == wanted)
    except ValueError:
        return False


def _to_observation(batch: Batch, i: int) -> Observation:
    """Where a robot is commanded to be, of the last columns of its state."""
    *pose, opened = batch["state"][i, -7:].tolist()
    gripper: GripperState = "open" if opened > 0.5 else "closed"
    commanded: Pose = tuple(pose)
    return Observation({}, commanded, commanded, (), gripper, 0.0, 0.0)
