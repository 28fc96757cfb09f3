"""Linear layers in eight bits, for CPUs: a quarter of the memory, about half of the time.

Weights are rounded once, by one scale per output; what they multiply is measured at each call and
rounded to seven bits, since CPUs without VNNI add up two products in sixteen.
"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from cliprt.encoders.interface import Encoder


def narrow(module: nn.Module) -> None:
    """Replace the linear layers in a module, but those that only read texts, which is done once."""
    encoders = (part for part in module.modules() if isinstance(part, Encoder))
    _replace(module, {id(weight) for one in encoders for weight in one.text_weights().values()})


def narrow_bytes(module: nn.Module) -> int:
    """What the replaced layers hold, which torch does not count as weights."""
    return sum(part.nbytes for part in module.modules() if isinstance(part, Int8Linear))


def _replace(module: nn.Module, kept: set[int]) -> None:
    for name, part in list(module.named_children()):
        if all(id(weight) in kept for weight in part.parameters()):
            continue
        if (
            isinstance(part, nn.MultiheadAttention)
            and part.batch_first
            and part.in_proj_bias is not None
        ):
            setattr(module, name, Int8Attention(part))
        elif type(part) is nn.Linear:
            setattr(module, name, Int8Linear(part.weight, part.bias))
        else:
            _replace(part, kept)


class Int8Linear(nn.Module):
    """``x @ weight.T + bias`` with a rounded weight (out, in)."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        scale = (weight.detach().abs().amax(1) / 127).clamp(min=1e-12)
        zeros = torch.zeros_like(scale, dtype=torch.long)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about a later torch than we allow
            rounded = torch.quantize_per_channel(weight.detach(), scale, zeros, 0, torch.qint8)
        self.nbytes = rounded.numel() + 4 * len(scale)
        self._packed = torch.ops.quantized.linear_prepack(rounded, bias)

    def forward(self, x: Tensor) -> Tensor:
        """float32 (..., in) -> float32 (..., out)."""
        result: Tensor = torch.ops.quantized.linear_dynamic(x, self._packed, reduce_range=True)
        return result


class Int8Attention(nn.Module):
    """``nn.MultiheadAttention`` of a sequence to itself, whose four projections are rounded."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self._heads = attention.num_heads
        self._entry = Int8Linear(attention.in_proj_weight, attention.in_proj_bias)
        self._exit = Int8Linear(attention.out_proj.weight, attention.out_proj.bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        **_: object,
    ) -> tuple[Tensor, None]:
        """Sequences (b, n, d), of which only the first is looked at -> (b, n, d), no weights."""
        b, n, d = query.shape
        q, k, v = self._entry(query).view(b, n, 3, self._heads, -1).permute(2, 0, 3, 1, 4)
        mixed = scaled_dot_product_attention(q, k, v, attn_mask)
        return self._exit(mixed.transpose(1, 2).reshape(b, n, d)), None
