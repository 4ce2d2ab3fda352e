import numpy as np
import pytest

from phongtrao.topics.calibration import fit_platt
from phongtrao.topics.thresholds import best_threshold, f1_at, uncertain_band

BOTH = np.array([True, True])


def test_f1_at_thresholds_by_hand():
    truth, scores = np.array([True, True, False]), np.array([0.9, 0.4, 0.5])
    assert f1_at(truth, scores, np.array([0.3, 0.45, 0.95])) == pytest.approx([0.8, 0.5, 0.0])


def test_the_threshold_parts_what_can_be_parted():
    truth, scores = np.array([0, 0, 1, 1], bool), np.array([0.1, 0.2, 0.6, 0.8])
    assert 0.2 < best_threshold(truth, scores) <= 0.6


def test_sources_count_alike_whatever_their_size():
    # A thousand passages want 0.7, ten want 0.3; by count the ten would not be heard.
    scores = np.concatenate([np.full(500, 0.8), np.full(500, 0.6), np.full(5, 0.4), np.full(5, 0.2)])
    truth = np.concatenate([np.ones(500), np.zeros(500), np.ones(5), np.zeros(5)]).astype(bool)
    sources = np.array(["large"] * 1000 + ["small"] * 10)
    assert best_threshold(truth, scores) > 0.6
    assert best_threshold(truth, scores, sources) <= 0.4


def test_the_band_is_where_truth_is_mixed():
    rng = np.random.default_rng(0)
    scores = rng.random(4000)
    truth = rng.random(4000) < scores  # perfectly calibrated: wrong a quarter of the time at 0.25 and 0.75
    low, high = uncertain_band(truth, scores, 0.5)
    assert low == pytest.approx(0.25, abs=0.06)
    assert high == pytest.approx(0.75, abs=0.06)


def test_the_band_is_empty_where_nothing_is_wrong():
    scores = np.array([0.1] * 50 + [0.9] * 50)
    low, high = uncertain_band(scores > 0.5, scores, 0.5)
    assert high - low < 0.6
    assert not ((scores >= low) & (scores < high)).any()


def test_platt_finds_the_curve_that_made_the_data():
    rng = np.random.default_rng(0)
    pooled = rng.normal(size=(20000, 2))
    truth = rng.random(20000) < 1 / (1 + np.exp(-(2 * pooled[:, 0] + 0.5 * pooled[:, 1] - 1)))
    assert fit_platt(pooled, truth, BOTH) == pytest.approx([2, 0.5, -1], abs=0.1)


def test_platt_weights_are_never_negative_and_unused_scores_are_mute():
    rng = np.random.default_rng(0)
    pooled = rng.normal(size=(500, 2))
    truth = pooled[:, 0] - pooled[:, 1] > 0
    assert (fit_platt(pooled, truth, BOTH)[:2] >= 0).all()
    assert fit_platt(pooled, truth, np.array([False, True]))[0] == 0
