"""Has many independent jobs done by the recipe's engine, each worker with a robot of its own.

Each worker builds its robot once.  Results come back in the order of completion; every job's
outcome depends on its own seed only, so neither the order nor who works matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from cliprt.engines.interface import Engine, Result
from cliprt.engines.local import count_workers as count_workers
from cliprt.errors import UsageError
from cliprt.recipe.build import build_engine, build_robot, build_vocabulary, is_simulated
from cliprt.recipe.schema import Recipe
from cliprt.registry import load
from cliprt.runtime.confirm import Attendant, attend, confirms
from cliprt.runtime.gate import Gate
from cliprt.stages.shared import map_shared
from cliprt.vocabularies.interface import ActionVocabulary


class Bench:
    """What a worker keeps between jobs: the recipe, a connected robot, the vocabulary, and notes.

    Attributes:
        is_simulated: Whether the robot has a simulation.
        attendant: The person at the robot; None beside a simulated one that nobody wants to watch.
        context: Values that the stage handed to every worker.
        cache: For what a job wants to build once per worker (a policy, a task).
    """

    def __init__(self, recipe: Recipe, context: Mapping[str, Any]) -> None:
        self.recipe = recipe
        self.context = context
        self.vocabulary: ActionVocabulary = build_vocabulary(recipe)
        self.robot: Gate = build_robot(recipe)
        self.cache: dict[str, Any] = {}
        self.robot.connect()
        self.is_simulated = self.robot.simulation is not None
        self.attendant: Attendant | None = attend(self.robot, self.vocabulary.primitives)

    def arrange(self, what: str) -> None:
        """Have a scene arranged, where a person has to.

        Raises:
            UsageError: They want to end here.
        """
        if self.attendant and not self.attendant.arrange(what):
            raise UsageError(
                "the person at the robot ended it; what was done is kept. Go on with the same"
                " command"
            )

    def close(self) -> None:
        """Stop the robot and let go of it."""
        self.robot.stop()


def check_judged(bench: Bench) -> None:
    """Raise unless somebody, or a simulator, can say whether an episode succeeded.

    Raises:
        UsageError: Nobody can.
    """
    if not bench.is_simulated and bench.attendant is None:
        raise UsageError(
            "nobody can say whether an episode succeeds: the robot is no simulated one, and the"
            " input is no terminal. Evaluate it in a terminal"
        )


def is_attended(recipe: Recipe) -> bool:
    """Whether a person at the robot takes part, so that jobs are done here, one by one."""
    return not is_simulated(recipe) or confirms(is_simulated=True)


def run_jobs(
    recipe: Recipe,
    job: Callable[..., Result],
    arguments: Iterable[tuple[Any, ...]],
    context: Mapping[str, Any],
    here: bool = False,
    folder: Path | None = None,
) -> Iterator[Result]:
    """Yield ``job(bench, *args)`` for each of `arguments`, as they finish.

    Args:
        recipe: Every worker builds its robot from it; ``data.engine`` says who the workers are, and
            ``data.workers`` how many.
        job: A module-level function (it travels to other processes by name).
        arguments: One tuple per job, of plain values.
        context: Handed to every worker once.
        here: Work in this process, because a person at the terminal speaks; as wherever one
            attends.
        folder: Where the jobs read and write; every worker has to see it.

    Raises:
        RobotError: A worker died.
        CliprtError: What a job, or building its robot, raised.
        KeyboardInterrupt: All workers were ended at once.
    """
    alone = here or is_attended(recipe)
    engine: Engine = load("engine", "local")(workers=1) if alone else build_engine(recipe)
    start = partial(Bench, recipe, dict(context))
    return map_shared(engine, folder or Path(), start, job, arguments)
