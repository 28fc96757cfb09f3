"""One amount of several steps: "up and to the left 5 cm", "a bit up and left", "3 cm each"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cliprt.language.clauses import Clause

_UNSHARED = "How far in each direction? Say it for each."


def share_amounts(
    clauses: tuple[Clause, ...], joiners: Sequence[str]
) -> tuple[tuple[Clause, ...], str | None]:
    """Share an amount among directions that are listed under one verb, or where it says "each"."""
    if any(clause.is_each for clause in clauses):
        return _with_each(clauses)
    result = list(clauses)
    start = 0
    while start < len(clauses):
        end = start + 1
        while (
            end < len(clauses)
            and joiners[end] in ("and", ",")
            and clauses[start].is_translation
            and clauses[end].is_translation
            and (clauses[end].verb_last or not clauses[end].has_verb)
            and not clauses[end - 1].verb_last
        ):
            end += 1
        run = clauses[start:end]
        given = [clause.amount for clause in run]
        known = [amount for amount in given if amount]
        if len(run) > 1 and known and len(known) < len(run):
            if len(known) > 1 or joiners[end - 1] != "and":
                return clauses, _UNSHARED
            if _is_shared(run):
                result[start:end] = [replace(clause, amount=known[0]) for clause in run]
            elif not (run[-1].amount_first and known[0].kind == "bit"):  # "up, and a bit left"
                return clauses, _UNSHARED
        start = end
    return tuple(result), None


def _with_each(clauses: tuple[Clause, ...]) -> tuple[tuple[Clause, ...], str | None]:
    """The one amount of all clauses, which must be moves, or turns."""
    known = [clause.amount for clause in clauses if clause.amount]
    alike = len({(clause.is_translation, clause.is_rotation) for clause in clauses}) == 1
    if len(known) != 1 or len(clauses) < 2 or not alike or clauses[0].is_gripper:
        return clauses, _UNSHARED
    return tuple(replace(clause, amount=known[0]) for clause in clauses), None


def _is_shared(run: Sequence[Clause]) -> bool:
    """Whether the one amount of several directions is that of all.

    It is where it stands before or after all of them, or says "a little" of the first; but a tiny
    one never goes back to a step that was said before it.
    """
    first, last = run[0], run[-1]
    if first.amount:
        return first.amount_first or first.amount.kind == "bit"
    return last.amount is not None and not last.amount_first and last.amount.kind != "tiny"
