import json

import numpy as np
import pytest

from phongtrao.article import Article, Passage
from phongtrao.errors import ModelError
from phongtrao.integrity import write_manifest
from phongtrao.topics.model import TopicModel, evidence_spans
from phongtrao.topics.primary import FEATURES, HeadedScores, choose_primary, fit_primary_weights
from phongtrao.topics.scores import PassageScores

from .conftest import TOPICS

AWARD = "Trời nắng đẹp. Tỉnh tặng bằng khen cho 3 tập thể."
CRIME = "Công an bắt 3 đối tượng trộm cắp."


def article(*passages: str, title: str = "", lead: str = "") -> Article:
    return Article("a", "", title, lead, tuple(Passage(p) for p in passages))


@pytest.fixture(scope="module")
def model(classifier):
    weights = np.array([float(name in {"title", "mean"}) for name in FEATURES])
    return TopicModel("toy 1", TOPICS, classifier, weights, np.array([[0.45, 0.55]] * 2))


def test_an_article_carries_what_its_passages_carry(model):
    (said,) = model.predict([article(AWARD, CRIME, "Hội nghị khai mạc.")])
    assert said.topics == TOPICS
    assert [p.topics for p in said.passages] == [("awards",), ("crime_prevention",), ()]
    assert said.scores["awards"] == max(p.scores["awards"] for p in said.passages)
    assert said.model == "toy 1"


def test_evidence_gives_the_telling_sentence_in_the_text_as_written(model):
    (said,) = model.predict([article(AWARD)])
    assert [e.text for e in said.evidence["awards"]] == ["Tỉnh tặng bằng khen cho 3 tập thể."]
    assert said.evidence["awards"][0].passage == 0


def test_a_carried_topic_always_has_evidence():
    scores = PassageScores(np.array([0.9]), [(0, 3), (4, 9)], np.array([[0.1], [0.2]]))
    assert evidence_spans(scores, 0, 0.5) == ((4, 9),)
    assert evidence_spans(scores, 0, 0.1) == ((0, 3), (4, 9))


def test_primary_follows_the_title(model):
    awards, crimes = model.predict(
        [article(AWARD, CRIME, title="Tặng bằng khen"), article(AWARD, CRIME, title="Bắt trộm cắp")]
    )
    assert (awards.primary, crimes.primary) == TOPICS


def test_no_topic_no_primary(model):
    (said,) = model.predict([article("Hội nghị khai mạc lúc 7 giờ sáng.")])
    assert (said.topics, said.primary, said.evidence) == ((), None, {})


def test_an_article_without_passages_is_judged_by_title_and_lead(model):
    said, nothing = model.predict([article(title=CRIME), article()])
    assert (said.topics, said.primary) == (("crime_prevention",), "crime_prevention")
    assert (nothing.topics, nothing.passages) == ((), ())


def test_blank_passages_keep_their_place_and_carry_nothing(model):
    (said,) = model.predict([article("", AWARD, "  ")])
    assert [p.topics for p in said.passages] == [(), ("awards",), ()]
    assert said.passages[0].scores == {"awards": 0.0, "crime_prevention": 0.0}


def test_many_articles_at_once_equal_one_by_one(model):
    articles = [article(AWARD, CRIME, title="Tin"), article(), article(CRIME, lead=AWARD)]
    together = model.predict(articles)
    for one, expected in zip((model.predict([a])[0] for a in articles), together, strict=True):
        assert (one.topics, one.primary, one.uncertain) == (
            expected.topics,
            expected.primary,
            expected.uncertain,
        )
        assert one.scores == pytest.approx(expected.scores, abs=1e-6)


def test_uncertain_is_a_score_within_the_band(classifier):
    wide = TopicModel("t", TOPICS, classifier, np.ones(len(FEATURES)), np.array([[0.0, 1.01]] * 2))
    none = TopicModel("t", TOPICS, classifier, np.ones(len(FEATURES)), np.array([[0.5, 0.5]] * 2))
    assert wide.predict([article(AWARD)])[0].uncertain
    assert not none.predict([article(AWARD)])[0].uncertain


def test_saved_and_loaded_it_says_the_same(model, tmp_path):
    model.save(tmp_path / "m", card="# Toy")
    loaded = TopicModel.load(tmp_path / "m")
    before, after = (m.predict([article(AWARD, CRIME, title="Tin")])[0] for m in (model, loaded))
    assert after.topics == before.topics
    assert after.scores == pytest.approx(before.scores, abs=1e-6)
    assert after.evidence == before.evidence
    assert (tmp_path / "m" / "README.md").read_text() == "# Toy"
    files = [p for p in (tmp_path / "m").rglob("*") if p.is_file()]
    assert {p.suffix for p in files} == {".json", ".txt", ".md", ".safetensors"}


def test_what_is_no_model_folder_is_refused_with_the_reason(model, tmp_path):
    with pytest.raises(ModelError, match=r"no model\.json"):
        TopicModel.load(tmp_path)
    model.save(tmp_path / "m")
    about = tmp_path / "m" / "model.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | {"format": 99}))
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match="expected format 1"):
        TopicModel.load(tmp_path / "m")
    about.write_text("{")
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match="not a model folder"):
        TopicModel.load(tmp_path / "m")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"topics": 3}, "topics"),
        ({"topics": ["awards", "awards"]}, "topics: expected different names"),
        ({"topics": ["awards", "other"]}, r"names \['awards', 'other'\], classifier.json"),
        ({"primary_weights": [1.0]}, "primary_weights: expected 5, found 1"),
        ({"primary_weights": [float("nan")] * 5}, "primary_weights"),
        ({"bands": [[0.1, 0.2]]}, "bands: expected 2, one a topic, found 1"),
        ({"name": None}, "name"),
    ],
)
def test_what_model_json_says_is_checked(model, tmp_path, change, reason):
    model.save(tmp_path / "m")
    about = tmp_path / "m" / "model.json"
    about.write_text(json.dumps(json.loads(about.read_text()) | change))
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match=reason):
        TopicModel.load(tmp_path / "m")


def test_saving_again_keeps_the_version(model, tmp_path):
    versions = []
    for _ in range(2):
        model.save(tmp_path / "m")
        versions.append(TopicModel.load(tmp_path / "m").version)
    assert versions[0] == versions[1] != ""


def test_primary_weights_learn_that_titles_tell():
    rng = np.random.default_rng(0)
    scores, primary = [], []
    for _ in range(200):
        index = int(rng.integers(2))
        title = np.where(np.arange(2) == index, 0.9, 0.1)
        scores.append(HeadedScores(title, np.zeros(2), rng.random((3, 2))))
        primary.append(index)
    weights = fit_primary_weights(scores, primary, np.array([0.5, 0.5]))
    assert weights.argmax() == FEATURES.index("title")
    right = [
        choose_primary(s, np.ones(2, bool), np.array([0.5, 0.5]), weights) == p
        for s, p in zip(scores, primary, strict=True)
    ]
    assert np.mean(right) > 0.95


def test_primary_is_among_the_carried():
    said = HeadedScores(np.array([1.0, 0.0]), np.zeros(2), np.array([[0.9, 0.6]]))
    carried = np.array([False, True])
    assert choose_primary(said, carried, np.array([0.5, 0.5]), np.ones(len(FEATURES))) == 1
