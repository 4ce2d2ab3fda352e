import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao import Article, Passage, PassagePrediction, Prediction, Summary
from phongtrao.rows import classify_keys, classify_row, encode, read_row, summarize_row

ARTICLE = Article(
    id="a-1",
    source="báo/a-1.txt",
    title="Ra mắt tổ tự quản",
    lead="Sáng nay.",
    passages=(Passage("Tổ gồm 12 người.", {"page": 3}), Passage("Hết.")),
    published=datetime.date(2021, 7, 13),
    author="Hà An",
)
SAID = Prediction(
    article=ARTICLE,
    topics=("models",),
    primary="models",
    scores={"propaganda": 0.123456, "models": 0.98765},
    passages=(
        PassagePrediction(("models",), {"propaganda": 0.1, "models": 0.98765}, {"models": ((0, 16),)}),
        PassagePrediction((), {"propaganda": 0.00001, "models": 0.2}, {}),
    ),
    uncertain=False,
    model="linear 1",
    summary=Summary("Tổ gồm 12 người.", "extractive"),
)


def test_read_row_follows_the_contract():
    assert read_row(ARTICLE) == {
        "id": "a-1",
        "source": "báo/a-1.txt",
        "title": "Ra mắt tổ tự quản",
        "lead": "Sáng nay.",
        "published": "2021-07-13",
        "author": "Hà An",
        "passages": [{"text": "Tổ gồm 12 người.", "page": 3}, {"text": "Hết."}],
    }
    assert list(read_row(ARTICLE)) == ["id", "source", "title", "lead", "published", "author", "passages"]


def test_classify_row_follows_the_contract():
    row = classify_row(SAID, summarize=True)
    assert list(row) == [
        *("id", "source", "title", "published", "topics", "primary", "scores", "passages"),
        *("summary", "model", "uncertain"),
    ]
    assert tuple(row) == classify_keys(summarize=True)
    assert row["scores"] == {"propaganda": 0.1235, "models": 0.9877}
    assert row["passages"][0] == {
        "text": "Tổ gồm 12 người.",
        "topics": ["models"],
        "scores": {"propaganda": 0.1, "models": 0.9877},
        "evidence": {"models": [[0, 16]]},
        "page": 3,
    }
    assert row["passages"][1]["evidence"] == {}
    assert (row["published"], row["primary"], row["model"]) == ("2021-07-13", "models", "linear 1")
    assert row["uncertain"] is False
    assert row["summary"] == "Tổ gồm 12 người."


def test_summary_is_a_key_only_where_it_is_asked_for():
    assert "summary" not in classify_row(SAID)
    assert tuple(classify_row(SAID)) == classify_keys(summarize=False)


def test_an_article_without_topics_or_date_has_nulls():
    bare = Article("b", "", "", "", ())
    row = classify_row(Prediction(bare, (), None, {"models": 0.1}, (), False, "m"), summarize=True)
    assert (row["published"], row["primary"], row["summary"]) == (None, None, None)
    assert row["passages"] == []


def test_what_a_row_said_under_the_models_own_keys_is_kept_apart():
    labelled = Article("c", "", "", "", (Passage("Một.", {"topics": ["awards"], "note": "x"}),))
    said = Prediction(labelled, (), None, {}, (PassagePrediction((), {}, {}),), False, "m")
    passage = classify_row(said)["passages"][0]
    assert passage["topics"] == []
    assert passage["given"] == {"topics": ["awards"]}
    assert passage["note"] == "x"


def test_summarize_row_follows_the_contract():
    assert summarize_row(ARTICLE, Summary("Tóm tắt.", "lead-2")) == {
        "id": "a-1",
        "source": "báo/a-1.txt",
        "title": "Ra mắt tổ tự quản",
        "published": "2021-07-13",
        "summary": "Tóm tắt.",
        "method": "lead-2",
    }


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        ({"when": datetime.datetime(2020, 1, 2, 3)}, {"when": "2020-01-02T03:00:00"}),
        ("ảnh\udc80.txt", "ảnh\ufffd.txt"),
        ((1, 2.5, True, None), [1, 2.5, True, None]),
        ({1: "x"}, {"1": "x"}),
    ],
)
def test_values_that_json_lacks_become_ones_it_has(value, written):
    line = encode({"extra": value})
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert json.loads(line.decode("utf-8")) == {"extra": written}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_every_json_value_comes_back(row):
    assert json.loads(encode(row)) == row
