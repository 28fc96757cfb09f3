"""A policy of somebody else's: four motions from a picture and the arm's pose, without words."""

import torch
from torch import nn

from cliprt.data.columns import Needs
from cliprt.policies.interface import Policy
from cliprt.types import PlannedStep, Primitive, Proposal


class ChunkPolicy(Policy):
    def __init__(self, camera: str = "wrist", horizon: int = 4, width: int = 64):
        super().__init__()
        self.needs_ = Needs((camera,), ("tcp_pose", "gripper"), horizon)
        self.look = nn.Sequential(nn.AdaptiveAvgPool2d(8), nn.Flatten(), nn.Linear(192, width))
        self.head = nn.Sequential(nn.GELU(), nn.Linear(width + 7, horizon * 8))
        for name in ("mean", "spread"):
            self.register_buffer(name, torch.ones(7))

    @property
    def needs(self):
        return self.needs_

    def study(self, rows):
        state = torch.stack([torch.from_numpy(row.state) for row in rows])
        self.mean.copy_(state.mean(0))
        self.spread.copy_(state.std(0).clamp(min=1e-3))

    def forward(self, batch, vary=lambda images: images):
        seen = self.look(vary(batch["images"][self.needs.cameras[0]] / 255))
        state = (batch["state"] - self.mean) / self.spread
        return self.head(torch.cat([seen, state], 1)).view(len(seen), -1, 8)

    def propose(self, batch):
        return [Proposal(tuple(map(to_step, chunk.tolist()))) for chunk in self(batch)]

    def loss(self, batch, vary):
        wanted = batch["chunk"]
        error = (self(batch, vary) - wanted[..., :8]).abs().mean(-1) * (1 - wanted[..., 8])
        return {"loss": error.mean()}


def to_step(numbers):
    gripper = "open" if numbers[7] > 0.5 else "closed" if numbers[7] < -0.5 else None
    return PlannedStep(Primitive(None, "a motion of its own", tuple(numbers[:7]), gripper))
