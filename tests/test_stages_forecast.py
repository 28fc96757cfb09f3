"""How long a training will still take, by the progress that one really made."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.stages.forecast import LEAST_GUESS_S, Forecast, plan_parts, plan_run, read_paces
from cliprt.stages.progress import show_left_of_all, show_progress

# Four taught episodes of close_laptop, teach.yaml, two cores: [s], stage, done, total.
RECORDED = (
    (0.51, "Generating", 0, 46),
    (1.22, "Generating", 2, 46),
    (1.37, "Generating", 4, 46),
    (1.67, "Generating", 8, 46),
    (1.92, "Generating", 12, 46),
    (2.48, "Generating", 20, 46),
    (3.08, "Generating", 29, 46),
    (3.73, "Generating", 40, 46),
    (4.13, "Generating", 46, 46),
    (4.23, "Training", 0, 0),
    (8.64, "Training", 0, 800),
    (10.15, "Training", 48, 800),
    (12.26, "Training", 117, 800),
    (14.08, "Training", 177, 800),
    (18.24, "Training", 318, 800),
    (21.95, "Training", 443, 800),
    (25.72, "Training", 569, 800),
    (29.94, "Training", 707, 800),
    (32.85, "Training", 742, 800),
    (35.82, "Training", 777, 800),
    (36.57, "Training", 800, 800),
)
END_S = RECORDED[-1][0]


def follow(progress, slower=1.0, **known):
    """(Forecast, seconds that were really left) after each line."""
    forecast = Forecast(parts=plan_parts(800, 0), **known)
    for at_s, stage, done, total in progress:
        forecast = forecast.follow(slower * at_s, stage, done, total)
        yield forecast, slower * (END_S - at_s)


@given(slower=st.floats(0.3, 60.0))
def test_minutes_are_never_called_less_than_one(slower):
    for forecast, true_s in follow(RECORDED, slower):
        if forecast.left_s is not None and true_s > 120:
            assert forecast.left_s >= 50


@given(slower=st.floats(5.0, 60.0))
def test_it_is_known_early_and_right_by_a_third(slower):
    for forecast, true_s in follow(RECORDED, slower):
        share = true_s / (slower * END_S)
        if share < 0.95:
            assert forecast.left_s is not None
        if 0.4 < share < 0.95:
            assert abs(math.log(forecast.left_s / true_s)) < math.log(1.33)


def test_a_guess_is_never_short_and_the_last_time_is_better_than_a_guess():
    *_, (last, _) = follow(RECORDED)
    guessed = [f.left_s for f, _ in follow(RECORDED[:11], 2.0)]
    assert min(left for left in guessed if left is not None) >= LEAST_GUESS_S
    earlier = {**last.paces, "Generating": 0.08}
    for forecast, true_s in follow(RECORDED[:12], earlier=earlier):
        assert forecast.left_s == pytest.approx(true_s, rel=0.25)


def test_nobody_knows_before_anything_is_measured():
    first, *_ = follow(RECORDED)
    assert first[0].left_s is None
    assert Forecast().follow(1.0, "Training", 5, 10).left_s is None


def test_a_second_training_is_ahead_of_the_first_and_what_is_made_already_is_not():
    both = Forecast(parts=plan_parts(100, 400))
    one = Forecast(parts=plan_parts(0, 400))
    for at_s in range(6):
        both = both.follow(at_s, "Training", 10 * at_s, 100)
        one = one.follow(at_s, "Training", 10 * at_s, 400)
    assert one.left_s == pytest.approx(35)
    assert both.left_s > 45
    both = both.follow(10.0, "Training", 0, 0).follow(12.0, "Training", 0, 400)
    assert both.left_s == pytest.approx(40)


def test_a_resumed_training_counts_from_where_it_was():
    forecast = Forecast(parts=plan_parts(800, 0))
    for at_s in range(9):
        forecast = forecast.follow(at_s, "Training", 600 + 10 * at_s, 800)
    assert forecast.left_s == pytest.approx(12)


def test_paces_from_a_damaged_file_are_left_out():
    assert read_paces({"Training": 0.1, "Starting": -1.0, "Generating": "x", "else": 1.0}) == {
        "Training": 0.1
    }


def test_a_whole_run_is_forecast_part_by_part_and_what_is_there_is_passed_over():
    forecast = Forecast(plan_run(10, True, 100, 20))
    assert forecast.left_s is None
    for second in range(11):
        forecast = forecast.follow(1.0 * second, "Teaching", second, 10)
    assert forecast.left_s > LEAST_GUESS_S  # five times slower than guessed, in all that follows
    forecast = forecast.follow(11.0, "Training", 0, 100)
    for second in range(1, 101):
        forecast = forecast.follow(11.0 + second, "Training", second, 100)
    assert [part.stage for part in forecast.parts] == ["Training", "Evaluating"]
    assert forecast.left_s >= LEAST_GUESS_S
    assert [part.stage for part in plan_run(0, True, 0, 5)] == ["Evaluating"]


def test_progress_says_what_is_left_in_all(capsys):
    told = []

    def left_of_all(title, done, total):
        told.append((title, done, total))
        return 150.0 if done else None

    with show_left_of_all(left_of_all), show_progress("Teaching", 2, every_s=0) as advance:
        advance("one")
        advance("two")
    first, last = capsys.readouterr().err.splitlines()
    assert "to go, 2 min in all  one" in first
    assert "in all" not in last
    assert told == [("Teaching", 0, 2), ("Teaching", 1, 2), ("Teaching", 2, 2)]
