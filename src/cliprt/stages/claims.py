"""What the paper claims, as arms that are trained with many seeds and a plan of how many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cliprt.errors import UsageError, did_you_mean
from cliprt.evaluation.paired_seeds import MARGIN
from cliprt.evaluation.power import (
    power,
    power_of_equivalence,
    seeds_needed,
    spread_of_difference,
)
from cliprt.stages.estimates import estimate
from cliprt.stages.models import CLAIMS as SUITE
from cliprt.stages.models import find_models
from cliprt.stages.parts import Part, build_parts

BETWEEN = 0.06
"""Standard deviation of a training's true success rate over seeds, as measured where none was
decided yet: plans rest on it, decisions do not."""

EFFECTS = (0.20, 0.15, 0.10, 0.07)
"""Differences whose power a plan states."""


@dataclass(frozen=True)
class Arm:
    """One way to learn.

    Attributes:
        model: Name of its model.
        label: Below its dots in the picture.
        series: Of the dots that it is one of, where there are several.
    """

    model: str
    label: str
    series: str = ""


@dataclass(frozen=True)
class Claim:
    """What is claimed, and how it is decided.

    Attributes:
        name: On the command line.
        title: In a few words.
        says: The paper's sentence, in ours.
        paper: The difference that it found [points]; None = our sources do not state it.
        paper_says: Where that is from, and what it is of.
        arms: In the picture's order.
        first, second: The models that decide: the claim is that the first is better.
        seeds: Trainings of each arm, planned; nothing is decided from fewer.
        rate: About how often the arms succeed, for the plan.
    """

    name: str
    title: str
    says: str
    paper: float | None
    paper_says: str
    arms: tuple[Arm, ...]
    first: str
    second: str
    seeds: int
    rate: float = 0.4


_STD = Arm("clip_rt", "with STD")

CLAIMS = (
    Claim(
        "std",
        "STD lifts success",
        "Diversifying what was taught (STD) makes a better policy than what was taught alone.",
        24,
        "54 % against 30 %, nine common tasks",
        (Arm("passive", "taught alone"), _STD),
        "clip_rt",
        "passive",
        seeds=36,
    ),
    Claim(
        "words",
        "Words beat action tokens",
        "Actions told in natural language are learned better than learned tokens of them.",
        11,
        "54 % against 43 %, nine common tasks; 53 % against 47 %, nine novel ones",
        (Arm("action", "tokens"), Arm("clip_rt", "phrases")),
        "clip_rt",
        "action",
        seeds=36,
    ),
    Claim(
        "tasks",
        "Many tasks teach each other",
        "One policy for all tasks is better than a policy for each, with as many looks at each.",
        11,
        "53 % against 42 %, nine novel tasks",
        (Arm("single_task", "one a task"), Arm("clip_rt", "one for all")),
        "clip_rt",
        "single_task",
        seeds=20,
    ),
    Claim(
        "few_shot",
        "More examples help",
        "A few episodes of a task suffice; ten are better than three.",
        None,
        "1, 5 and 10 episodes were taught; our sources do not state the figures",
        (
            *(Arm(f"std_{few}", str(few), "STD") for few in (1, 3)),
            Arm("clip_rt", "5", "STD"),
            Arm("std_10", "10", "STD"),
            *(Arm(f"scene_{few}", str(few), "STD and new scenes") for few in (1, 3, 5, 10)),
        ),
        "std_10",
        "std_3",
        seeds=12,
    ),
    Claim(
        "correction",
        "Correction pays",
        "A policy that is corrected by sentences, and learns from them, gets better.",
        None,
        "our sources do not state the figures",
        (
            Arm("clip_rt", "0"),
            *(Arm(f"corrected_{rounds}", str(rounds)) for rounds in (1, 2, 3)),
        ),
        "corrected_2",
        "clip_rt",
        seeds=12,
    ),
    Claim(
        "asking",
        "Help pays",
        "A policy that may ask where it is unsure succeeds more often.",
        None,
        "our sources do not state the figures",
        (Arm("clip_rt", "0"), *(Arm(f"asking_{most}", str(most)) for most in (1, 2, 3))),
        "asking_3",
        "clip_rt",
        seeds=12,
    ),
    Claim(
        "rejoin",
        "Rejoining beats nothing",
        "Leaving the taught way and rejoining it as the teacher would lifts success.",
        None,
        "has no such arm",
        (Arm("passive", "taught alone"), _STD, Arm("rejoin", "rejoining")),
        "rejoin",
        "passive",
        seeds=20,
    ),
    *(
        Claim(
            model,
            title,
            says,
            None,
            "has no such arm",
            (Arm("clip_rt", "without"), Arm(model, "with")),
            model,
            "clip_rt",
            seeds=20,
        )
        for model, title, says in (
            ("soft_labels", "Soft labels pay", "Neighbouring primitives are right in part."),
            ("voting", "Voting pays", "Several looks at one picture vote on the primitive."),
        )
    ),
)
"""In the order of the page."""


def find_claims(names: Sequence[str]) -> tuple[Claim, ...]:
    """The claims of these names; none = all.

    Raises:
        UsageError: There is no such claim.
    """
    allowed = [claim.name for claim in CLAIMS]
    for name in names:
        if name not in allowed:
            raise UsageError(
                f"no claim is called {name!r}.{did_you_mean(name, allowed)}"
                f" Allowed: {', '.join(allowed)}."
            )
    return tuple(claim for claim in CLAIMS if not names or claim.name in names)


def plan_seeds(claims: Sequence[Claim], most: int | None) -> dict[str, range]:
    """Model -> the seeds that it is trained with: as many as the claim wants that wants most.

    Args:
        claims: Those to decide.
        most: Of all seeds, for now; None = all.
    """
    seeds: dict[str, range] = {}
    for claim in claims:
        own = range(claim.seeds if most is None else min(most, claim.seeds))
        for arm in claim.arms:
            seeds[arm.model] = max(own, seeds.get(arm.model, own), key=len)
    return seeds


def build_arms(
    claims: Sequence[Claim], overrides: Sequence[str], seeds: Sequence[int], most: int | None = None
) -> tuple[Part, ...]:
    """The policies of some training seeds, as far as they are planned.

    Args:
        claims: Those to decide.
        overrides: Changes of the recipe ``claims``.
        seeds: Of the trainings.
        most: Of all seeds, for now; None = all.
    """
    planned = plan_seeds(claims, most)
    return tuple(
        part
        for model in find_models(list(planned), SUITE)
        if (own := [seed for seed in seeds if seed in planned[model.name]])
        for part in build_parts(model, SUITE, SUITE, overrides, own)
    )


def tell_plan(claims: Sequence[Claim], overrides: Sequence[str], most: int | None) -> Iterator[str]:
    """What is going to be run, line by line: seeds, what they can see, and CPU hours.

    An arm that several claims share is counted with the first.
    """
    counted: set[str] = set()
    for claim in claims:
        seeds = plan_seeds([claim], most)[claim.first]
        arms = build_arms([claim], overrides, [0])
        parts = [part for part in arms if part.model.name not in counted]
        counted |= {part.model.name for part in parts}
        hours = len(seeds) * sum(one.cpu_s for one in estimate(parts)) / 3600
        trials = len({task.key for part in arms for task in part.recipe.tasks})
        trials *= arms[0].recipe.evaluation.trials
        spread = spread_of_difference(BETWEEN, claim.rate, trials)
        chances = [f"{100 * e:.0f} points {power(e, spread, len(seeds)):.0%}" for e in EFFECTS]
        if len(seeds) < 2:
            chances = ["nothing"]
        yield (
            f"{claim.name}: {len(claim.arms)} arms, {len(seeds)} of {claim.seeds} training seeds,"
            f" {trials} trials each, about {hours:.1f} CPU hours"
        )
        yield (
            f"  can see: {', '.join(chances)}; 80 % for 10 points takes"
            f" {seeds_needed(0.10, spread)} seeds (differences spread by {100 * spread:.0f} points)"
        )
        if len(seeds) > 1:
            equal = power_of_equivalence(spread, len(seeds))
            yield f"  where there is none, shows that it is below {100 * MARGIN:.0f}: {equal:.0%}"
