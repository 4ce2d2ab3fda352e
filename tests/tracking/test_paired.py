import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from phongtrao.errors import PhongtraoError
from phongtrao.tracking.measures import by_article
from phongtrao.tracking.paired import paired_difference

TOPICS = ("propaganda", "models", "awards")


def row(article, passage, gold, topics):
    return {"id": article, "passage": passage, "gold": gold, "said": topics}


def predictions(rng, gold, accuracy):
    """Predictions that get each topic of each passage right with the given probability."""
    return [
        row(a, p, g, [t for t in TOPICS if (t in g) == (rng.random() < accuracy)])
        for (a, p), g in gold.items()
    ]


@pytest.fixture
def gold():
    rng = np.random.default_rng(5)
    return {(f"a{a}", p): [t for t in TOPICS if rng.random() < 0.4] for a in range(60) for p in range(3)}


def test_a_difference_worked_out_by_hand():
    base = [row("a", 0, ["models"], []), row("b", 0, ["propaganda"], ["propaganda"])]
    better = [row("b", 0, ["propaganda"], ["propaganda"]), row("a", 0, ["models"], ["models", "propaganda"])]
    # Baseline: F1 1 and 0, mean 0.5. Better: propaganda 1 hit, 1 false: 2/3; models 1. Mean 5/6.
    found = paired_difference([base], [better], ("propaganda", "models"), resamples=50, seed=0)
    assert found.value == pytest.approx(5 / 6 - 1 / 2)


def test_the_value_is_scikit_learns_macro_f1(gold):
    rng = np.random.default_rng(0)
    one, other = predictions(rng, gold, 0.7), predictions(rng, gold, 0.8)

    def macro(rows):
        truth, said = ([[t in r[key] for t in TOPICS] for r in rows] for key in ("gold", "said"))
        return f1_score(truth, said, average="macro", zero_division=0)

    found = paired_difference([one], [other], TOPICS, resamples=10, seed=0)
    assert found.value == pytest.approx(macro(other) - macro(one))


def test_a_model_against_itself_differs_by_nothing(gold):
    rows = predictions(np.random.default_rng(1), gold, 0.8)
    found = paired_difference([rows], [list(reversed(rows))], TOPICS, resamples=200, seed=0)
    assert (found.value, found.low, found.high) == (0, 0, 0)
    assert not found.clear


def test_a_large_gain_is_clear_and_its_loss_is_its_mirror(gold):
    worse = predictions(np.random.default_rng(2), gold, 0.6)
    better = predictions(np.random.default_rng(3), gold, 0.95)
    gain = paired_difference([worse], [better], TOPICS, resamples=500, seed=0)
    loss = paired_difference([better], [worse], TOPICS, resamples=500, seed=0)
    assert gain.clear and gain.low > 0.1
    assert (loss.value, loss.low, loss.high) == pytest.approx((-gain.value, -gain.high, -gain.low))


def test_seeds_of_one_configuration_are_averaged(gold):
    rng = np.random.default_rng(4)
    base, one, two = (predictions(rng, gold, a) for a in (0.7, 0.8, 0.9))
    both = paired_difference([base], [one, two], TOPICS, resamples=10, seed=0).value
    alone = [paired_difference([base], [r], TOPICS, resamples=10, seed=0).value for r in (one, two)]
    assert both == pytest.approx(sum(alone) / 2)


def test_the_interval_covers_no_difference_about_as_often_as_it_says(gold):
    """Two models of equal skill: a 95 % interval leaves zero out about 5 times in 100 (here 15 at most)."""
    rng = np.random.default_rng(6)
    wrong = sum(
        paired_difference(
            [predictions(rng, gold, 0.8)], [predictions(rng, gold, 0.8)], TOPICS, resamples=200, seed=i
        ).clear
        for i in range(100)
    )
    assert wrong <= 15


def test_runs_over_other_passages_are_refused(gold):
    rows = predictions(np.random.default_rng(1), gold, 0.8)
    with pytest.raises(PhongtraoError, match="different passages"):
        paired_difference([rows], [rows[1:]], TOPICS, resamples=10, seed=0)


def test_an_article_carries_the_topics_of_its_passages():
    rows = [row("a", 0, ["models"], []), row("b", 0, [], ["awards"]), row("a", 1, ["awards"], ["awards"])]
    assert by_article(rows) == [
        {"id": "a", "gold": {"models", "awards"}, "said": {"awards"}},
        {"id": "b", "gold": set(), "said": {"awards"}},
    ]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_value_lies_within_minus_one_and_one_and_repeats(seed):
    rng = np.random.default_rng(seed)
    truth = {(f"a{a}", 0): [t for t in TOPICS if rng.random() < 0.4] for a in range(5)}
    one, other = predictions(rng, truth, 0.5), predictions(rng, truth, 0.9)
    first, again = (paired_difference([one], [other], TOPICS, resamples=20, seed=seed) for _ in range(2))
    assert first == again
    assert -1 <= first.low <= first.high <= 1
