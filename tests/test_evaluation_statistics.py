"""Intervals against textbook values, tallies, counts of data, and trials on disk."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.errors import StoreError, UsageError
from cliprt.evaluation.files import append_trial, load_trials, save_json
from cliprt.evaluation.results import RunFacts, Trial
from cliprt.evaluation.statistics import (
    build_report,
    count_data,
    summarise,
    tally,
    wilson_interval,
)
from cliprt.types import Episode, Observation, Outcome, Primitive, Step

POSE = (0.4, 0.0, 0.3, 0.0, 3.1, 0.0)


def trial(seed=0, success=True, steps=8, task="pick", break_loops=True, failure=None):
    end = "success" if success else "max_steps"
    return Trial(
        task, "pick the cup", seed, success, steps, end, break_loops, f"{task}-{seed}",
        failure=failure or (None if success else "out_of_steps"),
    )  # fmt: skip


def step(index, phrase, supervision="", train=True):
    seen = Observation({}, POSE, POSE, (), "open", 0.08, 0.0)
    outcome = Outcome((0.0,) * 7, None, POSE, POSE)
    return Step(index, seen, supervision, Primitive(0, phrase), outcome, "teacher", train)


# Wilson intervals as printed in textbooks (Agresti & Coull 1998; Newcombe 1998, method 3).
@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (8, 10, 0.4902, 0.9433),
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_interval_agrees_with_the_literature(successes, trials, low, high):
    assert wilson_interval(successes, trials) == pytest.approx((low, high), abs=6e-5)


def test_nothing_tried_is_nothing_known():
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(0, 400), st.integers(0, 400), st.floats(0.01, 0.999))
def test_interval_is_sound(a, b, confidence):
    successes, trials = min(a, b), max(a, b)
    low, high = wilson_interval(successes, trials, confidence)
    assert 0 <= low <= high <= 1
    if trials:
        assert low <= successes / trials <= high
    mirrored = wilson_interval(trials - successes, trials, confidence)
    assert mirrored == pytest.approx((1 - high, 1 - low), abs=1e-12)


@given(st.integers(1, 100), st.integers(0, 100))
def test_more_trials_or_less_confidence_narrow_it(trials, successes):
    successes = min(successes, trials)

    def width(*args):
        low, high = wilson_interval(*args)
        return high - low

    assert width(4 * successes, 4 * trials) < width(successes, trials)
    assert width(successes, trials, 0.8) < width(successes, trials, 0.95)


@pytest.mark.parametrize("counts", [(-1, 4), (5, 4)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(UsageError, match="need 0 <= successes <= trials"):
        wilson_interval(*counts)


def test_impossible_confidence_is_refused():
    with pytest.raises(UsageError, match="95"):
        wilson_interval(1, 2, 95)


def test_tally_adds_up():
    trials = [trial(0), trial(1, steps=10), trial(2, False, 40, failure="blocked"), trial(3, False)]
    one = tally(trials)
    assert (one.trials, one.successes, one.success_rate) == (4, 2, 0.5)
    assert one.mean_steps == pytest.approx(66 / 4)
    assert one.mean_steps_to_success == 9
    assert one.failures == {"blocked": 1, "out_of_steps": 1}
    assert tally([]).success_rate is None


def test_summary_keeps_the_two_settings_apart():
    trials = [trial(0), trial(1), trial(0, False, break_loops=False), trial(1, break_loops=False)]
    result = summarise(trials)
    assert result.tally.success_rate == 1
    assert result.compared is not None
    assert result.compared.success_rate == 0.5
    assert summarise(trials, loop_breaking=False).tally == result.compared
    assert summarise(trials[:2]).compared is None


@pytest.mark.parametrize(("tasks", "found"), [((), "none"), (("pick", "pour"), "pick, pour")])
def test_summary_is_of_one_task(tasks, found):
    with pytest.raises(UsageError, match=found):
        summarise([trial(task=task) for task in tasks])


def test_average_weighs_tasks_alike():
    trials = [trial(i) for i in range(9)] + [trial(0, False, task="pour")]
    report = build_report(RunFacts("r"), trials)
    assert report.average == 0.5
    assert report.overall.success_rate == 0.9


def test_data_is_counted_by_task_and_primitive():
    taught = Episode(
        "a", "pick", "", 0, "teacher", (step(0, "up", "go up"), step(1, "down", "low"))
    )
    steps = (step(0, "down", train=False), step(1, "up"), step(2, "up"))
    generated = Episode("b", "pick", "", 0, "std", steps)
    counts = count_data([taught], [generated], "a person")
    assert counts["taught_episodes"] == counts["generated_episodes"] == 1
    assert (counts["taught_steps"], counts["generated_steps"]) == (2, 2)
    assert counts["execute_only_steps"] == 1
    assert counts["tasks"]["pick"]["generated_steps"] == 2
    expected = {"up": {"taught": 1, "generated": 2}, "down": {"taught": 1, "generated": 0}}
    assert counts["primitives"] == expected
    assert counts["examples"] == ["go up", "low"]
    assert counts["who_taught"] == "a person"


def test_trials_survive_being_cut_off_anywhere(tmp_path):
    file = tmp_path / "trials.jsonl"
    assert load_trials(file) == ()
    for seed in range(3):
        append_trial(file, trial(seed))
    whole = file.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for length in range(last, len(whole)):
        file.write_bytes(whole[:length])
        kept = [one.seed for one in load_trials(file)]
        assert kept in ([0, 1], [0, 1, 2])
        append_trial(file, trial(7))
        assert [one.seed for one in load_trials(file)] == [*kept, 7]


def test_a_trial_counts_once(tmp_path):
    file = tmp_path / "trials.jsonl"
    for success in (False, True):
        append_trial(file, trial(5, success))
    append_trial(file, trial(5, break_loops=False))
    first, second = load_trials(file)
    assert first.success
    assert not second.break_loops


def test_trials_come_back_as_they_were(tmp_path):
    file = tmp_path / "deep" / "trials.jsonl"
    kept = replace(trial(1), last_phrases=("up", "down"), suite="novel")
    append_trial(file, replace(kept, video=str(tmp_path / "deep" / "videos" / "a.mp4")))
    assert load_trials(file) == (replace(kept, video="videos/a.mp4"),)


def test_json_is_written_whole_or_not_at_all(tmp_path):
    file = tmp_path / "report.json"
    save_json({"average": 0.5}, file)
    with pytest.raises(TypeError):
        save_json({"average": object()}, file)
    assert json.loads(file.read_text()) == {"average": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_unwritable_place_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot write .*report\.json"):
        save_json({}, tmp_path / "file" / "report.json")
