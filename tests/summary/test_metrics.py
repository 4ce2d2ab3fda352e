from __future__ import annotations

import numpy as np
import pytest

from phongtrao.summary.metrics import (
    SyllableTokenizer,
    bootstrap_means,
    intervals,
    novelty,
    repetition,
    rouge,
)

REFERENCE = "Công an bắt tội phạm."
SUMMARY = "Tội phạm bị công an bắt!"


def test_rouge_on_the_syllable_scale_by_hand():
    # công an bắt tội phạm (5, pairs 4) against tội phạm bị công an bắt (6, pairs 5):
    # 5 in common, 3 pairs in common (tội phạm, công an, an bắt), longest common subsequence công an bắt.
    scores = rouge([REFERENCE], [SUMMARY], "syllable")
    assert scores["rouge1"] == pytest.approx([2 * 5 / 11])
    assert scores["rouge2"] == pytest.approx([2 * 3 / 9])
    assert scores["rougeL"] == pytest.approx([2 * 3 / 11])


def test_rouge_on_the_default_scale_by_hand():
    # The default tokenizer sees c ng an b t t i ph m (9, pairs 8) and t i ph m b c ng an b t (10, pairs 9):
    # 9 in common, 7 pairs in common, longest common subsequence c ng an b t.
    scores = rouge([REFERENCE], [SUMMARY], "default")
    assert scores["rouge1"] == pytest.approx([2 * 9 / 19])
    assert scores["rouge2"] == pytest.approx([2 * 7 / 17])
    assert scores["rougeL"] == pytest.approx([2 * 5 / 19])


def test_the_default_scale_takes_different_words_for_the_same():
    assert rouge(["tội"], ["tôi"], "default")["rouge1"] == [1.0]
    assert rouge(["tội"], ["tôi"], "syllable")["rouge1"] == [0.0]


def test_rouge_gives_one_value_a_pair_and_zero_for_nothing():
    scores = rouge(["a b", "a b", "a"], ["a b", "", "a"], "syllable")
    assert scores["rouge1"].tolist() == [1.0, 0.0, 1.0]
    assert scores["rouge2"].tolist() == [1.0, 0.0, 0.0]


def test_syllables_are_composed_first():
    assert SyllableTokenizer().tokenize("To\u0302\u0323i PHẠM, 22/6") == ["tội", "phạm", "22", "6"]


def test_novelty_is_the_share_of_pairs_that_the_article_lacks():
    assert novelty("a b c d", "A b x. C d") == pytest.approx(1 / 3)  # b c
    assert novelty("a b c d", "a b x c d", n=1) == 0
    assert novelty("a", "b") == 0


def test_repetition_is_the_share_of_triples_that_stood_there_before():
    assert repetition("a b c a b c a") == pytest.approx(2 / 5)  # abc bca cab, then abc and bca again
    assert repetition("a b c d") == 0
    assert repetition("a b") == 0


def test_intervals_hold_the_mean_and_the_spread_of_means():
    ones = np.array([0.0, 1.0] * 200)
    said = intervals({"half": ones, "constant": np.full(400, 0.3)}, resamples=2000, seed=1)
    assert said["half"]["value"] == 0.5
    # The mean of 400 coin throws has standard error 0.025; 1.96 of it on both sides.
    assert said["half"]["low"] == pytest.approx(0.451, abs=0.006)
    assert said["half"]["high"] == pytest.approx(0.549, abs=0.006)
    assert said["constant"] == pytest.approx({"value": 0.3, "low": 0.3, "high": 0.3})
    assert intervals({"half": ones}, resamples=0)["half"] == {"value": 0.5, "low": 0.5, "high": 0.5}
    assert intervals({"none": np.empty(0)})["none"]["value"] == 0


def test_columns_are_resampled_together_and_by_the_seed():
    values = np.random.default_rng(0).random(50)
    means = bootstrap_means(np.stack([values, values + 0.1], axis=1), 100, seed=3)
    assert means.shape == (100, 2)
    assert means[:, 1] - means[:, 0] == pytest.approx(np.full(100, 0.1))
    assert (means == bootstrap_means(np.stack([values, values + 0.1], axis=1), 100, seed=3)).all()
    assert (means != bootstrap_means(np.stack([values, values + 0.1], axis=1), 100, seed=4)).any()
