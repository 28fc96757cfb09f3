"""Curves of help compare like with like, and are drawn."""

import json
from dataclasses import replace

import pytest
from evaluation_samples import make_run, make_trials

from cliprt.evaluation.figures import help_chart
from cliprt.evaluation.files import append_trial
from cliprt.evaluation.report import format_table, write_report
from cliprt.evaluation.statistics import help_curves

ALONE = [trial for trial in make_trials(10) if trial.break_loops]


def helped(budget, successes, count=10):
    """Trials with help: the first ones of each task succeed."""
    return [
        replace(t, interventions=budget, helped=budget, steps=20, success=t.seed % 100 < successes)
        for t in ALONE
        if t.seed % 100 < count
    ]


def test_curves_of_all_and_of_each_task_the_hardest_first():
    curves = help_curves(ALONE, helped(1, 6) + helped(3, 9))
    assert curves[0].task == ""
    assert [p.interventions for p in curves[0].points] == [0, 1, 3]
    assert [p.successes for p in curves[0].points][1:] == [18, 27]
    assert curves[0].points[2].ask_rate == pytest.approx(3 / 20)
    assert curves[0].points[2].per_episode == 3
    assert curves[0].points[0].ask_rate == 0
    alone = [curve.points[0].success_rate for curve in curves[1:]]
    assert len(alone) == 3
    assert alone == sorted(alone)
    assert curves[1].gain == pytest.approx(0.9 - alone[0])


def test_only_scenes_that_were_tried_with_every_number_count():
    curves = help_curves(ALONE, helped(1, 6) + helped(2, 6, count=4))
    assert {point.trials for point in curves[0].points} == {12}
    assert help_curves(ALONE, []) == ()
    assert help_curves([], helped(1, 6)) == ()


def test_the_picture_says_how_much_and_follows_the_page():
    curves = help_curves(ALONE, helped(3, 9))
    svg = help_chart(curves)
    assert "to 90% with up to 3 interventions" in svg
    assert "all tasks" in svg
    assert "var(--ink)" in svg
    assert svg == help_chart(curves)


def test_the_report_has_a_section_on_help(tmp_path):
    facts = make_run(tmp_path, trials=10, pictures=False)
    recipe = {**facts.resolved_recipe, "collaboration": {"interventions": [3]}}
    calibration = {
        **{"temperature": 2.1, "coverage": 0.9, "ece_before": 0.2, "ece_after": 0.05},
        **{"measured_coverage": 0.91, "mean_set_size": 2.5, "accuracy": 0.8, "steps": 700},
    }
    rounds = [{"episodes": 30, "successes": 29, "corrections": 112, "steps": 300}]
    facts = replace(
        facts,
        resolved_recipe=recipe,
        sources={**facts.sources, "helped": "helped.jsonl"},
        calibration=calibration,
        correction={"rounds": rounds},
    )
    for trial in helped(3, 9) + helped(2, 1):  # two are no longer asked for
        append_trial(tmp_path / "helped.jsonl", trial)
    report = write_report(tmp_path, facts)
    assert [p.interventions for p in report.help[0].points] == [0, 3]
    kept = json.loads((tmp_path / "report.json").read_text())["help"]
    assert kept == json.loads(json.dumps([curve.to_dict() for curve in report.help]))
    page = (tmp_path / "report.html").read_text()
    for text in ("Up to 3", "20.0 % off on average, and 5.0 %", "in 90 % of the cases", "112"):
        assert text in page
    assert "With 0/3 interventions, all tasks:" in format_table(report)
    for missing in ("correction", "calibration"):
        facts = replace(facts, **{missing: {}})
        write_report(tmp_path, facts)
        assert "Up to 3" in (tmp_path / "report.html").read_text()
