"""A recipe's policy and helper, put together for a worker or a live run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.policies.calibration import Calibration
from cliprt.recipe.build import build_helper, build_interpreter, load_actor
from cliprt.recipe.schema import Recipe
from cliprt.registry import load
from cliprt.runtime.agents import Agent, SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent, Initiative
from cliprt.runtime.gate import Gate
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.watch import WatchedAgent
from cliprt.stages.collect import LIVE_PICTURE
from cliprt.stages.workers import Bench
from cliprt.vocabularies.interface import ActionVocabulary

if TYPE_CHECKING:
    from cliprt.policies.acting import Actor


def build_collaborator(
    recipe: Recipe,
    vocabulary: ActionVocabulary,
    actor: Actor,
    calibration: Calibration | None = None,
    *,
    initiative: Initiative,
    interventions: int | None = None,
) -> CollaborativeAgent:
    """The policy and the recipe's helper as one agent.

    Args:
        recipe: Names the helper and the interpreter.
        vocabulary: What the scores are about.
        actor: The policy.
        calibration: Of the policy; only a policy that asks needs one.
        initiative: Who starts.
        interventions: The most in an episode; None = any number.

    Raises:
        UsageError: A policy shall ask that has no probabilities.
    """
    from cliprt.policies.interface import check_ranking

    if initiative == "policy":
        check_ranking(actor.policy, "asking for help when it is unsure")
    teleoperator = build_helper(recipe)
    temperature, threshold, largest_set = 1.0, 0.0, recipe.collaboration.largest_set
    if calibration:
        temperature, threshold = calibration.temperature, calibration.threshold
        largest_set = largest_set or calibration.usual_set_size
    return CollaborativeAgent(
        PolicyAgent(actor, vocabulary, recipe.evaluation.break_loops, temperature),
        teleoperator,
        SpokenAgent(teleoperator, build_interpreter(recipe, vocabulary)),
        vocabulary,
        threshold=threshold,
        initiative=initiative,
        largest_set=largest_set,
        interventions=interventions,
        source=recipe.helper.name,
    )


def watch_if_person(recipe: Recipe, agent: CollaborativeAgent, robot: Gate, folder: Path) -> Agent:
    """The agent, with a live picture in the run folder if a person helps, who has to see."""
    if not load("teleoperator", recipe.helper.name).is_person:
        return agent
    watched = WatchedAgent(agent, robot, folder / LIVE_PICTURE)
    print(f"See the robot in {watched.page}, in a browser", file=sys.stderr)
    return watched


def load_actor_once(bench: Bench, checkpoint: str) -> Actor:
    """A policy in a worker, loaded once."""
    if bench.cache.get("checkpoint") != checkpoint:
        import torch

        # The processes fill the cores already, and one image is too little work for two threads.
        torch.set_num_threads(1)
        actor = load_actor(bench.recipe, Path(checkpoint), bench.vocabulary)
        bench.cache |= {"checkpoint": checkpoint, "actor": actor}
    loaded: Actor = bench.cache["actor"]
    return loaded
