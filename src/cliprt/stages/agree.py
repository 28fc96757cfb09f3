"""How often faster ways to compute choose as float32 does, on what was recorded."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from cliprt.data.store import EpisodeStore, find_store
from cliprt.errors import UsageError
from cliprt.recipe.build import load_actor
from cliprt.recipe.schema import Recipe, RuntimeSection
from cliprt.stages.progress import show_progress
from cliprt.types import Observation
from cliprt.vocabularies.interface import ActionVocabulary

if TYPE_CHECKING:
    from cliprt.policies.acting import Actor
    from cliprt.policies.agreement import Agreement
    from cliprt.policies.modes import Mode
    from cliprt.recipe.schema import ActingPrecision


def with_agreed_mode(recipe: Recipe, checkpoint: Path) -> Recipe:
    """The recipe with its ``runtime`` as `agreed_runtime` has it."""
    return replace(recipe, runtime=agreed_runtime(recipe.runtime, checkpoint))


def agreed_runtime(section: RuntimeSection, checkpoint: Path) -> RuntimeSection:
    """The section with the mode that it means for a policy, told on stderr.

    What nobody has measured on this machine is measured first, in the policy's own run.

    Raises:
        UsageError: The device cannot compute so, or the run has recorded nothing.
    """
    if section.precision == "32-true" and not section.compile:
        return section
    from cliprt.policies.acting import choose_device
    from cliprt.policies.agreement import fastest, load_agreements, place_of
    from cliprt.policies.modes import Mode, check_mode, modes_of

    asked = Mode(section.precision, section.compile)
    device = choose_device(section.device)
    if section.precision == "auto":
        wanted = [mode for mode in modes_of(device) if mode.compiled == section.compile]
    else:
        check_mode(asked, device)
        wanted = [asked]
    place = place_of(checkpoint, section.device)
    known = {one.mode: one for one in load_agreements(checkpoint) if one.place == place}
    missing = [mode for mode in wanted if mode not in known]
    if missing:
        found = agree(checkpoint, section.device, missing, find_store(checkpoint.parents[2]))
        known |= {one.mode: one for one in found}
    mode = fastest(known[one] for one in wanted) if section.precision == "auto" else asked
    told = str(known.get(mode, f"{mode}: no other mode is faster and agrees"))
    if mode in known and not known[mode].suffices:
        told += ". That is too little to be taken unasked; the recipe names it"
    print(f"Decides in {told}", file=sys.stderr, flush=True)
    precision = cast("ActingPrecision", mode.precision)
    return replace(section, precision=precision, compile=mode.compiled)


def load_agreed_actor(recipe: Recipe, checkpoint: Path, vocabulary: ActionVocabulary) -> Actor:
    """A trained policy that is ready to act, in the mode of `with_agreed_mode`.

    Raises:
        CheckpointError, VocabularyError, UsageError: As that and `load_actor`.
    """
    actor = load_actor(with_agreed_mode(recipe, checkpoint), checkpoint, vocabulary)
    actor.prepare([])
    return actor


def agree(
    checkpoint: Path, device: str, modes: Sequence[Mode], store: EpisodeStore
) -> list[Agreement]:
    """Measure modes of a policy beside float32, and keep what came out beside it.

    Args:
        checkpoint: The policy's folder.
        device: As in a recipe.
        modes: Which.
        store: Whose observations are decided about.

    Raises:
        UsageError: Nothing is recorded there, or the policy chooses among no primitives.
    """
    from cliprt.policies.acting import Actor
    from cliprt.policies.agreement import measure, place_of, save_agreement
    from cliprt.policies.checkpoint import load_policy
    from cliprt.policies.description import WEIGHTS
    from cliprt.policies.interface import check_ranking

    seen, place, found = recorded(store), place_of(checkpoint, device), []
    with show_progress("Measuring", len(modes), 0.0) as advance:
        for mode in modes:
            policies = load_policy(checkpoint), load_policy(checkpoint)
            check_ranking(policies[0], "how often a mode chooses alike")
            exact = Actor(policies[0], device, weights=checkpoint / WEIGHTS)
            other = Actor(policies[1], device, mode.precision, checkpoint / WEIGHTS, mode.compiled)
            found.append(measure(exact, other, seen, place))
            save_agreement(checkpoint, found[-1])
            advance(str(found[-1]))
    return found


def recorded(store: EpisodeStore) -> list[tuple[Observation, str]]:
    """Observations of all episodes in turns, with their instructions: as many as are decided about.

    Raises:
        UsageError: There are none.
    """
    from cliprt.policies.agreement import DECISIONS

    ids = store.ids()
    each = -(-DECISIONS // max(1, len(ids)))
    seen = [
        (episode.steps[number].observation, episode.instruction)
        for episode in store.readable(ids[:: max(1, len(ids) // DECISIONS)])
        for number in _spread(len(episode.steps), each)
    ]
    if not seen:
        raise UsageError(
            f"{store.path} holds no recorded observation to measure with. Name a run or a store"
            " that does: cliprt agree POLICY --episodes runs/my_run"
        )
    return seen


def _spread(count: int, wanted: int) -> list[int]:
    """Up to `wanted` numbers below `count`, evenly spread.

    >>> _spread(10, 4), _spread(2, 4)
    ([0, 2, 5, 7], [0, 1])
    """
    wanted = min(count, wanted)
    return [count * i // wanted for i in range(wanted)]
