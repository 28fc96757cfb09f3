"""``cliprt skill``, and a skill's whole way: taught by sentences, judged by a goal, trained."""

import json
import shutil

import pytest
from PIL import Image

from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.recipe.load import load_recipe
from cliprt.stages.augment import load_demonstrations, plan_variants
from cliprt.stages.collect import find_taught
from cliprt.stages.run_folder import RunFolder
from cliprt.stages.skills import with_skills

TITLE, TASK = "Push the box away", "push_the_box_away"
GOAL = "the box is moved forward by at least 8 cm"

PUSH = f"""
extends: tiny
name: push
tasks:
  - name: skill
    as: {TASK}
    instruction: {TITLE}
    difficulty: easy
    scene:
      - {{thing: box, at: [0.55, 0.0], within_m: 0.01, within_deg: 5}}
teleoperator:
  name: script
  sentences: [move down by 15 centimeters, move forward by 20 centimeters, done]
augmenters: []
robot: {{name: pybullet, image_size: 32}}
data: {{episodes: 2, workers: 1}}
evaluation: {{trials: 1, videos: 0, compare_loop_breaking: false}}
trainer: {{max_steps: 4, warmup_steps: 1, checkpoint_every: 4}}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "push.yaml").write_text(PUSH, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A run in which the script taught the skill twice, and nobody has said its goal."""
    folder = tmp_path_factory.mktemp("collected")
    (folder / "push.yaml").write_text(PUSH, encoding="utf-8")
    assert main(["collect", str(folder / "push.yaml"), "--out", str(folder / "run")]) == 0
    return folder / "run"


@pytest.fixture
def taught(here, collected):
    shutil.copytree(collected, here / "run")
    (here / "run" / ".lock").unlink()
    return here / "run"


def said(capsys, *args):
    """What a command prints, stdout and stderr."""
    code = main(list(args))
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_skill_is_brought_as_a_recipe_and_shown(here, capsys):
    new = ["skill", "new", TITLE, "--scene", "a box at the back, a red mug", "--goal", GOAL]
    code, out, _ = said(capsys, *new)
    assert code == 0
    assert "extends: teach" in out
    assert said(capsys, *new, "--out", "own.yaml")[0] == 0
    assert load_recipe(here / "own.yaml").tasks[0].key == TASK
    code, _, err = said(capsys, *new, "--out", "own.yaml")
    assert (code, "is not overwritten" in err) == (2, True)
    _, out, _ = said(capsys, "skill", "show", "own.yaml")
    assert out.splitlines() == [
        f"{TITLE} ({TASK})",
        "On the table: a box at the back, a red mug 44 cm ahead",
        f"Done when: {GOAL}",
    ]
    _, out, _ = said(capsys, "skill", "show", "own.yaml", "--format", "json")
    assert json.loads(out)["scene"][0] == {"thing": "box", "at": [0.62, 0.0]}
    _, out, _ = said(capsys, "skill", "ls", "own.yaml")
    assert out == f"{TASK}: {TITLE} ({GOAL})\n"


def test_a_skill_is_brought_to_a_run_each_under_a_name_of_its_own(here, capsys):
    for _ in range(2):
        assert said(capsys, "skill", "new", TITLE, "--scene", "a box", "--out", "run")[0] == 0
    _, out, _ = said(capsys, "skill", "ls", "run", "--format", "json")
    assert [row["task"] for row in json.loads(out)] == [TASK, f"{TASK}_2"]
    code, _, err = said(capsys, "skill", "new", TITLE, "--as", TASK, "--out", "run")
    assert (code, f"--as {TASK}_2" in err) == (2, True)
    code, _, err = said(capsys, "skill", "show", "run")
    assert (code, "run has 2 skills; name one." in err) == (2, True)
    code, _, err = said(capsys, "skill", "show", "run", "push")
    assert (code, "run has no skill 'push'." in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["x" * 10_000], "got 10,000 characters. Allowed: at most 200."),
        ([" "], "got no words."),
        ([TITLE, "--scene", "a box, a giraffe"], "There is no 'giraffe' here."),
        ([TITLE, "--scene", "five laptops"], "the table is full, and the laptop 3"),
        ([TITLE, "--scene", "a box", "--goal", "be good"], "nothing that can be measured"),
        (
            [TITLE, "--scene", "a cup on a plate", "--goal", "the cup is on the plate"],
            "The goal is reached before anything is done.",
        ),
    ],
)
def test_what_cannot_be_brought_is_said_in_one_sentence(here, capsys, arguments, text):
    code, _, err = said(capsys, "skill", "new", *arguments, "--out", "run")
    assert code == 2
    assert text in err
    assert "Traceback" not in err
    assert not (here / "run" / "skills.yaml").exists()


def test_a_picture_shows_the_table_in_several_scenes(here, capsys):
    said(capsys, "skill", "picture", "push.yaml", "--out", "push.png", "--seeds", "0", "1")
    with Image.open(here / "push.png") as picture:
        assert picture.size == (768, 384)
    code, _, err = said(capsys, "skill", "picture", "push.yaml", "--out", "no/push.png")
    assert (code, "no/push.png cannot be written" in err) == (2, True)


def test_a_person_says_it_is_done_where_there_is_no_goal_and_facts_are_kept(taught):
    recipe, run = load_recipe("push.yaml"), RunFolder(taught)
    ids = find_taught(recipe, run).ids[TASK]
    assert len(ids) == 2
    episode = EpisodeStore(run.episodes).load(ids[0])
    assert episode.success
    assert episode.meta["end"] == "done"
    facts = episode.meta["facts"]
    assert facts["end"]["things"]["box"]["pose"][0] > facts["start"]["things"]["box"]["pose"][0]


def test_the_goal_is_found_in_what_was_taught_and_kept(taught, capsys):
    _, out, _ = said(capsys, "skill", "goal", "run")
    assert "After 2 taught episodes, but not before:" in out
    assert "the box is moved" in out
    assert said(capsys, "skill", "goal", "run", TASK, "--set", GOAL)[0] == 0
    recipe = load_recipe("push.yaml")
    assert with_skills(recipe, RunFolder(taught)).tasks[0].options["goal"] == GOAL
    _, out, _ = said(capsys, "skill", "goal", "run", "--format", "json")
    assert json.loads(out)["goal"] == GOAL
    code, _, err = said(capsys, "skill", "goal", "run", "--set", "the cup is full")
    assert (code, "run/skills.yaml" in err, "cup" in err) == (2, True, True)
    assert said(capsys, "skill", "goal", "run", "--judge")[0] == 0
    assert "goal" not in with_skills(recipe, RunFolder(taught)).tasks[0].options
    code, _, err = said(capsys, "skill", "goal", "nowhere")
    assert (code, "there is no run folder nowhere" in err) == (2, True)


def test_variants_and_trials_need_a_goal_and_follow_it(taught, capsys):
    scene = "augmenters=[{name: scene, scenes: 1}]"
    code, _, err = said(capsys, "augment", "push.yaml", scene, "--out", "run")
    assert code == 2
    assert f"'{TASK}' has no goal" in err
    assert f"cliprt skill goal run {TASK}" in err
    planned = []
    for goal in (GOAL, "the box is moved forward by at least 5 cm"):
        assert said(capsys, "skill", "goal", "run", "--set", goal)[0] == 0
        recipe = with_skills(load_recipe("push.yaml", [scene]), RunFolder(taught))
        found = find_taught(recipe, RunFolder(taught))
        assert len(found.all_ids) == 2  # what was taught keeps its name
        store = EpisodeStore(taught / "episodes")
        planned.append(plan_variants(recipe, load_demonstrations(store, found)).keys())
    assert [len(names) for names in planned] == [2, 2]
    assert not planned[0] & planned[1]


def test_an_environment_needs_a_goal():
    pytest.importorskip("gymnasium")
    from cliprt.environments import TaskEnvironment
    from cliprt.errors import UsageError

    options = {"instruction": TITLE, "scene": ["box"]}
    with pytest.raises(UsageError, match="has no goal, so nothing can be rewarded"):
        TaskEnvironment("skill", task_options=options)


@pytest.mark.slow
def test_from_sentences_to_a_report_an_environment_and_an_export(taught, capsys):
    both = "augmenters=[{name: scene, scenes: 1}, {name: std, variants: 1}]"
    code, _, err = said(capsys, "fit", "push.yaml", both, "--out", "run")
    assert (code, f"'{TASK}' has no goal" in err) == (2, True)
    code, _, err = said(capsys, "fit", "push.yaml", "--out", "run")
    assert code == 2
    assert "and the policy, which is trained, is not evaluated" in err
    assert list(taught.glob("policies/*/checkpoint"))
    said(capsys, "skill", "goal", "run", "--set", GOAL)
    code, _, _ = said(capsys, "fit", "push.yaml", both, "--out", "run")
    assert code == 0
    assert (taught / "report.html").is_file()
    report = json.loads((taught / "report.json").read_text())
    assert TASK in json.dumps(report)
    code, _, _ = said(
        capsys, "run", "push.yaml", "--checkpoint", "run", "--task", TASK, "--store", "live"
    )
    assert code == 0
    code, _, _ = said(capsys, "episodes", "export", "run", "--shards", "shards")
    assert code == 0
    gymnasium = pytest.importorskip("gymnasium")
    import cliprt.environments

    cliprt.environments.register_environments()
    options = dict(with_skills(load_recipe("push.yaml"), RunFolder(taught)).tasks[0].options)
    environment = gymnasium.make("cliprt/Skill-v0", task_options=options)
    _, info = environment.reset(seed=3)
    assert "instruction" not in info or info["instruction"] == TITLE
    environment.close()
