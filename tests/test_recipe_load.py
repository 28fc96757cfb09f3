"""Recipes: layers, references, round trip, where they are found, what they become."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cliprt.errors import RecipeError
from cliprt.recipe.find import find_recipe, known_recipes
from cliprt.recipe.load import load_recipe, save_recipe, to_dict
from cliprt.recipe.locate import BROKEN
from cliprt.recipe.options import constructor_options
from cliprt.recipe.references import resolve
from cliprt.recipe.schema import Component, DataSection, Recipe, TrainerSection
from cliprt.recipe.values import Mismatch, to_type
from cliprt.registry import GROUPS, entries, load, names
from cliprt.types import Limit

SHIPPED = sorted(known_recipes())


@pytest.fixture
def write(tmp_path):
    def write(text, name="r.yaml"):
        file = tmp_path / name
        file.write_text(text)
        return file

    return write


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_recipe_loads_and_comes_back_equal(name, tmp_path):
    recipe = load_recipe(name)
    save_recipe(recipe, tmp_path / "saved.yaml")
    assert load_recipe(tmp_path / "saved.yaml") == recipe
    assert recipe.name == name
    json.dumps(to_dict(recipe))


def test_the_least_recipe_is_the_schema_with_its_defaults(write):
    assert load_recipe(write("tasks: [pick]", "least.yaml")) == Recipe(
        name="least", tasks=(Component("pick"),)
    )


def test_components_may_be_a_name_or_a_mapping(write):
    recipe = load_recipe(write("tasks: [pick]\naugmenters: [std, {name: recover, recoveries: 1}]"))
    assert recipe.augmenters == (Component("std"), Component("recover", {"recoveries": 1}))


def test_numbers_are_numbers_and_words_are_words(write):
    recipe = load_recipe(write("tasks: [pick]\nname: on\ntrainer: {eps: 1e-7, learning_rate: 1}"))
    assert recipe.name == "on"
    assert recipe.trainer.eps == 1e-7
    assert isinstance(recipe.trainer.learning_rate, float)


def test_a_recipe_inherits_everything_but_its_name(write):
    write("tasks: [pick]\nname: old\ntrainer: {eps: 1e-3, max_steps: 5}", "base.yaml")
    write("extends: base.yaml\ndata: {episodes: 3}", "middle.yaml")
    recipe = load_recipe(write("extends: middle\ntrainer: {max_steps: 7}", "top.yaml"))
    assert recipe == Recipe(
        name="top",
        tasks=(Component("pick"),),
        data=DataSection(episodes=3),
        trainer=TrainerSection(eps=1e-3, max_steps=7),
    )


def test_options_are_merged_within_one_plugin_and_dropped_with_it(write):
    write("tasks: [pick]\nencoder: {name: small_cnn, width: 8, image_size: 32}", "base.yaml")
    same = load_recipe(write("extends: base\nencoder: {width: 16}", "same.yaml"))
    assert same.encoder == Component("small_cnn", {"width": 16, "image_size": 32})
    other = load_recipe(write("extends: base\nencoder: {name: open_clip, resize: crop}", "o.yaml"))
    assert other.encoder == Component("open_clip", {"resize": "crop"})
    short = load_recipe(write("extends: base\nencoder: open_clip", "s.yaml"))
    assert short.encoder == Component("open_clip")


def test_variants_of_a_plugin_keep_the_options_that_they_share(write):
    write("tasks: [pick]\npolicy: {name: clip_rt, fusion: additive}", "base.yaml")
    for line in ("policy: action_token", "policy: {name: action_token}"):
        variant = load_recipe(write(f"extends: base\n{line}"))
        assert variant.policy == Component("action_token", {"fusion": "additive"})
    typed = load_recipe(write("extends: base"), ["policy.name=action_token"])
    assert typed.policy == Component("action_token", {"fusion": "additive"})


def test_lists_are_replaced(write):
    write("tasks: [pick, close_laptop]\naugmenters: [std]", "base.yaml")
    recipe = load_recipe(write("extends: base\ntasks: [hide_pooh]\naugmenters: []"))
    assert recipe.tasks == (Component("hide_pooh"),)
    assert recipe.augmenters == ()


def test_overrides_reach_every_place(write):
    file = write("tasks: [close_laptop]\naugmenters: [{name: std, variants: 2}, recover]")
    recipe = load_recipe(
        file,
        [
            "tasks=[pick]",
            "seed=7",
            "trainer.max_steps=10",
            "trainer.betas=[0.5, 0.6]",
            "policy.loss=in_batch_bce",
            "encoder.width=8",
            "augmenters.std.keep_last=1",
            "augmenters.1.recoveries=4",
            "robot={name: pybullet, image_size: 32}",
            "gate.max_step_m=0.1",
            "gate.max_step_m=0.2",
        ],
    )
    assert recipe.tasks == (Component("pick"),)
    assert recipe.seed == 7
    assert (recipe.trainer.max_steps, recipe.trainer.betas) == (10, (0.5, 0.6))
    assert recipe.policy == Component("clip_rt", {"loss": "in_batch_bce"})
    assert recipe.encoder == Component("small_cnn", {"width": 8})
    assert recipe.augmenters[0] == Component("std", {"variants": 2, "keep_last": 1})
    assert recipe.augmenters[1] == Component("recover", {"recoveries": 4})
    assert recipe.robot == Component("pybullet", {"image_size": 32})
    assert recipe.gate.max_step_m == 0.2, "the last one wins"


def test_a_short_override_and_its_options_go_together(write):
    file = write("tasks: [pick]\nencoder: {name: small_cnn, width: 8}")
    recipe = load_recipe(file, ["encoder=open_clip", "encoder.resize=crop"])
    assert recipe.encoder == Component("open_clip", {"resize": "crop"})


def test_references_are_filled_in(write):
    recipe = load_recipe(
        write(
            "tasks: [pick]\nname: seed-${seed}-${trainer.max_steps}\nseed: 3\n"
            "trainer: {max_steps: 9, warmup_steps: '${data.episodes}'}\n"
            "policy: {name: clip_rt, cameras: '${robot.cameras}'}\n"
            "robot: {name: pybullet, cameras: [wrist]}"
        ),
        ["data.episodes=4"],
    )
    assert recipe.name == "seed-3-9"
    assert recipe.trainer.warmup_steps == 4
    assert recipe.policy.options == {"cameras": ("wrist",)}


def references(tree):
    """(what a tree becomes, what is reported)."""
    told = []
    return resolve(tree, lambda key, text: told.append(text)), told


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${x.1.a}", 2),
        ("${x}", ["a", {"a": 2}]),
        ("${x.0}${x}${x.1.a}", "a['a', {'a': 2}]2"),
        ("${y}-${n}-${t}", "1.5-None-True"),
        ("it's ${y} {x} [y] 'q , : = \\ ${y}", "it's 1.5 {x} [y] 'q , : = \\ 1.5"),
        ("${d.1e3}", 5),
    ],
)
def test_a_reference_is_what_it_leads_to(text, filled):
    tree = {"q": text, "x": ["a", {"a": 2}], "y": 1.5, "n": None, "t": True, "d": {"1e3": 5}}
    assert references(tree) == ({**tree, "q": filled}, [])


@pytest.mark.parametrize(
    ("tree", "told"),
    [
        ({"a": "${b}", "b": "${a}"}, "goes in a circle: b -> a -> b"),
        ({"a": "\\${b}", "b": 1}, "is no reference"),
        ({"a": "${b}", "b": "???"}, "leads nowhere"),  # OmegaConf takes that for no value
        ({"a": "${oc.env:HOME}"}, "nothing executable"),
        ({"a": "${b}", "b": "${oc.env:HOME}"}, "nothing executable"),
        ({"a": "${${b}}", "b": "a"}, "nothing executable"),
        ({"a": "${b.c}", "b": 3}, "leads nowhere"),
        ({f"a{i}": f"${{a{i + 1}}}" for i in range(3000)}, "goes in a circle"),
        ({"x": "x" * 100} | {f"a{i}": "${x}" for i in range(200)}, "fill in too much"),
    ],
)
def test_a_reference_that_cannot_be_followed_is_told(tree, told):
    found, problems = references(tree)
    assert told in problems[0]
    assert BROKEN in found.values()
    assert len(problems[0]) < 1000


def test_references_find_defaults_too(write):
    recipe = load_recipe(
        write(
            "tasks: [pick]\nname: ${vocabulary.name}-${seed}\n"
            "trainer: {warmup_steps: '${trainer.max_steps}'}\n"
            "policy: {name: clip_rt, cameras: '${robot.cameras}'}\n"
        )
    )
    assert recipe.name == "clip_rt_58-0"
    assert recipe.trainer.warmup_steps == TrainerSection().max_steps
    default = constructor_options("robot", "pybullet").named("cameras").default
    assert recipe.policy.options["cameras"] == tuple(default)


def test_any_file_name_names_a_run_folder(write):
    assert load_recipe(write("tasks: [pick]", "my #1 skill?.yaml")).name == "my-1-skill"
    assert load_recipe(write("tasks: [pick]", "über.yaml")).name == "ber"
    assert load_recipe(write("tasks: [pick]", "??.yaml")).name == "recipe"
    assert load_recipe(write('extends: "my #1 skill?"', "top.yaml")).name == "top"


def test_recipes_are_found_here_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_recipe("tiny").name == find_recipe("tiny.yaml").name == "tiny.yaml"
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "tiny.yaml").write_text("tasks: [hide_pooh]")
    assert load_recipe("tiny").tasks == (Component("hide_pooh"),)
    (tmp_path / "tiny.yaml").write_text("tasks: [open_cabinet]")
    assert load_recipe("tiny").tasks == (Component("open_cabinet"),)


@pytest.mark.parametrize("kind", GROUPS)
def test_reading_the_source_tells_what_importing_tells(kind):
    import inspect

    for name in [entry.name for entry in entries(kind) if entry.package == "cliprt"]:
        read = constructor_options(kind, name)
        signature = inspect.signature(load(kind, name)).parameters.values()
        named = [p for p in signature if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        assert [option.name for option in read.parameters] == [p.name for p in named], name
        assert read.is_open == any(p.kind is p.VAR_KEYWORD for p in signature), name


def test_checking_a_recipe_imports_no_plugin():
    code = (
        "import sys; from cliprt.recipe.load import load_recipe; load_recipe('paper_finetune');"
        "print([m for m in ('torch', 'lightning', 'open_clip', 'pybullet', 'numpy')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@given(st.lists(st.integers() | st.floats(allow_nan=False, allow_infinity=False), max_size=4))
def test_a_typed_list_keeps_its_values(numbers):
    assert to_type(numbers, tuple[float, ...]) == tuple(map(float, numbers))
    if len(numbers) != 2:
        with pytest.raises(Mismatch):
            to_type(numbers, tuple[float, float])


@given(st.floats(-3, 3), st.floats(-1, 1), st.booleans())
def test_a_limit_allows_its_ends_unless_open(number, end, is_open):
    low = Limit(low=end, low_open=is_open)
    assert low.allows(number) == (number > end if is_open else number >= end)
    high = Limit(high=end, high_open=is_open)
    assert high.allows(number) == (number < end if is_open else number <= end)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    rate=st.floats(1e-12, 1e3),
    width=st.integers(4, 64),
    tasks=st.lists(
        st.sampled_from(sorted(set(names("task")) - {"skill"})), min_size=1, unique=True
    ),
)
def test_any_recipe_comes_back_equal(seed, rate, width, tasks):
    import tempfile

    recipe = Recipe(
        name="any",
        seed=seed,
        tasks=tuple(Component(task) for task in tasks),
        trainer=TrainerSection(learning_rate=rate),
        encoder=Component("small_cnn", {"width": width}),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "any.yaml")
        save_recipe(recipe, path)
        assert load_recipe(path) == recipe


def test_a_recipe_becomes_objects(write):
    from cliprt.recipe import build

    recipe = load_recipe(
        write("tasks: [pick]\naugmenters: [{name: std, variants: 1}]\nencoder: {name: small_cnn}")
    )
    vocabulary = build.build_vocabulary(recipe)
    assert len(vocabulary.primitives) == 58
    assert build.build_task(recipe.tasks[0]).instruction
    assert [name for name, _ in build.build_augmenters(recipe, vocabulary)] == ["std"]
    assert build.build_interpreter(recipe, vocabulary).read("stop").decision == "stop"
    assert build.build_teleoperator(recipe)
    policy = build.build_policy(recipe, vocabulary)
    assert policy.cameras == constructor_options("policy", "clip_rt").named("cameras").default


def test_a_constructor_that_refuses_is_explained(write):
    from cliprt.recipe.build import build_encoder

    recipe = load_recipe(write("tasks: [pick]\nencoder: {name: small_cnn, width: 5}"))
    with pytest.raises(RecipeError, match=r"encoder small_cnn \(width=5\): ") as caught:
        build_encoder(recipe)
    assert caught.value.__cause__ is not None


def test_a_robot_is_only_had_behind_its_gate():
    from cliprt.recipe.build import build_robot
    from cliprt.runtime.gate import Gate

    assert isinstance(build_robot(load_recipe("tiny")), Gate)


def test_a_recipe_of_0_1_0_says_where_its_rows_come_from(tmp_path, capsys):
    """Run folders keep such recipes; what they say by default needs no remark."""
    path = tmp_path / "old.yaml"
    path.write_text("tasks: [pick]\ndata: {episodes: 3, source: store, shards: ''}")
    assert load_recipe(path).data.sources == (Component("store"),)
    assert capsys.readouterr().err == ""
    path.write_text("tasks: [pick]\ndata: {source: shards, shards: 'a-{0..3}.tar'}")
    shards = Component("shards", {"path": "a-{0..3}.tar"})
    assert load_recipe(path).data.sources == (shards,)
    assert "data.source and data.shards are now data.sources: [" in capsys.readouterr().err
    changed = load_recipe(path, ["data.source=store", "data.episodes=4"]).data
    assert (changed.sources, changed.episodes) == ((Component("store"),), 4)


def test_a_source_is_changed_by_number_or_name(tmp_path):
    path = tmp_path / "mixed.yaml"
    path.write_text("tasks: [pick]\ndata: {sources: [store, {name: shards, path: a.tar}]}")
    recipe = load_recipe(path, ["data.sources.shards.weight=0.5", "data.sources.0.weight=2"])
    shards = Component("shards", {"path": "a.tar", "weight": 0.5})
    assert recipe.data.sources == (Component("store", {"weight": 2.0}), shards)
    assert load_recipe("tiny", ["data.sources.store.weight=3"]).data.sources[0].options
    with pytest.raises(RecipeError, match=r"no such entry of data.sources. Allowed: .* store"):
        load_recipe("tiny", ["data.sources.raw.path=b"])


def test_sources_are_a_list_of_which_some_have_one_name(tmp_path):
    path = tmp_path / "mixed.yaml"
    path.write_text("tasks: [pick]\ndata:\n  sources:\n  - store\n  - {name: store, path: a}")
    recipe = load_recipe(path)
    assert recipe.data.sources == (Component("store"), Component("store", {"path": "a"}))
    save_recipe(recipe, path)
    assert load_recipe(path).data == recipe.data
    assert recipe.data.are_taught
    assert not load_recipe(path, ["data.sources=[{name: raw, path: b}]"]).data.are_taught
