"""Policies and data sets to the Hub and from it, against a small real server on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from data_samples import make_episode
from hub_samples import SECRETS, VOCABULARY, make_run
from loopback_hub import TOKEN, blob_of, serving

from cliprt.cli.main import main
from cliprt.data.columns import Needs
from cliprt.data.disk import folder_lock
from cliprt.data.shards import write_shards
from cliprt.data.store import EpisodeStore
from cliprt.hub.card import MADE_BY
from cliprt.policies.checkpoint import load_policy
from cliprt.recipe.load import load_recipe
from cliprt.sources.shards import ShardsSource
from cliprt.sources.store import StoreSource
from cliprt.stages.calibrate import load_calibration
from cliprt.stages.manifest import Made, Sidecar, update_manifest, write_sidecar
from cliprt.stages.run_folder import find_checkpoint
from cliprt.vocabularies.grid import Oxe50Vocabulary

NAME = "anna/lids"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return make_run(tmp_path_factory.mktemp("runs") / "toy")


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """A Hub, whose only account is logged in here; the working folder is an empty one."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # as its variable does at start
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with serving() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        yield server


@pytest.fixture
def say(capsys):
    def said(*arguments: object, code: int = 0) -> str:
        capsys.readouterr()
        assert main(["hub", *map(str, arguments)]) == code
        streams = capsys.readouterr()
        assert "Traceback" not in streams.err
        return streams.err if code else streams.out + streams.err

    return said


def test_a_policy_is_sent_with_what_belongs_to_it_and_nothing_else(hub, trained, say):
    told = say("push", trained, NAME, "--license", "mit")
    files = hub.files("model", NAME)
    assert hub.repos["model", NAME].private
    assert set(files) - {".gitattributes"} == {
        *("README.md", "recipe.yaml", "calibration.json"),
        *("checkpoint/policy.json", "checkpoint/weights.safetensors"),
    }
    assert f"as anna to {hub.address}/{NAME} (private): 4 files" in told
    everything = b"".join(files.values()).decode("latin-1")
    assert not [secret for secret in SECRETS if secret in everything]
    assert (
        files["checkpoint/weights.safetensors"]
        == (find_checkpoint(trained) / "weights.safetensors").read_bytes()
    )


def test_where_it_goes_is_told_before_anything_goes(hub, trained, say):
    hub.broken["POST /api/repos/create"] = 400
    told = say("push", trained, NAME, code=2)
    assert told.index("Sending a policy") < told.index("it is broken on purpose")
    assert not hub.repos


def test_what_is_there_already_is_not_sent_again(hub, trained, say):
    say("push", trained, NAME)
    commits = len(hub.repos["model", NAME].commits)
    hub.asked.clear()
    say("push", trained, NAME)
    assert not [line for line in hub.asked if line.startswith("PUT")]
    assert len(hub.repos["model", NAME].commits) == commits


def test_a_private_repository_stays_private_and_that_is_told(hub, trained, say):
    say("push", trained, NAME)
    told = say("push", trained, NAME, "--public")
    assert f"{hub.address}/{NAME} is private, and stays so" in told
    assert f"to {hub.address}/{NAME} (private): 4 files" in told
    assert hub.repos["model", NAME].private


def test_an_interrupted_push_goes_on(hub, trained, say):
    hub.broken["POST .*/commit/"] = 403
    assert "you may not do that with anna/lids" in say("push", trained, NAME, code=2)
    hub.broken.clear()
    hub.asked.clear()
    say("push", trained, NAME)
    assert not [line for line in hub.asked if line.startswith("PUT")], "the weights are there"
    assert "checkpoint/weights.safetensors" in hub.files("model", NAME)


def test_a_pulled_policy_is_the_one_that_was_sent(hub, trained, say):
    say("push", trained, NAME)
    facts = json.loads(say("pull", NAME, "--format", "json").partition("Fetching")[0])
    commit = hub.repos["model", NAME].commits[-1][0]
    assert (facts["kind"], facts["folder"], facts["revision"]) == ("policy", "lids", commit)
    record = json.loads(Path("lids/hub.json").read_text())
    assert (record["repo"], record["revision"]) == (NAME, commit)
    checkpoint = find_checkpoint(Path("lids"))
    assert load_policy(checkpoint, VOCABULARY).phrases
    assert load_calibration(checkpoint).temperature == 1.5
    assert not list(Path().glob("*.part")), "and nothing of the library's"
    assert not Path("lids/.cache").exists()


def test_its_recipe_is_one_that_others_can_read(hub, trained, say):
    say("push", trained, NAME)
    say("pull", NAME)
    recipe = yaml.safe_load(Path("lids/recipe.yaml").read_text())
    recipe["augmenters"] = []  # the toy's are none of cliprt's
    Path("lids/recipe.yaml").write_text(yaml.safe_dump(recipe))
    loaded = load_recipe("lids/recipe.yaml")
    assert loaded.robot.options == {"image_size": 32}
    assert loaded.policy.name == "clip_rt"
    assert loaded.trainer.start_from == ""
    described = json.loads(Path("lids/checkpoint/policy.json").read_text())["recipe"]
    assert described["trainer"]["start_from"] == "pretrained"
    assert described["data"]["sources"][0]["options"] == {"path": "oxe", "weight": 2}
    assert "engine" not in described["data"]
    assert "the weights of another policy: pretrained" in Path("lids/README.md").read_text()


def test_a_pull_of_what_is_there_fetches_nothing(hub, trained, say):
    say("push", trained, NAME)
    say("pull", NAME, "--to", "here")
    hub.asked.clear()
    say("pull", NAME, "--to", "here")
    assert not [line for line in hub.asked if "/resolve/" in line]
    hub.add("model", NAME, {**hub.files("model", NAME), "calibration.json": b"{}"})
    told = say("pull", NAME, "--to", "here", code=2)
    assert "calibration.json differs. Choose another: --to FOLDER" in told
    say("push", trained, "anna/other")
    assert "here is there already" in say("pull", "anna/other", "--to", "here", code=2)


def test_an_earlier_revision_can_be_had(hub, trained, say):
    say("push", trained, NAME)
    first = hub.repos["model", NAME].commits[-1][0]
    files = hub.files("model", NAME)
    hub.repos["model", NAME].commit({**files, "calibration.json": b'{"temperature": 9}'})
    say("pull", f"{NAME}@{first}")
    assert json.loads(Path("lids/calibration.json").read_text())["temperature"] == 1.5
    assert "has no such revision" in say("pull", f"{NAME}@v9", "--to", "x", code=2)


def test_a_broken_off_download_goes_on(hub, trained, say):
    say("push", trained, NAME)
    hub.cut.add("checkpoint/weights.safetensors")
    say("pull", NAME)
    assert load_policy(find_checkpoint(Path("lids")))


def test_what_came_otherwise_than_listed_is_thrown_away(hub, trained, say):
    say("push", trained, NAME)
    right = hub.files("model", NAME)["recipe.yaml"]
    hub.served["recipe.yaml"] = right.replace(b"s", b"z")
    assert "recipe.yaml came otherwise than" in say("pull", NAME, code=2)
    assert not Path("lids").exists()
    hub.served.clear()
    hub.asked.clear()
    say("pull", NAME)
    assert Path("lids/recipe.yaml").read_bytes() == right
    gets = [line for line in hub.asked if line.startswith("GET") and "/resolve/" in line]
    assert len(gets) == 1, "what was whole is not fetched again"


def test_weights_that_do_not_fit_are_not_put_in_place(hub, trained, say):
    say("push", trained, NAME)
    files = dict(hub.files("model", NAME))
    files["checkpoint/weights.safetensors"] = files["checkpoint/weights.safetensors"][:-40]
    hub.add("model", NAME, files)
    assert "It stays in lids.part, and is not to be used" in say("pull", NAME, code=2)
    assert not Path("lids").exists()


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"model.pt": b"x", "policy.json": b"{}"}, "'model.pt', which can run a program"),
        ({"notes.txt": b"x"}, "holds nothing that cliprt uses"),
        ({}, "It has: no file"),
    ],
)
def test_what_is_no_policy_is_refused(hub, say, files, told):
    hub.add("model", NAME, files)
    assert told in say("pull", NAME, code=2)
    assert not [line for line in hub.asked if "/resolve/" in line]
    assert not list(Path().iterdir())


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"path": "episodes/../episode.json"}, "is no plain path within a folder"),
        ({"path": "episodes/a\\b/episode.json"}, "is no plain path within a folder"),
        ({"path": "episodes/\x1b[2J/episode.json"}, "is no plain path within a folder"),
        ({"path": f"episodes/{'a' * 300}/episode.json"}, "is no plain path within a folder"),
        ({"path": "episodes/.git/episode.json"}, "is no plain path within a folder"),
        ({"path": "episodes/e/images/0-a.png", "size": -1}, "has -1 bytes"),
        ({"path": "episodes/e/images/0-a.png", "size": 1 << 60}, "and such a file at most"),
        ({"path": "episodes/e/images/0-a.png", "size": 1 << 49}, "Free some, or choose another"),
        ({"path": "episodes/e/images/0-a.png", "oid": ""}, "has no checksum"),
        ({"path": "episodes/e/images/0-a.png", "size": "big"}, "is not understood"),
    ],
)
def test_a_hostile_list_is_refused_before_anything_is_fetched(hub, say, entry, told):
    hub.add("dataset", NAME, {"episodes/e/episode.json": b"{}"})
    hub.listed.append({"type": "file", "size": 3, "oid": blob_of(b"abc"), **entry})
    assert told in say("pull", NAME, code=2)
    assert not [line for line in hub.asked if "/resolve/" in line]
    assert not list(Path().iterdir())


def test_a_repository_of_far_too_many_files_is_refused(hub, say, monkeypatch):
    for module in ("incoming", "client"):
        monkeypatch.setattr(f"cliprt.hub.{module}.MOST_FILES", 100)
    hub.add("dataset", NAME, {f"episodes/e{n}/episode.json": b"{}" for n in range(300)})
    assert "more than 100 files" in say("pull", NAME, code=2)
    assert sum("/tree/" in line for line in hub.asked) < 5, "the list is not read to its end"


def test_a_file_that_is_no_part_of_it_stays_there(hub, trained, say):
    say("push", trained, NAME)
    files = hub.files("model", NAME)
    hub.add("model", NAME, {**files, "run_me.py": b"x", "../../evil": b"x", "old.pkl": b"x"})
    assert "left there, no part of it: ../../evil, old.pkl, run_me.py" in "".join(
        sorted(say("pull", NAME).splitlines(keepends=True))
    ).replace("run_me.py, ../../evil, old.pkl", "../../evil, old.pkl, run_me.py")
    assert not Path("lids/run_me.py").exists()


def test_a_link_where_files_arrive_is_not_followed(hub, trained, say, tmp_path):
    say("push", trained, NAME)
    (tmp_path / "elsewhere").mkdir()
    Path("lids.part").symlink_to(tmp_path / "elsewhere")
    assert "lids.part is a link" in say("pull", NAME, code=2)
    assert not list((tmp_path / "elsewhere").iterdir())


def test_two_pulls_into_one_folder_do_not_mix(hub, trained, say):
    say("push", trained, NAME)
    hub.asked.clear()
    with folder_lock(Path("lids.part")):
        told = say("pull", NAME, code=2)
    assert "another pull fetches into lids.part. Wait for it, or choose another folder" in told
    assert not [line for line in hub.asked if "/resolve/" in line]
    say("pull", NAME)
    assert not list(Path().glob("lids*/.lock"))


@pytest.mark.parametrize("taken", ["lids.part", "lids.part/checkpoint"])
def test_a_folder_that_cannot_be_written_is_told(hub, trained, say, taken):
    say("push", trained, NAME)
    Path(taken).parent.mkdir(exist_ok=True)
    Path(taken).write_text("a file where a folder has to be")
    assert "cannot write lids.part" in say("pull", NAME, code=2)


def test_recorded_episodes_travel(hub, say, tmp_path):
    store = EpisodeStore(tmp_path / "run" / "episodes")
    for number in range(3):
        store.write_episode(make_episode(f"pick-{number}", 2))
    (store.path / "episodes" / "pick-2" / "episode.json").write_text("damaged")
    told = say("push", tmp_path / "run" / "episodes", NAME)
    assert "every word that was said" in told
    assert "left out: " in told
    card = hub.files("dataset", NAME)["README.md"].decode()
    assert "- say 0" in card
    assert "| cameras | scene, wrist |" in card
    assert "| pick it | 2 |" in card
    told = say("pull", NAME)
    assert "data.sources=[{name: store, path: lids}]" in told
    assert EpisodeStore(Path("lids")).ids() == ("pick-0", "pick-1")
    rows = StoreSource(path="lids").open(Needs(("scene",)), Oxe50Vocabulary())
    assert len(rows) == 2, "the first step of each moves nothing"


def test_shards_travel_and_those_of_an_earlier_push_go(hub, say, tmp_path):
    episodes = [make_episode(f"pick-{number}", 4) for number in range(3)]
    write_shards(episodes, ("scene",), tmp_path / "data", samples_per_shard=4)
    (tmp_path / "data" / "train-000000.tar.index").write_text("ours alone")
    say("push", tmp_path / "data", NAME)
    files = hub.files("dataset", NAME)
    tars = [f"train-00000{n}.tar" for n in range(3)]
    assert set(files) == {".gitattributes", "README.md", *tars}
    card = files["README.md"].decode()
    assert "| episodes | 3 |" in card
    assert "| pick it | 12 |" in card
    assert "name: shards, path: lids}" in card
    shutil.rmtree(tmp_path / "data")
    write_shards(episodes[:2], ("scene",), tmp_path / "data", samples_per_shard=4)
    assert "removed there: train-000002.tar" in say("push", tmp_path / "data", NAME)
    say("pull", f"datasets/{NAME}")
    rows = ShardsSource("lids/train-00000{0..1}.tar").open(Needs(("scene",)), Oxe50Vocabulary())
    assert len(rows) == 6


def test_a_converted_set_travels_without_the_folders_it_was_made_from(hub, say, tmp_path):
    out = tmp_path / "out" / "viola"
    write_shards([make_episode(f"pick-{n}", 4) for n in range(2)], ("scene",), out, 4)
    made = Made("viola", "observed", "d", "train", 0, "s", "f", (224, 90))
    problems = ("/home/anna/oxe/v-0: record 3",)
    note = Sidecar(1, 9, 4, {"3": 4}, "0" * 64, problems, 0, "viola 0.1.0", made.key)
    names = [tar.stem for tar in sorted(out.glob("*.tar"))]
    for name in names:
        write_sidecar(out, name, note)
    expected = dict.fromkeys([*names, "v-2"], 1)
    update_manifest(out, made, expected, {"v-2": "/home/anna/v-2: cut"})
    say("push", tmp_path / "out", NAME)
    sent = hub.files("dataset", NAME)
    assert not [name for name, content in sent.items() if b"/home/anna" in content]
    assert json.loads(sent["viola/manifest.json"])["left"] == {"v-2": "v-2: cut"}
    card = sent["README.md"].decode()
    assert "| set viola | 8 of 18 steps, by the rule observed |" in card
    assert "| steps | 8 |" in card
    told = say("pull", NAME)
    assert "data.sources=[{name: shards, path: lids/viola}]" in told
    assert len(ShardsSource("lids/viola").open(Needs(("scene",)), Oxe50Vocabulary())) == 6


def test_a_lerobot_data_set_travels(hub, say, tmp_path):
    info = {
        "codebase_version": "v3.0",
        "robot_type": "ur5e",
        "total_episodes": 2,
        "total_frames": 60,
        "fps": 10,
        "features": {"observation.images.scene": {"dtype": "video"}, "action": {"dtype": "f"}},
    }
    files = {
        "meta/info.json": json.dumps(info).encode(),
        "meta/stats.json": b"{}",
        "meta/episodes/chunk-000/file-000.parquet": b"PAR1",
        "data/chunk-000/file-000.parquet": b"PAR1",
        "videos/observation.images.scene/chunk-000/file-000.mp4": b"mp4",
        "data/chunk-000/run.py": b"never sent",
    }
    for name, content in files.items():
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_bytes(content)
    say("push", tmp_path / "set", NAME, "--public")
    assert not hub.repos["dataset", NAME].private
    sent = hub.files("dataset", NAME)
    assert set(files) - set(sent) == {"data/chunk-000/run.py"}
    front = yaml.safe_load(sent["README.md"].decode().split("---")[1])
    assert "LeRobot" in front["tags"]
    assert front["configs"][0]["data_files"] == "data/*/*.parquet"
    assert "| cameras | observation.images.scene |" in sent["README.md"].decode()
    assert "name: lerobot, path: lids" in say("pull", f"datasets/{NAME}")


def test_a_large_set_goes_in_portions_and_comes_whole(hub, say, tmp_path, monkeypatch):
    monkeypatch.setattr("cliprt.hub.push.FILES_A_COMMIT", 5)
    store = EpisodeStore(tmp_path / "episodes")
    for number in range(4):
        store.write_episode(make_episode(f"pick-{number}", 1))
    say("push", tmp_path, NAME)
    assert len(hub.repos["dataset", NAME].commits) == 5
    say("pull", NAME)
    assert len(EpisodeStore(Path("lids")).ids()) == 4


def test_a_card_that_somebody_wrote_on_stays(hub, trained, say):
    say("push", trained, NAME)
    files = hub.files("model", NAME)
    own = files["README.md"].replace(MADE_BY.encode(), b"") + b"My own words."
    hub.repos["model", NAME].commit({**files, "README.md": own})
    say("push", trained, NAME)
    assert hub.files("model", NAME)["README.md"] == own


def test_the_card_says_what_was_measured(trained, say):
    text = say("card", trained, NAME, "--license", "apache-2.0")
    _, front, body = text.split("---\n", 2)
    facts = yaml.safe_load(front)
    assert facts["license"] == "apache-2.0"
    assert (facts["library_name"], facts["pipeline_tag"]) == ("cliprt", "robotics")
    assert facts["model-index"][0]["results"][0]["metrics"][0]["value"] == 0.96
    assert "| push | Push the box | 96 % | 24/25 | 80-99 % |" in body
    assert "| odd | a\\|b \\<script\\> \\# no | 40 % |" in body
    assert "seed 7" in body
    assert "20 episodes (160 steps) that were taught by a person" in body
    assert "cliprt hub pull anna/lids" in body
    assert "--checkpoint lids" in body
    assert not [secret for secret in SECRETS if secret in text]


def test_a_card_without_a_report_of_that_policy_claims_nothing(trained, say, tmp_path):
    run = tmp_path / "copy"
    shutil.copytree(trained, run)
    (run / "report.json").write_text(json.dumps({"sources": {"metrics": "policies/other"}}))
    text = say("card", run)
    assert "How well it does them was not measured." in text
    assert "model-index" not in text
    assert "has not said under which licence" in text


def test_what_is_damaged_odd_or_empty_is_not_sent(hub, trained, say, tmp_path):
    run = tmp_path / "copy"
    shutil.copytree(trained, run)
    weights = find_checkpoint(run) / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-9])
    assert "is damaged, and is not sent" in say("push", run, NAME, code=2)
    store = EpisodeStore(tmp_path / "odd")
    (tmp_path / "odd" / "episodes").mkdir(parents=True)
    assert "holds no whole episode" in say("push", tmp_path / "odd", NAME, code=2)
    store.write_episode(make_episode("pick-0", 1))
    image = next((tmp_path / "odd").rglob("*.png"))
    shutil.copy(image, image.with_name("a b.png"))
    assert "a b.png', and others could not take it" in say("push", tmp_path / "odd", NAME, code=2)
    image.with_name("a b.png").unlink()
    (image.parent / ".hidden.png").write_bytes(b"x")
    image.with_name("link.png").symlink_to("/etc/hostname")
    assert "link.png is no plain file" in say("push", tmp_path / "odd", NAME, code=2)
    image.with_name("link.png").unlink()
    say("push", tmp_path / "odd", NAME)
    assert not [name for name in hub.files("dataset", NAME) if "hidden" in name]


@pytest.mark.parametrize("name", ["weights.safetensors", "../calibration.json"])
def test_a_link_is_not_sent(hub, trained, say, tmp_path, name):
    run = tmp_path / "copy"
    shutil.copytree(trained, run)
    file = run / "policies" / "k1" / "checkpoint" / name
    file.unlink()
    file.symlink_to("/etc/hostname")
    assert "no plain file, and only those are sent" in say("push", run, NAME, code=2)
    assert not hub.repos


def test_mistakes_are_told_in_one_sentence(hub, trained, say, tmp_path, monkeypatch):
    hub.add("model", "bob/public", {"a": b""}, private=False)
    hub.add("model", "anna/open", {"a": b""}, private=False)
    hub.add("model", "anna/twice", {"a": b""})
    hub.add("dataset", "anna/twice", {"a": b""})
    for arguments, told in [
        (("push", tmp_path / "gone", NAME), "is no folder. Give a run"),
        (("push", tmp_path / "here", NAME), "holds nothing that can be shared"),
        (("push", trained, "lids"), "'lids' is no repository of the Hub"),
        (("push", trained, "dataset/anna/x"), "Did you mean 'datasets'?"),
        (("push", trained, f"{NAME}@v1"), "leave @... out"),
        (("push", trained, NAME, "--license", "My own!"), "--license is 'My own!'"),
        (("push", trained, "datasets/anna/x"), "as a model, not as a dataset"),
        (("push", trained, "anna/open"), "everybody can see it. If that is meant, add --public"),
        (("push", trained, "bob/x"), "you may not do that with bob/x"),
        (("pull", "bob/none"), "has no model or data set 'bob/none'"),
        (("pull", "anna/twice"), "Say which: models/anna/twice or datasets/anna/twice"),
        (("pull", "../x"), "is no repository of the Hub"),
    ]:
        assert told in say(*arguments, code=2), arguments
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert "does not know your token" in say("push", trained, NAME, code=2)
    monkeypatch.delenv("HF_TOKEN")
    told = say("push", trained, NAME, code=2)
    assert "nobody is logged in" in told
    assert "Type: hf auth login" in told
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9 cannot be reached" in say("pull", NAME, code=2)


@pytest.mark.parametrize(("status", "told"), [(429, "asks to wait"), (418, "failed at anna/lids")])
def test_a_hub_that_refuses_is_quoted(hub, say, status, told):
    hub.broken["/api/models/anna/lids$"] = status
    assert told in say("pull", NAME, code=2)


def run_alone(hub, folder: Path, *arguments: object, **more: str) -> subprocess.Popen[str]:
    variables = {"HF_ENDPOINT": hub.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "cliprt", "hub", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, **variables, "HF_HOME": str(folder / "hf"), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_whole_and_the_next_pull_goes_on(hub, trained, say, tmp_path):
    say("push", trained, NAME)
    hub.stalled.add("checkpoint/weights.safetensors")
    pulling = run_alone(hub, tmp_path, "pull", NAME)
    wanted = "GET /anna/lids/resolve/"
    for _ in range(600):
        if any(a.startswith(wanted) and a.endswith(".safetensors") for a in hub.asked):
            break
        time.sleep(0.05)
    pulling.send_signal(signal.SIGINT)
    _, told = pulling.communicate(timeout=30)
    hub.go_on.set()
    assert pulling.returncode == 130, told
    assert "To go on, type:" in told
    assert not (tmp_path / "lids").exists()
    assert (tmp_path / "lids.part").is_dir()
    hub.asked.clear()
    again = run_alone(hub, tmp_path, "pull", NAME)
    assert again.wait(60) == 0
    assert load_policy(find_checkpoint(tmp_path / "lids"))


def test_offline_is_told(hub, tmp_path):
    done = run_alone(hub, tmp_path, "pull", NAME, HF_HUB_OFFLINE="1")
    _, told = done.communicate(timeout=60)
    assert done.returncode == 2
    assert "set to be offline (HF_HUB_OFFLINE)" in told
    assert "unset HF_HUB_OFFLINE" in told
    assert not hub.asked
