"""A source of somebody else's: pictures and phrases in a numpy file."""

import hashlib
from pathlib import Path

import numpy as np

from cliprt.data.batches import Row
from cliprt.data.rows import Rows
from cliprt.errors import StoreError
from cliprt.sources.interface import Source


class ArraySource(Source):
    def __init__(self, path: str, instruction: str = "push it"):
        self.path, self.instruction = path, instruction

    @property
    def identity(self):
        return hashlib.sha256(Path(self.path).read_bytes()).hexdigest()

    def open(self, needs, vocabulary):
        if needs.state or needs.horizon:
            raise StoreError(f"{self.path} has pictures and phrases only. Train another policy")
        labels = {primitive.phrase: primitive.label for primitive in vocabulary.primitives}
        return ArrayRows(np.load(self.path), labels, needs.cameras, self.instruction)


class ArrayRows(Rows):
    def __init__(self, arrays, labels, cameras, instruction):
        self.images, phrases = arrays["images"], arrays["phrases"].tolist()
        self.labels = [labels[phrase] for phrase in phrases if phrase in labels]
        self.chosen = [row for row, phrase in enumerate(phrases) if phrase in labels]
        self.cameras, self.instruction = cameras, instruction

    def __len__(self):
        return len(self.labels)

    def read(self, index):
        images = dict.fromkeys(self.cameras, self.images[self.chosen[index]])
        return Row(images, self.instruction, np.zeros(0, np.float32), self.labels[index])
