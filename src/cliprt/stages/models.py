"""The models of the paper's tables and the arms of its claims: how each varies a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cliprt.errors import UsageError, did_you_mean

SUITES = ("common", "novel")
"""The paper's; the models of each are variations of the recipe ``finetune_<suite>``."""

CLAIMS = "claims"
"""The suite, and the profile, in which the paper's claims are decided; of the recipe ``claims``."""


@dataclass(frozen=True)
class Model:
    """One row of a table.

    Attributes:
        name: On the command line.
        title: In the table.
        augmenters: Names, each with the options of the suite's recipe, if it has them there.
        policy: Registry name of the policy; empty = the teacher acts, as an upper bound.
        episodes: Taught ones of a task; None = as many as the recipe says.
        pretrained: It begins with the policy of the recipe `PRETRAINING`; without any episode it
            is that one.
        trainings: How often it is trained, with one seed after the other; all count.
        single_task: A policy of its own for every task.
        compare_loop_breaking: Try every scene without loop-breaking too.
        suites: Where it is judged.
        changes: Further changes of the suite's recipe, ``key=value``, as on the command line.
    """

    name: str
    title: str
    augmenters: tuple[str, ...] = ()
    policy: str = "clip_rt"
    episodes: int | None = None
    pretrained: bool = False
    trainings: int = 1
    single_task: bool = False
    compare_loop_breaking: bool = False
    suites: tuple[str, ...] = SUITES
    changes: tuple[str, ...] = ()


PRETRAINING = "pretrain_common"
"""Recipe of what pretrained models begin with: other tasks than those of the suite `novel`."""

_BOTH, _NOVEL, _CLAIMS = ("scene", "std"), ("novel",), (CLAIMS,)
_ALSO_CLAIMS = (*SUITES, CLAIMS)
_SCENE = "CLIP-RT (scene + std)"

MODELS = (
    Model("clip_rt_scene", _SCENE, _BOTH, compare_loop_breaking=True),
    Model("clip_rt", "CLIP-RT", ("std",), suites=_ALSO_CLAIMS),
    Model("passive", "CLIP-RT-Passive", suites=_ALSO_CLAIMS),
    Model("action", "CLIP-RT-Action", ("std",), "action_token", suites=_ALSO_CLAIMS),
    Model("action_scene", "CLIP-RT-Action (scene + std)", _BOTH, "action_token"),
    Model("few_shot_5", f"{_SCENE}, 5 episodes", _BOTH, episodes=5, suites=_NOVEL),
    Model("few_shot_3", f"{_SCENE}, 3 episodes", _BOTH, episodes=3, suites=_NOVEL),
    Model("few_shot_1", f"{_SCENE}, 1 episode", _BOTH, episodes=1, trainings=3, suites=_NOVEL),
    Model("pretrained_10", f"{_SCENE}, pretrained", _BOTH, pretrained=True, suites=_NOVEL),
    *(
        Model(
            f"pretrained_{few}",
            f"{_SCENE}, pretrained, {few} episode{'s' * (few > 1)}",
            _BOTH,
            episodes=few,
            pretrained=True,
            trainings=trainings,
            suites=_NOVEL,
        )
        for few, trainings in ((3, 1), (1, 3))
    ),
    Model("zero", "CLIP-RT-Zero, pretrained only", episodes=0, pretrained=True, suites=_NOVEL),
    Model(
        "single_task",
        "CLIP-RT, one policy a task",
        ("std",),
        single_task=True,
        suites=_ALSO_CLAIMS,
    ),
    Model("teacher", "The teacher itself", policy=""),
    *(
        Model(
            f"std_{few}",
            f"CLIP-RT, {few} episode{'s' * (few > 1)}",
            ("std",),
            episodes=few,
            suites=_CLAIMS,
        )
        for few in (1, 3, 10)
    ),
    *(
        Model(
            f"scene_{few}",
            f"{_SCENE}, {few} episode{'s' * (few > 1)}",
            _BOTH,
            episodes=few,
            suites=_CLAIMS,
        )
        for few in (1, 3, 5, 10)
    ),
    *(
        Model(
            f"corrected_{rounds}",
            f"CLIP-RT, {rounds} round{'s' * (rounds > 1)} of correction",
            ("std",),
            suites=_CLAIMS,
            changes=(f"collaboration.rounds={rounds}",),
        )
        for rounds in (1, 2, 3)
    ),
    *(
        Model(
            f"asking_{most}",
            f"CLIP-RT, asking at most {most} time{'s' * (most > 1)}",
            ("std",),
            suites=_CLAIMS,
            changes=(f"collaboration.interventions=[{most}]",),
        )
        for most in (1, 2, 3)
    ),
    Model("rejoin", "CLIP-RT, rejoining instead of STD", ("rejoin",), suites=_CLAIMS),
    Model(
        "soft_labels",
        "CLIP-RT, soft labels",
        ("std",),
        suites=_CLAIMS,
        changes=("policy.soft_labels=0.2",),
    ),
    Model(
        "pose",
        "CLIP-RT, feeling its pose",
        ("std",),
        suites=_CLAIMS,
        changes=("policy.state=[commanded_pose, gripper]",),
    ),
    Model("voting", "CLIP-RT, voting", ("std",), suites=_CLAIMS, changes=("policy.voting=true",)),
)


def check_models(names: Sequence[str]) -> None:
    """Raise unless all of these are models.

    Raises:
        UsageError: One is not.
    """
    allowed = [model.name for model in MODELS]
    for name in names:
        if name not in allowed:
            raise UsageError(
                f"no model is called {name!r}.{did_you_mean(name, allowed)}"
                f" Allowed: {', '.join(allowed)}."
            )


def find_models(names: Sequence[str], suite: str) -> tuple[Model, ...]:
    """The models of these names (none = all) that are judged in a suite, in the table's order."""
    return tuple(m for m in MODELS if suite in m.suites and (not names or m.name in names))
