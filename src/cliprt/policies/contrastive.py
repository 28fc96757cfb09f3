"""Contrastive imitation: image and instruction make a context, the best candidate is what the arm
does.

What a candidate is, a subclass says.  What the paper fixes and what learns better from nothing are
options, each named in a recipe: `fusion`, `loss`, `normalisation`.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cliprt.encoders.interface import Encoder
from cliprt.errors import UsageError, did_you_mean
from cliprt.policies.augmentation import augment, generator_at
from cliprt.policies.fusion import FUSIONS, FusionName
from cliprt.policies.interface import Policy
from cliprt.policies.losses import LOSSES, LossName, candidates_in_batch
from cliprt.policies.metrics import VocabularyAccuracy
from cliprt.policies.optimiser import build_optimiser
from cliprt.policies.scoring import Normalisation, context, scores
from cliprt.policies.text_cache import TextCache
from cliprt.vocabularies.interface import ActionVocabulary

PROMPT = "what motion should the robot arm perform to complete the instruction '{}'?"
"""What CLIP-RT puts around an instruction."""

LARGEST_LOG_SCALE = math.log(100)


class ContrastivePolicy(Policy):
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
        self.loss = LOSSES[loss]
        self.log_scale = nn.Parameter(torch.tensor(encoder.initial_log_scale))
        self.accuracy = VocabularyAccuracy([p.group for p in vocabulary.primitives])
        self._texts = TextCache()
        self.prepare_candidates()

    def prepare_candidates(self) -> None:
        """Add the weights that `candidates` needs, when all else is built; by default none."""

    @abstractmethod
    def candidates(self, labels: Sequence[int]) -> Tensor:
        """Raw features (k, d) of the primitives with these k labels."""

    def score(self, images: Mapping[str, Tensor], instructions: Sequence[str]) -> Tensor:
        """Scores (b, n) over the vocabulary.

        In evaluation mode without gradients, the features of texts are kept between calls.

        Args:
            images: Camera name -> uint8 (b, 3, h, w).
            instructions: b strings, the task in words.

        Raises:
            UsageError: An image of one of the policy's cameras is missing.
        """
        contexts = self._contexts(self._preprocess(images), instructions)
        return scores(contexts, self.embed_phrases(), self.log_scale)

    def embed_phrases(self) -> Tensor:
        """Raw features (n, d) of all candidates."""
        return self.candidates(range(len(self.phrases)))

    def encode_texts(self, texts: Sequence[str]) -> Tensor:
        """Texts (k) -> raw features (k, d); without gradients, each is computed once."""
        if self.training or torch.is_grad_enabled():
            return self.encoder.encode_text(texts)
        return self._texts.encode(self.encoder, texts)

    def training_step(self, batch: Mapping[str, Any], batch_idx: int) -> Tensor:
        """The contrastive loss of one batch; its accuracy is among its candidates."""
        generator = generator_at(self.augmentation.seed, self.global_step)
        views = [
            augment(view, self.augmentation, generator)
            for view in self._preprocess(batch["images"])
        ]
        labels = batch["label"].to(self.device)
        if self.loss.candidates == "batch":
            present, targets = candidates_in_batch(labels)
            candidates = self.candidates(present.tolist())
        else:
            targets, candidates = labels, self.embed_phrases()
        contexts = self._contexts(views, batch["instruction"])
        ranking = scores(contexts, candidates, self.log_scale)
        loss = self.loss.compute(ranking, targets)
        if (self.global_step + 1) % self.log_every == 0:
            self._log_training(loss, ranking, targets)
        return loss

    def validation_step(self, batch: Mapping[str, Any], batch_idx: int) -> None:
        """Count right and wrong primitives, over the whole vocabulary."""
        ranking = self.score(batch["images"], batch["instruction"])
        self.accuracy.update(ranking.argmax(1), batch["label"].to(self.device))

    def on_validation_epoch_end(self) -> None:
        """Log accuracy by primitive, by direction, and per displacement group."""
        values = self.accuracy.compute()
        self.accuracy.reset()
        self.log_dict({f"val/{name}": value for name, value in values.items()})

    def configure_optimizers(self) -> Any:
        """AdamW and its schedule, by `optimiser`."""
        optimiser, schedule = build_optimiser(self, self.optimiser)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """One step, after which the scale of scores stays between 1 and 100."""
        super().optimizer_step(*args, **kwargs)
        with torch.no_grad():
            self.log_scale.clamp_(0, LARGEST_LOG_SCALE)

    def _log_training(self, loss: Tensor, ranking: Tensor, targets: Tensor) -> None:
        right = (ranking.detach().argmax(1) == targets).float().mean()
        self.log_dict({"train/loss": loss.detach(), "train/accuracy": right}, prog_bar=True)
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        self.log_dict({"train/scale": self.log_scale.detach().exp(), "train/learning_rate": rate})

    def _preprocess(self, images: Mapping[str, Tensor]) -> list[Tensor]:
        missing = [name for name in self.cameras if name not in images]
        if missing:
            raise UsageError(
                f"the policy looks at the camera {missing[0]!r}, which the observation does not"
                f" have.{did_you_mean(missing[0], images)} It has: {', '.join(images) or 'none'}."
                " Set policy.cameras, or the robot's cameras."
            )
        return [self.encoder.preprocess(images[name]) for name in self.cameras]

    def _contexts(self, views: Sequence[Tensor], instructions: Sequence[str]) -> Tensor:
        distinct = list(dict.fromkeys(instructions))
        features = self.encode_texts([self.prompt.format(text) for text in distinct])
        text = features
        if len(distinct) < len(instructions):
            place = {instruction: i for i, instruction in enumerate(distinct)}
            index = torch.tensor([place[i] for i in instructions], device=features.device)
            text = features[index]
        return context(self.fusion(self.encoder, views, text), text, self.normalisation)


def _check_choice(option: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise UsageError(
            f"the policy's {option} cannot be {value!r}.{did_you_mean(value, allowed)}"
            f" Allowed: {', '.join(allowed)}."
        )
