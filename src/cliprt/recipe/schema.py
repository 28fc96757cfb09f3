"""What a recipe may say: every section, key, default and unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from cliprt.types import Limit

Natural = Annotated[int, Limit(0)]
Count = Annotated[int, Limit(1)]
AtLeast0 = Annotated[float, Limit(0)]
Above0 = Annotated[float, Limit(0, low_open=True)]
Share = Annotated[float, Limit(0, 1, high_open=True)]
Tower = Literal["image", "text"]
Precision = Literal["32-true", "16-mixed", "bf16-mixed", "16-true", "bf16-true", "64-true"]
ActingPrecision = Literal[
    "32-true", "auto", "tf32", "int8", "16-mixed", "bf16-mixed", "16-true", "bf16-true", "64-true"
]

LATER: Mapping[str, Any] = {"since": "0.2.0"}
"""``metadata`` of every field that 0.1.0 did not have; see :mod:`cliprt.stages.keys`."""

CALIBRATION_SEEDS = 10_000
"""How far the scenes for calibration lie above those of corrected episodes."""


@dataclass(frozen=True)
class Component:
    """A plugin by name, with the options of its constructor.

    In YAML: ``{name: std, variants: 3}``, or just ``std``; a task may have a name of its own there,
    ``{name: libero, task: 3, as: spatial_3}``, so that one class is there more than once.

    Attributes:
        name: Registry name.
        options: Of the constructor.
        label: ``as``: what a task is called instead of `name`; "" = as its class.
    """

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    label: str = field(default="", metadata=LATER)

    @property
    def key(self) -> str:
        """What episodes, trials and reports call it."""
        return self.label or self.name

    def to_entry(self) -> dict[str, Any]:
        """As a recipe's file says it."""
        label = {"as": self.label} if self.label else {}
        return {"name": self.name, **label, **self.options}


@dataclass(frozen=True)
class GateSection:
    """Limits that every motion must respect (see :mod:`cliprt.runtime.gate`).

    Attributes:
        lower, upper: Corners of the workspace box for the pinch point [m], base frame.
        max_step_m: Longest translation of one primitive [m].
        max_step_deg: Largest rotation of one primitive [degrees].
        min_interval_s: Shortest time between two commands [s], by the wall clock.
    """

    lower: tuple[float, float, float] = (0.15, -0.45, 0.005)
    upper: tuple[float, float, float] = (0.80, 0.45, 0.60)
    max_step_m: Above0 = 0.30
    max_step_deg: Annotated[float, Limit(0, 180, low_open=True)] = 180.0
    min_interval_s: AtLeast0 = 0.0


@dataclass(frozen=True)
class DataSection:
    """What is taught, and where the policy's training rows come from.

    Attributes:
        episodes: Taught episodes per task; 0 only to judge a policy as it is (`max_steps` 0).
        first_seed: Scene seed of the first taught episode; the next ones follow.
        workers: Processes for collecting, augmenting and evaluating, at most four per core; 0 = one
            per core.
        engine: Who runs them: this machine, or others, e.g. ``{name: ray, address: ...}``.
        sources: Where training rows come from, e.g. ``[store, {name: shards, path: ...}]``;
            ``weight`` is how often one's rows are drawn beside the others' (1).
        memory_gb: Rows that are kept decoded in memory at most [GB]; the rest is read as needed.
    """

    episodes: Natural = 10
    first_seed: Natural = 0
    workers: Natural = 0
    sources: tuple[Component, ...] = field(default=(Component("store"),), metadata=LATER)
    memory_gb: AtLeast0 = field(default=4.0, metadata=LATER)
    engine: Component = field(default=Component("local"), metadata=LATER)

    @property
    def are_taught(self) -> bool:
        """Whether the run's own episodes are among the sources."""
        return self.episodes > 0 and any(map(is_run, self.sources))


def is_run(source: Component) -> bool:
    """Whether a source is the run's own episodes."""
    return source.name == "store" and not source.options.get("path")


@dataclass(frozen=True)
class TrainerSection:
    """How the policy is fitted.

    Attributes:
        max_steps: Optimiser steps; 0 = none, `start_from` is judged as it is.
        batch_size: Steps of episodes per optimiser step, over all processes: `devices`, `num_nodes`
            and `accumulate` change how fast it is, not what is learned.
        learning_rate: Peak of the schedule, AdamW.
        weight_decay: On parameters of two and more dimensions.
        betas, eps: AdamW's.
        warmup_steps: Linear rise of the learning rate, at most `max_steps`.
        schedule: ``"cosine"`` or ``"constant"`` after the rise.
        gradient_clip: Largest gradient norm; 0 = none.
        crop_scale: Smallest share of the image that a random resized crop keeps; 1 = none.
        shift_px: Largest random shift of an image, in preprocessed pixels.
        colour_jitter: Standard deviation of random gain and offset per channel.
        holdout: Share of the taught episodes (whole ones) kept for the validation metrics.
        checkpoint_every: Optimiser steps between checkpoints.
        log_every: Optimiser steps between logged values.
        accelerator, devices, num_nodes, strategy, precision: As Lightning names them.
        accumulate: Pieces that a batch is cut into, one after the other, where it does not fit.
        freeze: Towers of the encoder whose weights stay as they are: ``image``, ``text`` or both.
        lora: Rank of a low-rank change (LoRA) that is learned instead of each matrix of the
            encoder, the rest of which stays as it is; 0 = all weights learn.
        recompute: Compute the layers of the encoder a second time, on the way back, instead of
            keeping what they computed: less memory, a third more time, the same result.
        threads: Torch threads; 0 = all cores.
        start_from: A trained policy whose weights to begin with: a run folder, a policy's folder in
            it, or what ``cliprt hub pull`` leaves; "" = new weights.
    """

    max_steps: Natural = 1500
    batch_size: Count = 32
    learning_rate: Above0 = 1.5e-3
    weight_decay: AtLeast0 = 0.02
    betas: tuple[Share, Share] = (0.9, 0.98)
    eps: Above0 = 1e-6
    warmup_steps: Natural = 50
    schedule: Literal["cosine", "constant"] = "cosine"
    gradient_clip: AtLeast0 = 1.0
    crop_scale: Annotated[float, Limit(0, 1, low_open=True)] = 1.0
    shift_px: Natural = 2
    colour_jitter: Annotated[float, Limit(0, 1)] = 0.1
    holdout: Share = 0.1
    checkpoint_every: Count = 200
    log_every: Count = 20
    accelerator: Literal["cpu", "gpu", "cuda", "mps", "auto"] = "cpu"
    devices: Count = 1
    num_nodes: Count = field(default=1, metadata=LATER)
    strategy: Literal["auto", "ddp", "ddp_find_unused_parameters_true"] = field(
        default="auto", metadata=LATER
    )
    accumulate: Count = field(default=1, metadata=LATER)
    freeze: tuple[Tower, ...] = field(default=(), metadata=LATER)
    lora: Natural = field(default=0, metadata=LATER)
    recompute: bool = field(default=False, metadata=LATER)
    precision: Precision = "32-true"
    threads: Natural = 0
    start_from: str = field(default="", metadata=LATER)


@dataclass(frozen=True)
class RuntimeSection:
    """Where a trained policy acts.

    Attributes:
        device: ``"auto"`` (a GPU where there is one), ``"cpu"``, ``"cuda:1"``, ``"mps"``.
        precision: Of its decisions: ``"32-true"``; ``"auto"``, the fastest that was measured to
            choose as float32 does in 99.5 % of 200 recorded observations; ``"tf32"`` on a GPU,
            ``"int8"`` on a CPU; or as Lightning names them (``cliprt agree`` measures them).
        compile: By ``torch.compile``, which takes a while before the first decision.
        instructions: Who says which taught instruction is meant by one in other words: ``literal``
            leaves them to the policy, ``sentence`` (of cliprt-sentence) goes by their meaning.
    """

    device: str = "auto"
    precision: ActingPrecision = "32-true"
    compile: bool = field(default=False, metadata=LATER)
    instructions: Component = field(default=Component("literal"), metadata=LATER)


@dataclass(frozen=True)
class EvaluationSection:
    """How the policy is judged.

    Attributes:
        trials: Unseen scenes per task.
        first_seed: Scene seed of the first trial; may not overlap the taught ones.
        break_loops: The agent never repeats a primitive at one commanded pose.
        compare_loop_breaking: Report the figure with the other setting too.
        videos: Filmed rollouts per task, in real time; each costs some seconds.
        max_steps: Primitives before giving up; 0 = the task's own limit.
        keep: Which episodes are kept beside the trials: ``"failures"``, ``"all"`` or ``"none"``;
            those of the other setting of loop-breaking never are.
        first_look: Optimiser steps of a policy of the first task alone, which is taught, trained
            and filmed before all others are taught; 0 = there is none.
        instructions: How the policy is told in further trials of the same scenes: ``"reworded"``,
            the task in other words, and ``"wrong"``, another task of the recipe.
        rewordings: A file with other words for instructions, beside those that come with cliprt.
    """

    trials: Count = 25
    first_seed: Natural = 100_000
    break_loops: bool = True
    compare_loop_breaking: bool = True
    videos: Natural = 1
    max_steps: Natural = 0
    keep: Literal["failures", "all", "none"] = "failures"
    first_look: Natural = field(default=0, metadata=LATER)
    instructions: tuple[Literal["reworded", "wrong"], ...] = field(default=(), metadata=LATER)
    rewordings: str = field(default="", metadata=LATER)


@dataclass(frozen=True)
class CollaborationSection:
    """How the policy and its helper work together (see :mod:`cliprt.runtime.collaboration`).

    Attributes:
        coverage: Share of right answers that a conformal set of primitives shall hold.
        scenes: Scenes per task that are taught for calibration only; 0 = the taught episodes that
            the trainer held out.
        largest_set: The policy is unsure when more primitives than this may be right, or none; 0 =
            as many as in four of five held-out steps.
        initiative: Who starts: the ``"policy"`` asks when it is unsure, or the ``"person"`` speaks
            when it goes wrong.
        interventions: Sentences that the helper may say in an episode; the policy is judged with
            each of these numbers, in the same scenes.
        rounds: How often episodes are corrected and learned from after the first training.
        episodes: Corrected episodes per task and round.
        max_steps: Optimiser steps after each round, from the weights before it.
        weight: How often a corrected step counts beside a taught one.
        first_seed: Scene seed of the first corrected episode, ten thousand below the first scene
            for calibration; none may be taught or judged.
        learn_from: A store or run folder of episodes that people corrected
            (``cliprt run --correct``); learned from before the rounds.
    """

    coverage: Annotated[float, Limit(0, 1, low_open=True, high_open=True)] = 0.9
    scenes: Natural = 0
    largest_set: Natural = 0
    initiative: Literal["policy", "person"] = "policy"
    interventions: tuple[Count, ...] = ()
    rounds: Annotated[int, Limit(0, 100)] = 0
    episodes: Annotated[int, Limit(1, 100)] = 10
    max_steps: Count = 500
    weight: Count = 3
    first_seed: Natural = 50_000
    learn_from: str = ""


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a run.

    Attributes:
        name: Of the run folder, ``runs/<name>``.
        seed: Of everything random that has no seed of its own.
    """

    name: str
    tasks: tuple[Component, ...]
    seed: Annotated[int, Limit(0, 2**32 - 1)] = 0
    vocabulary: Component = Component("clip_rt_58")
    encoder: Component = Component("small_cnn")
    policy: Component = Component("clip_rt")
    robot: Component = Component("pybullet")
    gate: GateSection = GateSection()
    teleoperator: Component = Component("teacher")
    interpreter: Component = Component("chain")
    transcriber: Component = Component("pocketsphinx")
    augmenters: tuple[Component, ...] = ()
    data: DataSection = DataSection()
    trainer: TrainerSection = TrainerSection()
    runtime: RuntimeSection = RuntimeSection()
    evaluation: EvaluationSection = EvaluationSection()
    helper: Component = Component("teacher")
    collaboration: CollaborationSection = CollaborationSection()
