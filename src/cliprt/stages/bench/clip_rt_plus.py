"""CLIP-RT+ in its published sizes: what it computes for eight actions, with random weights.

No weights of it are published, and cliprt does not train it; it stands here for its speed alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ACTIONS, NUMBERS = 8, 7
LAYERS, WIDTH, HEADS, BLOCKS = 24, 1024, 16, 2


class ChunkDecoder(nn.Module):
    """An image's and an instruction's feature -> a chunk of actions.

    Both features and 56 learned queries, with positions, pass a bidirectional transformer; what it
    answers at the queries becomes, action by action, seven numbers in an MLP with residual blocks.
    The width inside that MLP is not published: the transformer's is taken.

    Args:
        embedding_dim: Of the features.
    """

    def __init__(self, embedding_dim: int) -> None:
        super().__init__()
        queries = ACTIONS * NUMBERS
        self.entry = nn.Linear(embedding_dim, WIDTH) if embedding_dim != WIDTH else nn.Identity()
        self.queries = nn.Parameter(torch.zeros(1, queries, WIDTH))
        self.positions = nn.Parameter(torch.zeros(1, 2 + queries, WIDTH))
        layer = nn.TransformerEncoderLayer(
            WIDTH, HEADS, 4 * WIDTH, 0.0, "gelu", batch_first=True, norm_first=True
        )
        self.layers = nn.TransformerEncoder(layer, LAYERS, enable_nested_tensor=False)
        self.head = nn.Sequential(
            nn.LayerNorm(NUMBERS * WIDTH),
            nn.Linear(NUMBERS * WIDTH, WIDTH),
            nn.ReLU(),
            *(_Residual() for _ in range(BLOCKS)),
            nn.LayerNorm(WIDTH),
            nn.Linear(WIDTH, NUMBERS),
        )

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        """Features (b, d) of an image and an instruction -> actions (b, 8, 7)."""
        pair = self.entry(torch.stack([image, text], 1))
        tokens = torch.cat([pair, self.queries.expand(len(image), -1, -1)], 1) + self.positions
        answers = self.layers(tokens)[:, 2:]
        actions: Tensor = self.head(answers.reshape(len(image), ACTIONS, NUMBERS * WIDTH))
        return actions


class _Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = x + self.block(x)
        return answer
