"""``cliprt embeddings``: the picture of the phrases, and the number that goes with it."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import imageio.v3 as iio
import pytest

from cliprt.cli.main import main
from cliprt.evaluation.embeddings import embed_phrases, silhouette, silhouettes_by_group
from cliprt.policies.checkpoint import save_policy
from cliprt.recipe.build import build_policy, build_vocabulary
from cliprt.recipe.load import load_recipe

FORMATS = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")


def save_untrained(folder, *overrides):
    """A run folder with the policy that a training would begin with."""
    recipe = load_recipe("tiny", ["encoder.width=8", *overrides])
    vocabulary = build_vocabulary(recipe)
    policy = build_policy(recipe, vocabulary)
    save_policy(policy, asdict(recipe), vocabulary, folder / "policies" / "0" / "checkpoint")
    return folder


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    return save_untrained(tmp_path_factory.mktemp("words"))


@pytest.fixture(scope="module")
def tokens(tmp_path_factory):
    return save_untrained(tmp_path_factory.mktemp("tokens"), "policy=action_token")


def test_two_policies_are_drawn_and_measured_side_by_side(words, tokens, tmp_path, capsys):
    picture = tmp_path / "new" / "picture.png"
    arguments = ["embeddings", str(words), str(tokens), "--out", str(picture), "--seed", "3"]
    assert main([*arguments, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["method"], found["seed"]) == ("t-SNE", 3)
    assert (found["phrases"], found["groups"]) == (58, 16)
    of_words, of_tokens = found["policies"]
    assert [of_words["policy"], of_tokens["policy"]] == ["clip_rt", "action_token"]
    assert of_words["silhouette"] > 0.2 > 0 > of_tokens["silhouette"]
    row = next(line for line in FORMATS.splitlines() if line.startswith("| `cliprt embeddings"))
    assert set(re.findall(r"`(\w+)`", row)) == {*found, *of_words}
    seen = iio.imread(picture)
    assert seen.shape[1] > seen.shape[0] > 600
    before = picture.read_bytes()
    assert main(arguments) == 0
    assert picture.read_bytes() == before, "the same seed gives the same picture"


def test_the_number_is_of_the_raw_features_and_does_not_hang_on_the_picture(
    words, tmp_path, capsys
):
    embeddings = embed_phrases(words / "policies" / "0" / "checkpoint")
    expected = silhouette(embeddings.groups, embeddings.vectors)
    for seed in ("0", "1"):
        out = tmp_path / f"{seed}.svg"
        assert main(["embeddings", str(words), "--seed", seed, "--out", str(out)]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0].split() == ["silhouette", "clip_rt"]
        assert f"all {expected:.2f}".split() in [line.split() for line in lines]
        assert "58 phrases in 16 displacement groups" in out.read_text()
    assert (tmp_path / "0.svg").read_bytes() != (tmp_path / "1.svg").read_bytes()


def test_each_group_has_its_own_number(words):
    embeddings = embed_phrases(words / "policies" / "0" / "checkpoint")
    each = silhouettes_by_group(embeddings)
    assert len(each) == 16
    assert each["open"] is each["close"] is None
    sizes = {group: embeddings.groups.count(group) for group in each}
    total = sum(sizes[group] * value for group, value in each.items() if value is not None)
    assert total / 58 == pytest.approx(silhouette(embeddings.groups, embeddings.vectors))


def test_policies_of_two_vocabularies_are_not_compared(words, tmp_path, capsys):
    other = save_untrained(tmp_path / "other", "vocabulary=oxe_50")
    picture = tmp_path / "picture.png"
    assert main(["embeddings", str(words), str(other), "--out", str(picture)]) == 2
    said = capsys.readouterr().err
    assert "trained with the vocabulary 'oxe_50'" in said
    assert "not with 'clip_rt_58'" in said
    assert not picture.exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--out", "picture.jpg"], "--out is picture.jpg"),
        (["--seed", "-1"], "--seed is -1. Allowed: 0 to"),
        (["--out", "/dev/null/picture.png"], "cannot write"),
    ],
)
def test_bad_options_are_one_readable_text(options, text, words, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["embeddings", str(words), *options]) == 2
    assert text in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_policy_without_phrases_is_said_so(words, monkeypatch, capsys, tmp_path):
    from cliprt.policies.clip_rt import ClipRtPolicy
    from cliprt.policies.interface import RankingPolicy

    monkeypatch.setattr(ClipRtPolicy, "embed_phrases", RankingPolicy.embed_phrases)
    assert main(["embeddings", str(words), "--out", str(tmp_path / "a.png")]) == 2
    assert "(ClipRtPolicy) has no phrase embeddings to show" in capsys.readouterr().err
