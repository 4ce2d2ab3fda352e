import copy
import json

import pytest

from phongtrao.corpus import topic_keys
from phongtrao.corpus.articles import parse_row, read_labelled
from phongtrao.errors import InputError, UsageError

TOPICS = ("propaganda", "models", "awards", "crime_prevention")
ROW = {
    "id": "my-1",
    "kind": "portal",
    "title": "Tổ tự quản",
    "published": "2020-05-01",
    "author": "",
    "lead": "",
    "passages": [
        {"text": "Lập 5 tổ. Tặng cờ.", "topics": ["models", "awards"], "evidence": {"models": ["Lập 5 tổ."]}},
        {"text": "Trời đẹp.", "topics": [], "evidence": {}},
    ],
    "topics": ["models", "awards"],
    "primary": "models",
    "summary": "Lập tổ.",
    "noise": {"before": ["Menu"], "inline": [[0, "Ảnh"]], "after": []},
}


def test_a_good_row_becomes_an_article():
    labelled = parse_row(ROW, TOPICS)
    assert [p.text for p in labelled.article.passages] == ["Lập 5 tổ. Tặng cờ.", "Trời đẹp."]
    assert labelled.passages[0].topics == ("models", "awards")
    assert labelled.article.published.isoformat() == "2020-05-01"
    assert (labelled.slice, labelled.primary) == ("my", "models")
    assert labelled.noise.inline == ((0, "Ảnh"),)


def test_a_single_labelled_text_becomes_an_article_of_one_passage():
    labelled = parse_row({"id": 7, "text": "Bắt trộm.", "topics": ["crime_prevention"]}, TOPICS)
    assert labelled.id == "7"
    assert [p.topics for p in labelled.passages] == [("crime_prevention",)]


def broken(**changes):
    row = copy.deepcopy(ROW)
    row.update(changes)
    return row


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({k: v for k, v in ROW.items() if k != "title"}, "'title' is missing"),
        (broken(topics=["awards", "models"]), "fixed order"),
        (broken(topics=["models"]), "passages' topics together are"),
        (broken(topics=["models", "medals"]), "unknown topics"),
        (broken(primary="propaganda"), "not among"),
        (broken(published="01/05/2020"), "01/05/2020"),
        (broken(passages=[{"text": "", "topics": []}]), "passage 0: expected a text"),
        (
            broken(passages=[{"text": "A.", "topics": ["models"], "evidence": {"models": ["B."]}}]),
            "evidence is not in the text",
        ),
        (
            broken(passages=[{"text": "A.", "topics": [], "evidence": {"models": ["A."]}}]),
            "does not carry",
        ),
        ({"id": 1, "text": "A", "topics": "models"}, "expected a list"),
        ({"id": 1, "text": "A", "topics": None}, "topics: expected a list"),
        (broken(passages=["Lập 5 tổ."]), "passage 0: expected an object with text and topics, found str"),
        (broken(passages=None), "passages: expected a list"),
        (broken(passages=[], topics=[], primary=None), "passages: expected at least one"),
        (broken(title=5), "title: expected a string"),
        (broken(published="hôm qua"), "published: expected a date such as 2021-07-13"),
        (
            broken(passages=[{"text": "A.", "topics": ["models"], "evidence": {"models": "A."}}]),
            "expected a list of sentences",
        ),
        (
            broken(passages=[{"text": "A.", "topics": ["models"], "evidence": ["A."]}]),
            "expected an object of topics",
        ),
        ({"id": 1, "text": None, "topics": []}, "expected a string"),
    ],
)
def test_a_row_that_breaks_a_rule_is_refused_with_the_rule(row, message):
    with pytest.raises(InputError, match="line 9") as raised:
        parse_row(row, TOPICS, where="line 9")
    assert message in str(raised.value)


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(ROW) + "\n{oops\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"gold\.jsonl, line 2: not JSON"):
        list(read_labelled(path, TOPICS))


def test_the_topics_have_a_fixed_order():
    assert topic_keys() == TOPICS


def test_a_labelled_file_that_is_not_there_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match=r"absent\.jsonl: No such file"):
        list(read_labelled(tmp_path / "absent.jsonl", TOPICS))


def test_a_line_separator_inside_a_text_ends_no_line(tmp_path):
    path = tmp_path / "gold.jsonl"
    row = {"id": 1, "text": "Một\u2028hai.", "topics": []}
    path.write_text(json.dumps(row, ensure_ascii=False) + "\n", encoding="utf-8")
    [labelled] = read_labelled(path, TOPICS)
    assert labelled.passages[0].text == "Một\u2028hai."
