"""Labels that are learned from, beside what the teacher would have said."""

from dataclasses import replace

from data_samples import make_episode, make_step

from cliprt.evaluation.label_agreement import measure_agreement, tell_agreement
from cliprt.runtime.advised_plan import ADVISED

GROUPS = ["x+", "x+", "y+", "y+"]


def generated(plan, advised, source="std", **options):
    """An episode whose labels are all 3 (left), and what was advised at each step."""
    episode = make_episode(f"e-{plan}")
    steps = tuple(
        replace(make_step(n, **options), trace={} if one == "nothing" else {ADVISED: one})
        for n, one in enumerate(advised)
    )
    return replace(episode, source=source, steps=steps, meta={"plan": plan})


def test_labels_are_counted_by_augmenter_and_part():
    episodes = [
        generated("diversify-0", [3, 3, 2]),
        generated("recover-1", [0, 3]),
        generated("rejoin-0", [3], source="rejoin"),
    ]
    found = measure_agreement(episodes, GROUPS)
    assert found == {
        "rejoin": {"steps": 1, "equal": 1, "same_direction": 1, "share": 1.0},
        "std": {"steps": 5, "equal": 3, "same_direction": 4, "share": 0.6},
        "std: diversify": {"steps": 3, "equal": 2, "same_direction": 3, "share": 0.6667},
        "std: recover": {"steps": 2, "equal": 1, "same_direction": 1, "share": 0.5},
    }
    assert tell_agreement(found)[1] == (
        "std: 3 of 5 labels (60 %) are what the teacher would say there"
    )


def test_only_what_is_learned_from_and_was_advised_counts():
    nothing = [
        generated("recover-0", [3, 3], train=False),
        generated("recover-1", [3], refused="outside"),
        generated("recover-2", ["nothing", None, 99, "left"]),
    ]
    assert measure_agreement(nothing, GROUPS) == {}
