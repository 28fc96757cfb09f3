"""Wrong recipes: each gives one readable block with place, key and what is allowed, and exit 2."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cliprt.cli import main
from cliprt.errors import RecipeError
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Recipe

TASKS = "tasks: [pick]\n"

# id: (text of the file, parts that the message must have)
WRONG = {
    "unknown section": (TASKS + "trainr: {}", ["r.yaml:2: trainr:", "'trainer'", "Allowed"]),
    "unknown key": (
        TASKS + "trainer:\n  max_step: 3",
        ["r.yaml:3: trainer.max_step:", "Did you mean 'max_steps'?", "Allowed: max_steps,"],
    ),
    "word for a number": (TASKS + "seed: one", ["r.yaml:2: seed: got 'one'", "a whole number"]),
    "fraction for a whole number": (
        TASKS + "data:\n  episodes: 2.5",
        ["r.yaml:3: data.episodes: got 2.5", "a whole number"],
    ),
    "true for a number": (TASKS + "seed: true", ["r.yaml:2: seed: got True", "a whole number"]),
    "word for true": (
        TASKS + "evaluation: {break_loops: maybe}",
        ["r.yaml:2: evaluation.break_loops: got 'maybe'", "true or false"],
    ),
    "seed beyond 32 bits": (
        TASKS + "seed: 4294967296",
        [":2: seed: got 4294967296", "at least 0 and at most 4294967295"],
    ),
    "an option below its limit": (
        TASKS + "augmenters:\n  - {name: std, variants: -1}",
        ["r.yaml:3: augmenters[0].variants: got -1", "at least 0"],
    ),
    "an option of no size": (
        TASKS + "robot: {name: pybullet, image_size: 0}",
        [":2: robot.image_size: got 0", "at least 1"],
    ),
    "an unknown fusion": (
        TASKS + "policy: {name: clip_rt, fusion: flim}",
        [":2: policy.fusion: got 'flim'", "Did you mean 'film'?"],
    ),
    "an unknown difficulty": (
        "tasks: [{name: pick, difficulty: insane}]",
        [":1: tasks[0].difficulty: got 'insane'", "easy, default, hard"],
    ),
    "no episodes": (TASKS + "data: {episodes: 0}", [":2: data.episodes: got 0", "at least 1"]),
    "no trials": (
        TASKS + "evaluation: {trials: -3}",
        [":2: evaluation.trials: got -3", "at least 1"],
    ),
    "learning rate 0": (
        TASKS + "trainer: {learning_rate: 0}",
        [":2: trainer.learning_rate: got 0.", "above 0"],
    ),
    "infinite learning rate": (
        TASKS + "trainer: {learning_rate: 1e999}",
        [":2: trainer.learning_rate: got inf", "a number"],
    ),
    "number beyond floats": (
        TASKS + "trainer: {learning_rate: 1" + "0" * 400 + "}",
        [":2: trainer.learning_rate: got 1000", "a number"],
    ),
    "an unknown tower": (
        TASKS + "trainer: {freeze: [images]}",
        [":2: trainer.freeze: got 'images'", "Did you mean 'image'?", "Allowed: image, text"],
    ),
    "a tower frozen twice": (
        TASKS + "trainer: {freeze: [text, text]}",
        [":2: trainer.freeze: got text, text.", "Allowed: each tower once"],
    ),
    "a low-rank change of nothing": (
        TASKS + "trainer: {freeze: [text, image], lora: 8}",
        [":2: trainer.lora: got 8, and trainer.freeze leaves no tower", "Allowed: 0"],
    ),
    "holdout 1": (
        TASKS + "trainer: {holdout: 1}",
        [":2: trainer.holdout: got 1.", "at least 0 and below 1"],
    ),
    "one of the betas": (
        TASKS + "trainer: {betas: [0.9, 1.5]}",
        [":2: trainer.betas: got 1.5", "below 1"],
    ),
    "too few numbers": (
        TASKS + "gate: {lower: [0, 1]}",
        [":2: gate.lower: got [0, 1]", "a list of 3 times a number"],
    ),
    "box inside out": (
        TASKS + "gate:\n  lower: [0.9, -0.4, 0]",
        [":3: gate.lower: x is 0.9, not below the 0.8 of gate.upper", "lower < upper"],
    ),
    "unknown word": (
        TASKS + "trainer: {schedule: cosin}",
        [":2: trainer.schedule: got 'cosin'", "cosine, constant"],
    ),
    "shards without a place": (
        TASKS + "data:\n  sources:\n  - store\n  - name: shards",
        [":5: data.sources[1].path: missing: source 'shards' needs it", "path, weight"],
    ),
    "a source without weight": (
        TASKS + "data: {sources: [{name: store, weight: 0}]}",
        [":2: data.sources[0].weight: got 0", "above 0"],
    ),
    "no source": (
        TASKS + "data: {sources: []}",
        [":2: data.sources: empty: what is learned from?", "raw, rlds, shards, store"],
    ),
    "a source that is no list": (
        TASKS + "data: {sources: store}",
        [":2: data.sources: got 'store'. Allowed: a list, such as [store]"],
    ),
    "unknown source": (
        TASKS + "data: {sources: [shard]}",
        [":2: data.sources[0].name: no source is called 'shard'", "Did you mean 'shards'"],
    ),
    "an option that cliprt fills in": (
        TASKS + "data: {sources: [{name: store, recorded: 1}]}",
        [":2: data.sources[0].recorded: source 'store' has no such option", "path, weight"],
    ),
    "unknown component": (
        TASKS + "encoder:\n  name: opn_clip",
        [":3: encoder.name: no encoder is called 'opn_clip'", "Did you mean 'open_clip'?", "small"],
    ),
    "unknown component, short form": (
        TASKS + "policy: clip-rt",
        [":2: policy.name: no policy is called 'clip-rt'", "'clip_rt'", "Allowed"],
    ),
    "unknown task": ("tasks: [pik]", [":1: tasks[0].name: no task is called 'pik'", "'pick'"]),
    "known elsewhere": (
        "tasks: [libero]",
        [":1: tasks[0].name: no task is called 'libero'", "pip install cliprt-libero"],
    ),
    "unknown option": (
        TASKS + "augmenters:\n  - name: std\n    variant: 3",
        [":4: augmenters[0].variant: augmenter 'std' has no such option", "'variants'", "Allowed"],
    ),
    "option of the wrong type": (
        TASKS + "augmenters:\n  - {name: std, variants: many}",
        [":3: augmenters[0].variants: got 'many'", "a whole number"],
    ),
    "option outside a Literal": (
        TASKS + "encoder: {name: open_clip, resize: squish}",
        [":2: encoder.resize: got 'squish'", "Did you mean 'squash'?", "squash, crop"],
    ),
    "option that cliprt fills in": (
        TASKS + "policy: {name: clip_rt, encoder: small_cnn}",
        [":2: policy.encoder: policy 'clip_rt' has no such option", "Allowed"],
    ),
    "required option": (TASKS + "vocabulary: table", [":2: vocabulary.path: missing", "Allowed"]),
    "unknown camera": (
        TASKS + "policy: {name: clip_rt, cameras: [scen]}",
        [":2: policy.cameras: the robot 'pybullet' has no camera 'scen'", "'scene'", "Allowed"],
    ),
    "camera that is switched off": (
        TASKS
        + "robot: {name: pybullet, cameras: [scene]}\npolicy: {name: clip_rt, cameras: [wrist]}",
        [":3: policy.cameras: the robot 'pybullet' has no camera 'wrist'", "Allowed: scene"],
    ),
    "component without a name": (
        TASKS + "augmenters: [{variants: 3}]",
        [":2: augmenters[0].name: got nothing", "Allowed: dense, diversify"],
    ),
    "component that is a number": (TASKS + "robot: 5", [":2: robot: got 5", "Allowed: pybullet"]),
    "a task twice": ("tasks:\n- pick\n- pick", [":3: tasks[1]: 'pick' is given twice", "tasks[0]"]),
    "a name of its own twice": (
        "tasks:\n- {name: pick, as: one}\n- {name: push, as: one}",
        [":3: tasks[1]: 'one' is given twice", "give one a name of its own, e.g. as: again"],
    ),
    "a name that is no name": (
        "tasks: [{name: pick, as: a/b}]",
        [":1: tasks[0].as: got 'a/b'", "Allowed: at most 80 of letters, digits"],
    ),
    "an augmenter by another name": (
        "tasks: [pick]\naugmenters: [{name: std, as: mine}]",
        [":2: augmenters[0].as: augmenter 'std' has no such option"],
    ),
    "a suite that nobody registers": (
        "tasks:\n- pick\n- suite: novle",
        [
            ":3: tasks[1].suite: no suite is called 'novle'. Did you mean 'novel'?",
            "common, household, household_held_out, novel",
        ],
    ),
    "a task that its suite has": (
        "tasks:\n- suite: novel\n- stamp",
        [":3: tasks[9]: 'stamp' is given twice (also as tasks[8])"],
    ),
    "a suite by another name": (
        "tasks:\n- pick\n- suite: novel\n  as: mine",
        [":4: tasks[1].as: the tasks of a suite cannot all have one name. Allowed: options"],
    ),
    "an option after a suite": (
        "tasks:\n- suite: novel\n- name: pick\n  difficulty: herd",
        [":4: tasks[9].difficulty: got 'herd'. Did you mean 'hard'?"],
    ),
    "no tasks": ("seed: 1", [":1: tasks: missing", "Allowed", "pick"]),
    "empty tasks": ("tasks: []", [":1: tasks: empty", "Allowed", "pick"]),
    "tasks not a list": (
        "tasks: pick",
        [":1: tasks: got 'pick'", "Allowed: a list", "or {suite: common}"],
    ),
    "seeds overlap": (
        TASKS + "evaluation:\n  first_seed: 5",
        [":3: evaluation.first_seed: trials use the scenes 5 to 29", "Allowed: 10 or more"],
    ),
    "name outside the folder": (
        TASKS + "name: ../../etc",
        [":2: name: got '../../etc'", "Allowed"],
    ),
    "null": (TASKS + "trainer: {max_steps: null}", [":2: trainer.max_steps: got nothing", "whole"]),
    "section without keys": (TASKS + "trainer:", [":2: trainer: got nothing", "Allowed: keys"]),
    "section that is a list": (TASKS + "data: [1]", [":2: data: got a list", "Allowed: keys"]),
    "missing reference": (
        TASKS + "seed: ${trainer.sead}",
        [":2: seed: '${trainer.sead}' leads nowhere", "Allowed"],
    ),
    "reference to itself": (TASKS + "seed: ${seed}", [":2: seed: '${seed}'", "Allowed"]),
    "environment": (
        TASKS + "name: ${oc.env:HOME}",
        [
            ":2: name: '${oc.env:HOME}' is no reference",
            "Allowed: only ${another.key}",
            "nothing executable",
        ],
    ),
    "missing base": (
        "extends: finetune_novl\n" + TASKS,
        [":1: extends: no recipe is called 'finetune_novl'", "'finetune_novel'", "Allowed"],
    ),
    "base in a circle": ("extends: r.yaml", [":1: extends: goes in a circle: r.yaml -> r.yaml"]),
    "two bases": ("extends: [a, b]", [":1: extends: got ['a', 'b']", "Allowed: one recipe"]),
    "bad YAML": (TASKS + "data: {episodes: 3", [":2:", "not valid YAML", "brackets"]),
    "two colons": (TASKS + "name: a: b", [":2:", "a second ': '", "Quote"]),
    "tab": (TASKS + "data:\n\tepisodes: 3", [":3: a tab cannot indent YAML. Use spaces"]),
    "key twice": (
        TASKS + "data:\n  episodes: 3\n  episodes: 4",
        [":4: data.episodes: is given twice (first on line 3)", "Keep one"],
    ),
    "alias": (
        "tasks: &x [pick]\naugmenters: *x",
        [":2: aliases (*name) are not allowed", "${key}"],
    ),
    "executable tag": (
        TASKS + "name: !!python/object/apply:os.system [ls]",
        [":2: name: the tag !!python/object", "plain values only"],
    ),
    "tag that does not fit": (
        TASKS + "evaluation: {break_loops: !!bool maybe}",
        [":2: evaluation.break_loops: the tag !!bool is not allowed", "plain values only"],
    ),
    "number for text": (
        TASKS + "name: 007",
        [":2: name: got 7", "Allowed: text. Put it in quotes"],
    ),
    "on for true": (
        TASKS + "evaluation: {break_loops: on}",
        [":2: evaluation.break_loops: got 'on'", "true or false"],
    ),
    "no-break space": (
        TASKS + "data: {episodes: 3}\n\xa0seed: 3",
        [":3: the key '\\xa0seed' has a no-break space (U+00A0) in it. Use plain spaces"],
    ),
    "key that is a list": (TASKS + "? [a]\n: b", [":2:", "Keys are words"]),
    "two documents": (TASKS + "---\nseed: 1", [":2:", "not valid YAML"]),
    "endless digits": (TASKS + "seed: " + "1" * 9000, [":2: seed:", "far too many digits"]),
    "endless nesting": ("tasks: " + "[" * 2000, [":1:", "nested far too deeply"]),
    "nesting of 90": (
        TASKS + "robot: " + "{name: " * 90 + "x" + "}" * 90,
        [":2: nested far too deeply. People's files have four levels"],
    ),
    "too many values": (
        "tasks: [" + "pick, " * 6000 + "]",
        [":1: more than 5,000 values. Leave some out"],
    ),
    "control character": (TASKS + "name: a\x07b", [":2: not a text file"]),
    "empty": ("", [":1: the file is empty", "Allowed"]),
    "only comments": ("# nothing yet\n", [":1: the file is empty", "Allowed"]),
    "a list": ("- pick\n", [":1: the file is not a mapping", "Allowed"]),
}


@pytest.mark.parametrize(("text", "parts"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_recipe_is_explained(text, parts, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("r.yaml").write_text(text)
    assert main(["recipes", "validate", "r.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("cliprt: r.yaml:")
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, "one mistake, one line"
    for part in parts:
        assert part in err


OVERRIDES = {
    "unknown key": ("trainer.lr=1", ["command line: trainer.lr: unknown key", "learning_rate"]),
    "unknown section": ("polcy.loss=x", ["command line: polcy: unknown key", "'policy'"]),
    "value": ("trainer.max_steps=0", ["command line: trainer.max_steps: got 0", "at least 1"]),
    "task": ("tasks=[pik]", ["command line: tasks[0].name: no task is called 'pik'", "'pick'"]),
    "no equals sign": ("trainer.max_steps", ["command line: trainer.max_steps:", "key.path=value"]),
    "no key": ("=3", ["command line: =3:", "key.path=value"]),
    "bad YAML": ("tasks=[pick", ["command line: tasks:", "not valid YAML"]),
    "below a value": ("seed.x.y=3", ["command line: seed: got {'x'", "a whole number"]),
    "no such entry": ("augmenters.stt.variants=3", ["augmenters.stt.variants:", "Allowed:", "std"]),
    "extends": ("extends=tiny", ["command line: extends: only a recipe's file"]),
    "comment": ("name=run #1", ["command line: name: '#1' is a comment in YAML", "in quotes"]),
}


@pytest.mark.parametrize(("override", "parts"), OVERRIDES.values(), ids=OVERRIDES.keys())
def test_a_wrong_override_is_explained(override, parts):
    with pytest.raises(RecipeError) as caught:
        load_recipe("tiny", [override])
    (problem,) = caught.value.problems
    assert problem.startswith("command line: ")
    for part in parts:
        assert part in problem


def test_all_mistakes_are_reported_at_once(tmp_path):
    file = tmp_path / "many.yaml"
    file.write_text("tasks: [pik]\nseed: x\ntrainer:\n  lr: 3\n  eps: 0\nrobot: bullet\n")
    with pytest.raises(RecipeError) as caught:
        load_recipe(file, ["data.episodes=0"])
    places = [problem.split(": ")[:2] for problem in caught.value.problems]
    label = str(file)
    assert sorted(places) == sorted(
        [
            [f"{label}:1", "tasks[0].name"],
            [f"{label}:2", "seed"],
            [f"{label}:4", "trainer.lr"],
            [f"{label}:5", "trainer.eps"],
            [f"{label}:6", "robot.name"],
            ["command line", "data.episodes"],
        ]
    )


def test_a_mistake_in_the_base_is_placed_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("base.yaml").write_text("tasks: [pick]\ntrainer:\n  eps: 0\n  max_steps: 0\n")
    Path("child.yaml").write_text("extends: base\n\ntrainer:\n  max_steps: -1\n")
    with pytest.raises(RecipeError) as caught:
        load_recipe("child")
    assert {problem.split(" got")[0] for problem in caught.value.problems} == {
        "base.yaml:3: trainer.eps:",
        "child.yaml:4: trainer.max_steps:",
    }


def test_a_longer_circle_is_shown(tmp_path):
    for name, base in (("a", "b"), ("b", "c"), ("c", "b")):
        (tmp_path / f"{name}.yaml").write_text(f"extends: {base}\ntasks: [pick]\n")
    with pytest.raises(RecipeError, match=r"circle: b\.yaml -> c\.yaml -> b\.yaml"):
        load_recipe(tmp_path / "a.yaml")


def test_a_billion_laughs_are_told_at_once(tmp_path):
    names = ["name", *"abcdefghijkl"]
    laughs = [f"{a}: " + f"${{{b}}}" * 9 for a, b in itertools.pairwise(names)]
    (tmp_path / "r.yaml").write_text("\n".join([TASKS, *laughs, "l: haha"]))
    with pytest.raises(RecipeError) as caught:
        load_recipe(tmp_path / "r.yaml")
    (problem,) = [p for p in caught.value.problems if ": name: " in p]
    assert "and the others fill in too much. Allowed: 10,000 characters" in problem
    assert len(str(caught.value)) < 4000


def test_files_that_are_no_recipes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecipeError, match="Did you mean 'tiny'"):
        load_recipe("tinny")
    with pytest.raises(RecipeError, match="this is a folder"):
        load_recipe(tmp_path)
    with pytest.raises(RecipeError, match="Allowed: a path"):
        load_recipe("x" * 5000)
    with pytest.raises(RecipeError, match="Allowed: a path"):
        load_recipe("")
    Path("binary.yaml").write_bytes(b"tasks: [pick]\n\xff\xfe\x00")
    with pytest.raises(RecipeError, match=r"binary.yaml:2: not a text file: byte 14"):
        load_recipe("binary.yaml")
    Path("large.yaml").write_bytes(b"# \n" * 400_000)
    with pytest.raises(RecipeError, match="too large"):
        load_recipe("large.yaml")


_scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_keys = st.sampled_from(
    ["name", "tasks", "encoder", "trainer", "max_steps", "gate", "augmenters", "a.b", "extends", ""]
) | st.text(max_size=4)
_values = st.recursive(
    _scalars | st.sampled_from(["${seed}", "${", "${tasks}", "${a.b}", "pick", "std", "???"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=12,
)


@settings(
    max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tree=st.dictionaries(_keys, _values, max_size=5), override=_keys, value=_values)
def test_no_tree_of_values_gives_anything_but_a_recipe_error(tree, override, value, tmp_path):
    import yaml

    file = tmp_path / "any.yaml"
    file.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
    flow = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    with contextlib.suppress(RecipeError):
        assert isinstance(load_recipe(file, [f"{override}={flow}"]), Recipe)


@settings(
    max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary(max_size=80) | st.text("{}[]:,-#&*!|>'\"%@`$ \n\tab1.?", max_size=60))
def test_no_file_gives_anything_but_a_recipe_error(content, tmp_path):
    file = tmp_path / "any.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(RecipeError):
        load_recipe(file)
