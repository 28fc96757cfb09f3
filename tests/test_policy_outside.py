"""A policy of another package that makes motions of its own: through `fit`, and alone."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from chunk_policy import ChunkPolicy

from cliprt import registry
from cliprt.cli.main import main
from cliprt.errors import UsageError
from cliprt.policies.acting import Actor
from cliprt.policies.checkpoint import load_policy
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe
from cliprt.stages.ready import check_ready
from cliprt.testing import check_policy
from cliprt.types import Observation

SOURCE = Path(__file__).parent / "chunk_policy.py"
TINY = ["robot.image_size=32", "augmenters=[]", "data.workers=1", "trainer.threads=1"]
TINY += ["policy={name: chunks, horizon: 3}", "evaluation.trials=1", "evaluation.max_steps=5"]


class ForgetfulPolicy(ChunkPolicy):
    """Keeps what it studied beside its buffers."""

    gain = 1.0

    def study(self, rows):
        self.gain = 2.0

    def forward(self, *seen):
        return self.gain * super().forward(*seen)


@pytest.fixture(scope="module", autouse=True)
def plugin(tmp_path_factory):
    """The policy in a distribution that is installed, as far as Python can tell."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copy(SOURCE, folder / "chunky.py")
    facts = folder / "chunky-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: chunky\nVersion: 1.0")
    (facts / "entry_points.txt").write_text("[cliprt.policies]\nchunks = chunky:ChunkPolicy\n")
    sys.path.insert(0, str(folder))
    registry.refresh()
    yield
    sys.path.remove(str(folder))
    registry.refresh()


@pytest.fixture(scope="module")
def run(plugin, tmp_path_factory):
    """A whole run of it."""
    pytest.importorskip("pybullet")
    folder = tmp_path_factory.mktemp("run") / "run"
    options = ["--recipe", "tiny", *TINY, "--out", str(folder)]
    assert main(["fit", *options]) == 0
    return folder, options


def test_it_keeps_the_contract():
    vocabulary = build_vocabulary(load_recipe("tiny"))
    check_policy(ChunkPolicy(), vocabulary)
    with pytest.raises(AssertionError, match="state_dict does not hold all"):
        check_policy(ForgetfulPolicy(), vocabulary)


def test_it_trains_acts_is_filmed_and_reported(run):
    folder, _ = run
    report = json.loads((folder / "report.json").read_text())
    trial = json.loads((folder / report["sources"]["trials"]).read_text())
    assert trial["last_phrases"] == ["a motion of its own"] * 5
    assert not report["calibration"]
    assert list(folder.rglob("videos/*.mp4"))
    assert (folder / "report.html").exists()


def test_it_comes_back_with_its_statistics_and_no_vocabulary(run):
    folder, _ = run
    checkpoint = next(folder.glob("policies/*/checkpoint"))
    assert json.loads((checkpoint / "policy.json").read_text())["vocabulary"] is None
    policy = load_policy(checkpoint, build_vocabulary(load_recipe("tiny", ["vocabulary=oxe_50"])))
    assert policy.needs.horizon == 3
    assert policy.spread.min() < 1 < policy.mean.sum() + 10
    assert 0.2 < policy.mean[0] < 0.9  # the arm's x, in metres


@pytest.mark.parametrize("command", ["run --explain", "run --ask", "calibrate", "embeddings"])
def test_what_needs_probabilities_says_so(run, command, capsys):
    folder, options = run
    name, *flags = command.split()
    arguments = {
        "run": ["--recipe", "tiny", *TINY, "--checkpoint", str(folder), *flags],
        "calibrate": options,
        "embeddings": [str(folder)],
    }[name]
    capsys.readouterr()
    assert main([name, *arguments]) == 2
    told = capsys.readouterr().err
    assert "makes motions of its own" in told
    assert "Traceback" not in told


def test_being_judged_with_help_is_refused_before_anything_is_taught():
    with pytest.raises(UsageError, match=r"collaboration\.interventions needs probabilities"):
        check_ready(load_recipe("tiny", [*TINY, "collaboration.interventions=[1]"]))


def test_a_person_corrects_it_by_sentences(run, tmp_path, capsys):
    folder, _ = run
    said = ["--checkpoint", str(folder), "--correct", "--interventions", "1", "--seed", "7"]
    assert main(["run", "--recipe", "tiny", *TINY, *said, "--store", str(tmp_path / "live")]) == 0
    assert "a motion of its own" in capsys.readouterr().out


def test_whoever_acts_loads_no_lightning():
    code = (
        "import sys, numpy as np\n"
        "from cliprt.recipe.load import load_recipe\n"
        "from cliprt.recipe.build import build_actor, build_policy, build_vocabulary\n"
        "from cliprt.types import Observation\n"
        "recipe = load_recipe('tiny')\n"
        "actor = build_actor(recipe, build_policy(recipe, build_vocabulary(recipe)))\n"
        "image = {'wrist': np.zeros((64, 64, 3), np.uint8)}\n"
        "seen = Observation(image, (0,) * 6, (0,) * 6, (), 'open', 0.08, 0.0)\n"
        "print(actor(seen, 'close the laptop').scores.shape)\n"
        "print([m for m in ('lightning', 'torchmetrics', 'torchvision') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["(58,)", "[]"]


def test_an_actor_gives_its_motions(plugin):
    recipe = load_recipe("tiny", TINY)
    actor = Actor(build_policy(recipe, build_vocabulary(recipe)))
    pose, image = (0.4, 0.0, 0.3, 0.0, 0.0, 0.0), np.zeros((32, 32, 3), np.uint8)
    proposal = actor(Observation({"wrist": image}, pose, pose, (), "open", 0.08, 0.0), "go")
    assert proposal.scores is None
    assert [len(step.primitive.motion) for step in proposal.steps] == [7] * 3
