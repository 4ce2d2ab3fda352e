import numpy as np
import pytest

from phongtrao.corpus.articles import parse_row
from phongtrao.errors import InputError
from phongtrao.topics.evaluation import evaluate_topics
from phongtrao.topics.model import TopicModel
from phongtrao.topics.primary import FEATURES

from .conftest import TOPICS


@pytest.fixture(scope="module")
def model(classifier):
    return TopicModel("toy", TOPICS, classifier, np.ones(len(FEATURES)), np.array([[0.5, 0.5]] * 2))


def labelled(number: int, *, right: bool = True):
    text = "Trời nắng đẹp. Công an bắt 3 đối tượng trộm cắp."
    carried = ["crime_prevention"] if right else ["awards"]
    evidence = {carried[0]: ["Công an bắt 3 đối tượng trộm cắp."]}
    return parse_row(
        {
            "id": f"x-{number}",
            "kind": "police",
            "title": "Tin",
            "published": None,
            "passages": [
                {"text": text, "topics": carried, "evidence": evidence},
                {"text": "Hội nghị khai mạc.", "topics": []},
            ],
            "topics": carried,
            "primary": carried[0],
        },
        TOPICS,
    )


def test_a_right_model_gets_full_marks(model):
    result = evaluate_topics(model, [labelled(n) for n in range(4)], bootstrap=50)
    assert result.metrics["passages"]["macro_f1"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert result.metrics["articles"]["primary_accuracy"]["value"] == 1.0
    assert result.metrics["evidence"]["f1"]["value"] == 1.0
    assert result.metrics["passages"]["count"] == 8


def test_a_wrong_article_counts_where_it_should(model):
    result = evaluate_topics(model, [labelled(1), labelled(2, right=False)], bootstrap=0)
    topics = result.metrics["passages"]["topics"]
    # crime is said twice and right once: precision 1/2, recall 1; awards is never said: F1 0.
    assert topics["crime_prevention"]["f1"]["value"] == pytest.approx(2 / 3)
    assert topics["awards"]["f1"]["value"] == 0
    assert result.metrics["articles"]["primary_accuracy"]["value"] == 0.5
    assert result.metrics["evidence"]["precision"]["value"] == 0.5
    assert "low" not in result.metrics["passages"]["macro_f1"]


def test_predictions_and_slices_cover_every_passage(model):
    result = evaluate_topics(model, [labelled(n) for n in range(3)], bootstrap=10)
    assert [(r["id"], r["passage"]) for r in result.predictions] == [
        (f"x-{n}", p) for n in range(3) for p in (0, 1)
    ]
    assert result.predictions[0]["gold"] == result.predictions[0]["said"] == ["crime_prevention"]
    for by in ("kind", "length", "slice"):
        assert sum(s["passages"] for s in result.slices if s["by"] == by) == 6


def test_nothing_to_measure_on_is_an_error(model):
    with pytest.raises(InputError, match="no labelled articles"):
        evaluate_topics(model, [])


def test_a_passage_of_any_length_has_its_slice(model):
    row = {"id": "x", "text": "công an " * 10_000, "topics": []}
    result = evaluate_topics(model, [parse_row(row, TOPICS)], bootstrap=0)
    assert [s["slice"] for s in result.slices if s["by"] == "length"] == ["120 words and more"]
