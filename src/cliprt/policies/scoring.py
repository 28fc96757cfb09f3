"""How a context ranks the phrases: CLIP-RT's few lines of mathematics (sections III-B, III-C).

A context ``c`` says what is seen and what is asked; a phrase says what could be done.  Both are
vectors of one embedding space, and the score of a phrase is a scaled cosine::

    s(c, z) = exp(log_scale) * c . z / (|c| |z|)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from torch import Tensor
from torch.nn import functional

Normalisation = Literal["sum", "each"]


def context(image: Tensor, text: Tensor, normalisation: Normalisation = "sum") -> Tensor:
    """What is seen plus what is asked.

    ``"sum"`` adds the raw features and normalises their sum (the paper).  ``"each"`` normalises
    each feature and leaves the sum as it is (what an older release of the checkpoints expects).

    Args:
        image: Raw image features (b, d).
        text: Raw instruction features (b, d).
        normalisation: Where the L2 normalisation takes place.

    Returns:
        Contexts (b, d).

    >>> import torch
    >>> context(torch.tensor([[3.0, 0.0]]), torch.tensor([[0.0, 4.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929]]
    """
    if normalisation == "sum":
        return functional.normalize(image + text, dim=-1)
    return functional.normalize(image, dim=-1) + functional.normalize(text, dim=-1)


def scores(contexts: Tensor, phrases: Tensor, log_scale: Tensor) -> Tensor:
    """Contexts (b, d) and raw phrase features (n, d) -> scores (b, n); larger is better.

    >>> import torch
    >>> phrases = torch.tensor([[2.0, 0.0], [0.0, 5.0]])
    >>> scores(torch.tensor([[1.0, 0.0]]), phrases, torch.tensor(0.0)).tolist()
    [[1.0, 0.0]]
    """
    return log_scale.exp() * contexts @ functional.normalize(phrases, dim=-1).T


def glances(view: Tensor) -> Iterator[Tensor]:
    """Images (b, 3, h, w) as they are, then a thirty-second of their edge to each of four sides;
    the border is repeated.

    >>> import torch
    >>> [look[0, 0, 0].tolist() for look in glances(torch.arange(9.0).view(1, 1, 3, 3))][:3]
    [[0.0, 1.0, 2.0], [0.0, 0.0, 1.0], [1.0, 2.0, 2.0]]
    """
    height, width = view.shape[-2:]
    reach = max(1, min(height, width) // 32)
    wide = functional.pad(view, (reach,) * 4, mode="replicate")
    for x, y in ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)):
        top, left = reach + y * reach, reach + x * reach
        yield wide[..., top : top + height, left : left + width]
