import json
from typing import ClassVar

import numpy as np
import pytest

from phongtrao.config import LinearSettings
from phongtrao.errors import ModelError
from phongtrao.topics import classifier as classifiers
from phongtrao.topics.calibration import Calibration
from phongtrao.topics.cascade import Cascade, fit_change, macro_f1
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import RawScores

TOPICS = ("awards",)


class Dear(LinearScorer):
    """A second linear model in the encoder's place, which notes what it was asked."""

    kind: ClassVar[str] = "encoder"
    dear: ClassVar[bool] = True
    asked: ClassVar[list[str]] = []

    def decide(self, texts):
        self.asked.extend(texts)
        return super().decide(texts)


def passages(count=60):
    """Half plain cases, half the same words in another order, which only pairs of words tell apart."""
    kinds = [
        ("Tặng bằng khen cho tổ này.", True),
        ("Trời mưa ở xã này.", False),
        ("xã khen công an này.", True),
        ("công an khen xã này.", False),
    ]
    rows = [kinds[i % 4] for i in range(count)]
    texts = [text for text, _ in rows]
    return PassageSet.of(texts, np.array([[carried] for _, carried in rows]))


@pytest.fixture
def fitted():
    settings = LinearSettings(min_articles=1)
    scorers = [Dear(TOPICS, settings), LinearScorer(TOPICS, LinearSettings(min_articles=1, ngrams=1))]
    made = TopicClassifier(TOPICS, scorers, cascade_lost=0.003).fit_passages(passages(), passages(40))
    Dear.asked.clear()
    return made


def scores(values):
    """Raw scores of one scorer: one topic, one sentence a text, the whole's score again."""
    whole = np.array(values, float).reshape(-1, 1, 1)
    return RawScores(whole, [[(0, 1)]] * len(values), [row[None] for row in whole])


def calibration(weights):
    return Calibration(np.array([weights], float), np.array([0.5]), np.array([0.5]))


def test_the_risk_by_hand():
    # Below its threshold of 0.5 a decision changes with probability 1/(1+e^(2d)), above with 1/(1+e^(d-1)).
    changes = np.array([[[0.0, 2.0], [1.0, 1.0]]])
    cascade = Cascade(calibration([1, 0, 0]), changes, np.array([0.3]), 0.3 / (1 + np.e))
    risk = cascade.risk(scores([0.5, -0.5, 2.1, 1.9, -3]))
    expected = [0.3 / (1 + np.exp(x)) for x in (-0.5, 1.0, 1.1, 0.9, 6)]
    assert risk == pytest.approx(expected)
    assert cascade.sure(scores([0.5, -0.51, 2.1, 1.9, -3])).tolist() == [False, True, True, False, True]


def test_topics_add_up_and_a_rare_one_weighs_more():
    two = Calibration(np.array([[1.0, 0, 0]] * 2), np.array([0.5, 0.5]), np.array([0.5, 0.5]))
    changes = np.zeros((2, 2, 2))  # whatever the distance: a coin
    cascade = Cascade(two, changes, np.array([0.1, 0.4]), 1.0)
    raw = RawScores(np.zeros((1, 2, 1)), [[(0, 1)]], [np.zeros((1, 2, 1))])
    assert cascade.risk(raw) == pytest.approx([0.05 + 0.2])


def test_changes_are_learned_on_either_side():
    rng = np.random.default_rng(0)
    distance = rng.uniform(0, 6, 40_000)
    changed = rng.random(40_000) < 1 / (1 + np.exp(1.5 * distance - 0.5))
    a, b = fit_change(distance, changed, np.ones(40_000))
    assert (a, b) == (pytest.approx(0.5, abs=0.15), pytest.approx(1.5, abs=0.15))
    # Nothing known: a coin at the threshold, and 2. Nothing changed: hardly ever.
    none = np.zeros(0)
    assert fit_change(none, none.astype(bool), none) == pytest.approx([0, 2], abs=1e-3)
    assert fit_change(distance, np.zeros(40_000, bool), np.ones(40_000))[0] < -2


def test_the_limit_stops_before_the_first_that_loses_more_than_allowed():
    # The cheap scorer is wrong on the two texts nearest to the threshold, the other scorer never.
    cheap = [4.0, 3, 2, 1, -0.5, 0.6, -1, -2, -3, -4]
    truth = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0], bool)[:, None]
    dear = np.where(truth[:, 0], 5.0, -5.0)
    unseen = PassageSet.of([f"t{i}" for i in range(10)], truth)
    raw = RawScores.beside([scores(dear), scores(cheap)])
    full = calibration([1, 0, 0, 0, 0])
    strict = Cascade.fit(unseen, scores(cheap), raw, full, lost=0.0)
    assert strict.sure(scores(cheap)).tolist() == [True] * 4 + [False] * 2 + [True] * 4
    assert strict.stakes == pytest.approx([1 / (5 + 5)])
    # F1 without the dear scorer is 2·4/(5+5) = 0.8: with 0.2 to lose it is never asked.
    assert Cascade.fit(unseen, scores(cheap), raw, full, lost=0.2001).sure(scores(cheap)).all()
    # Sources are looked at one by one: alone in theirs, the two cost everything.
    apart = PassageSet(
        unseen.texts, truth, unseen.groups, np.array(["a"] * 4 + ["b"] * 2 + ["a"] * 4), [None] * 10
    )
    assert not Cascade.fit(apart, scores(cheap), raw, full, lost=0.2001).sure(scores(cheap)).all()


def test_where_the_cheap_scorer_knows_nothing_all_are_asked():
    truth = np.array([1, 0] * 10, bool)[:, None]
    dear = np.where(truth[:, 0], 5.0, -5.0)
    cheap = scores([0.0] * 20)
    raw = RawScores.beside([scores(dear), cheap])
    unseen = PassageSet.of([f"t{i}" for i in range(20)], truth)
    made = Cascade.fit(unseen, cheap, raw, calibration([1, 0, 0, 0, 0]), lost=0.003)
    assert not made.sure(cheap).any()


def test_macro_f1_is_the_mean_over_topics():
    truth = np.array([[1, 1], [1, 0], [0, 0]], bool)
    said = np.array([[1, 0], [0, 0], [0, 0]], bool)
    assert macro_f1(truth, said) == pytest.approx((2 / 3 + 0) / 2)


def test_the_dear_scorer_is_asked_about_the_unsure_alone(fitted):
    texts = passages(40).texts
    cheap = fitted.scorers[1].decide(texts)
    sure = fitted.cascade_.sure(cheap)
    assert 0 < sure.sum() < len(texts)
    said = fitted.score(texts)
    assert Dear.asked == [text for text, certain in zip(texts, sure, strict=True) if not certain]
    full = fitted.without_cascade().score(texts)
    for text, one, other, certain in zip(texts, said, full, sure, strict=True):
        assert one.spans == other.spans, text
        same = np.array_equal(one.passage, other.passage) and np.array_equal(one.sentences, other.sentences)
        assert same != certain, text
    assert np.array_equal(fitted.predict_proba(texts), np.array([one.passage for one in said]))


def test_decisions_cost_at_most_what_was_allowed_on_validation(fitted):
    held = passages(40)
    full = fitted.without_cascade()
    assert macro_f1(held.Y, fitted.predict(held.texts)) >= macro_f1(held.Y, full.predict(held.texts)) - 0.003


def test_a_cascade_is_saved_and_opened_again(fitted, tmp_path, monkeypatch):
    monkeypatch.setitem(classifiers.SCORERS, "encoder", Dear)
    fitted.save(tmp_path)
    again = TopicClassifier.load(tmp_path)
    texts = passages(40).texts
    Dear.asked.clear()
    assert again.predict_proba(texts) == pytest.approx(fitted.predict_proba(texts))
    assert 0 < len(Dear.asked) < 2 * len(texts)
    assert again.cascade_.limit == fitted.cascade_.limit
    about = json.loads((tmp_path / "classifier.json").read_text("utf-8"))
    assert set(about["cascade"]) == {"curves", "changes", "stakes", "limit"}


@pytest.mark.parametrize(
    ("cascade", "reason"),
    [
        ({"margin": 2.3}, "made by an earlier version; train it again"),
        ({"stakes": [0.1, 0.1]}, "expected a cascade of 1 topics"),
        ({"changes": [[0, 1], [0, 1]]}, "expected a cascade of 1 topics"),
        ({"curves": [[1, 0, 0, 0, 0]]}, "expected a cascade of 1 topics"),
        ({"limit": None}, "holds no topic classifier"),
        ({"limit": "none"}, "holds no topic classifier"),
    ],
)
def test_a_cascade_that_cannot_be_used_is_refused(fitted, tmp_path, monkeypatch, cascade, reason):
    monkeypatch.setitem(classifiers.SCORERS, "encoder", Dear)
    fitted.save(tmp_path)
    about = json.loads((tmp_path / "classifier.json").read_text("utf-8"))
    about["cascade"] |= cascade
    (tmp_path / "classifier.json").write_text(json.dumps(about), "utf-8")
    with pytest.raises(ModelError, match=reason):
        TopicClassifier.load(tmp_path)


def test_nothing_to_say_is_no_error(fitted):
    assert fitted.score([]) == []
    assert fitted.predict_proba([]).shape == (0, 1)


def test_without_a_pair_or_a_loss_to_spend_there_is_no_cascade():
    alone = TopicClassifier(
        TOPICS, [LinearScorer(TOPICS, LinearSettings(min_articles=1))], cascade_lost=0.003
    )
    assert alone.fit_passages(passages(), passages(40)).cascade_ is None
    settings = LinearSettings(min_articles=1)
    pair = TopicClassifier(TOPICS, [Dear(TOPICS, settings), LinearScorer(TOPICS, settings)])
    assert pair.fit_passages(passages(), passages(40)).cascade_ is None
