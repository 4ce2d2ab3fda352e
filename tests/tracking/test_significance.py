"""The promise of a comparison: it does not see what is not there, and sees what is as often as it says."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from phongtrao.tracking.measures import macro_f1, mean_of, measure_of, rows_for
from phongtrao.tracking.paired import (
    Difference,
    difference_in,
    holm,
    mcnemar,
    paired_difference,
)

TOPICS = ("propaganda", "models", "awards", "crime_prevention")
ARTICLES, PASSAGES = 105, 4  # the seed test split: 105 articles, some 430 passages
CARRIED = 0.22  # as often as a passage of it carries a topic


def gold(rng):
    return [(f"a{a}", p, rng.random(4) < CARRIED) for a in range(ARTICLES) for p in range(PASSAGES)]


def said(truth, rng, error, hard):
    """Predictions wrong with probability ``error``, in hard articles thrice as often."""
    rows = []
    for article, passage, carried in truth:
        wrong = rng.random(4) < error * (3 if article in hard else 1)
        rows.append(
            {
                "id": article,
                "passage": passage,
                "gold": [t for t, c in zip(TOPICS, carried, strict=True) if c],
                "said": [t for t, c, w in zip(TOPICS, carried, wrong, strict=True) if c != w],
            }
        )
    return rows


def copied(rows, rng, share, error):
    """Predictions that agree with ``rows`` but for a share of the passages, where they err anew."""
    fresh = said([(r["id"], r["passage"], [t in r["gold"] for t in TOPICS]) for r in rows], rng, error, ())
    return [n if rng.random() < share else r for r, n in zip(rows, fresh, strict=True)]


def table(seed):
    rng = np.random.default_rng(seed)
    truth = gold(rng)
    hard = {f"a{a}" for a in range(ARTICLES) if rng.random() < 0.2}
    return rng, truth, hard


def test_holm_by_hand():
    # 0.01 × 4 = 0.04; 0.02 × 3 = 0.06; 0.03 × 2 = 0.06; 0.5 × 1; the third may not fall below the second.
    assert holm([0.03, 0.01, 0.5, 0.02]) == pytest.approx([0.06, 0.04, 0.5, 0.06])
    assert holm([0.02, 0.015]) == pytest.approx([0.03, 0.03])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_none_and_bonferroni(p_values):
    corrected = holm(p_values)
    for p, c in zip(p_values, corrected, strict=True):
        assert p <= c <= min(1, p * len(p_values)) + 1e-12
        assert all(c <= d for q, d in zip(p_values, corrected, strict=True) if q > p)


@pytest.mark.parametrize(("one", "other"), [(0, 0), (1, 9), (12, 3), (7, 7), (30, 51)])
def test_mcnemar_is_the_exact_binomial_test(one, other):
    expected = binomtest(one, one + other).pvalue if one + other else 1.0
    assert mcnemar(one, other) == pytest.approx(expected)


def test_accuracies_of_single_runs_are_tested_by_mcnemar_and_of_several_by_swapping():
    def rows(right):
        return [{"id": f"a{i}", "right": r} for i, r in enumerate(right)]

    measure = mean_of(lambda row: float(row["right"]), counts_cases=True)
    base, other = rows([1] * 10 + [0] * 10), rows([1] * 9 + [0] + [1] * 8 + [0] * 2)  # loses 1, gains 8
    alone = difference_in(measure, [base], [other], resamples=100, seed=0)
    assert alone.value == pytest.approx(7 / 20)
    assert (alone.test, alone.p) == ("McNemar", pytest.approx(binomtest(1, 9).pvalue))
    several = difference_in(measure, [base, base], [other], resamples=100, seed=0)
    # Nine articles differ, so all 2^9 ways of swapping them are tried: the same test, counted out.
    assert (several.test, several.p) == ("permutation", pytest.approx(alone.p))


def test_swapping_is_counted_out_where_few_articles_differ():
    base = [{"id": f"a{i}", "passage": 0, "gold": ["models"], "said": []} for i in range(4)]
    better = [row | {"said": ["models"]} for row in base[:3]] + base[3:]
    found = paired_difference([base], [better], ("models",), resamples=10, seed=0)
    # F1 0 against 6/7. Of 2^3 ways only all swapped and none are as far apart.
    assert found.value == pytest.approx(6 / 7)
    assert found.p == pytest.approx(2 / 8)


def test_a_model_compared_with_itself_is_never_significantly_different():
    """100 of 100 repeats, four comparisons each, at 5 % after correction."""
    wrong = 0
    for seed in range(100):
        rng, truth, hard = table(seed)
        rows = said(truth, rng, 0.04, hard)
        shuffled = [rows[i] for i in rng.permutation(len(rows))]
        found = [
            difference_in(m, [rows], [shuffled], resamples=20, seed=seed)
            for m in (macro_f1(TOPICS), *(macro_f1([t]) for t in TOPICS[:3]))
        ]
        corrected = holm([gain.p for gain in found])
        wrong += any(p <= 0.05 for p in corrected) or any(gain.clear for gain in found)
    assert wrong == 0


def test_equally_good_models_are_told_apart_no_more_often_than_5_percent_allows():
    """Independent errors of the same rate, three comparisons a repeat: at most 5 % of repeats may err.

    Of 100 repeats at 5 %, 12 or more would come about once in 200 times.
    """
    wrong = 0
    for seed in range(100):
        rng, truth, hard = table(1000 + seed)
        base, *others = (said(truth, rng, 0.04, hard) for _ in range(4))
        found = [paired_difference([base], [o], TOPICS, resamples=60, seed=seed) for o in others]
        wrong += any(p <= 0.05 for p in holm([gain.p for gain in found]))
    assert wrong < 12


def test_a_planted_gain_is_found_as_often_as_the_stated_power_says():
    """A gain of 0.03 macro-F1 between models that share most errors, on a table of the seed test's size."""
    found, gains, detectable = 0, [], []
    for seed in range(40):
        rng, truth, hard = table(2000 + seed)
        better = said(truth, rng, 0.03, hard)
        worse = copied(better, rng, 0.30, 0.09)
        gain = paired_difference([worse], [better], TOPICS, resamples=200, seed=seed)
        gains.append(gain.value)
        detectable.append(gain.detectable())
        found += gain.p <= 0.05
    assert np.mean(gains) == pytest.approx(0.03, abs=0.006), "what was planted"
    stated = np.median(detectable)
    share = found / 40
    # At the stated size the gain is found 4 times in 5; a larger one more, a smaller one less often.
    expected = np.mean(gains) / stated * (1.96 + 0.84) - 1.96
    power = 0.5 * (1 + math.erf(expected / 2**0.5))
    assert share == pytest.approx(power, abs=0.2), f"found {share:.0%}, stated power {power:.0%}"
    assert share >= 0.8 or stated > 0.03


def test_the_smallest_detectable_gain_grows_with_the_comparisons():
    gain = Difference(0.03, 0.01, 0.05, error=0.01)
    assert gain.detectable() == pytest.approx(0.01 * (1.95996 + 0.84162), abs=1e-6)
    assert gain.detectable(8) == pytest.approx(0.01 * (2.73437 + 0.84162), abs=1e-5)  # level 0.05 / 8


def test_p_values_agree_with_the_interval_far_from_and_near_to_zero():
    rng, truth, hard = table(7)
    base = said(truth, rng, 0.10, hard)
    better = said(truth, rng, 0.02, hard)
    far = paired_difference([base], [better], TOPICS, resamples=200, seed=0)
    assert far.significant and far.clear and far.p == pytest.approx(1 / 1001)
    mirrored = paired_difference([better], [base], TOPICS, resamples=200, seed=0)
    assert mirrored.p == far.p


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ("seed_test.passages.macro_f1", 0.5),  # awards right, models missed
        ("seed_test.articles.macro_f1", 1.0),  # as recorded: the title carries the other
        ("seed_test.passages.topics.awards.f1", 1.0),
        ("seed_test.articles.primary_accuracy", 0.0),
        ("seed_test.passages.accuracy", 0.5),
        ("seed_test.metrics.rouge1_syllable", 0.25),
    ],
)
def test_metrics_are_worked_out_of_the_rows_that_a_run_stores(metric, value):
    article = {"gold": ["awards", "models"], "said": ["awards", "models"]}
    stored = [
        {
            "source": "seed_test",
            "id": "a",
            "passage": 0,
            "gold": ["awards"],
            "said": ["awards"],
            "scores": {"rouge1_syllable": 0.5},
            "article": article | {"primary": "awards", "primary_said": "models"},
        },
        {
            "source": "seed_test",
            "id": "a",
            "passage": 1,
            "gold": ["models"],
            "said": [],
            "scores": {"rouge1_syllable": 0.0},
        },
        {"source": "press_test", "id": "b", "passage": 0, "gold": [], "said": ["models"], "scores": {}},
    ]
    measure = measure_of(metric, ("models", "awards"))
    rows = rows_for(metric, stored)
    assert measure.value(measure.table(rows, ["a"]).sum(axis=0, keepdims=True))[0] == pytest.approx(value)


def test_metrics_that_predictions_do_not_give_are_left_unpaired():
    assert measure_of("seed_test.passages.calibration.ece", TOPICS) is None
    assert measure_of("seconds.fit", TOPICS) is None
    assert not rows_for(
        "seed_test.articles.primary_accuracy", [{"source": "seed_test", "id": "a", "gold": [], "said": []}]
    )
