"""Recipes from elsewhere: what they would do outside is told, and done by a person's word only."""

from __future__ import annotations

import itertools
import json
import socket

import pytest
from data_samples import make_episode
from loopback_model import LoopbackModel
from misbehaving_model import slots

import cliprt
from cliprt.cli import main
from cliprt.cli.recipe_arguments import read_allowed
from cliprt.data.store import EpisodeStore
from cliprt.errors import UsageError
from cliprt.recipe.build import build_interpreter, build_vocabulary
from cliprt.recipe.find import known_recipes
from cliprt.recipe.load import load_recipe, read_recipe, save_recipe
from cliprt.recipe.reaches import is_local
from cliprt.recipe.word import allow, is_allowed, words_file

SECRET = "AWS_SECRET_ACCESS_KEY"
STRANGERS = (
    "http://stranger.example", "https://stranger.example/v1", "http://STRANGER.example:80",
    "http://127.0.0.1.stranger.example", "http://localhost.stranger.example/v1",
    "http://0.0.0.0:9", "http://[::ffff:8.8.8.8]", "http://2130706433", "http://10.0.0.1",
)  # fmt: skip
PLACES = (
    "interpreter: {{name: llm, {}}}",
    "interpreter: {{name: chain, model: openai/gpt-4o-mini, {}}}",
    "helper: {{name: llm_vision, {}}}",
    "teleoperator: {{name: llm_vision, model: ollama/llava, {}}}",
    "seed: 3\nextends: base",
)
COMMANDS = (
    ("fit",), ("collect",), ("augment",), ("train",), ("evaluate",), ("correct",), ("calibrate",),
    ("run",), ("run", "--teleoperator", "teacher"), ("teach",), ("bench",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv(SECRET, "the secret")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def looked_up(monkeypatch):
    """Every host that anything tries to find."""
    found = []

    def look_up(host, *rest, **options):
        found.append(host)
        raise socket.gaierror(f"{host} is not to be found")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return found


def write(home, *lines, name="theirs.yaml"):
    (home / name).write_text("\n".join(("tasks: [pick]", *lines)))
    return name


def attempts():
    key = f"api_key_variable: {SECRET}"
    for place, host in itertools.product(PLACES[:4], STRANGERS):
        yield place.format(f'api_base: "{host}", {key}')
        yield place.format(f'api_base: "{host}"')
    for place in PLACES[:4]:
        yield place.format(key)
        yield place.format(f'api_base: "http://localhost:9/v1", {key}')
        yield place.format("api_base: '${robot.renderer}.example'")


def test_of_all_recipes_from_elsewhere_nothing_gets_out(home, looked_up, capsys):
    commands = itertools.cycle(COMMANDS)
    tried = list(attempts())
    assert len(tried) > 50
    for number, line in enumerate(tried):
        base = write(home, line, name="base.yaml")
        recipe = base if number % 3 else write(home, "extends: base")
        assert main([*next(commands), "--recipe", recipe]) == 2, line
        error = capsys.readouterr().err
        assert f"allow it once: cliprt recipes allow {recipe}" in error, line
        if number % 10 == 0:
            with pytest.raises(UsageError, match="reaches outside"):
                cliprt.fit(recipe)
    assert looked_up == []
    assert not (home / "runs").exists()


def test_once_allowed_it_is_sent(home):
    """So that the test above would have seen it."""
    pytest.importorskip("litellm")
    with LoopbackModel(slots([("y+", 5)])) as server:
        line = f"interpreter: {{name: llm, api_base: '{server.url}', api_key_variable: {SECRET}}}"
        recipe = write(home, line)
        assert main(["recipes", "allow", recipe]) == 0
        allowed = read_allowed(recipe)
        build_interpreter(allowed, build_vocabulary(allowed)).read("ga naar links")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("gate: {upper: [9, 0.4, 0.6]}", "gate.upper: widens a limit of every motion to (9.0,"),
        ("gate: {lower: [0.15, -9, 0.005]}", "gate.lower: widens a limit of every motion to"),
        ("gate: {max_step_m: 0.31}", "gate.max_step_m: widens a limit of every motion to 0.31"),
        ("vocabulary: {name: table, path: /etc/x}", "vocabulary.path: reads or writes outside"),
        ("interpreter: {name: chain, phrasebook: ../x}", "interpreter.phrasebook: reads or"),
        ("interpreter: {name: chain, phrasebooks: [a, ~/x]}", "interpreter.phrasebooks: reads"),
        ("interpreter: {name: chain, cache_dir: link/x}", "interpreter.cache_dir: reads or"),
        ("encoder: {name: open_clip, checkpoint: /x.pt}", "encoder.checkpoint: reads or writes"),
        ("encoder: {name: open_clip, model: 'hf-hub:a/b'}", "looks like an address: 'hf-hub:a/b'"),
        ("data: {sources: [{name: raw, path: /x}]}", "data.sources[0].path: reads or writes"),
        ("data: {sources: [{name: shards, path: 'pipe:curl x'}]}", "an address: 'pipe:curl x'"),
        ("data: {sources: [{name: shards, path: '{/etc/a,b}.tar'}]}", "sources[0].path: reads or"),
        ("data: {sources: [{name: shards, path: '.\\./.\\./a.tar'}]}", "sources[0].path: reads or"),
        ("data: {sources: [{name: shards, path: '{1..9999999}'}]}", "sources[0].path: reads or"),
        ("collaboration: {learn_from: ../x}", "collaboration.learn_from: reads or writes"),
        ("teleoperator: {name: script, path: /x}", "teleoperator.path: reads or writes outside"),
        ("transcriber: {name: whisper, download: true}", "transcriber.download: fetches from"),
        ("interpreter: llm", "interpreter.model: sends what is said, and seen, to 'https://api."),
        ("interpreter: {name: chain, model: ollma/x}", "interpreter.model: sends what is said"),
    ],
)
def test_what_a_recipe_would_do_outside_is_told(home, line, told, capsys):
    (home / "link").symlink_to("/etc")
    recipe = write(home, line)
    assert main(["recipes", "validate", recipe]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{recipe}: ok\n{recipe} reaches outside of the simulator and its folder")
    assert told in out
    assert main(["recipes", "validate", recipe, "--format", "json"]) == 0
    assert told in json.loads(capsys.readouterr().out)[0]["outside"][0]


@pytest.mark.parametrize(
    "line",
    [
        "interpreter: {name: chain, model: ollama/qwen3}",
        "interpreter: {name: llm, model: m, api_base: 'http://localhost:8000/v1'}",
        "helper: {name: llm_vision, model: m, api_base: 'http://127.0.0.1:1'}",
        "helper: {name: llm_vision, model: m, api_base: 'http://[::1]:1'}",
        "interpreter: {name: chain, phrasebook: my.yaml, phrasebooks: [a/b.yaml, ./c.yaml]}",
        "gate: {lower: [0.2, -0.2, 0.1], upper: [0.5, 0.2, 0.4], max_step_m: 0.1}",
        "vocabulary: {name: table, path: words/../arm.yaml}",
        "data: {sources: [{name: shards, path: 'data/train-{000000..000003}.tar'}]}",
        "teleoperator: {name: script, sentences: [move left, 'stop: now', done]}",
        "transcriber: {name: whisper, model: base.en}",
        "robot: {name: pybullet, cameras: [wrist], speed_m_s: 0.2}",
    ],
)
def test_a_recipe_that_stays_inside_asks_nothing(home, line):
    assert read_recipe(write(home, line))[1] == ()


@pytest.mark.parametrize("name", known_recipes())
def test_a_shipped_recipe_asks_nothing(name):
    assert read_recipe(name)[1] == ()


def test_files_beside_the_recipe_are_its_own(home):
    (home / "there").mkdir()
    recipe = write(home, f"vocabulary: {{name: table, path: {home}/there/a}}", name="there/r.yaml")
    (home / "here").mkdir()
    with pytest.MonkeyPatch.context() as here:
        here.chdir(home / "here")
        assert read_recipe(home / recipe)[1] == ()


def test_who_types_it_gives_their_word(home):
    server = 'api_base: "http://stranger.example"'
    recipe = write(home, f"interpreter: {{name: llm, {server}, deadline_s: 3}}")
    told = read_recipe(recipe)[1]
    assert [one.partition(":")[0] for one in told] == ["interpreter.api_base"]
    for typed in (
        ["interpreter.api_base=http://mine.example"],
        ["interpreter={name: llm, api_base: 'http://mine.example'}"],
        ["interpreter=grammar"],
        ["interpreter.name=grammar"],
        ["gate.upper=[9, 9, 9]", "interpreter=llm", "interpreter.api_base=''"],
    ):
        loaded, left = read_recipe(recipe, typed)
        assert left == (), typed
        assert read_recipe(recipe, typed, counts_typed=True)[0] == loaded
    assert read_recipe(recipe, ["gate.upper=[9, 9, 9]"], counts_typed=True)[1] != told
    assert read_recipe(recipe, ["interpreter={name: llm, deadline_s: 4}"])[1] == told
    keyed = write(home, f"interpreter: {{name: llm, api_key_variable: {SECRET}}}")
    (left,) = read_recipe(keyed, ["interpreter.api_base=http://mine.example"])[1]
    assert left.startswith(f"interpreter.api_key_variable: sends the secret in '{SECRET}' to 'http")


def test_one_is_asked_once(home, monkeypatch, capsys):
    asked, answers = [], ["n", "", "y", "y"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("cliprt.runtime.confirm._forget_typed", lambda: None)
    monkeypatch.setattr("builtins.input", lambda: asked.append(1) or answers.pop(0))
    recipe = write(home, "gate: {upper: [9, 9, 9]}")
    for _ in range(2):
        with pytest.raises(UsageError, match=r"allow it once: cliprt recipes allow theirs\.yaml"):
            read_allowed(recipe)
    for _ in range(3):
        assert read_allowed(recipe).gate.upper == (9, 9, 9)
    assert len(asked) == 3
    assert "gate.upper: widens" in capsys.readouterr().err
    write(home, "seed: 4", "gate: {upper: [9, 9, 9]}")
    assert read_allowed(recipe).seed == 4, "what it does outside is the same"
    write(home, "gate: {upper: [9, 9, 10]}")
    read_allowed(recipe)
    assert len(asked) == 4


def test_a_replay_of_somebody_elses_run_asks_too(home, capsys):
    EpisodeStore(home / "run" / "episodes").write_episode(make_episode("pick-0", 2))
    save_recipe(load_recipe("tiny", ["gate.upper=[9, 9, 9]"]), home / "run" / "recipe.yaml")
    assert main(["episodes", "replay", "run", "pick-0"]) == 2
    error = capsys.readouterr().err
    assert "gate.upper: widens a limit of every motion to (9.0, 9.0, 9.0)" in error


def test_many_reaches_fill_no_screen_and_hide_nothing(home):
    sentences = ", ".join(f"/x{i}" for i in range(300))
    recipe = write(home, f"teleoperator: {{name: script, sentences: [{sentences}]}}")
    with pytest.raises(UsageError, match=r"and 285 more: cliprt recipes validate theirs\.yaml"):
        read_allowed(recipe)
    assert len(read_recipe(recipe)[1]) == 300


def test_the_word_is_kept_where_it_can_be_read(home, capsys):
    assert main(["recipes", "allow", "tiny"]) == 0
    assert "does nothing outside" in capsys.readouterr().err
    assert not words_file().exists()
    allow(["b"])
    with words_file().open("a") as file:
        file.write("\nnot json\n3\n[4]\n")
    allow(["a", "c"])
    assert [is_allowed(x) for x in ([], ["b"], ["c"], ["a", "c"])] == [True] * 4
    assert not is_allowed(["a", "b"])
    words_file().write_bytes(b"\xff\n")
    assert not is_allowed(["b"])


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("http://localhost:11434", True),
        ("127.8.9.1", True),
        ("[::1]:30", True),
        ("https://me@localhost", True),
        ("http://127.0.0.1@stranger.example", False),
        ("http://localhost.stranger.example", False),
        ("http://0.0.0.0", False),
        ("192.168.0.4", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_which_addresses_are_this_machines(address, found):
    assert is_local(address) == found
