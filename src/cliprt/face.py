"""What ``cliprt`` offers beside its modules: parts by their names, and a recipe's whole run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cliprt.errors import UsageError
from cliprt.recipe.build import build_robot, construct
from cliprt.recipe.load import read_recipe
from cliprt.recipe.schema import Component, GateSection, Recipe
from cliprt.recipe.word import check_allowed, check_policy_allowed
from cliprt.registry import check_name

if TYPE_CHECKING:
    from cliprt.evaluation.results import Report
    from cliprt.policies.interface import Policy
    from cliprt.runtime.gate import Gate
    from cliprt.runtime.policy_agent import PolicyAgent


def make(kind: str, name: str, **options: Any) -> Any:
    """A plugin by its name, e.g. a task, a vocabulary, an interpreter.

    >>> make("vocabulary", "clip_rt_58").primitives[13].phrase
    'move the arm to the left by five centimeters'

    Args:
        kind: A key of :data:`cliprt.registry.GROUPS`.
        name: Registry name; ``cliprt plugins ls`` shows all.
        options: Of its constructor.

    Raises:
        UnknownNameError: Nobody registers it.
        MissingExtraError: It needs a package that is not installed.
        RecipeError: Its constructor refuses the options.
        UsageError: A robot, which nobody holds without its gate.
    """
    if kind == "robot":
        raise UsageError("a robot is always behind its gate. Use make_robot")
    check_name(kind, name)
    return construct(kind, Component(name), **options)


def make_robot(robot: str | Recipe = "pybullet", **options: Any) -> Gate:
    """A robot behind its gate; a context manager that connects it and lets go of it.

    Args:
        robot: Registry name, or a recipe, whose gate it then has too.
        options: Of the robot's constructor, where it is named.

    Raises:
        UnknownNameError, MissingExtraError, RecipeError: As `make`.
    """
    if isinstance(robot, Recipe):
        return build_robot(robot)
    from cliprt.runtime.gate import Gate

    check_name("robot", robot)
    return Gate(construct("robot", Component(robot, options)), GateSection())


def fit(
    recipe: str | Path | Recipe, overrides: Iterable[str] = (), out: Path | None = None
) -> Report:
    """Teach, augment, train, evaluate and report, each as far as it is missing.

    Args:
        recipe: A file, the name of a shipped recipe, or one that is loaded.
        overrides: ``key.path=value`` each, where it is not loaded yet.
        out: The run folder; None = ``runs/<the recipe's name>``.

    Raises:
        RecipeError: The recipe cannot be used.
        UsageError: Its file reaches outside, and nobody has allowed that.
        StoreError: The run folder cannot be written, or another process works on it.
    """
    from cliprt.stages.fit import fit as fit_run
    from cliprt.stages.run_folder import RUNS, RunFolder, open_run
    from cliprt.stages.skills import with_skills

    if isinstance(recipe, Recipe):
        loaded = recipe
    else:
        loaded, found = read_recipe(recipe, overrides)
        check_allowed(recipe, found)
    loaded = with_skills(loaded, RunFolder(out or RUNS / loaded.name))
    return fit_run(loaded, open_run(loaded, out))


def load_policy(path: str | Path) -> Policy:
    """A trained policy, a torch module in evaluation mode.

    Args:
        path: A checkpoint folder, or a run folder, of which the last policy is meant.

    Raises:
        CheckpointError: There is none, or it cannot be built here.
    """
    from cliprt.policies.checkpoint import load_policy as load_checkpoint
    from cliprt.stages.run_folder import find_checkpoint

    return load_checkpoint(find_checkpoint(Path(path)))


def load_agent(path: str | Path, device: str = "auto", break_loops: bool = True) -> PolicyAgent:
    """A trained policy as whom `run_episode` asks what to do next.

    Args:
        path: As `load_policy`.
        device: ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda:1"`` ...
        break_loops: Never choose a primitive twice at one place.

    Raises:
        CheckpointError: There is none, or it cannot be built here.
        UsageError: This machine does not have the device, or the policy runs elsewhere, and nobody
            has allowed that.
    """
    from cliprt.policies.acting import Actor
    from cliprt.policies.checkpoint import load_vocabulary
    from cliprt.policies.interface import RankingPolicy
    from cliprt.runtime.policy_agent import PolicyAgent
    from cliprt.stages.run_folder import find_checkpoint

    policy = load_policy(path)
    check_policy_allowed(find_checkpoint(Path(path)))
    is_ranking = isinstance(policy, RankingPolicy)
    vocabulary = load_vocabulary(find_checkpoint(Path(path))) if is_ranking else None
    return PolicyAgent(Actor(policy, device), vocabulary, break_loops)
