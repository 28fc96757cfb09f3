"""What lies behind a name is in the name of what is made with it: versions, files, entries."""

import shutil
import sys
from dataclasses import replace
from itertools import pairwise

import pytest
import yaml
from data_samples import make_episode
from test_registry_plugins import install  # noqa: F401
from test_written_by_earlier import written  # noqa: F401

from cliprt import registry
from cliprt.cli import main
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.recipe.load import load_recipe
from cliprt.recipe.schema import Component
from cliprt.stages import keys
from cliprt.stages.collect import find_taught, tell_others
from cliprt.stages.correct import adopt
from cliprt.stages.naming import name_by_content, name_policy, note_content
from cliprt.stages.run_folder import RunFolder, open_run
from cliprt.vocabularies.grid import ClipRt58Vocabulary

KEYS = {
    "taught": lambda r: keys.taught_key(r, r.tasks[0]),
    "generated": lambda r: keys.augmentation_key(r, r.augmenters[0]),
    "trained": lambda r: keys.policy_key(r, ["a"]),
    "judged": lambda r: keys.evaluation_key(r, "p"),
    "corrected": lambda r: keys.corrected_id(r, "p", r.tasks[0], 1),
    "helped": lambda r: keys.help_key(r, {}),
}

AS_EVER = {
    "tiny": "521e7436 7a98723d 1e14cbc8 4db2299b f86200d3 a039db6e",
    "finetune_novel": "5ced3011 26cc1ab1 6c34a48d 8a37fe33 556e98ca a039db6e",
    "clip_rt_action_common": "a57ba49a 5bbc6618 7298085f 11b759fc 15a9109f a039db6e",
}
"""The keys of shipped recipes, in the order of `KEYS`, before contents counted."""


def all_keys(recipe):
    return {name: key(recipe) for name, key in KEYS.items()}


def write_table(path, extra=(), comment=""):
    """A table with the grid's phrases, after those of `extra` (phrase -> cm forward)."""
    rows = [{"phrase": phrase, "move_cm": {"x": cm}} for phrase, cm in dict(extra).items()]
    for number, entry in enumerate(ClipRt58Vocabulary().primitives, start=1):
        move = {a: 100 * x for a, x in zip("xyz", entry.motion[:3], strict=True) if x}
        effect = {"move_cm": move} if move else {"turn_deg": {"yaw": number}}
        rows.append({"phrase": entry.phrase, **effect})
    path.write_text(comment + yaml.safe_dump({"name": "arm", "primitives": rows}))


@pytest.mark.parametrize("name", AS_EVER)
def test_cliprts_own_parts_without_files_have_the_keys_they_always_had(name):
    found = all_keys(load_recipe(name))
    assert " ".join(key.rpartition("-")[2] for key in found.values()) == AS_EVER[name]


@pytest.mark.parametrize(
    ("kind", "base", "section", "expected"),
    [
        ("task", "pick", "tasks", "taught judged corrected"),
        ("vocabulary", "clip_rt_58", "vocabulary", "taught trained"),
        ("robot", "pybullet", "robot", "taught judged corrected"),
        ("teleoperator", "teacher", "teleoperator", "taught"),
        ("teleoperator", "teacher", "helper", "corrected helped"),
        ("interpreter", "grammar", "interpreter", "taught corrected helped"),
        ("augmenter", "std", "augmenters", "generated"),
        ("encoder", "small_cnn", "encoder", "trained"),
        ("policy", "clip_rt", "policy", "trained"),
        ("source", "store", "data.sources", "trained"),
    ],
)
def test_another_version_of_a_plugin_has_other_keys(
    install,  # noqa: F811
    tmp_path,
    kind,
    base,
    section,
    expected,
):
    entry = next(entry for entry in registry.entries(kind) if entry.name == base)
    module, _, name = entry.target.partition(":")
    source = f"from {module} import {name} as Base\nclass Mine(Base): pass\n"
    part = Component("mine", {"path": str(tmp_path)} if kind == "source" else {})
    recipe = load_recipe("tiny")
    if section == "data.sources":
        EpisodeStore(tmp_path, durable=False).write_episode(make_episode())
        recipe = replace(recipe, data=replace(recipe.data, sources=(part,)))
    else:
        recipe = replace(recipe, **{section: (part,) if section.endswith("s") else part})
    found = []
    for version in ("0.1.0", "9.0.0"):
        install("cliprt-mine", {"mine": "Mine"}, source, registry.GROUPS[kind], version)
        found.append(all_keys(recipe))
        shutil.rmtree(tmp_path / f"cliprt_mine-{version}.dist-info")
    one, other = found
    assert {name for name in one if one[name] != other[name]} == set(expected.split())


def test_a_plugin_that_an_option_names_counts_too(install, tmp_path):  # noqa: F811
    teacher = Component("teacher", {"vocabulary": "mine"})
    recipe = replace(load_recipe("tiny"), teleoperator=teacher)
    source = "from cliprt.vocabularies.grid import ClipRt58Vocabulary as Mine\n"
    install("cliprt-mine", {"mine": "Mine"}, source, registry.GROUPS["vocabulary"], "1")
    before = keys.taught_key(recipe, recipe.tasks[0])
    shutil.rmtree(tmp_path / "cliprt_mine-1.dist-info")
    install("cliprt-mine", {"mine": "Mine"}, source, registry.GROUPS["vocabulary"], "2")
    assert keys.taught_key(recipe, recipe.tasks[0]) != before


def test_a_phrase_put_into_a_table_has_other_keys_and_a_comment_has_not(tmp_path):
    tables = [tmp_path / f"{name}.yaml" for name in ("arm", "commented", "longer")]
    for table, extra, comment in zip(
        tables, ({}, {}, {"creep": 2}), ("", "# hi\n", ""), strict=True
    ):
        write_table(table, extra, comment)
    recipe = replace(load_recipe("tiny"), vocabulary=Component("table", {"path": "arm.yaml"}))
    found = []
    for table in tables:
        vocabulary = Component("table", {"path": str(tmp_path / "arm.yaml")})
        shutil.copyfile(table, tmp_path / "now.yaml")
        shutil.move(tmp_path / "now.yaml", tmp_path / "arm.yaml")
        found.append(all_keys(replace(recipe, vocabulary=vocabulary)))
    first, commented, longer = found
    assert first == commented
    assert {name for name in first if first[name] != longer[name]} == {"taught", "trained"}


@pytest.mark.parametrize(
    ("section", "name", "option", "expected"),
    [
        ("teleoperator", "script", "path", "taught"),
        ("helper", "script", "path", "corrected helped"),
        ("interpreter", "chain", "phrasebooks", "taught corrected helped"),
        ("encoder", "open_clip", "checkpoint", "trained"),
        ("interpreter", "llm", "phrasebook", ""),  # grows while somebody teaches
        ("interpreter", "chain", "phrasebook", ""),
    ],
)
def test_what_is_in_a_file_that_an_option_names_counts(tmp_path, section, name, option, expected):
    file = tmp_path / "file"
    value = [str(file)] if option == "phrasebooks" else str(file)
    recipe = replace(load_recipe("tiny"), **{section: Component(name, {option: value})})
    found = []
    for content in (b"one", b"two", b"1" * 2_000_000, b"2" * 2_000_000):
        file.write_bytes(content)
        found.append(all_keys(recipe))
    for one, other in pairwise(found):
        assert {name for name in one if one[name] != other[name]} == set(expected.split())


def test_a_folder_counts_by_what_is_in_it_and_a_bare_word_is_none(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lora").mkdir()
    recipe = load_recipe("tiny")
    bare, meant = (
        replace(recipe, encoder=Component("open_clip", {"checkpoint": path}))
        for path in ("lora", "./lora")
    )
    before = [keys.policy_key(one, ["a"]) for one in (bare, meant)]
    (tmp_path / "lora" / "adapter").write_text("weights")
    assert keys.policy_key(bare, ["a"]) == before[0]
    assert keys.policy_key(meant, ["a"]) != before[1]


def test_a_file_that_cannot_be_read_is_told():
    encoder = Component("open_clip", {"checkpoint": "/proc/self/mem"})
    with pytest.raises(UsageError, match=r"/proc/self/mem cannot be read \(.*\), and what is made"):
        keys.policy_key(replace(load_recipe("tiny"), encoder=encoder), ["a"])


def renamed_to_bare(run, recipe):
    """As the version before named what was taught under this recipe."""
    task = recipe.tasks[0]
    now, bare = keys.taught_key(recipe, task), keys.bare_taught_key(recipe, task)
    assert now != bare
    original = load_recipe(run.path / "recipe.yaml")
    key = keys.taught_key(original, task)
    for episode_id in run.store().ids():
        if episode_id.endswith(key):
            run.store().rename(episode_id, episode_id.removesuffix(key) + bare)
    (run.path / "recipe.yaml").unlink()


@pytest.mark.parametrize("extra", [{}, {"creep forward": 2}], ids=["same", "other"])
def test_what_was_taught_before_is_found_if_its_vocabulary_was_this(
    written,  # noqa: F811
    capsys,
    extra,
):
    write_table(written / "arm.yaml", extra)
    run = RunFolder(written / "run")
    vocabulary = Component("table", {"path": str(written / "arm.yaml")})
    recipe = replace(load_recipe(run.path / "recipe.yaml"), vocabulary=vocabulary)
    recipe = replace(recipe, tasks=recipe.tasks[:1])
    renamed_to_bare(run, recipe)
    assert not find_taught(recipe, run).all_ids
    open_run(recipe, run.path)
    found = find_taught(recipe, run).all_ids
    told = capsys.readouterr().err
    assert len(found) == (0 if extra else 2)
    assert ("2 episodes of" in told) == (not extra)
    tell_others(recipe, run)
    told = capsys.readouterr().err
    assert ("2 episodes of" in told and "they stay, and do not count" in told) == bool(extra)


@pytest.fixture
def taught(tmp_path):
    """A run with two episodes, and a policy that learned from them."""
    run = RunFolder(tmp_path / "run")
    for episode_id in ("one", "two"):
        run.store().write_episode(make_episode(episode_id))
    run.policy("key").mkdir(parents=True)
    note_content(run, "key", ["one", "two"])
    return run


def test_an_episode_that_was_taught_anew_makes_another_policy(taught):
    recipe = load_recipe("tiny")
    ids = ("two", "one")
    assert name_by_content(taught, "key", ids) == "key"
    key = name_policy(recipe, taught, ids)
    assert key == keys.policy_key(recipe, ids)
    taught.policy(key).mkdir()
    note_content(taught, key, ids)
    taught.store().set_aside("two")
    taught.store().write_episode(make_episode("two", level=9))
    assert name_by_content(taught, "key", ids) not in ("key", key)
    assert name_policy(recipe, taught, ids) != key
    assert name_by_content(taught, "another", ids) == "another"


def test_corrections_of_the_same_name_by_somebody_else_are_learned_from(taught, tmp_path):
    recipe = load_recipe("tiny")
    for source, label in (("ada", 3), ("bob", 4), ("bob", 4)):
        other = EpisodeStore(tmp_path / source)
        if "one" not in other:
            corrected = make_episode("one", label=label)
            other.write_episode(replace(corrected, meta={"kind": "corrected"}))
        section = replace(recipe.collaboration, learn_from=str(tmp_path / source))
        assert adopt(replace(recipe, collaboration=section), taught) == ("one",)
        steps = taught.store().load("one").steps
        assert {step.primitive.label for step in steps} == {label}
    assert len(list((tmp_path / "run" / "episodes" / "quarantine").iterdir())) == 1


def test_a_folder_with_too_much_in_it_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("cliprt.stages.contents._MOST_FILES", 2)
    for name in "abc":
        (tmp_path / name).write_text(name)
    encoder = Component("open_clip", {"checkpoint": str(tmp_path)})
    with pytest.raises(UsageError, match="holds more than 2 files, and what is made with it"):
        keys.policy_key(replace(load_recipe("tiny"), encoder=encoder), ["a"])


def test_a_task_of_another_version_is_taught_anew(install, tmp_path, capsys):  # noqa: F811
    pytest.importorskip("pybullet")
    options = ["tasks=[mine]", "data.episodes=1", "data.workers=1", "robot.image_size=32"]
    said = []
    for version, words in (("0.1.0", "Pick it"), ("9.0.0", "Lift it up")):
        source = (
            f"from cliprt.tasks.pick import PickTask\nclass Mine(PickTask): instruction = '{words}'"
        )
        install("cliprt-mine", {"mine": "Mine"}, source, version=version)
        sys.modules.pop("cliprt_mine", None)
        assert main(["collect", "--recipe", "tiny", *options, "--out", str(tmp_path / "run")]) == 0
        shutil.rmtree(tmp_path / f"cliprt_mine-{version}.dist-info")
        said.append(capsys.readouterr().err)
    store = RunFolder(tmp_path / "run").store()
    assert sorted(h.instruction for h in store.headers()) == ["Lift it up", "Pick it"]
    assert "taught otherwise" not in said[0]
    assert "1 episodes of 'mine'" in said[1]
    assert "they stay, and do not count" in said[1]


@pytest.mark.slow
def test_a_phrase_put_into_a_table_is_learned_and_acted_upon(tmp_path, capsys, monkeypatch):
    pytest.importorskip("pybullet")
    monkeypatch.chdir(tmp_path)
    write_table(tmp_path / "arm.yaml")
    options = ["vocabulary={name: table, path: arm.yaml}", "robot.image_size=32"]
    small = ["tasks=[push]", "augmenters=[]", "data.workers=1", "trainer.max_steps=2"]
    options = ["--recipe", "tiny", *options, *small, "trainer.warmup_steps=0"]
    policies = []
    for extra in ({}, {"creep forward": 2}):
        write_table(tmp_path / "arm.yaml", extra)
        assert main(["train", *options, "--out", "run"]) == 0
        policies.append(capsys.readouterr().out)
        acting = ["--checkpoint", "run", "--store", "live", "evaluation.max_steps=1"]
        assert main(["run", *options, *acting]) == 0
        assert f"Policy: {policies[-1].split()[-1]}" in capsys.readouterr().err
    assert policies[0] != policies[1]
