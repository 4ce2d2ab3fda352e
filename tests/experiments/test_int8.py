"""What int8 costs, on a tiny encoder, and its interval by hand."""

import numpy as np
import pytest
from int8 import loss, lost_f1, with_network

from phongtrao.config import EncoderSettings
from phongtrao.corpus.articles import parse_row
from phongtrao.errors import UsageError
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.encoder import EncoderScorer
from phongtrao.topics.encoder_onnx import export
from phongtrao.topics.model import TopicModel
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.primary import FEATURES
from tests.tiny_encoders import SYLLABLES, start_folder

TOPICS = ("first", "second")


@pytest.fixture(scope="module")
def articles():
    rng = np.random.default_rng(0)
    rows = []
    for i in range(60):
        carried = [t for t, on in zip(TOPICS, rng.random(2) < 0.5, strict=True) if on]
        words = list(rng.choice(SYLLABLES[4:], 12))
        words += ["công an"] * 3 * ("first" in carried) + ["phong trào"] * 3 * ("second" in carried)
        rows.append({"id": f"a-{i}", "text": " ".join(rng.permutation(words)), "topics": carried})
    return [parse_row(row, TOPICS) for row in rows]


@pytest.fixture(scope="module")
def trained(tmp_path_factory, articles):
    """A fitted model, its folder and its float32 graph."""
    folder = tmp_path_factory.mktemp("int8")
    settings = EncoderSettings(
        start=str(start_folder(folder / "start", layers=1)),
        window_tokens=32,
        batch_tokens=256,
        epochs=3,
        learning_rate=0.01,
        precision="float32",
    )
    passages = PassageSet.from_articles({"seed": articles}, TOPICS)
    classifier = TopicClassifier(TOPICS, [EncoderScorer(TOPICS, settings)]).fit_passages(passages, passages)
    model = TopicModel("tiny", TOPICS, classifier, np.zeros(len(FEATURES)), np.zeros((2, 2)))
    model.save(folder / "model")
    export(classifier.scorers[0].network_, folder / "full.onnx")
    return model, folder


def test_a_kept_graph_says_what_the_fitted_network_says(trained, articles):
    model, folder = trained
    saved = TopicModel.load(folder / "model")
    full = with_network(saved, folder / "full.onnx")
    texts = [a.passages[0].text for a in articles]
    wanted = model.classifier.predict_proba(texts)
    assert np.abs(full.classifier.predict_proba(texts) - wanted).max() < 1e-4
    int8 = np.abs(saved.classifier.predict_proba(texts) - wanted).max()
    assert int8 > 1e-4  # and the model that was opened has kept its own network


def test_the_loss_is_that_of_the_two_macro_f1(trained, articles):
    model, folder = trained
    said = loss(model, TopicModel.load(folder / "model"), articles)
    assert said["passages"] == len(articles)
    assert said["lost"]["value"] == pytest.approx(said["float32"] - said["int8"], abs=1e-6)
    assert said["lost"]["low"] <= said["lost"]["value"] <= said["lost"]["high"]
    assert 0 < said["largest_score_difference"] < 0.5
    same = loss(model, model, articles)
    assert same["lost"] == {"value": 0, "low": 0, "high": 0}
    assert same["changed"] == 0


def test_lost_f1_by_hand():
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], bool)
    before = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], bool)  # F1 1 and 1
    after = np.array([[1, 0], [0, 0], [0, 1], [0, 1]], bool)  # F1 2/3 and 2/3
    assert lost_f1(truth, before, after)["value"] == pytest.approx(1 / 3)
    drawn = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], np.float32)
    # First: topic 1 alone, 1 - 2/3. Second: topic 2 alone, 1 - 2/3; no row of the other.
    assert lost_f1(truth, before, after, drawn)["low"] == pytest.approx(1 / 3)


def test_a_model_without_an_encoder_is_refused(trained):
    from phongtrao.analyser import SHIPPED_TOPICS

    linear = TopicModel.load(SHIPPED_TOPICS)
    if any(isinstance(scorer, EncoderScorer) for scorer in linear.classifier.scorers):
        pytest.skip("the model that ships has an encoder")
    with pytest.raises(UsageError, match="no encoder"):
        with_network(linear, trained[1] / "full.onnx")
