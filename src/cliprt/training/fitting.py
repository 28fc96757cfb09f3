"""Fits any policy: the optimiser, the variation of images, the metrics and what is logged."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from lightning import LightningModule
from torch import Tensor, nn

from cliprt.data.batches import Batch
from cliprt.data.loader import Share
from cliprt.errors import PluginError
from cliprt.policies.interface import Policy, RankingPolicy, Vary
from cliprt.recipe.schema import Recipe
from cliprt.training.augmentation import ImageAugmentation, augment, generator_at
from cliprt.training.finite import NotFiniteError
from cliprt.training.metrics import MeanLoss, VocabularyAccuracy
from cliprt.training.optimiser import OptimiserSettings, build_optimiser


class Fitting(LightningModule):
    """One policy under training; its state is the policy's.

    Args:
        policy: What is fitted.
        recipe: Says how.
        groups: The displacement group of every primitive, by label.
        sets: Names of what rows were held out of; of several, each is measured apart, too.
    """

    def __init__(
        self, policy: Policy, recipe: Recipe, groups: Sequence[str], sets: Sequence[str] = ()
    ) -> None:
        super().__init__()
        trainer = recipe.trainer
        self.policy = policy
        self.log_every = trainer.log_every
        self._optimiser = OptimiserSettings(
            learning_rate=trainer.learning_rate,
            weight_decay=trainer.weight_decay,
            betas=trainer.betas,
            eps=trainer.eps,
            warmup_steps=trainer.warmup_steps,
            max_steps=trainer.max_steps,
            schedule=trainer.schedule,
            fused=trainer.precision != "16-mixed",
        )
        self._augmentation = augmentation_of(recipe)
        ranks = isinstance(policy, RankingPolicy)
        self._sets = tuple(sets) or ("",)
        self._held_out = nn.ModuleList(
            VocabularyAccuracy(groups) if ranks else MeanLoss() for _ in self._sets
        )

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        """The policy's."""
        return self.policy.state_dict(*args, **kwargs)

    def load_state_dict(self, state_dict: Mapping[str, Any], *args: Any, **kwargs: Any) -> Any:
        """Put it into the policy."""
        return self.policy.load_state_dict(state_dict, *args, **kwargs)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """The loss of one batch."""
        losses = self.policy.loss(batch, self._vary(batch_idx))
        loss = losses.get("loss") if isinstance(losses, Mapping) else None
        if not isinstance(loss, Tensor) or loss.ndim or not loss.requires_grad:
            kind = type(self.policy)
            raise PluginError(
                f"{kind.__module__}.{kind.__name__}.loss() answers {losses!r:.100}. Its 'loss' must"
                " be one number with a gradient; cliprt.testing.check_policy looks at a policy"
            )
        if (self.global_step + 1) % self.log_every == 0:
            self._log_training(losses)
        return loss

    def validation_step(self, batch: Batch, batch_idx: int, dataloader_idx: int = 0) -> None:
        """Count right and wrong primitives; where none is chosen, measure the loss."""
        held_out: Any = self._held_out[dataloader_idx]
        if isinstance(self.policy, RankingPolicy):
            ranking = self.policy.score(batch)
            if ranking.isnan().any():
                raise NotFiniteError("the training was stopped, because a score is not a number. ")
            held_out.update(ranking.argmax(1), batch["label"].to(ranking.device))
        else:
            loss = self.policy.loss(batch, lambda images: images)["loss"]
            held_out.update(loss, len(batch["instruction"]))

    def on_validation_epoch_end(self) -> None:
        """Log what was measured, over all and by set.

        Accuracy by primitive, by direction, and per displacement group; or the loss.
        """
        measured: list[Any] = list(self._held_out)
        everything = copy.deepcopy(measured[0])
        for one in measured[1:]:
            everything.merge_state(one)
        self.log_dict({f"val/{name}": value for name, value in everything.compute().items()})
        for name, one in zip(self._sets, measured, strict=True):
            if len(measured) > 1:
                short = {k: v for k, v in one.compute().items() if "/" not in k}
                self.log_dict({f"val_{k}/{name}": value for k, value in short.items()})
            one.reset()

    def configure_optimizers(self) -> Any:
        """AdamW and its schedule."""
        optimiser, schedule = build_optimiser(self.policy, self._optimiser)
        return {
            "optimizer": optimiser,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }

    def configure_gradient_clipping(
        self,
        optimizer: Any,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the gradients' norm; Lightning does not where a fused optimiser meets ``-mixed``."""
        if not self._optimiser.fused:  # they are scaled
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        elif gradient_clip_val:
            nn.utils.clip_grad_norm_(self.policy.parameters(), gradient_clip_val)

    def optimizer_step(self, *args: Any, **kwargs: Any) -> None:
        """One step, after which the policy keeps its weights in their limits."""
        super().optimizer_step(*args, **kwargs)
        self.policy.after_step()
        # Lightning would keep the gradients until the next step has computed its loss.
        self.policy.zero_grad()

    def _vary(self, batch_idx: int) -> Vary:
        """What varies the images of a batch; it follows from the seed and the step."""
        trainer = self.trainer
        share = Share(trainer.global_rank, trainer.world_size, trainer.accumulate_grad_batches)
        generator = generator_at(self._augmentation.seed, self.global_step)
        how, piece = self._augmentation, batch_idx % share.pieces
        return lambda images: augment(images, how, generator, share, piece)

    def _log_training(self, losses: Mapping[str, Tensor]) -> None:
        rate = self.trainer.optimizers[0].param_groups[0]["lr"]
        for name, value in {**losses, "learning_rate": torch.tensor(rate)}.items():
            is_shown = name in ("loss", "accuracy")
            self.log(f"train/{name}", value.detach(), prog_bar=is_shown, sync_dist=True)


def augmentation_of(recipe: Recipe) -> ImageAugmentation:
    """How the recipe's images are varied."""
    trainer = recipe.trainer
    return ImageAugmentation(
        crop_scale=trainer.crop_scale,
        shift_px=trainer.shift_px,
        colour_jitter=trainer.colour_jitter,
        seed=recipe.seed,
    )
