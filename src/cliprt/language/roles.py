"""What several rules call by one name: sets of roles, and of values of the words before a noun."""

from __future__ import annotations

GRIPPING = frozenset(["open", "close", "release", "grab", "grip"])
MOVING = frozenset(["verb", "place", "push", "reach", "weak", "carrier", "back up"])
TURNING = frozenset(["axis", "turn", "swing"])
ACTS = GRIPPING | MOVING | TURNING
"""What says what to do."""

SIDES = frozenset(["direction", "yes", "comparative"])
"""What says a way, and would be a move by itself."""

GOALS = ACTS - {"verb", "place"} | {"direction", "permission", "out", "fist"}
"""What a clause may want."""

CONTRARY = frozenset(["negation", "question", "other way", "too far"])
"""What speaks against the way that is named."""

ABOUT_LAST = frozenset(
    ["same", "times", "other way", "too far", "go back", "there", "that was", "but", "aside"]
)
"""What is about the step before, and says nothing without it."""

CUTS = frozenset(["joiner", "correction", "mark"])
"""What stands between two clauses."""

DETERMINERS = frozenset(["definite", "possessive", "indefinite", "toward"])
"""Values of what stands before a noun."""

LEADING = frozenset(["to", "toward", "preposition"])
"""Values of what leads to a place, or to how far."""
