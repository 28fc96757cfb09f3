"""How fast sentences are read."""

from __future__ import annotations

from collections.abc import Iterator

from cliprt.recipe.build import build_interpreter, build_vocabulary
from cliprt.stages.bench.rows import Measured, in_turn
from cliprt.stages.bench.setting import Setting

SENTENCES = (
    "move the arm to the left by five centimeters",
    "a bit to the right please",
    "could you go down three inches and then forward a little",
    "pick up the red cube",
    "rotate the gripper a quarter turn clockwise",
)


def measure_interpret(setting: Setting) -> Iterator[Measured]:
    """Read some sentences by the recipe's interpreter."""
    interpreter = build_interpreter(setting.recipe, build_vocabulary(setting.recipe))
    (five_s,) = in_turn([lambda: [interpreter.read(sentence) for sentence in SENTENCES]])
    yield Measured("read a sentence", five_s / len(SENTENCES))
