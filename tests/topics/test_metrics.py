import numpy as np
import pytest
from sklearn.metrics import f1_score

from phongtrao.topics.metrics import (
    accuracy_figure,
    calibration_figures,
    f1_figures,
    overlap_figures,
    resamples,
)

TOPICS = ("a", "b")
TRUTH = np.array([[1, 0], [1, 1], [0, 1], [0, 0]], bool)
SAID = np.array([[1, 0], [0, 1], [1, 1], [0, 0]], bool)


def test_f1_by_hand():
    figures = f1_figures(TRUTH, SAID, TOPICS)
    # a: 1 hit, 2 said, 2 carried -> 1/2; b: 2 hits, 2 said, 2 carried -> 1.
    assert figures["topics"]["a"]["f1"]["value"] == pytest.approx(0.5)
    assert figures["topics"]["b"]["f1"]["value"] == pytest.approx(1.0)
    assert figures["macro_f1"]["value"] == pytest.approx(0.75)
    assert figures["topics"]["a"]["carried"] == 2


def test_f1_equals_scikit_learns_on_random_tables():
    rng = np.random.default_rng(0)
    truth, said = rng.random((2, 300, 4)) < 0.3
    figures = f1_figures(truth, said, ("a", "b", "c", "d"))
    assert figures["macro_f1"]["value"] == pytest.approx(f1_score(truth, said, average="macro"), abs=1e-6)


def test_a_topic_that_nobody_carries_nor_says_is_left_out_of_the_average():
    truth = np.array([[1, 0], [0, 0]], bool)
    assert f1_figures(truth, truth, TOPICS)["macro_f1"]["value"] == 1.0


def test_an_interval_holds_its_value_and_shrinks_with_the_data():
    rng = np.random.default_rng(1)
    widths = []
    for n in (50, 800):
        truth = rng.random((n, 2)) < 0.4
        said = truth ^ (rng.random((n, 2)) < 0.1)
        figure = f1_figures(truth, said, TOPICS, resamples(np.arange(n), 500, seed=0))["macro_f1"]
        assert figure["low"] <= figure["value"] <= figure["high"]
        widths.append(figure["high"] - figure["low"])
    assert widths[1] < widths[0] / 2


def test_the_interval_of_an_accuracy_is_near_the_normal_one():
    right = np.arange(400) % 5 > 0  # 0.8
    figure = accuracy_figure(right, resamples(np.arange(400), 2000, seed=0))
    half = 1.96 * np.sqrt(0.8 * 0.2 / 400)
    assert figure["value"] == pytest.approx(0.8)
    assert figure["low"] == pytest.approx(0.8 - half, abs=0.01)
    assert figure["high"] == pytest.approx(0.8 + half, abs=0.01)


def test_resamples_draw_whole_groups():
    drawn = resamples(np.array(["x", "x", "y", "z"]), 100, seed=3)
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, [0, 2, 3]].sum(axis=1) == 3).all()


def test_calibration_error_by_hand():
    scores = np.array([[0.9], [0.9], [0.1], [0.1]])
    truth = np.array([[1], [0], [0], [0]], bool)
    # bin of 0.9: mean 0.9, half true -> 0.4; bin of 0.1: mean 0.1, none true -> 0.1; halves -> 0.25.
    assert calibration_figures(truth, scores, ("a",))["ece"]["value"] == pytest.approx(0.25)
    assert calibration_figures(truth, scores, ("a",))["topics"]["a"]["value"] == pytest.approx(0.25)


def test_the_interval_of_a_calibration_error_holds_its_value():
    rng = np.random.default_rng(0)
    scores = rng.random((400, 1))
    truth = rng.random((400, 1)) < scores  # perfectly calibrated: whatever error there is comes from chance
    figure = calibration_figures(truth, scores, ("a",), resamples(np.arange(400), 500, seed=0))["ece"]
    assert figure["low"] < figure["value"] < figure["high"]


def test_a_resample_without_a_topic_leaves_it_out():
    truth = np.array(
        [[1, 1], *[[1, 0]] * 9], bool
    )  # one row in ten carries b: a third of the resamples lack it
    figure = f1_figures(truth, truth, TOPICS, resamples(np.arange(10), 200, seed=0))["macro_f1"]
    assert figure == {"value": 1.0, "low": 1.0, "high": 1.0}


def test_overlap_by_hand():
    figures = overlap_figures(np.array([[1, 2, 1, 1], [1, 2, 2, 4]]))
    # precision 2/4, recall 3/5.
    assert figures["precision"]["value"] == pytest.approx(0.5)
    assert figures["recall"]["value"] == pytest.approx(0.6)
    assert figures["f1"]["value"] == pytest.approx(2 * 0.5 * 0.6 / 1.1)
