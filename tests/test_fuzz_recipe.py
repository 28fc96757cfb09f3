"""Recipes, vocabularies, phrasebooks and seats by no honest editor: read, or refused in words."""

from __future__ import annotations

import json

import yaml
from fuzzing import altered, damaged, fuzz, nothing_outside, only_refusals, texts, values
from hypothesis import example, given
from hypothesis import strategies as st

from cliprt.language.grammar import GrammarInterpreter
from cliprt.language.phrasebook import PhrasebookInterpreter
from cliprt.recipe.load import load_recipe, read_recipe, to_dict, to_yaml
from cliprt.vocabularies.grid import ClipRt58Vocabulary
from cliprt.vocabularies.table import TableVocabulary

VOCABULARY = ClipRt58Vocabulary()

RECIPE = b"""\
tasks: [pick, {name: pick, difficulty: hard, as: far}]
name: r-${seed}
seed: 3
extends: tiny
vocabulary: {name: table, path: my_arm.yaml}
interpreter: {name: chain, model: ollama/x, phrasebooks: [a, "${name}"]}
augmenters: [{name: std, variants: '${data.episodes}'}]
data: {episodes: 4, sources: [store, {name: shards, path: "a-{0..3}.tar", weight: .5}]}
gate: {lower: [.2, -.4, 0.01], upper: [.7, .4, .5]}
trainer: {learning_rate: 1e-3, betas: [.9, .98]}
"""

TABLE = b"""\
name: my_arm
primitives:
  - phrase: slide left a little
    move_cm: {y: 5}
  - {phrase: twist, turn_deg: {gripper_rotation: 90}, group: twist}
  - phrase: close the gripper
    gripper: closed
"""

PHRASEBOOK = b"""\
vocabulary: clip_rt_58
wordings:
- {said: scootch over, means: [move the arm to the left by five centimeters], count: 2, by: [a]}
- {said: grab it, means: [close the gripper], last: 2026-11-30}
"""

SEATS = b"""\
anna: facing        # opposite the robot
ben: picture
'': behind
"""

FULL = to_dict(load_recipe("finetune_novel"))


def put(path, data):
    """Write anew: a file that is cut to nothing and written again waits for the disk."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def read(path):
    with only_refusals(), nothing_outside(path.parent, path):
        recipe, outside = read_recipe(path)
        assert all(line.isprintable() for line in outside)
        assert yaml.safe_load(to_yaml(recipe))


@fuzz
def test_a_recipe_of_any_bytes(go_on, tmp_path):
    @given(damaged(RECIPE))
    @example(b"tasks: [pick]\nevaluation: {break_loops: !!bool maybe}\n")
    @example(b"tasks: [pick]\nname: " + b"${a}" * 20 + b"\na: " + b"${seed}" * 2000 + b"\n")
    @example(b"tasks: [pick]\nencoder: {name: small_cnn, width: " + b"{a: " * 90 + b"}" * 90 + b"}")
    @example(b"tasks: " + b"[" * 50_000)
    @example(b"tasks: [" + b"pick," * 19_000 + b"]")
    @example(b'"\\e[2J": 1\ntasks: ["\\uD800"]\n')
    def check(data):
        path = tmp_path / "r.yaml"
        put(path, data)
        read(path)

    go_on(check)


@fuzz
def test_a_recipe_with_any_value(go_on, tmp_path):
    @given(altered(FULL))
    def check(tree):
        path = tmp_path / "r.yaml"
        try:
            text = json.dumps(tree) if tree else ""
            put(path, (yaml.safe_dump(json.loads(text)) if text else "").encode())
        except (ValueError, yaml.YAMLError):
            return
        read(path)

    go_on(check)


@fuzz
def test_any_override(go_on):
    keys = st.sampled_from(
        ["seed", "robot", "robot.cameras", "tasks", "tasks.0", "tasks.pick.difficulty", "data",
         "data.sources.0.path", "augmenters.std.variants", "gate.lower", "name", "interpreter.x"]
    )  # fmt: skip

    @given(st.lists(st.tuples(keys | texts, texts | values.map(str)), max_size=3))
    @example([("tasks.0.0.0", "1"), ("tasks", "{suite: novel}")])
    @example([("data", "A"), ("data.sources.0.path", "")])
    @example([("data", ""), ("data.sources.0.path", "")])
    @example([("\x1f", "")])
    def check(overrides):
        with only_refusals():
            read_recipe("tiny", [f"{key}={value}" for key, value in overrides])

    go_on(check)


@fuzz
def test_a_vocabulary_of_any_bytes(go_on, tmp_path):
    @given(damaged(TABLE))
    @example(TABLE.replace(b"closed", b"9" * 5000))
    def check(data):
        path = tmp_path / "table.yaml"
        put(path, data)
        with only_refusals(), nothing_outside(tmp_path, path):
            TableVocabulary(path)

    go_on(check)


@fuzz
def test_seats_of_any_bytes(go_on, tmp_path):
    @given(damaged(SEATS))
    @example(b"a: " + b"[" * 50_000)
    @example(b"- &a [x]\n- *a")
    @example(b"[1]: facing\n{b: c}: behind")
    def check(data):
        path = tmp_path / "seats.yaml"
        put(path, data)
        with only_refusals(), nothing_outside(tmp_path, path):
            one = GrammarInterpreter(VOCABULARY, seats=str(path))
            one.read("toward me")

    go_on(check)


@fuzz
def test_a_phrasebook_of_any_bytes(go_on, tmp_path):
    laughs = b"".join(
        b"- &a%d [%s]\n" % (i, b",".join([b"*a%d" % (i - 1)] * 9) if i else b"x") for i in range(9)
    )

    @given(damaged(PHRASEBOOK))
    @example(b"vocabulary: clip_rt_58\nwordings:\n" + laughs)
    @example(b"wordings: " + b"[" * 50_000)
    @example(b"!" + b"9" * 5000)
    def check(data):
        path = tmp_path / "book.yaml"
        put(path, data)
        with only_refusals(), nothing_outside(tmp_path, path):
            PhrasebookInterpreter(VOCABULARY, phrasebooks=(str(path),)).read("scootch over")

    go_on(check)
