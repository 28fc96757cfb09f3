"""How fast this machine is at what cliprt does, beside named baselines in the same run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cliprt.recipe.build import check_simulated
from cliprt.stages.bench.collect import measure_collect
from cliprt.stages.bench.decide import measure_decide
from cliprt.stages.bench.interpret import measure_interpret
from cliprt.stages.bench.machine import one_thread
from cliprt.stages.bench.rows import Measured
from cliprt.stages.bench.setting import Setting
from cliprt.stages.bench.store import measure_store
from cliprt.stages.bench.train import measure_train

MEASURES: dict[str, Callable[[Setting], Iterator[Measured]]] = {
    "decide": measure_decide,
    "train": measure_train,
    "collect": measure_collect,
    "interpret": measure_interpret,
    "store": measure_store,
}
"""Word after ``cliprt bench`` -> what it measures."""


def measure(words: Iterable[str], setting: Setting) -> Iterator[Measured]:
    """Measure one thing after the other, on the recipe's own parts.

    Raises:
        UsageError: The recipe's robot is a real one.
    """
    instead = "Measure a recipe of a simulated one"
    check_simulated(setting.recipe, "it would be moved unattended", instead)
    with one_thread():
        for word in words:
            yield from MEASURES[word](setting)
