"""What is replayed of a taught episode: what was made of it, and again where it was cut off."""

from dataclasses import replace

import pytest
from data_samples import make_episode, make_step
from page_training_samples import small_recipe, teach_as_page

from cliprt.data.store import EpisodeStore
from cliprt.page.attempts import to_page_recipe
from cliprt.stages.augment import augment, load_demonstrations, plan_variants
from cliprt.stages.collect import Taught, find_taught
from cliprt.stages.run_folder import RunFolder
from cliprt.types import NO_MOTION, Attempt, Outcome, Primitive

LEFT = (0.0, 0.10, 0.0, 0.0, 0.0, 0.0, 0.0)
TURN = (0.0, 0.0, 0.0, 0.0, 0.0, 0.8, 0.0)


@pytest.mark.parametrize(
    ("motion", "made"),
    [(LEFT, (0.0, 0.04, 0.0, 0.0, 0.0, 0.0)), (TURN, (0.0, 0.0, 0.0, 0.0, 0.0, 0.32))],
)
def test_a_step_that_a_stop_cut_short_is_replayed_as_far_as_it_went(tmp_path, motion, made):
    whole = Primitive(3, "as far as it says", motion)
    start = (0.5, 0.0, 0.2, 0.0, 0.0, 0.0)
    measured = tuple(a + b for a, b in zip(start, made, strict=True))
    steps = []
    for index, stopped_after_s in enumerate((None, 0.3)):
        step = make_step(index)
        seen = replace(step.observation, commanded_pose=start)
        outcome = Outcome(motion, None, start, measured, stopped_after_s=stopped_after_s)
        steps.append(replace(step, observation=seen, primitive=whole, outcome=outcome))
    store = EpisodeStore(tmp_path, durable=False)
    store.write_episode(replace(make_episode("e", 0), steps=tuple(steps)))
    taught = Taught({"pick": ("e",)})
    first, second = load_demonstrations(store, taught)["e"].primitives
    assert first == whole
    assert second.label is None
    assert second.motion == pytest.approx([0.4 * number for number in motion])


def test_a_stopped_gripper_did_what_it_was_told(tmp_path):
    step = make_step(0)
    closing = Primitive(56, "close the gripper", NO_MOTION, "closed")
    outcome = replace(step.outcome, gripper="closed", stopped_after_s=0.1)
    store = EpisodeStore(tmp_path, durable=False)
    step = replace(step, primitive=closing, outcome=outcome)
    store.write_episode(replace(make_episode("e", 0), steps=(step,)))
    taught = Taught({"pick": ("e",)})
    (made,) = load_demonstrations(store, taught)["e"].primitives
    assert (made.motion, made.gripper) == (NO_MOTION, "closed")


def test_variants_that_were_cut_off_are_made_again_and_a_persons_episode_is_left_alone(tmp_path):
    recipe, run = small_recipe("augmenters=[{name: std, variants: 1}]"), RunFolder(tmp_path)
    teach_as_page(recipe, run, 1)
    store = run.store()
    taught = find_taught(to_page_recipe(recipe), run)
    variant, *_ = plan_variants(recipe, load_demonstrations(store, taught))
    for unfinished in (variant, "close_laptop-000007-person"):
        journal = store.begin(Attempt(unfinished, "close_laptop", "close it", 0, "web"))
        journal.append(make_step(0))
        journal.close()
    generated = augment(recipe, run, taught)
    assert variant in generated.ids
    assert len(store.load(variant).steps) > 1
    assert store.unfinished() == ("close_laptop-000007-person",)
