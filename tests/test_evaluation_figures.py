"""Learning curves, embedding maps and pictures, from data as it comes."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cliprt.evaluation.curves import load_metrics, panel_curves
from cliprt.evaluation.embeddings import (
    Embeddings,
    load_embeddings,
    project,
    save_embeddings,
    silhouette,
)
from cliprt.evaluation.figures import embedding_picture, interval_bar, line_chart, stacked_bar
from cliprt.evaluation.page import duration, format_number
from cliprt.evaluation.results import Tally


def test_curves_of_a_resumed_training_are_one(tmp_path):
    for version, rows in enumerate(["0,1.0\n10,0.8\n20,0.7\n", "20,0.6\n30,0.5\n"]):
        folder = tmp_path / f"version_{version}"
        folder.mkdir()
        (folder / "metrics.csv").write_text("step,train_loss\n" + rows)
    expected = [(0.0, 1.0), (10.0, 0.8), (20.0, 0.6), (30.0, 0.5)]
    assert load_metrics(tmp_path) == {"train_loss": expected}


def test_gaps_and_junk_in_a_table_are_passed_over(tmp_path):
    file = tmp_path / "metrics.csv"
    file.write_text(
        "epoch,step,train_loss,note\n0,0,1.5,hello\n0,1,,\n0,2,nan,\n,,3,\n0,3,inf,\n0,4"
    )
    assert load_metrics(file) == {"train_loss": [(0.0, 1.5)]}
    assert load_metrics(tmp_path / "none.csv") == {}


def test_columns_that_measure_one_thing_share_a_panel():
    names = ["val/top3_accuracy", "lr-AdamW", "val_loss", "train_loss_step", "train_loss_epoch"]
    panels = panel_curves({name: [(0.0, 1.0)] for name in names})
    assert list(panels) == ["loss", "top3 accuracy", "learning rate"]
    assert set(panels["loss"]) == {"validation", "training", "training (epoch)"}


@pytest.fixture(scope="module")
def embeddings():
    groups = ["x+", "x-", "y+", "y-", "open"]
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(5, 24))
    vectors = np.repeat(centres, 4, axis=0) + 0.05 * rng.normal(size=(20, 24))
    labels = tuple(group for group in groups for _ in range(4))
    return Embeddings(tuple(f"phrase {i}" for i in range(20)), labels, vectors)


def test_groups_that_lie_together_have_a_high_silhouette(embeddings):
    projection = project(embeddings)
    assert projection.method == "t-SNE"
    assert projection.points.shape == (20, 2)
    assert projection.silhouette > 0.9
    shuffled = np.random.default_rng(0).permutation(embeddings.groups)
    assert silhouette(list(shuffled), embeddings.vectors) < 0.1
    assert np.array_equal(project(embeddings).points, projection.points)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_few_phrases_are_shown_by_pca(embeddings, count):
    few = Embeddings(
        embeddings.phrases[:count], embeddings.groups[:count], embeddings.vectors[:count]
    )
    projection = project(few)
    assert projection.method == "PCA"
    assert projection.points.shape == (count, 2)
    assert np.isfinite(projection.points).all()


def test_embeddings_come_back_from_disk(tmp_path, embeddings):
    file = tmp_path / "policy" / "phrases.npz"
    save_embeddings(file, embeddings)
    back = load_embeddings(file)
    assert back is not None
    assert (back.phrases, back.groups) == (embeddings.phrases, embeddings.groups)
    np.testing.assert_allclose(back.vectors, embeddings.vectors, rtol=1e-6)
    file.write_bytes(file.read_bytes()[:200])
    assert load_embeddings(file) is None
    assert load_embeddings(tmp_path / "none.npz") is None


def test_pictures_follow_the_page(embeddings):
    curves = {"training": [(0.0, 2.0), (10.0, 1.0)], "validation": [(10.0, 1.2)]}
    for svg in (line_chart("loss <1>", curves, None), embedding_picture(project(embeddings))):
        root = ElementTree.fromstring(svg)
        assert root.get("aria-label")
        assert "width" not in root.attrib
        assert "var(--hue-0)" in svg
        assert not re.search(r"https?:", svg)
        colours = set(re.findall(r"#[0-9a-f]{6}\b", svg))
        assert colours == set(), f"{colours} do not follow the colour scheme"


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_bars_stay_in_their_place(a, b, c):
    low, rate, high = sorted((a, b, c))
    for svg in (
        interval_bar(Tally(10, 5, rate, (low, high), 8.0, 8.0)),
        stacked_bar([low, rate - low, high - rate], high, 'a "label"'),
    ):
        for rect in ElementTree.fromstring(svg).iter("rect"):
            assert float(rect.get("x", 0)) + float(rect.get("width")) <= 100.02


def test_bar_of_nothing():
    assert "0 %" in interval_bar(Tally(0, 0, None, (0.0, 1.0), None, None))
    assert ElementTree.fromstring(stacked_bar([0], 0, "none")).tag == "svg"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (95.3, "1 min 35 s"), (3600, "1 h"), (None, "–")],
)
def test_durations_in_words(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(4502, "4,502"), (0.12345, "0.1235"), (12.34, "12.3"), (3.0, "3"), (None, "–"), ("a", "a")],
)
def test_numbers_in_words(number, text):
    assert format_number(number) == text
