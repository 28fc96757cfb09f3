"""OpenVLA's network, put together of the libraries' parts.

Its vision towers are timm's, its language model is transformers' Llama, and between them lie three
linear layers (Kim et al., "OpenVLA", 2024, section 3.1).  So no code of a checkpoint has to run:
weights and settings are all that is read of it.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from oft import NUMBERS, STATE, Head, StateProjector, predict_chunk
from torch import Tensor, nn

TOWERS = ("vit_large_patch14_reg4_dinov2.lvd142m", "vit_so400m_patch14_siglip_224")
SIDE = 224
LAYERS, VOCABULARY = 32, 32064


def declare_torchvision() -> None:
    """Let the usual wheel of torchvision, which timm imports, load beside a CPU build of torch."""
    if torch.version.cuda or torch.version.hip:
        return
    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in ("nms", "qnms"):
        if not hasattr(torch.ops.torchvision, name):
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _declared.append(library)


_declared: list[Any] = []  # torch forgets a declaration when its library is collected


class Tower(nn.Module):
    """One vision transformer's patches, as its last layer but one has them."""

    def __init__(self, name: str) -> None:
        super().__init__()
        import timm

        self.model: Any = timm.create_model(
            name, pretrained=False, num_classes=0, img_size=SIDE, weight_init="skip"
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Patches (b, n, width) of pixels (b, 3, 224, 224)."""
        (patches,) = self.model.get_intermediate_layers(pixels, n={len(self.model.blocks) - 2})
        return patches  # type: ignore[no-any-return]


class Parts(nn.Module):
    """OpenVLA's network.

    Args:
        towers: Names of the two vision transformers.
        language: What differs from Llama 2's configuration with 7 billion weights.
    """

    def __init__(self, towers: Sequence[str] = TOWERS, **language: Any) -> None:
        super().__init__()
        from transformers import LlamaConfig, LlamaForCausalLM

        made = [Tower(name) for name in towers]
        self.towers = nn.ModuleList(made)
        config = LlamaConfig(**{"vocab_size": VOCABULARY, **language})
        seen, width = sum(tower.model.embed_dim for tower in made), config.hidden_size
        self.projector = nn.Sequential(
            nn.Linear(seen, 4 * seen),
            nn.GELU(),
            nn.Linear(4 * seen, width),
            nn.GELU(),
            nn.Linear(width, width),
        )
        self.language_model = LlamaForCausalLM(config)

    def see(self, pixels: Tensor) -> Tensor:
        """What the language model reads (b, n, width) of pixels (b, 6, 224, 224)."""
        halves = zip(self.towers, (pixels[:, :3], pixels[:, 3:]), strict=True)
        return self.projector(torch.cat([tower(half) for tower, half in halves], dim=2))  # type: ignore[no-any-return]

    def embed(self, seen: Tensor, ids: Tensor) -> Tensor:
        """The first token, what is seen, the other tokens: (b, n + m, width)."""
        words = self.language_model.get_input_embeddings()(ids)
        return torch.cat([words[:, :1], seen, words[:, 1:]], dim=1)

    def decide(self, pixels: Tensor, ids: Tensor) -> Tensor:
        """The most probable 7 tokens (7,) after a prompt (1, n), one after the other."""
        answer = self.language_model(
            inputs_embeds=self.embed(self.see(pixels), ids), use_cache=True
        )
        tokens = [answer.logits[:, -1:].argmax(-1)]
        while len(tokens) < NUMBERS:
            answer = self.language_model(
                input_ids=tokens[-1], past_key_values=answer.past_key_values, use_cache=True
            )
            tokens.append(answer.logits[:, -1:].argmax(-1))
        return torch.cat(tokens, dim=1)[0]


class PartsOft(Parts):
    """OpenVLA-OFT's: some cameras and the robot's state in, a chunk of 8 actions out at once.

    Args:
        towers, language: As of `Parts`.
        state: Numbers of the robot's state.
    """

    def __init__(self, towers: Sequence[str] = TOWERS, state: int = STATE, **language: Any) -> None:
        super().__init__(towers, **language)
        width = self.language_model.config.hidden_size
        self.state, self.head = StateProjector(width, state), Head(width)

    def decide_chunk(self, pixels: Tensor, ids: Tensor, state: Tensor) -> Tensor:
        """Normalised actions (8, 7).

        Args:
            pixels: Of n cameras (n, 6, 224, 224).
            ids: The prompt (1, m).
            state: Of the robot, normalised (1, s).
        """
        seen = self.see(pixels).flatten(0, 1)[None]
        seen = torch.cat([seen, self.state(state)[None]], dim=1)
        return predict_chunk(self.language_model, seen, ids, self.head)


def repeat_layers(language_model: nn.Module, times: int) -> None:
    """Let the layers that are there run in turn until so many have run, each with its own cache.

    For measuring what more layers cost than memory holds: one of 7 billion weights' is larger than
    any cache, so that it is read from memory each time as all of them would be.
    """
    held = list(language_model.model.layers)  # type: ignore[union-attr, arg-type]
    layers = [_again(held[i % len(held)], i) for i in range(times)]
    language_model.model.layers = nn.ModuleList(layers)  # type: ignore[union-attr]
    language_model.config.num_hidden_layers = times  # type: ignore[union-attr]


def _again(layer: nn.Module, index: int) -> nn.Module:
    """The same layer, with the same weights, at another place."""
    again = copy.copy(layer)
    again._modules = dict(layer._modules)
    attention = copy.copy(layer.self_attn)
    attention.layer_idx = index  # type: ignore[union-attr]
    again._modules["self_attn"] = attention  # type: ignore[assignment]
    return again
