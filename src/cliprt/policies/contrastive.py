"""Contrastive imitation: image and instruction make a context, the best candidate is what the arm
does.

What a candidate is, a subclass says.  What the paper fixes and what learns better from nothing are
options, each named in a recipe: `fusion`, `loss`, `normalisation`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import torch
from torch import Tensor, nn
from torch.distributed import get_world_size, is_available, is_initialized
from torch.distributed.nn.functional import all_gather

from cliprt.data.batches import Batch, Row
from cliprt.data.columns import Needs
from cliprt.encoders.interface import Encoder
from cliprt.errors import UsageError, did_you_mean
from cliprt.policies.fusion import FUSIONS, FusionName
from cliprt.policies.interface import RankingPolicy, Vary
from cliprt.policies.losses import (
    LOSSES,
    LossName,
    candidates_in_batch,
    sentences_bce,
    soft_targets,
)
from cliprt.policies.proprioception import Proprioception
from cliprt.policies.scoring import Normalisation, context, glances, scores
from cliprt.policies.texts import TextCache
from cliprt.types import Limit
from cliprt.vocabularies.interface import ActionVocabulary

PROMPT = "what motion should the robot arm perform to complete the instruction '{}'?"
"""What CLIP-RT puts around an instruction."""

LARGEST_LOG_SCALE = math.log(100)


class ContrastivePolicy(RankingPolicy):
    """Scores candidates, one per primitive, against what is seen and asked."""

    def __init__(
        self,
        vocabulary: ActionVocabulary,
        encoder: Encoder,
        cameras: Sequence[str] = ("wrist",),
        fusion: FusionName = "film",
        loss: LossName = "vocabulary_softmax",
        normalisation: Normalisation = "sum",
        prompt: str = PROMPT,
        soft_labels: Annotated[float, Limit(0, 1, high_open=True)] = 0.0,
        voting: bool = False,
        state: Sequence[str] = (),
    ) -> None:
        """Build the policy around an encoder.

        Args:
            vocabulary: The primitives to choose from.
            encoder: Image and text tower.
            cameras: Names of the images it looks at.
            fusion: ``"film"`` (words look into the image; learns best from nothing),
                ``"additive"`` (the paper) or ``"residual"`` (the paper plus an interaction that
                starts at zero).
            loss: ``"vocabulary_softmax"``, ``"vocabulary_bce"`` or ``"in_batch_bce"`` (the paper).
            normalisation: ``"sum"`` (the paper) or ``"each"`` (an older release).
            prompt: Put around an instruction; ``{}`` stands for it.
            soft_labels: Share of every label that the next smaller and larger motion in its
                direction have together; with ``"vocabulary_softmax"`` alone.
            voting: To act, look five times, each a little aside, and take the mean of the scores.
            state: What it feels beside what it sees: ``commanded_pose``, ``tcp_pose``,
                ``gripper``, ``gripper_opening_m``; () = nothing, as in the paper.

        Raises:
            UsageError: An option that is not one of these.
        """
        super().__init__()
        _check_choice("fusion", fusion, FUSIONS)
        _check_choice("loss", loss, LOSSES)
        _check_choice("normalisation", normalisation, ("sum", "each"))
        if prompt.count("{}") != 1:
            raise UsageError(
                f"the policy's prompt {prompt!r} must hold exactly one {{}}, which stands for the"
                f" instruction. Leave it out for {PROMPT!r}."
            )
        if soft_labels and loss != "vocabulary_softmax":
            raise UsageError(
                f"the policy's soft_labels={soft_labels:g} need loss=vocabulary_softmax, and it is"
                f" {loss}. Leave one of them out."
            )
        self.cameras = (cameras,) if isinstance(cameras, str) else tuple(cameras)
        if not self.cameras or len(set(self.cameras)) < len(self.cameras):
            raise UsageError(
                f"the policy's cameras are {list(self.cameras)}: name at least one, each once,"
                " for example [wrist]."
            )
        self.phrases = tuple(primitive.phrase for primitive in vocabulary.primitives)
        self.normalisation = normalisation
        self.prompt = prompt
        self.encoder = encoder
        self.fusion = FUSIONS[fusion](encoder, len(self.cameras))
        self._loss = LOSSES[loss]
        self._shares = soft_targets(vocabulary.primitives, soft_labels) if soft_labels else None
        self._votes = voting
        self.log_scale = nn.Parameter(torch.tensor(encoder.initial_log_scale))
        self._texts = TextCache()
        self.prepare_candidates()
        self._state = (state,) if isinstance(state, str) else tuple(state)
        self.feeling = Proprioception(self._state, encoder.embedding_dim) if self._state else None

    def prepare_candidates(self) -> None:
        """Add the weights that `candidates` needs, when all else is built; by default none."""

    @abstractmethod
    def candidates(self, labels: Sequence[int]) -> Tensor:
        """Raw features (k, d) of the primitives with these k labels."""

    @property
    def needs(self) -> Needs:
        """Its cameras and state; it learns labels."""
        return Needs(self.cameras, self._state)

    def study(self, rows: Iterable[Row]) -> None:
        """Where the numbers of the state lie."""
        if self.feeling is not None:
            self.feeling.study(rows)

    @property
    def device(self) -> torch.device:
        """Where the weights are."""
        return self.log_scale.device

    def score(self, batch: Batch) -> Tensor:
        """Scores (b, n) over the vocabulary.

        In evaluation mode without gradients, the features of texts are kept between calls.

        Raises:
            UsageError: An image of one of the policy's cameras is missing.
        """
        views, asked = self._preprocess(batch["images"]), self._asked(batch["instruction"])
        phrases, felt = self.embed_phrases(), self._feel(batch)
        if not self._votes:
            ranking: Tensor = self(views, asked, phrases, felt)
            return ranking
        looks = zip(*map(glances, views), strict=True)
        return torch.stack([self(look, asked, phrases, felt) for look in looks]).mean(0)

    def forward(
        self, views: Sequence[Tensor], asked: Tensor, phrases: Tensor, felt: Tensor | None = None
    ) -> Tensor:
        """The part of `score` that is all numbers, which ``compile`` compiles.

        Args:
            views: Preprocessed images (b, 3, s, s) per camera.
            asked: Raw features (b, d) of the instructions.
            phrases: Raw features (n, d) of the candidates.
            felt: Features (b, d) of the state; None where it is not looked at.

        Returns:
            Scores (b, n).
        """
        return scores(self._context(views, asked, felt), phrases, self.log_scale)

    def prepare(self, instructions: Sequence[str]) -> None:
        """Encode the phrases, and each instruction by itself.

        The last bits of features follow from what is encoded together: not from who else asks.
        """
        self.embed_phrases()
        for instruction in instructions:
            self.encode_texts([self.prompt.format(instruction)])

    def release(self, weights: Path) -> None:
        """Drop the text tower's weights; those of new instructions read them again, and wait."""
        tower = {f"encoder.{name}": weight for name, weight in self.encoder.text_weights().items()}
        self._texts.release(tower, weights)

    @property
    def memory_bytes(self) -> int:
        """Of weights, buffers and kept features."""
        return super().memory_bytes + self._texts.memory_bytes

    def embed_phrases(self) -> Tensor:
        """Raw features (n, d) of all candidates."""
        return self.candidates(range(len(self.phrases)))

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts (k) -> raw features (k, d); without gradients, each is computed once."""
        if self.training or torch.is_grad_enabled():
            return self.encoder.encode_text(texts)
        return self._texts.encode(self.encoder, texts)

    def sentences(self, labels: Sequence[int], said: Sequence[str]) -> Tensor:
        """Raw features (b, d) of b steps that were said in words of their own; "" = a phrase.

        Who does not read words takes the candidates.
        """
        return self.candidates(labels)

    def loss(self, batch: Batch, vary: Vary) -> Mapping[str, Tensor]:
        """The contrastive loss; the accuracy is among its candidates.

        In the batch a step is what was said of it (``supervision``), where that was noted.
        """
        views = [vary(view) for view in self._preprocess(batch["images"])]
        labels = batch["label"]
        targets = labels.to(self.device)
        contexts = self._context(views, self._asked(batch["instruction"]), self._feel(batch))
        if self._loss.candidates == "vocabulary":
            ranking = scores(contexts, self.embed_phrases(), self.log_scale)
            right = targets if self._shares is None else self._shares.to(self.device)[targets]
            return self._told(self._loss.compute(ranking, right), ranking.argmax(1), targets)
        said, everyones = batch.get("supervision"), gather(labels)
        if not is_anywhere(said is not None, labels.device):
            place = candidates_in_batch(everyones.tolist())
            ranking = scores(contexts, self.candidates(list(place)), self.log_scale)
            targets, columns = (
                torch.tensor([place[label] for label in some.tolist()], device=self.device)
                for some in (labels, everyones)
            )
            loss = self._loss.compute(ranking, targets, columns)
            return self._told(loss, ranking.argmax(1), targets)
        own = self.sentences(labels.tolist(), said or [""] * len(labels))
        ranking = scores(contexts, gather(own), self.log_scale)
        everyones = everyones.to(self.device)
        loss = sentences_bce(ranking, targets, everyones)
        return self._told(loss, everyones[ranking.argmax(1)], targets)

    def _told(self, loss: Tensor, chosen: Tensor, targets: Tensor) -> Mapping[str, Tensor]:
        right = (chosen == targets).float().mean()
        return {"loss": loss, "accuracy": right, "scale": self.log_scale.detach().exp()}

    def after_step(self) -> None:
        """Keep the scale of scores between 1 and 100."""
        with torch.no_grad():
            self.log_scale.clamp_(0, LARGEST_LOG_SCALE)

    def _preprocess(self, images: Mapping[str, Tensor]) -> list[Tensor]:
        missing = [name for name in self.cameras if name not in images]
        if missing:
            raise UsageError(
                f"the policy looks at the camera {missing[0]!r}, which the observation does not"
                f" have.{did_you_mean(missing[0], images)} It has: {', '.join(images) or 'none'}."
                " Set policy.cameras, or the robot's cameras."
            )
        return [self.encoder.preprocess(images[name]) for name in self.cameras]

    def _feel(self, batch: Batch) -> Tensor | None:
        return None if self.feeling is None else self.feeling(batch["state"])

    def _context(self, views: Sequence[Tensor], asked: Tensor, felt: Tensor | None) -> Tensor:
        seen = self.fusion(self.encoder, views, asked)
        return context(seen if felt is None else seen + felt, asked, self.normalisation)

    def _asked(self, instructions: Sequence[str]) -> Tensor:
        """Raw features (b, d) of what is asked, each text encoded once."""
        distinct = list(dict.fromkeys(instructions))
        features = self.encode_texts([self.prompt.format(text) for text in distinct])
        if len(distinct) == len(instructions):
            return features
        place = {instruction: i for i, instruction in enumerate(distinct)}
        return features[torch.tensor([place[i] for i in instructions], device=features.device)]


def _check_choice(option: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise UsageError(
            f"the policy's {option} cannot be {value!r}.{did_you_mean(value, allowed)}"
            f" Allowed: {', '.join(allowed)}."
        )


def is_anywhere(fact: bool, device: torch.device) -> bool:
    """Whether something is so in one of the processes; all have to ask."""
    return fact if _is_alone() else bool(gather(torch.tensor([fact], device=device)).any())


def _is_alone() -> bool:
    return not (is_available() and is_initialized()) or get_world_size() == 1


def gather(own: Tensor) -> Tensor:
    """The rows (b, ...) of every process, one process after the other; alone, one's own.

    Gradients find their way back to the process whose rows they are about.
    """
    if _is_alone():
        return own
    if own.requires_grad:
        return torch.cat(all_gather(own))  # type: ignore[no-untyped-call]
    parts = [torch.empty_like(own) for _ in range(get_world_size())]
    torch.distributed.all_gather(parts, own.contiguous())
    return torch.cat(parts)
