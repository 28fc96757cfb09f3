"""Lets torchvision's usual wheel be imported beside a CPU build of torch.

The wheel's compiled part links against CUDA libraries.  Beside a CPU torch it cannot load, and
torchvision then stops at import because the operator ``torchvision::nms`` was never declared;
open_clip, timm, torchmetrics and lightning stop with it.  Transforms and models need none of the
compiled part, so declaring the operators' signatures is enough.  Where the compiled part loads,
nothing is done.
"""

from __future__ import annotations

import importlib.util
import sys
from typing import Any

_OPERATORS = ("nms", "qnms")
_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_libraries: list[Any] = []  # torch forgets a declaration when its Library object is collected


def _compiled_part_loads(roots: list[str]) -> bool:
    from pathlib import Path

    import torch

    for root in roots:
        for library in Path(root).glob("_C*.so"):
            try:
                torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]
            except OSError:
                continue
            return True
    return False


def _declare_operators(roots: list[str]) -> None:
    import torch

    if torch.version.cuda or torch.version.hip or _compiled_part_loads(roots):
        return
    library: Any = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for name in _OPERATORS:
        if not hasattr(torch.ops.torchvision, name):
            library.define(name + _SIGNATURE)
    _libraries.append(library)


class _Finder:
    """A meta-path finder that acts once, when torchvision is first looked for."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "torchvision":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None:
            _declare_operators(list(spec.submodule_search_locations or ()))
        return spec


def install() -> None:
    """Arrange for the above; does nothing if torchvision is imported already."""
    arranged = any(isinstance(finder, _Finder) for finder in sys.meta_path)
    if "torchvision" not in sys.modules and not arranged:
        sys.meta_path.insert(0, _Finder())
