"""The policy ``remote`` against real servers on loopback: what is said, and what becomes of it."""

from __future__ import annotations

import threading
from dataclasses import asdict
from http import HTTPStatus

import numpy as np
import pytest
from point_mass import package  # noqa: F401 - a fixture
from policy_server import PolicyServer
from websockets.sync.server import serve

from cliprt.cli.main import main
from cliprt.data.batches import to_batch, to_row
from cliprt.data.store import EpisodeStore
from cliprt.errors import RecipeError, ServerError, UsageError
from cliprt.evaluation.files import load_trials
from cliprt.evaluation.rollout import in_scenes, plan_trials
from cliprt.face import load_agent
from cliprt.policies.acting import Actor
from cliprt.policies.checkpoint import load_policy, save_policy
from cliprt.policies.interface import check_ranking
from cliprt.policies.remote import RemotePolicy
from cliprt.protocols.actions import ActionSpec
from cliprt.recipe.build import build_policy, load_actor
from cliprt.recipe.load import load_recipe
from cliprt.recipe.reaches import policy_reaches
from cliprt.recipe.word import allow
from cliprt.runtime.choices import Halt, Move
from cliprt.runtime.policy_agent import PolicyAgent
from cliprt.stages.evaluate import attempt, have_trials
from cliprt.types import NO_MOTION, Observation
from cliprt.vocabularies.grid import ClipRt58Vocabulary, Oxe50Vocabulary
from cliprt.vocabularies.nearest import mark

VOCABULARY = ClipRt58Vocabulary()
POSE = (0.4, 0.1, 0.3, 0.0, 0.0, 0.0)
PICTURE = np.random.default_rng(0).integers(0, 256, (4, 6, 3), dtype=np.uint8)
SEEN = Observation(
    {"scene": PICTURE, "wrist": PICTURE[::-1]}, POSE, POSE, (1.0, 2.0), "open", 0.08, 0.0
)
FORTH = np.array([[0.05, 0, 0, 0, 0, 0, 0, -1]], np.float32)
SCORES = np.linspace(-1, 1, len(VOCABULARY.primitives), dtype=np.float32)
RANKS = {"vocabulary": mark(VOCABULARY), "actions": ActionSpec().to_dict()}


def remote(server, **options) -> RemotePolicy:
    protocol = "vla_eval" if server.spoken == "vla_eval" else "openpi"
    return RemotePolicy(VOCABULARY, server.url, protocol, **{"deadline_s": 60.0, **options})


def always(**answer):
    return lambda fields: answer


def complaint(server, **options) -> str:
    with pytest.raises(ServerError) as told:
        Actor(remote(server, **options))(SEEN, "Fly")
    return str(told.value)


def test_openpi_is_told_pictures_numbers_and_words_under_the_keys_of_the_recipe():
    with PolicyServer(answer=always(actions=FORTH)) as server:
        state = {"a": ["gripper", "joints"], "b": ["tcp_pose"]}
        images = {"observation/image": "scene", "observation/wrist_image": "wrist"}
        policy = remote(server, images=images, state=state, prompt="task")
        (step,) = Actor(policy)(SEEN, "Fly").steps
        question = server.questions[0]
    assert (step.primitive.motion[1:], step.primitive.gripper) == (NO_MOTION[1:], "closed")
    assert sorted(question) == ["a", "b", "observation/image", "observation/wrist_image", "task"]
    assert np.array_equal(question["observation/image"], PICTURE)
    assert np.array_equal(question["observation/wrist_image"], PICTURE[::-1])
    assert question["task"] == "Fly"
    assert question["a"].tolist() == [1.0, 1.0, 2.0]
    assert question["b"].dtype == np.float32
    assert np.allclose(question["b"], POSE)


def test_vla_eval_is_told_when_episodes_begin_and_keeps_its_line():
    with PolicyServer("vla_eval", always(actions=FORTH[0])) as server:
        agent = PolicyAgent(Actor(remote(server, images={"images/scene": "scene"})), VOCABULARY)
        for task in ("Fly", "Land"):
            agent.start(task, 0, None, None)
            for _ in range(2):
                assert isinstance(agent.decide(SEEN), Move)
        told = [(one["kind"], one.get("task", {}).get("name")) for one in server.episodes]
        assert told == [("episode_start", "Fly"), ("episode_end", None), ("episode_start", "Land")]
        assert [q["task_description"] for q in server.questions] == ["Fly", "Fly", "Land", "Land"]
        assert np.array_equal(server.questions[0]["images"]["scene"], PICTURE)
        assert server.connections == 1


@pytest.mark.parametrize(("spoken", "connections"), [("openpi", 3), ("echoing", 1)])
def test_a_line_lasts_only_where_answers_have_the_numbers_of_questions(spoken, connections):
    with PolicyServer(spoken, always(actions=FORTH)) as server:
        actor = Actor(remote(server))
        for _ in range(3):
            assert actor(SEEN, "Fly").steps
        assert server.connections == connections


def test_scores_of_the_same_vocabulary_are_used_as_at_home():
    with PolicyServer(answer=always(actions=FORTH, scores=SCORES), metadata=RANKS) as server:
        policy = remote(server)
        check_ranking(policy, "asking")
        agent = PolicyAgent(Actor(policy), VOCABULARY)
        agent.start("Fly", 0, None, None)
        chosen = [agent.decide(SEEN).steps[0].primitive.label for _ in range(3)]
        assert chosen == [57, 56, 55], "the loop breaker takes the next best"
        assert agent.explanation.chosen.rank == 3
        rows = [to_row(SEEN, "Fly", policy.needs)] * 2
        assert np.allclose(Actor(policy).score(rows), np.stack([SCORES, SCORES]))


def test_scores_of_another_vocabulary_or_an_own_reading_leave_the_motions():
    other = {**RANKS, "vocabulary": mark(Oxe50Vocabulary())}
    answer = always(actions=FORTH, scores=SCORES)
    for metadata, options in ((other, {}), (RANKS, {"actions": ActionSpec().to_dict()})):
        with PolicyServer(answer=answer, metadata=metadata) as server:
            proposal = Actor(remote(server, **options))(SEEN, "Fly")
            assert proposal.scores is None
            assert proposal.steps[0].primitive.gripper == "closed"
    with PolicyServer(answer=answer, metadata=other) as server:
        rows = to_batch([to_row(SEEN, "Fly", remote(server).needs)])
        with pytest.raises(UsageError, match="sends no scores of this recipe's primitives"):
            remote(server).score(rows)


def test_what_actions_mean_the_server_says_or_the_recipe():
    libero = {"columns": ["x", "y", "z", "rx", "ry", "rz", "gripper"], "metres": 0.05}
    with PolicyServer(answer=always(actions=np.eye(7)[:1]), metadata={"actions": libero}) as server:
        (step,) = Actor(remote(server))(SEEN, "Fly").steps
        assert step.primitive.motion == (0.05, *NO_MOTION[1:])
        (step,) = Actor(remote(server, actions={**libero, "metres": 0.1}))(SEEN, "Fly").steps
        assert step.primitive.motion == (0.1, *NO_MOTION[1:])


@pytest.mark.parametrize(
    ("answer", "metadata", "options", "text"),
    [
        ({"actions": FORTH}, {}, {}, "does not say what its actions mean. Set policy.actions"),
        ({"actions": FORTH}, {"actions": {"axes": 3}}, {}, "'axes': unknown key. Allowed: columns"),
        ({"actions": FORTH}, {"actions": {"metres": "1"}}, {}, "metres is '1', not a number"),
        ({"actions": [[0.1]]}, RANKS, {}, "answers without actions (actions, server_timing)"),
        ({"actions": FORTH[:, :3]}, RANKS, {}, "answers what cannot be done: actions: an array"),
        ({"scores": SCORES[1:]}, RANKS, {}, "answers with scores that are no 58 numbers"),
        ({"scores": SCORES * np.nan}, RANKS, {}, "answers with scores that are no 58 numbers"),
        ({"scores": SCORES * 0 - np.inf}, RANKS, {}, "forbids every primitive"),
        (
            {"actions": FORTH},
            {**RANKS, "policy": "act", "seed": 1},
            {"expects": {"policy": "act", "seed": 2}},
            "says seed: 1 of itself, and policy.expects has 2",
        ),
        ({"actions": FORTH}, RANKS, {"expects": {"seed": 0}}, "says seed: None of itself"),
        (
            {"actions": FORTH},
            {**RANKS, "policy": {"kind": np.zeros(2)}},
            {"expects": {"policy": {"kind": "act"}}},
            "says policy: {'kind': array([0., 0.])} of itself",
        ),
        (
            {"actions": [], "scores": SCORES},
            {**RANKS, "vocabulary": {"fingerprint": np.zeros(2)}},
            {},
            "answers without actions",
        ),
    ],
)
def test_what_cannot_be_used_is_said(answer, metadata, options, text):
    with PolicyServer(answer=always(**answer), metadata=metadata) as server:
        assert text in complaint(server, **options)


def test_a_key_is_shown_and_a_wrong_or_missing_one_explained(monkeypatch):
    with PolicyServer(answer=always(actions=FORTH), key="secret") as server:
        monkeypatch.setenv("ROBOT_KEY", "secret")
        assert Actor(remote(server, key="ROBOT_KEY"))(SEEN, "Fly").steps
        assert "does not take the key (HTTP 401): policy.key names" in complaint(server)
        monkeypatch.setenv("ROBOT_KEY", "other")
        assert "does not take the key" in complaint(server, key="ROBOT_KEY")
        monkeypatch.delenv("ROBOT_KEY")
        with pytest.raises(
            UsageError, match=r"variable ROBOT_KEY, which policy\.key names, is empty"
        ):
            Actor(remote(server, key="ROBOT_KEY"))(SEEN, "Fly")


def test_a_key_does_not_follow_to_another_server(monkeypatch):
    monkeypatch.setenv("ROBOT_KEY", "secret")
    with PolicyServer(answer=always(actions=FORTH)) as elsewhere:

        def send_on(connection, request):
            response = connection.respond(HTTPStatus.FOUND, "")
            response.headers["Location"] = elsewhere.url
            return response

        with serve(print, "127.0.0.1", 0, process_request=send_on) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.socket.getsockname()[1]
            url = f"ws://127.0.0.1:{port}"
            policy = RemotePolicy(VOCABULARY, url, key="ROBOT_KEY", deadline_s=60.0)
            with pytest.raises(ServerError, match="cannot follow redirect"):
                Actor(policy)(SEEN, "Fly")
            server.shutdown()
        assert elsewhere.connections == 0


def test_a_server_that_is_not_there_is_said():
    with PolicyServer() as server:
        gone = server.url
    policy = RemotePolicy(VOCABULARY, gone, deadline_s=60.0)
    with pytest.raises(ServerError, match=r"cannot be reached \(Connection refused\): start it"):
        Actor(policy)(SEEN, "Fly")


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1", "ws://", "ws://a:b@127.0.0.1", "ws://h?key=1", "ws://[", "ws://h:x"]
)
def test_an_address_is_one_of_a_server_without_secrets(url):
    with pytest.raises(UsageError, match=r"url: got .* Allowed: a server's address without"):
        RemotePolicy(VOCABULARY, url)


def test_a_lost_server_halts_and_the_next_decision_may_be_answered():
    with PolicyServer(answer=always(actions=FORTH)) as server:
        server.plan += ["hang_up"]
        agent = PolicyAgent(Actor(remote(server)), VOCABULARY)
        agent.start("Fly", 0, None, None)
        choice = agent.decide(SEEN)
        assert isinstance(choice, Halt)
        assert (
            choice.reason
            == str(agent.lost)
            == (f"the policy's server {server.url} hung up without an answer.")
        )
        assert isinstance(agent.decide(SEEN), Move)
        assert agent.lost is None


def test_a_checkpoint_holds_where_it_is_and_nothing_else(tmp_path):
    with PolicyServer(answer=always(actions=FORTH)) as server:
        policy = remote(server)
        options = {"url": server.url, "deadline_s": 60.0}
        recipe = {"policy": {"name": "remote", "options": options}}
        save_policy(policy, recipe, VOCABULARY, tmp_path)
        assert not dict(policy.state_dict())
        again = load_policy(tmp_path, VOCABULARY)
        assert server.connections == 0
        assert Actor(again)(SEEN, "Fly").steps


RECIPE = """
name: far
tasks: [{name: reach, side: left}]
robot: {name: point, image_size: 16}
gate: {lower: [-1, -1, -1], upper: [1, 1, 1]}
policy: {name: remote, images: {image: top}, state: {state: [commanded_pose]}, deadline_s: 60}
data: {episodes: 0, workers: 1}
trainer: {max_steps: 0}
evaluation: {trials: 4, max_steps: 3, videos: 0, compare_loop_breaking: false, keep: all}
"""


def climb(fields):
    """Up by a hundredth of how high it is, where no spot is."""
    rows = np.zeros((1, 8), np.float32)
    rows[0, 2] = fields["state"][2] / 100
    return {"actions": rows}


@pytest.fixture
def recipe_file(package, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "far.yaml").write_text(RECIPE)
    assert main(["recipes", "allow", "far.yaml"]) == 0
    return tmp_path / "far.yaml"


def test_a_lost_server_costs_no_trial(recipe_file, tmp_path):
    with PolicyServer(answer=climb) as server:
        server.plan += [""] * 4 + ["hang_up"]
        recipe = load_recipe(recipe_file, [f"policy.url={server.url}"])
        save_policy(build_policy(recipe, VOCABULARY), asdict(recipe), VOCABULARY, tmp_path / "p")
        context = {"checkpoint": str(tmp_path / "p"), "folder": str(tmp_path)}
        file, jobs = tmp_path / "trials.jsonl", in_scenes(plan_trials(recipe))
        with pytest.raises(ServerError, match=r"without an answer\. The same command goes on"):
            have_trials(recipe, file, jobs, attempt, context, here=True)
        assert [trial.steps for trial in load_trials(file)] == [3]
        have_trials(recipe, file, jobs, attempt, context, here=True)
        assert [trial.steps for trial in load_trials(file)] == [3, 3, 3, 3]
        assert len(server.questions) == 5 + 9
    episodes = EpisodeStore(tmp_path / "episodes")
    steps = [episodes.load(i).steps for i in episodes.ids()]
    for step in (one for episode in steps for one in episode):
        assert step.outcome.refused is None
        pose = {"state": np.array(step.observation.commanded_pose, np.float32)}
        assert step.primitive.motion[2] == climb(pose)["actions"][0, 2]
        assert step.primitive.phrase.startswith("z +0.2")


@pytest.mark.slow
def test_it_is_judged_without_any_training(recipe_file, capsys):
    with PolicyServer(answer=climb) as server:
        server.plan += [""] * 4 + ["hang_up"]
        command = ["evaluate", "--recipe", "far.yaml", "--out", "run", f"policy.url={server.url}"]
        assert main(command) == 2
        told = capsys.readouterr().err
        assert "training: none, the policy 'remote' is judged as it is" in told
        assert f"cliprt: the policy's server {server.url} hung up without an answer." in told
        assert "The same command goes on from the trials before." in told
        (file,) = recipe_file.parent.glob("run/evaluations/*/trials.jsonl")
        assert [trial.steps for trial in load_trials(file)] == [3]
        assert main(command) == 0
        assert [trial.steps for trial in load_trials(file)] == [3, 3, 3, 3]
        assert (recipe_file.parent / "run" / "report.html").exists()


@pytest.mark.usefixtures("recipe_file")
def test_a_checkpoint_of_a_stranger_sends_pictures_nowhere(tmp_path):
    recipe = load_recipe("far.yaml", ["policy.url=ws://192.0.2.1:8000", "policy.key=A_SECRET"])
    save_policy(build_policy(recipe, VOCABULARY), asdict(recipe), VOCABULARY, tmp_path / "p")
    for load in (
        lambda: load_agent(tmp_path / "p"),
        lambda: load_actor(load_recipe("far.yaml"), tmp_path / "p", VOCABULARY),
    ):
        with pytest.raises(UsageError) as refused:
            load()
        assert "policy.url: connects to 'ws://192.0.2.1:8000'" in str(refused.value)
        assert "policy.key: sends the secret in 'A_SECRET'" in str(refused.value)
        assert "cliprt recipes allow RECIPE" in str(refused.value)
    assert load_actor(recipe, tmp_path / "p", VOCABULARY)
    allow(policy_reaches(recipe.policy))
    assert load_agent(tmp_path / "p")


def test_it_acts_live_without_a_checkpoint(recipe_file, capsys):
    with PolicyServer(answer=climb) as server:
        command = ["run", "--recipe", "far.yaml", f"policy.url={server.url}"]
        assert main(command) == 0
        assert "(scene 100000, remote)" in capsys.readouterr().out
        assert len(server.questions) == 3
        assert main([*command, "--ask"]) == 2
        assert "--checkpoint runs/NAME" in capsys.readouterr().err
    assert main(command) == 0
    assert "ended by stopped (the policy's server ws://127.0.0.1" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("trainer.max_steps=5", "trainer.max_steps: got 5, and the policy 'remote' learns nothing"),
        ("trainer.start_from=runs/x", "trainer.start_from: got 'runs/x', and the policy 'remote'"),
        ("collaboration.rounds=1", "learns nothing here, from corrections neither. Allowed: 0"),
        ("policy.name=clip_rt", "trainer.max_steps: got 0"),
    ],
)
def test_a_recipe_does_not_train_what_learns_nothing(change, text):
    with pytest.raises(RecipeError) as refused:
        load_recipe("remote", [change])
    assert text in str(refused.value)


def test_the_shipped_recipe_is_whole():
    recipe = load_recipe("remote")
    assert (recipe.policy.name, recipe.data.episodes, recipe.trainer.max_steps) == ("remote", 0, 0)
    with pytest.raises(UsageError, match="learns nothing here"):
        RemotePolicy(VOCABULARY).loss({}, lambda images: images)
