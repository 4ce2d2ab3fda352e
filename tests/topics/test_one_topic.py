"""Texts of exactly one topic: probabilities, what is said of articles, figures, and the encoder's loss."""

import json

import numpy as np
import pytest

from phongtrao.article import Article, Passage
from phongtrao.config import LinearSettings, OneTopicRecipe
from phongtrao.corpus.vntc import TopicTexts
from phongtrao.errors import InputError, ModelError
from phongtrao.integrity import write_manifest
from phongtrao.topics import one_topic_evaluation
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.fitting import fit_one_topic_model
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.model import TopicModel
from phongtrao.topics.one_topic import fit_temperature, lead, softmax, uncertain_margin
from phongtrao.topics.one_topic_evaluation import evaluate_one_topic
from phongtrao.topics.passages import PassageSet

TOPICS = ("Kinh doanh", "Pháp luật", "Thể thao")
SAYINGS = ("Ngân hàng tăng lãi suất {}", "Công an bắt {} kẻ trộm", "Đội bóng ghi {} bàn thắng")
SETTINGS = LinearSettings(
    ngrams=2, min_articles=1, loss="squared_hinge", C=1, pooling="passage", sentence_weight=0
)


@pytest.fixture(scope="module")
def texts() -> TopicTexts:
    rows = [(f"{k}-{n}", TOPICS[k], f"Tin {n}\n{SAYINGS[k].format(n)}.") for n in range(20) for k in range(3)]
    return TopicTexts(*(list(column) for column in zip(*rows, strict=True)))


def passages(texts: TopicTexts) -> PassageSet:
    return PassageSet.of(texts.texts, np.array(texts.labels)[:, None] == np.array(TOPICS))


@pytest.fixture(scope="module")
def model(texts) -> TopicModel:
    whole = passages(texts)
    recipe = OneTopicRecipe(name="ba", model=SETTINGS)
    return fit_one_topic_model(recipe, TOPICS, whole.take(np.arange(45)), whole.take(np.arange(45, 60)))


def article(*parts: str, title: str = "") -> Article:
    return Article("a", "", title, "", tuple(Passage(p) for p in parts))


def test_probabilities_sum_to_one_and_the_best_topic_is_said(model, texts):
    p = model.classifier.predict_proba(texts.texts)
    assert p.shape == (60, 3)
    assert np.allclose(p.sum(axis=1), 1) and (p >= 0).all()
    said = model.classifier.predict(texts.texts)
    assert (said.sum(axis=1) == 1).all()
    assert (said == passages(texts).Y).all()


def test_an_article_is_judged_as_a_whole_and_each_passage_by_itself(model):
    bank, theft = SAYINGS[0].format(3), SAYINGS[1].format(4)
    (said,) = model.predict([article(bank, theft, theft, title=theft)])
    assert (said.topics, said.primary) == (("Pháp luật",), "Pháp luật")
    assert [p.topics for p in said.passages] == [("Kinh doanh",), ("Pháp luật",), ("Pháp luật",)]
    assert sum(said.scores.values()) == pytest.approx(1)
    whole = model.classifier.predict_proba([f"{theft}\n{bank}\n{theft}\n{theft}"])[0]
    assert list(said.scores.values()) == pytest.approx(whole.tolist())


def test_the_telling_sentence_is_evidence(model):
    (said,) = model.predict([article("Trời nắng. " + SAYINGS[2].format(2) + ".")])
    ((topic, spans),) = said.passages[0].evidence.items()
    assert topic == "Thể thao"
    assert (11, 11 + len(SAYINGS[2].format(2)) + 1) in spans


def test_what_says_nothing_is_uncertain_and_no_text_carries_no_topic(model):
    clear, unknown, empty = model.predict([article(SAYINGS[0].format(1)), article("zzz"), article("", "  ")])
    assert (clear.uncertain, unknown.uncertain, empty.uncertain) == (False, True, True)
    assert len(unknown.topics) == 1
    assert (empty.topics, empty.primary) == ((), None)
    assert set(empty.scores.values()) == {0.0}
    assert [p.topics for p in empty.passages] == [(), ()]


def test_saved_and_loaded_it_says_the_same(model, texts, tmp_path):
    model.save(tmp_path / "m")
    loaded = TopicModel.load(tmp_path / "m")
    assert loaded.classifier.one_topic and loaded.topics == TOPICS
    assert np.allclose(
        loaded.classifier.predict_proba(texts.texts), model.classifier.predict_proba(texts.texts), atol=1e-6
    )
    assert loaded.predict([article("zzz")])[0].uncertain
    about = json.loads((tmp_path / "m/classifier.json").read_text())
    about["calibration"]["weights"] = [1.0]
    (tmp_path / "m/classifier.json").write_text(json.dumps(about))
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match="not of 1 scorers"):
        TopicModel.load(tmp_path / "m")


def test_tuning_texts_are_learned_from_in_the_end(texts):
    only_tuned = TopicTexts(["x"], ["Thể thao"], ["quần vợt"])
    known, held = passages(texts), passages(only_tuned)
    model = fit_one_topic_model(OneTopicRecipe(model=SETTINGS), TOPICS, known, held)
    (scorer,) = model.classifier.scorers
    assert "quần vợt" in scorer.tfidf_.vocabulary


def test_without_texts_to_tune_on_there_is_nothing_to_calibrate_on(texts):
    classifier = TopicClassifier(TOPICS, [LinearScorer(TOPICS, SETTINGS)], one_topic=True)
    with pytest.raises(ValueError, match="give validation texts"):
        classifier.fit_passages(passages(texts))


def test_softmax_and_lead_by_hand():
    p = softmax(np.log([[1.0, 2.0, 5.0], [3.0, 3.0, 2.0]]))
    assert np.allclose(p, [[1 / 8, 2 / 8, 5 / 8], [3 / 8, 3 / 8, 2 / 8]])
    assert np.allclose(lead(p), [3 / 8, 0])
    assert softmax(np.array([[1000.0, 0.0]])).tolist() == [[1.0, 0.0]]


def test_temperature_makes_probabilities_come_true():
    # The truth is drawn from softmax(values); scores are five times the values: the weight must be a fifth.
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20_000, 3))
    topic = (softmax(values).cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    views = np.stack([5 * values, rng.normal(size=values.shape)], axis=-1)
    weights = fit_temperature(views, topic, np.array([True, False]))
    assert weights == pytest.approx([0.2, 0.0], abs=0.01)
    both = fit_temperature(views, topic, np.array([True, True]))
    assert both == pytest.approx([0.2, 0.0], abs=0.02) and (both >= 0).all()


def test_a_lead_is_uncertain_where_a_quarter_err():
    leads = np.repeat([0.1, 0.3, 0.6, 0.9], 100)
    right = np.concatenate([np.arange(100) < n for n in (50, 70, 80, 99)])
    # The fitted share goes from 0.7 at 0.3 to 0.8 at 0.6 and passes 0.75 at 0.45.
    assert uncertain_margin(right, leads) == pytest.approx(0.46)
    # Never wrong: from the imagined error at 0 to the right ones at 0.4, three quarters are passed at 0.3.
    assert uncertain_margin(np.ones(3, bool), np.array([0.4, 0.5, 0.6])) == pytest.approx(0.31)
    assert uncertain_margin(np.zeros(4, bool), np.array([0.1, 0.2, 0.3, 0.4])) == 1


def test_figures_by_hand(model, texts, monkeypatch):
    monkeypatch.setattr(one_topic_evaluation, "_BLOCK", 7)
    wrong = list(texts.labels)
    wrong[0], wrong[1] = wrong[1], wrong[0]  # the model is right on all: two of sixty are now called wrong
    measured = evaluate_one_topic(model, TopicTexts(texts.ids, wrong, texts.texts), bootstrap=50)
    passages = measured.metrics["passages"]
    assert passages["accuracy"]["value"] == pytest.approx(58 / 60)
    assert passages["accuracy"]["low"] < 58 / 60 < passages["accuracy"]["high"] <= 1
    # Each of the first two topics: 19 hits among 20 said and 20 carried.
    assert passages["macro_f1"]["value"] == pytest.approx((19 / 20 + 19 / 20 + 1) / 3)
    assert passages["count"] == 60
    confidence = model.classifier.predict_proba(texts.texts).max(axis=1)
    if (confidence >= 14 / 15).all():  # all in one bin
        assert passages["calibration"]["ece"]["value"] == pytest.approx(abs(confidence.mean() - 58 / 60))
    row = measured.predictions[0]
    assert (row["id"], row["gold"], row["said"]) == ("0-0", ["Pháp luật"], ["Kinh doanh"])
    assert [s["slice"] for s in measured.slices] == ["0-149 words"]


def test_texts_of_an_unknown_topic_are_refused(model):
    with pytest.raises(InputError, match="Du lịch"):
        evaluate_one_topic(model, TopicTexts(["1"], ["Du lịch"], ["Biển."]))


def test_a_title_is_weighed_apart():
    # The body is the same everywhere; only the first line tells.
    body = "\nHôm nay trời nắng và đường đông."
    heads = ["Lãi suất", "Kẻ trộm", "Bàn thắng"] * 10
    Y = np.array([[k == n % 3 for k in range(3)] for n in range(30)])
    settings = SETTINGS.model_copy(update={"title_weight": 0.5})
    scorer = LinearScorer(TOPICS, settings).fit(PassageSet.of([h + body for h in heads], Y))
    assert set(scorer.title_tfidf_.vocabulary) == {"lãi", "suất", "kẻ", "trộm", "bàn", "thắng"}
    in_title, in_body = (scorer.decide([t]).whole[0, :, 0] for t in ("Kẻ trộm\nNgày", "Ngày\nKẻ trộm"))
    assert in_title[1] > in_body[1]
    lone = scorer.decide(["Kẻ trộm"])
    assert lone.whole[0, 1, 0] > lone.sentences[0][0, 1, 0]  # a sentence has no title


def test_titles_survive_saving(tmp_path, texts):
    settings = SETTINGS.model_copy(update={"title_weight": 0.3})
    scorer = LinearScorer(TOPICS, settings).fit(passages(texts))
    scorer.save(tmp_path)
    loaded = LinearScorer.load(tmp_path)
    assert np.allclose(loaded.decide(texts.texts).whole, scorer.decide(texts.texts).whole, atol=1e-5)


def test_the_encoders_loss_is_the_softmaxs_cross_entropy():
    import torch

    from phongtrao.topics.encoder_network import UNMARKED, three_view_loss

    # One window of one sentence, two tokens, two topics: both heads say (log 3, 0) for every token.
    values = torch.tensor([[[np.log(3), 0.0, np.log(3), 0.0]] * 2], dtype=torch.float32)
    batch = {
        "attention_mask": torch.ones(1, 2),
        "sentences": torch.zeros(1, 2, dtype=torch.long),
        "truth": torch.tensor([[0.0, 1.0]]),
        "weight": torch.ones(1),
        "sentence_truth": torch.full((1, 1, 2), UNMARKED),
    }
    ones = torch.ones(2)
    loss = three_view_loss(values, batch, ones, 0.5, one_topic=True)
    assert loss.item() == pytest.approx(2 * np.log(4), abs=1e-6)  # two views, the true topic at a quarter
    weighted = three_view_loss(values, batch, torch.tensor([1.0, 3.0]), 0.5, one_topic=True)
    assert weighted.item() == pytest.approx(6 * np.log(4), abs=1e-6)
