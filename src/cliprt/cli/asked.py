"""What somebody at a terminal asks a policy for, in words of their own."""

from __future__ import annotations

import sys
from pathlib import Path

from cliprt.cli.output import note
from cliprt.errors import UnclearError
from cliprt.policies.description import taught_instructions
from cliprt.recipe.build import build_understanding
from cliprt.recipe.schema import Recipe
from cliprt.runtime.instructions import pick
from cliprt.stages.run_folder import find_checkpoint


def ask_for(recipe: Recipe, policy: Path | None, said: str) -> str:
    """What is meant by what was said; where nobody can be sure, the person is asked.

    Args:
        recipe: Whose matcher reads it, and whose tasks are known.
        policy: Whose training is known too; None where it learned nothing here.
        said: In the person's words.

    Raises:
        UnclearError: It is not clear, and nobody is there, or none of what is offered is meant.
    """
    taught = taught_instructions(find_checkpoint(policy)) if policy else ()
    words = " ".join(said.split())
    understand = build_understanding(recipe, taught)
    try:
        return understand(words)
    except UnclearError as error:
        if not sys.stdin.isatty():
            raise
        note(str(error))
        for number, offer in enumerate(error.offers, 1):
            note(f"  {number}  {offer}")
        note("Type its number, or nothing where none is meant.")
        chosen = pick(input("> "), error.offers)
        if chosen is None:
            raise
        understand.remember(words, chosen)
        return chosen
