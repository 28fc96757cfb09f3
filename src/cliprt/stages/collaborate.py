"""A recipe's policy and helper, put together for a worker or a live run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cliprt.policies.calibration import Calibration
from cliprt.recipe.build import build_helper, build_interpreter
from cliprt.recipe.schema import Recipe
from cliprt.runtime.agents import SpokenAgent
from cliprt.runtime.collaboration import CollaborativeAgent, Initiative
from cliprt.runtime.company import Company, Speaker, Together
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.runtime.watch import LivePicture
from cliprt.stages.agree import load_agreed_actor
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
    interpreter = build_interpreter(recipe, vocabulary)
    temperature, threshold, largest_set = 1.0, 0.0, recipe.collaboration.largest_set
    if calibration:
        temperature, threshold = calibration.temperature, calibration.threshold
        largest_set = largest_set or calibration.usual_set_size
    return CollaborativeAgent(
        PolicyAgent(actor, vocabulary, recipe.evaluation.break_loops, temperature),
        SpokenAgent(build_helper(recipe), interpreter),
        vocabulary,
        threshold=threshold,
        initiative=initiative,
        largest_set=largest_set,
        interventions=interventions,
        source=recipe.helper.name,
    )


def accompany(bench: Bench, agent: CollaborativeAgent, instruction: str, folder: Path) -> Company:
    """Who is beside the robot while somebody helps; a person who does sees a live picture.

    Args:
        bench: The worker's.
        agent: The policy and its helper.
        instruction: The task in words.
        folder: The run's, for the picture.
    """
    company = bench.attendant or Speaker(agent.teleoperator)
    if not agent.teleoperator.is_person:
        return company
    live = LivePicture(bench.robot, folder / LIVE_PICTURE, instruction)
    print(f"See the robot in {live.page}, in a browser", file=sys.stderr)
    return Together(company, live)


def load_actor_once(bench: Bench, checkpoint: str) -> Actor:
    """A policy in a worker, loaded once."""
    if bench.cache.get("checkpoint") != checkpoint:
        import torch

        # The processes fill the cores already, and one image is too little work for two threads.
        torch.set_num_threads(1)
        actor = load_agreed_actor(bench.recipe, Path(checkpoint), bench.vocabulary)
        bench.cache |= {"checkpoint": checkpoint, "actor": actor}
    loaded: Actor = bench.cache["actor"]
    return loaded
