"""How OpenVLA-OFT makes a chunk of actions: one pass over everything, a head that says numbers.

Kim, Finn and Liang, "Fine-Tuning Vision-Language-Action Models" (2025), section IV: the language
model reads the pictures of all cameras, the robot's state and the prompt, then a blank for every
number that is wanted; every position attends to every other one.  What it makes of the position
before a number goes into the head.  Attention is opened by a mask, which transformers 4.40.1 takes
as it is: their fork of it, which opens the attention of every model, is not needed.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

CHUNK, NUMBERS, STATE = 8, 7, 8
"""Actions of a chunk, numbers of an action and of the robot's state, in LIBERO."""

STOP = 2
"""The token that ended every answer in training."""


class StateProjector(nn.Module):
    """The robot's state (b, 8) as one more token (b, width)."""

    def __init__(self, width: int, state: int = STATE) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(state, width), nn.Linear(width, width)

    def forward(self, state: Tensor) -> Tensor:
        """A token (b, width)."""
        return self.fc2(nn.functional.gelu(self.fc1(state)))  # type: ignore[no-any-return]


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.ffn = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        return x + self.ffn(x)  # type: ignore[no-any-return]


class _Network(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer_norm1 = nn.LayerNorm(NUMBERS * width)
        self.fc1 = nn.Linear(NUMBERS * width, width)
        self.mlp_resnet_blocks = nn.ModuleList(_Block(width) for _ in range(2))
        self.layer_norm2, self.fc2 = nn.LayerNorm(width), nn.Linear(width, NUMBERS)

    def forward(self, x: Tensor) -> Tensor:
        x = self.fc1(self.layer_norm1(x)).relu()
        for block in self.mlp_resnet_blocks:
            x = block(x)
        return self.fc2(self.layer_norm2(x))  # type: ignore[no-any-return]


class Head(nn.Module):
    """Normalised actions (b, 8, 7) of what the language model made (b, 56, width)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.model = _Network(width)

    def forward(self, hidden: Tensor) -> Tensor:
        """Normalised actions (b, 8, 7)."""
        return self.model(hidden.reshape(len(hidden), CHUNK, -1))  # type: ignore[no-any-return]


def predict_chunk(language_model: Any, seen: Tensor, ids: Tensor, head: Head) -> Tensor:
    """The actions that follow from what is seen and asked.

    Args:
        language_model: transformers' ``LlamaForCausalLM``.
        seen: Tokens of all pictures, in their order, then the robot's state (1, n, width).
        ids: The prompt (1, m), as `published.prompt_ids` makes it.
        head: Of the same width.

    Returns:
        Normalised actions (8, 7).
    """
    words = language_model.get_input_embeddings()
    known = torch.cat([words(ids[:, :1]), seen, words(ids[:, 1:])], dim=1)
    blank = known.new_zeros(1, NUMBERS * CHUNK, known.shape[-1])
    embedded = torch.cat([known, blank, words(torch.full_like(ids[:, :1], STOP))], dim=1)
    length = embedded.shape[1]
    everything = torch.ones(1, 1, length, length, device=embedded.device)  # attends to everything
    made = language_model.model(
        inputs_embeds=embedded, attention_mask=everything, use_cache=False
    ).last_hidden_state
    before = known.shape[1] - 1
    return head(made[:, before : before + NUMBERS * CHUNK])[0]  # type: ignore[no-any-return]
