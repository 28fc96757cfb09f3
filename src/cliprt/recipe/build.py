"""Names -> objects: the only place where a recipe becomes a robot, a policy, a teacher ..."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from cliprt.errors import CliprtError, MissingExtraError, RecipeError, UsageError
from cliprt.recipe.options import constructor_options
from cliprt.recipe.schema import Component, Recipe
from cliprt.recipe.word import check_policy_allowed
from cliprt.registry import load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cliprt.augmenters.interface import Augmenter
    from cliprt.data.samples import Recorded
    from cliprt.encoders.interface import Encoder
    from cliprt.engines.interface import Engine
    from cliprt.language.interface import Interpreter
    from cliprt.matchers.interface import Matcher
    from cliprt.policies.acting import Actor
    from cliprt.policies.interface import Policy
    from cliprt.robots.interface import RobotBackend
    from cliprt.runtime.gate import Gate
    from cliprt.runtime.instructions import Understanding
    from cliprt.sources.interface import Source
    from cliprt.tasks.interface import Task
    from cliprt.teleoperators.interface import Teleoperator
    from cliprt.transcribers.interface import Transcriber
    from cliprt.vocabularies.interface import ActionVocabulary

T = TypeVar("T")


def build_vocabulary(recipe: Recipe) -> ActionVocabulary:
    """The primitives that everything in this run speaks of."""
    return construct("vocabulary", recipe.vocabulary)


def build_interpreter(recipe: Recipe, vocabulary: ActionVocabulary) -> Interpreter:
    """Whoever reads what the teleoperator says."""
    return construct("interpreter", recipe.interpreter, vocabulary=vocabulary)


def build_transcriber(recipe: Recipe) -> Transcriber:
    """Whoever turns speech into the sentence that the interpreter reads."""
    return construct("transcriber", recipe.transcriber)


def build_teleoperator(recipe: Recipe) -> Teleoperator:
    """Whoever says what to do next."""
    return construct("teleoperator", recipe.teleoperator)


def build_helper(recipe: Recipe) -> Teleoperator:
    """Whoever helps the policy."""
    return construct("teleoperator", recipe.helper)


def build_task(component: Component) -> Task:
    """One of the recipe's ``tasks``."""
    return construct("task", component)


def build_augmenters(recipe: Recipe, vocabulary: ActionVocabulary) -> list[tuple[str, Augmenter]]:
    """(registry name, augmenter) in the recipe's order."""
    return [
        (component.name, construct("augmenter", component, vocabulary=vocabulary))
        for component in recipe.augmenters
    ]


def build_sources(recipe: Recipe, recorded: Recorded | None) -> list[tuple[Source, float]]:
    """Where training rows come from, and how often they are drawn beside the others'.

    Args:
        recipe: The run's.
        recorded: The run's episodes, for sources that learn from them.
    """
    sources = []
    for component in recipe.data.sources:
        options = dict(component.options)
        weight = options.pop("weight", 1.0)
        own = constructor_options("source", component.name)
        given = {"recorded": recorded} if own.named("recorded") else {}
        source: Source = construct("source", replace(component, options=options), **given)
        sources.append((source, weight))
    return sources


def source_marks(recipe: Recipe) -> list[str]:
    """What names the rows of a recipe's sources in a policy's key, beside the run's episodes.

    Nothing where those are all that is learned from.

    Raises:
        StoreError: A source cannot be read.
    """
    if len(recipe.data.sources) == 1 and recipe.data.are_taught:
        return []
    sources = zip(recipe.data.sources, build_sources(recipe, None), strict=True)
    return [f"{c.name} {weight:g} {source.identity}" for c, (source, weight) in sources]


def build_engine(recipe: Recipe) -> Engine:
    """What runs the jobs of the stages."""
    component, workers = recipe.data.engine, recipe.data.workers
    own = constructor_options("engine", component.name)
    return construct("engine", component, **({"workers": workers} if own.named("workers") else {}))


def build_robot(recipe: Recipe) -> Gate:
    """The robot behind its gate; nobody gets a bare backend."""
    from cliprt.runtime.gate import Gate

    return Gate(construct("robot", recipe.robot), recipe.gate)


def is_simulated(recipe: Recipe) -> bool:
    """Whether nothing real moves by the recipe's robot; imports its class, builds nothing."""
    cls: type[RobotBackend] = load("robot", recipe.robot.name)
    return cls.simulates


def check_simulated(recipe: Recipe, what: str, instead: str) -> None:
    """Raise unless the recipe's robot is a simulated one.

    Raises:
        UsageError: What cannot be done on hardware, and what to do instead.
    """
    if not is_simulated(recipe):
        raise UsageError(f"the robot {recipe.robot.name!r} is no simulated one: {what}. {instead}")


def build_encoder(recipe: Recipe) -> Encoder:
    """The two towers, with the weights that the recipe names, unless a whole policy's follow."""
    return construct("encoder", find_encoder(recipe))


def find_encoder(recipe: Recipe) -> Component:
    """The recipe's encoder; without weights of its own where ``trainer.start_from`` has all."""
    if not recipe.trainer.start_from:
        return recipe.encoder
    sources = load("encoder", recipe.encoder.name).weight_sources
    kept = {name: value for name, value in recipe.encoder.options.items() if name not in sources}
    return replace(recipe.encoder, options=kept)


def build_policy(recipe: Recipe, vocabulary: ActionVocabulary) -> Policy:
    """The untrained policy, with the vocabulary and the encoder if it takes them."""
    from cliprt.policies.interface import takes

    policy_class = load("policy", recipe.policy.name)
    given: dict[str, Any] = {}
    if takes(policy_class, "vocabulary"):
        given["vocabulary"] = vocabulary
    if takes(policy_class, "encoder"):
        given["encoder"] = build_encoder(recipe)
    return construct("policy", recipe.policy, **given)


def build_understanding(recipe: Recipe, taught: Iterable[str] = ()) -> Understanding:
    """Whoever says what a policy is asked for by an instruction in a person's words.

    Args:
        recipe: Whose tasks are known.
        taught: What else is.
    """
    from cliprt.runtime.instructions import Understanding

    matcher: Matcher = construct("matcher", recipe.runtime.instructions)
    if not matcher.compares:  # what is known costs building every task
        return Understanding(matcher)
    return Understanding(matcher, [*(build_task(t).instruction for t in recipe.tasks), *taught])


def build_actor(
    recipe: Recipe, policy: Policy, weights: Path | None = None, taught: Iterable[str] = ()
) -> Actor:
    """The policy as whoever acts asks it, on the recipe's device.

    Args:
        recipe: The run's.
        policy: Trained or not.
        weights: The file that its weights were read from, if they were.
        taught: What it is known to understand, beside the recipe's tasks.
    """
    from cliprt.policies.acting import Actor

    runtime, understand = recipe.runtime, build_understanding(recipe, taught)
    return Actor(policy, runtime.device, runtime.precision, weights, runtime.compile, understand)


def load_actor(recipe: Recipe, checkpoint: Path, vocabulary: ActionVocabulary) -> Actor:
    """The same of a trained policy.

    Raises:
        CheckpointError, VocabularyError: As :func:`cliprt.policies.checkpoint.load_policy`.
        UsageError: This machine does not have the recipe's device, or the policy runs elsewhere,
            where the recipe's does not.
    """
    from cliprt.policies.checkpoint import load_policy
    from cliprt.policies.description import WEIGHTS, taught_instructions

    policy = load_policy(checkpoint, vocabulary)
    check_policy_allowed(checkpoint, recipe.policy)
    taught = taught_instructions(checkpoint)
    return build_actor(recipe, policy, checkpoint / WEIGHTS, taught)


def construct(kind: str, component: Component, **given: Any) -> T:  # type: ignore[type-var]
    """Call a plugin's constructor; the caller says of what type it is.

    Raises:
        UnknownNameError, PluginError: It cannot be loaded.
        MissingExtraError: It needs a package that is not installed.
        RecipeError: Its constructor refuses the options.
    """
    cls: type[T] = load(kind, component.name)
    try:
        return cls(**given, **component.options)
    except MissingExtraError:
        raise
    except Exception as error:
        options = ", ".join(f"{k}={v!r}" for k, v in component.options.items()) or "no options"
        reason = (
            str(error) if isinstance(error, CliprtError) else f"{type(error).__name__}: {error}"
        )
        raise RecipeError([f"{kind} {component.name} ({options}): {reason}"]) from error
