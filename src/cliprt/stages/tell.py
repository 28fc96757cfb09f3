"""The same scenes once more, the policy told in other words, or told another task."""

from __future__ import annotations

from pathlib import Path

from cliprt.evaluation.telling import load_rewordings, plan_told
from cliprt.recipe.schema import Recipe
from cliprt.stages.agree import with_agreed_mode
from cliprt.stages.evaluate import Evaluated, attempt, have_trials
from cliprt.stages.keys import digest, evaluation_key
from cliprt.stages.run_folder import RunFolder


def tell(recipe: Recipe, run: RunFolder, policy: str, checkpoint: Path) -> Evaluated:
    """Have the trials of ``evaluation.instructions`` done; those that were done before are kept.

    Args:
        recipe: Which tasks, scenes and manners.
        run: Where the trials are kept.
        policy: What names the policy (its key).
        checkpoint: The policy's folder.

    Raises:
        UsageError: No task is reworded, or there is no other task.
    """
    recipe = with_agreed_mode(recipe, checkpoint)
    folder = run.evaluation(evaluation_key(recipe, policy))
    words = load_rewordings(recipe.evaluation.rewordings)
    file = folder / f"told-{digest('told', words)}.jsonl"
    context = {"checkpoint": str(checkpoint), "folder": str(folder)}
    jobs = [(job,) for job in plan_told(recipe)]
    return have_trials(recipe, file, jobs, attempt, context, portion=run.portion)
