"""Which numbers and words a recipe's sections allow, in one table."""

from __future__ import annotations

from typing import Any

from cliprt.types import Limit

AT_LEAST_0, AT_LEAST_1, ABOVE_0 = Limit(0), Limit(1), Limit(0, low_open=True)
SHARE = Limit(0, 1, high_open=True)

LIMITS: dict[str, Limit] = {
    "seed": Limit(0, 2**32 - 1),
    "gate.max_step_m": ABOVE_0,
    "gate.max_step_deg": Limit(0, 180, low_open=True),
    "gate.min_interval_s": AT_LEAST_0,
    "data.episodes": AT_LEAST_1,
    "data.first_seed": AT_LEAST_0,
    "data.workers": AT_LEAST_0,
    "data.memory_gb": AT_LEAST_0,
    "trainer.max_steps": AT_LEAST_1,
    "trainer.batch_size": AT_LEAST_1,
    "trainer.learning_rate": ABOVE_0,
    "trainer.weight_decay": AT_LEAST_0,
    "trainer.betas": SHARE,
    "trainer.eps": ABOVE_0,
    "trainer.warmup_steps": AT_LEAST_0,
    "trainer.gradient_clip": AT_LEAST_0,
    "trainer.crop_scale": Limit(0, 1, low_open=True),
    "trainer.shift_px": AT_LEAST_0,
    "trainer.colour_jitter": Limit(0, 1),
    "trainer.holdout": SHARE,
    "trainer.checkpoint_every": AT_LEAST_1,
    "trainer.log_every": AT_LEAST_1,
    "trainer.devices": AT_LEAST_1,
    "trainer.num_nodes": AT_LEAST_1,
    "trainer.accumulate": AT_LEAST_1,
    "trainer.threads": AT_LEAST_0,
    "evaluation.trials": AT_LEAST_1,
    "evaluation.first_seed": AT_LEAST_0,
    "evaluation.videos": AT_LEAST_0,
    "evaluation.max_steps": AT_LEAST_0,
    "collaboration.coverage": Limit(0, 1, low_open=True, high_open=True),
    "collaboration.scenes": AT_LEAST_0,
    "collaboration.largest_set": AT_LEAST_0,
    "collaboration.interventions": AT_LEAST_1,
    "collaboration.rounds": Limit(0, 100),
    "collaboration.episodes": Limit(1, 100),
    "collaboration.max_steps": AT_LEAST_1,
    "collaboration.weight": AT_LEAST_1,
    "collaboration.first_seed": AT_LEAST_0,
}
"""Dotted key -> what its number, or each number of its list, may be."""

PRECISIONS = ("32-true", "16-mixed", "bf16-mixed", "16-true", "bf16-true", "64-true")

CHOICES: dict[str, tuple[str, ...]] = {
    "collaboration.initiative": ("policy", "person"),
    "evaluation.keep": ("failures", "all", "none"),
    "trainer.schedule": ("cosine", "constant"),
    "trainer.accelerator": ("cpu", "gpu", "cuda", "mps", "auto"),
    "trainer.precision": PRECISIONS,
    "runtime.precision": PRECISIONS,
}
"""Dotted key -> the words it may be."""


def out_of_limits(key: str, value: Any) -> str | None:
    """What is wrong with a value of the right type, or None."""
    if key in CHOICES and value not in CHOICES[key]:
        return f"got {value!r}. Allowed: {', '.join(CHOICES[key])}."
    if key in LIMITS:
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(LIMITS[key].allows(number) for number in numbers):
            return f"got {value!r}. Allowed: {LIMITS[key]}."
    return None
