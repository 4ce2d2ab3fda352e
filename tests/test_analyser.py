import unicodedata

import pytest

import phongtrao
from phongtrao import Article, Passage
from phongtrao.errors import InputError, ModelError

TEXT = "Công an xã bắt quả tang hai đối tượng trộm cắp xe máy tại thôn Đông đêm 17/11."


@pytest.fixture(scope="module")
def analyse():
    return phongtrao.load()


def test_a_text_bytes_a_row_and_an_article_are_said_the_same_of(analyse):
    article = Article("page-1", "", "", "", (Passage(TEXT),))
    said = analyse(TEXT)
    assert said.topics == ("crime_prevention",)
    assert said.primary == "crime_prevention"
    assert [e.text for e in said.evidence["crime_prevention"]] == [TEXT]
    assert said.summary.text == TEXT
    assert analyse(TEXT.encode("utf-16")) == said
    assert analyse({"passages": [TEXT], "id": "page-1"}) == said
    assert analyse(article) == said


def test_several_are_said_of_as_one_by_one_and_in_order(analyse):
    rows = [{"text": TEXT, "id": "a"}, {"title": "Lịch cắt điện", "passages": ["Mai cắt điện."], "id": 7}]
    assert analyse(rows) == [analyse(row) for row in rows] == analyse(row for row in rows)
    assert [said.article.id for said in analyse(rows)] == ["a", "7"]
    assert analyse([]) == []


def test_an_article_without_text_carries_nothing(analyse):
    said = analyse(Article("a", "", "", "", ()))
    assert (said.topics, said.primary, said.summary.text, said.evidence) == ((), None, "", {})


@pytest.mark.parametrize("page", [5, None, [5], bytearray(b"x")])
def test_what_is_no_page_is_refused_with_what_is(analyse, page):
    with pytest.raises(TypeError, match=r"expected a page's text or bytes, an Article, a row \(dict\) or a"):
        analyse(page)


@pytest.mark.parametrize("page", ["", b"", {}, {"text": None}, ["  "]])
def test_what_holds_no_article_is_an_input_error(analyse, page):
    with pytest.raises(InputError):
        analyse(page)


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="no model folder nowhere; give a folder, runs:/ID or models:/NAME"):
        phongtrao.load("nowhere")
    with pytest.raises(ModelError, match="is not a model folder"):
        phongtrao.load(tmp_path)


def test_decomposed_text_gets_the_same_topics_and_evidence(analyse):
    passages = [f"{TEXT} Tổ hòa giải thôn Đông đã giải quyết 12 vụ việc. Ngày mai trời nắng đẹp.", "Hết."]
    decomposed = [unicodedata.normalize("NFD", text) for text in passages]
    said, same = analyse({"passages": passages}), analyse({"passages": decomposed})
    assert [p.text for p in same.article.passages] == decomposed  # as given
    assert (same.topics, same.scores, same.summary) == (said.topics, said.scores, said.summary)
    evidence = {
        topic: [unicodedata.normalize("NFC", e.text) for e in found] for topic, found in same.evidence.items()
    }
    assert evidence == {topic: [e.text for e in found] for topic, found in said.evidence.items()}
    assert evidence
