"""The paper's claims: planned, run seed by seed, decided, drawn."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.evaluation.claims_page import ClaimRow, load_claims, render_claims
from cliprt.evaluation.files import append_trial
from cliprt.evaluation.results import Trial
from cliprt.stages.claim_results import save_claims
from cliprt.stages.claim_runs import gather_arms, record_file
from cliprt.stages.claims import CLAIMS, build_arms, find_claims, plan_seeds, tell_plan
from cliprt.stages.judging import plan_judged
from cliprt.stages.models import CLAIMS as SUITE
from cliprt.stages.models import find_models
from cliprt.stages.run_folder import RunFolder, save_record

FEW = ("evaluation.trials=2", "tasks=[pick, point]")


PARTS = {(part.model.name, part.recipe.seed): part for part in build_arms(CLAIMS, FEW, range(36))}


def pretend(folder, model, seed, good):
    """Put an arm with its trials where a training leaves them, the first `good` successful."""
    part = PARTS[model, seed]
    run = RunFolder(folder / part.folder)
    file = record_file(run, part)
    file.parent.mkdir(parents=True, exist_ok=True)
    save_record({"policy": f"{model}-{seed}", "judged": f"{model}-{seed}", "data": {}}, file)
    for number, job in enumerate(plan_judged(part.recipe)):
        trial = Trial(job.task, "Do it", job.seed, number < good, 5, "success", True, f"e-{number}")
        append_trial(run.evaluation(f"{model}-{seed}") / "trials.jsonl", trial)


@pytest.fixture(scope="module")
def decided(tmp_path_factory):
    """STD in all seeds that are planned, better in most; words in two."""
    folder = tmp_path_factory.mktemp("claims")
    (std,) = find_claims(["std"])
    for seed in range(std.seeds):
        pretend(folder / "runs", "passive", seed, 1)
        pretend(folder / "runs", "clip_rt", seed, 1 if seed % 3 == 0 else 3)
    for seed in range(2):
        pretend(folder / "runs", "action", seed, seed)
    save_claims(gather_arms(folder / "runs", FEW), FEW, folder)
    return folder


def test_a_claim_is_decided_by_all_planned_seeds(decided):
    rows = {row["claim"]: row for row in json.loads((decided / "claims.json").read_text())["rows"]}
    assert set(rows) == {"std", "words"}
    std, words = rows["std"], rows["words"]
    assert std["ours"] == pytest.approx(100 * 24 * 2 / 4 / 36)
    assert std["interval"][0] < std["ours"] < std["interval"][1]
    assert (std["verdict"], std["trials"]) == ("shown", 36 * 4 * 2)
    assert std["training_seeds"] == list(range(36))
    assert std["p"] < 0.001
    assert std["paper"] == 24
    assert words["training_seeds"] == [0, 1]
    assert words["verdict"] == "not shown", "two of 36 seeds decide nothing"
    assert "--profile claims --only words evaluation.trials=2" in words["command"]


def test_the_page_begins_with_the_claims(decided):
    page = (decided / "results.md").read_text()
    titles = [line for line in page.splitlines() if line.startswith("## ")]
    assert titles[:2] == ["## The paper's claims", "## The paper's tables"]
    assert "| +24 | +33.3 |" in page
    assert "**shown**" in page
    assert "**not decided yet: 2 of 36 seeds**" in page
    assert "| Many tasks teach each other | +11 |  |  |  | 0 | not run here yet |" in page
    assert "(media/claim_std.svg)" in page
    assert "**Limits.**" in page


def test_every_training_is_a_dot(decided):
    text = (decided / "media" / "claim_std.svg").read_text()
    picture = ElementTree.fromstring(text)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    dots = [one for one in picture.iter() if "PathCollection" in one.get("id", "")]
    assert len(dots) == 36, "one for each seed, with both arms"
    assert "prefers-color-scheme: dark" in text
    assert "Mean success: taught alone: 25 %, with STD: 58 %" in text


def test_rows_say_which_seeds_and_scenes_they_are_of(decided):
    rows = json.loads((decided / "results.json").read_text())["rows"]
    row = next(r for r in rows if (r["model"], r["task"]) == ("action", "pick"))
    assert row["profile"] == SUITE
    assert row["seeds"] == {
        "training": [0, 1],
        "taught": [0, 5, 100],
        "evaluation": [100_000, 2, 100],
    }
    assert row["outcomes"] == "0010"


def test_a_claim_that_is_not_run_again_stays(decided):
    before = load_claims(decided, json.loads((decided / "claims.json").read_text())["version"])
    arms = [a for a in gather_arms(decided / "runs", FEW) if a.part.model.name != "action"]
    save_claims(arms, FEW, decided)
    after = load_claims(decided, json.loads((decided / "claims.json").read_text())["version"])
    assert {row.claim for row in after} == {"std", "words"}
    assert after[1] == before[1]
    assert load_claims(decided, "another version") == []


def test_a_seed_of_which_a_policy_is_missing_does_not_count(tmp_path):
    pretend(tmp_path, "clip_rt", 0, 2)
    pretend(tmp_path, "clip_rt", 1, 2)
    file = RunFolder(tmp_path / PARTS["clip_rt", 1].folder).evaluation("clip_rt-1") / "trials.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:3]))
    assert [arm.part.recipe.seed for arm in gather_arms(tmp_path, FEW)] == [0]


def test_each_seed_has_scenes_of_its_own():
    parts = PARTS.values()
    taught, judged, corrected = {}, {}, {}
    for part in parts:
        recipe = part.recipe
        first = recipe.data.first_seed
        taught.setdefault(recipe.seed, set()).update(range(first, first + 3 * recipe.data.episodes))
        judged.setdefault(recipe.seed, set()).update(job.seed for job in plan_judged(recipe))
        section = recipe.collaboration
        corrected.setdefault(recipe.seed, set()).update(
            range(section.first_seed, section.first_seed + section.rounds * section.episodes)
        )
    for scenes in (taught, judged, corrected):
        assert len(set().union(*scenes.values())) == sum(map(len, scenes.values()))
    everything = [set().union(*scenes.values()) for scenes in (taught, judged, corrected)]
    assert len(set().union(*everything)) == sum(map(len, everything))


def test_arms_differ_in_what_the_claim_says_alone():
    def recipe(model):
        return PARTS[model, 3].recipe

    std = recipe("clip_rt")
    assert replace(recipe("passive"), augmenters=std.augmenters) == std
    assert replace(recipe("action"), policy=std.policy) == std
    assert replace(recipe("std_3"), data=std.data) == std
    for model in ("corrected_2", "asking_3"):
        assert replace(recipe(model), collaboration=std.collaboration) == std
    assert recipe("corrected_2").collaboration.rounds == 2
    assert recipe("asking_3").collaboration.interventions == (3,)


def test_arms_of_claims_are_models_and_the_deciding_ones_are_among_them():
    for claim in CLAIMS:
        models = [arm.model for arm in claim.arms]
        assert {claim.first, claim.second} <= set(models)
        assert {m.name for m in find_models(models, SUITE)} == set(models)


def test_a_model_is_trained_as_often_as_the_claim_wants_that_wants_most():
    seeds = plan_seeds(find_claims(["std", "tasks"]), None)
    assert len(seeds["clip_rt"]) == len(seeds["passive"]) > len(seeds["single_task"])
    assert set(map(len, plan_seeds(CLAIMS, 2).values())) == {2}
    alone = build_arms(find_claims(["std", "tasks"]), (), [len(seeds["single_task"])])
    assert {part.model.name for part in alone} == {"clip_rt", "passive"}


def test_the_plan_says_what_it_can_see_and_what_it_costs():
    plan = list(tell_plan(find_claims(["std"]), (), None))
    assert "36 of 36 training seeds, 90 trials each, about 5.8 CPU hours" in plan[0]
    assert "7 points 95%" in plan[1]
    assert "can see: nothing" in list(tell_plan(find_claims(["std"]), (), 1))[1]


def test_the_list_runs_nothing(capsys, tmp_path):
    asked = ["reproduce", "--profile", "claims", "--list", "--only", "words"]
    assert main([*asked, "--runs", str(tmp_path / "runs")]) == 0
    assert "words: 2 arms, 36 of 36 training seeds" in capsys.readouterr().out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--only", "sdt"], "no claim is called 'sdt'. Did you mean 'std'? Allowed: std, words,"),
        (["--seeds", "0"], "--seeds 0 trains nothing"),
        (["--suite", "novel"], "leave --suite away"),
    ],
)
def test_mistakes_are_named(asked, told, capsys):
    assert main(["reproduce", "--profile", "claims", *asked]) == 2
    assert told in capsys.readouterr().err


def test_what_is_no_row_is_refused():
    with pytest.raises(ValueError, match="has no 'claim'"):
        ClaimRow.from_dict({})
    with pytest.raises(UsageError, match="no claim"):
        find_claims(["nothing"])
    assert "not run here yet" in "\n".join(render_claims([], [("STD lifts success", 24)]))


SMALL = (
    *("robot.image_size=32", "data.episodes=1", "tasks=[pick]", "data.workers=1"),
    *("trainer.max_steps=4", "trainer.warmup_steps=1", "trainer.batch_size=4"),
    *("evaluation.trials=1", "evaluation.max_steps=2", "collaboration.scenes=2"),
    *("collaboration.episodes=1", "collaboration.max_steps=2"),
    "augmenters=[{name: std, variants: 1, recoveries: 0}]",
)


def stamps(folder):
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*") if file.is_file()}


@pytest.mark.slow
def test_arms_are_trained_corrected_helped_resumed_and_checked(tmp_path, capsys):
    pytest.importorskip("pybullet")
    where = ("--out", str(tmp_path / "out"), "--runs", str(tmp_path / "runs"))
    only = [f"--only={name}" for name in ("std", "words", "correction", "asking")]
    asked = ["reproduce", "--profile", "claims", *only, *where, "--seeds", "2", *SMALL]
    assert main([*asked, "--shard", "2/2"]) == 0
    assert not (tmp_path / "out").exists()
    assert main(asked) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    claims = json.loads((tmp_path / "out" / "claims.json").read_text())
    assert {row["claim"] for row in claims["rows"]} >= {"std", "words", "correction", "asking"}
    models = {row["model"] for row in results["rows"]}
    assert models >= {"corrected_1", "corrected_3", "asking_1", "asking_3", "action"}
    before = stamps(tmp_path / "runs")
    assert main(asked) == 0
    assert stamps(tmp_path / "runs") == before, "what is finished is not made again"
    capsys.readouterr()
    assert main(["reproduce", "--check", "1", *where]) == 0
    assert " 0 differences" in capsys.readouterr().out
