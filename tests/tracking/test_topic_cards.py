import dataclasses

import pytest

from phongtrao.config import TopicsRecipe
from phongtrao.tracking.topic_cards import Trained, charted, model_card, run_page, topic_rows


def figure(value):
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


def f1(value, topic_value):
    own = {"f1": figure(topic_value), "precision": {"value": 0.5}, "recall": {"value": 0.25}, "carried": 9}
    return {"macro_f1": figure(value), "topics": {"awards": own}}


METRICS = {
    "seed_test": {"passages": f1(0.9, 0.8), "articles": f1(0.95, 0.85) | {"primary_accuracy": figure(0.7)}},
    "press_test": {"passages": f1(0.6, 0.55)},
}


@pytest.fixture
def trained():
    return Trained(TopicsRecipe(seed=4), ("awards",), {"seed train": 3}, "data1", "split1", METRICS)


def test_synthetic_and_real_stand_side_by_side(trained):
    page = run_page(trained)
    assert "| seed test (synthetic) | press test (real) |" in page
    assert "| passages: macro-F1 | 0.900 [0.850, 0.950] | 0.600 [0.550, 0.650] |" in page
    assert "| passages: awards F1 | 0.800 [0.750, 0.850] | 0.550 [0.500, 0.600] |" in page
    assert "| articles: primary topic right | 0.700 [0.650, 0.750] | – |" in page
    assert "evidence" not in page.split("Brackets")[0], "what was not measured has no row"


def test_the_card_says_what_it_was_made_of_and_is_not_for(trained):
    card = model_card(trained)
    assert card.startswith("# linear") and "synthetic" in card and "Not" in card
    for fact in ("`data1`", "`split1`", "Seed 4", "C=8.0", "seed train 3"):
        assert fact in card


def test_the_card_of_an_encoder_names_the_weights_it_goes_back_to(trained):
    ensemble = TopicsRecipe(model={"kind": "ensemble", "encoder": {"start": "phongtrao-mini"}})
    card = model_card(dataclasses.replace(trained, settings=ensemble))
    for fact in ("kind=linear", "kind=encoder", "`phongtrao-mini`", "intfloat/multilingual-e5-small (MIT"):
        assert fact in card
    assert "licence" not in model_card(trained), "the linear model starts from nothing"


def test_rows_for_each_split_level_and_topic():
    assert topic_rows(METRICS)[0] == {
        "split": "seed_test",
        "level": "passages",
        "topic": "awards",
        "f1": 0.8,
        "f1_low": pytest.approx(0.75),
        "f1_high": pytest.approx(0.85),
        "precision": 0.5,
        "recall": 0.25,
        "carried": 9,
    }
    assert [(r["split"], r["level"]) for r in topic_rows(METRICS)] == [
        ("seed_test", "passages"),
        ("seed_test", "articles"),
        ("press_test", "passages"),
    ]


def test_charts_keep_f1_by_topic_and_everything_above():
    kept = charted(
        {"seed_test": f1(0.9, 0.8) | {"ece": {"value": 0.1, "topics": {"awards": {"value": 0.2}}}}}
    )
    assert kept == {
        "seed_test": {
            "macro_f1": figure(0.9),
            "topics": {"awards": {"f1": figure(0.8)}},
            "ece": {"value": 0.1, "topics": {}},
        }
    }
