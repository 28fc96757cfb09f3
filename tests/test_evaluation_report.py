"""A report is built from a synthetic run folder: JSON contract, offline page, rebuilding."""

import json
import re
from dataclasses import replace
from html import escape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from evaluation_samples import TASKS, make_facts, make_run, make_trials

from cliprt.cli.main import main
from cliprt.errors import StoreError
from cliprt.evaluation.clips import LARGEST_BYTES, Clip, Rollout, lighten
from cliprt.evaluation.page import Pictures, render_page, title
from cliprt.evaluation.report import format_table, load_facts, write_report
from cliprt.evaluation.results import RunFacts
from cliprt.evaluation.statistics import build_report
from cliprt.policies.calibration import Calibration


class Page(HTMLParser):
    """Collects what a browser would fetch, ids, and whether tags are balanced."""

    VOID = frozenset({"meta", "link", "img", "br", "hr", "input", "source"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: list[str] = []
        self.without_text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self._start(tag, dict(attrs))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self._start(tag, dict(attrs))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> without a start"
        assert self.open.pop() == tag

    def _start(self, tag, attributes):
        self.tags.append(tag)
        self.fetched += [attributes[k] for k in ("src", "poster", "srcset") if attributes.get(k)]
        if tag == "link":
            self.fetched.append(attributes["href"])
        if tag in ("a", "use"):
            self.targets.append(attributes["href"])
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if tag == "img" and not attributes.get("alt"):
            self.without_text.append(tag)
        if tag == "svg" and not attributes.get("aria-label"):
            self.without_text.append(tag)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "finetune_novel"
    facts = make_run(folder)
    report = write_report(folder, facts)
    return folder, report, (folder / "report.html").read_text()


def test_json_has_the_promised_figures(run):
    folder, report, _ = run
    values = json.loads((folder / "report.json").read_text())
    assert values["recipe"] == "finetune_novel"
    assert values["resolved_recipe"]["tasks"][0] == {"name": "pick"}
    assert [task["task"] for task in values["tasks"]] == list(TASKS)
    rates = []
    for task in values["tasks"]:
        assert task["instruction"] == TASKS[task["task"]]
        assert task["trials"] == 25
        assert task["success_rate"] == task["successes"] / 25
        low, high = task["interval"]
        assert low < task["success_rate"] <= high
        assert sum(task["failures"].values()) == 25 - task["successes"]
        assert task["without_loop_breaking"]["trials"] == 25
        assert task["with_loop_breaking"] is None
        assert (folder / task["video"]).is_file()
        rates.append(task["success_rate"])
    assert isinstance(values["average"], float)
    assert values["average"] == pytest.approx(sum(rates) / 3)
    assert values["average_interval"][0] < values["average"] < values["average_interval"][1]
    assert values["without_loop_breaking"]["average"] < values["average"]
    assert values["trials"] == values["planned_trials"] == 75
    for key in ("data", "training", "seeds", "versions", "created", "wall_s"):
        assert values[key], key
    assert values == json.loads(json.dumps(report.to_dict()))


def test_page_opens_offline(run):
    page = Page(run[2])
    assert page.open == []
    assert page.fetched
    assert all(address.startswith("data:") for address in page.fetched)
    for remote in ("http://", "https://", "@import", "<script", "url(http"):
        assert remote not in run[2], remote


def test_page_can_be_read_by_everyone(run):
    page = Page(run[2])
    assert page.without_text == []
    assert len(page.ids) == len(set(page.ids)), "ids are unique"
    local = {target[1:] for target in page.targets if target.startswith("#")}
    assert local <= set(page.ids)
    assert page.tags.count("video") == len(TASKS)
    assert page.tags.count("h1") == 1
    assert "prefers-color-scheme: dark" in run[2]


def test_page_escapes_what_people_wrote(run):
    assert "pick the &lt;red&gt; cup &amp; hold it" in run[2]
    assert "<red>" not in run[2]
    assert "close it &lt;b&gt;" in run[2]
    assert "&lt;tag&gt; &amp; more" in run[2]


def test_page_says_the_essential(run):
    _, report, page = run
    assert f"{100 * report.average:.1f} %" in page
    assert f"<h1>{' · '.join(map(escape, TASKS.values()))}</h1>" in page
    assert "recipe finetune_novel" in page
    assert "a simulated teacher, in English sentences" in page
    assert "It went back and forth between opposite motions." in page
    assert "silhouette" in page
    assert "cliprt fit --recipe finetune_novel" in page
    assert "not finished" not in page


def test_page_says_whose_labels_agree_with_the_teachers(run):
    said = " ".join(run[2].split())
    assert "<code>std: recover</code> 32.5 % of 40 (direction 50.0 %)." in said


def test_a_title_names_three_tasks_at_most(run):
    tasks = run[1].tasks
    assert title(replace(run[1], tasks=tasks[:1])) == tasks[0].instruction
    many = title(replace(run[1], tasks=tasks * 3))
    assert many == f"{tasks[0].instruction} · {tasks[1].instruction} · 7 other tasks"
    assert title(replace(run[1], tasks=())) == "finetune_novel"


def test_page_says_of_how_many_steps_a_direction_is_right(run):
    names = ("val/accuracy/x+", "val/samples/x+", "val/accuracy/roll-", "val/accuracy")
    metrics = {name: [(0.0, 0.5), (9.0, 12.0 if "samples" in name else 0.75)] for name in names}
    page = render_page(run[1], Pictures(metrics=metrics))
    learning = page[page.index('id="learning"') : page.index('id="reproduce"')]
    cells = re.findall(r"<t[hd][^>]*>([^<]+)</t[hd]>", learning)
    assert cells[4:] == ["forward", "75 %", "12", "roll counterclockwise", "75 %", "–"]
    assert learning.count("<figure>") == 1, "one chart: that of all directions together"


def test_page_explains_how_sure_it_is(run):
    found = Calibration(1.4, 0.9, 0.02, 0.123, 0.031, 0.914, 3.4, 5, 0.503, 240)
    sure = replace(run[1], facts=replace(run[1].facts, calibration=found.to_dict()))
    words = " ".join(render_page(sure, Pictures()).split())
    assert "alone is the taught one in 50.3 %" in words
    assert "which of them is said first does not matter for success" in words


def test_a_player_is_higher_than_its_film(run):
    # The controls lie below the caption then.
    assert run[2].count('style="aspect-ratio: 256 / 238"') == len(TASKS)


def test_videos_beyond_what_a_page_may_weigh_are_left_out():
    trial = make_trials(1)[0]
    clips = [Clip("x" * size, 2, 2, "", ()) for size in (LARGEST_BYTES - 3, 4, 3, 1)]
    kept = [rollout.clip.video for rollout in lighten(Rollout(trial, clip) for clip in clips)]
    assert [bool(video) for video in kept] == [True, False, True, False]


def test_page_shows_what_was_weighed_up(run):
    page = run[2]
    assert page.count('<ol class="steps">') == len(TASKS)
    assert page.count(' before step 1"') == len(TASKS)
    steps = sum(min(count, 16) for count in (8, 18, 28))
    assert page.count(">margin ") == steps - len(TASKS)
    assert page.count("decided by a helper") == len(TASKS)
    assert "2 more steps" in page
    assert "12 more steps" in page
    assert page.count("Tried that here before, so: ") == len(TASKS)
    assert 'open the gripper <span class="muted">63 %</span>' in page
    assert "Strongest direction: open gripper, 63 %" in page


def test_json_says_what_was_weighed_up(run):
    task = json.loads((run[0] / "report.json").read_text())["tasks"][1]
    assert len(task["decisions"]) == 18
    assert task["decisions"][1] is None
    third = task["decisions"][2]
    assert [p["probability"] for p in third["top"][:2]] == [0.6321, 0.2325]
    assert third["margin"] == 0.3996
    assert third["chosen"]["rank"] == 46
    assert sum(third["groups"].values()) == pytest.approx(1, abs=1e-3)


def test_failures_that_are_kept_are_named(run):
    folder, _, page = run
    report = json.loads((folder / "report.json").read_text())
    kept = [episode for task in report["tasks"] for episode in task["kept"]]
    assert len(kept) == report["trials"] - report["successes"] > 0
    assert all(episode in page for episode in kept)
    place = Path(report["sources"]["trials"]).parent.as_posix()
    assert f"cliprt episodes show {place} ID" in page


def test_the_same_run_gives_the_same_page(run):
    folder, _, page = run
    write_report(folder)
    assert (folder / "report.html").read_text() == page


def test_unfinished_evaluation_says_so(tmp_path):
    facts = make_run(tmp_path, trials=4, done=5, pictures=False)
    report = write_report(tmp_path, facts)
    assert report.overall.trials == 3
    assert report.planned_trials == 12
    assert "3 of 12 trials" in (tmp_path / "report.html").read_text()
    assert "Not finished: 3 of 12 trials." in format_table(report)


def test_report_without_anything_but_a_name(tmp_path):
    report = write_report(tmp_path, RunFacts(recipe="bare <name>"))
    values = json.loads((tmp_path / "report.json").read_text())
    assert values["average"] is None
    assert values["tasks"] == []
    page = Page((tmp_path / "report.html").read_text())
    assert page.open == []
    assert "No trial has been recorded yet" in render_page(report, Pictures())


def test_main_figures_follow_the_recipes_own_setting():
    report = build_report(make_facts(6), make_trials(6), loop_breaking=False)
    values = report.to_dict()
    assert values["loop_breaking"] is False
    assert values["without_loop_breaking"] is None
    assert values["with_loop_breaking"]["trials"] == values["trials"] == 18


def test_table_shows_both_settings(run):
    table = format_table(run[1])
    assert "loop-breaking on" in table
    assert "loop-breaking off" in table
    for task in run[1].tasks:
        assert task.task in table
        assert f"{task.tally.successes}/25" in table
    assert f"Average of the tasks: {100 * run[1].average:.1f} %" in table


def test_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(StoreError, match=r"holds no facts\.json.*cliprt fit"):
        write_report(tmp_path)


def test_broken_facts_are_named(tmp_path):
    (tmp_path / "facts.json").write_text('{"seeds": {}}')
    with pytest.raises(StoreError, match=r"facts\.json is not complete"):
        load_facts(tmp_path)
    (tmp_path / "facts.json").write_text('{"seeds": ')
    with pytest.raises(StoreError, match="holds no JSON"):
        load_facts(tmp_path)


def test_command_rebuilds_the_report(run, capsys):
    folder = run[0]
    (folder / "report.html").unlink()
    assert main(["report", str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "close_laptop" in printed
    assert str(folder / "report.html") in printed
    assert (folder / "report.html").exists()
    assert main(["report", str(folder), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["recipe"] == "finetune_novel"


def test_command_refuses_an_empty_folder(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "no run folder" in printed.err
    assert "Traceback" not in printed.err


def test_trials_beyond_the_recipe_do_not_count(tmp_path):
    facts = make_run(tmp_path, trials=4, pictures=False)
    section = {"first_seed": 100_000, "trials": 2, "compare_loop_breaking": False}
    fewer = {"tasks": [{"name": "pick"}], "evaluation": section}
    report = write_report(tmp_path, replace(facts, resolved_recipe=fewer))
    assert [task.task for task in report.tasks] == ["pick"]
    assert report.overall.trials == report.planned_trials == 2
    assert report.compared_overall is None


def test_diverged_training_is_reported(tmp_path):
    training = {"steps": 10, "seconds": 1.0, "final_metrics": {"train_loss": float("nan")}}
    write_report(tmp_path, RunFacts("diverged", training=training))
    values = json.loads((tmp_path / "report.json").read_text())
    assert values["training"]["final_metrics"] == {"train_loss": None}


def test_lost_videos_only_leave_a_gap(tmp_path):
    facts = make_run(tmp_path, trials=2, pictures=False)
    videos = sorted((tmp_path / "evaluations" / "ab12" / "videos").iterdir())
    videos[0].unlink()
    videos[1].write_bytes(b"cut off")
    write_report(tmp_path, facts)
    assert Page((tmp_path / "report.html").read_text()).tags.count("video") == 1
