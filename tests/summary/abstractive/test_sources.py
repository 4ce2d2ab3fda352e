"""What the network reads of an article."""

from __future__ import annotations

import pytest

from phongtrao.summary.abstractive.sources import chosen, source_ids
from phongtrao.summary.abstractive.tokens import Frame
from phongtrao.summary.extractive import shipped_scorer
from phongtrao.summary.features import describe
from phongtrao.summary.units import distinct, sentences
from tests.summary.conftest import article_of


class Words:
    """A token a word; ids are told back as text."""

    frame = Frame((1,), 2, 0, 1)

    def __init__(self):
        self.known = ["<pad>", "<s>", "</s>"]

    def ids(self, texts):
        for text in texts:
            self.known += [word for word in text.split() if word not in self.known]
        return [[self.known.index(word) for word in text.split()] for text in texts]

    def text(self, ids):
        return " ".join(self.known[i] for i in ids)


ARTICLE = article_of(
    "Công an phường ra mắt tổ tuần tra tự quản ở khu phố ba.",
    "Mưa rơi nhẹ trên các mái nhà từ chiều đến tối nay.",
    "Tổ tuần tra tự quản đã giúp công an phường bắt 31 đối tượng trộm cắp.",
    title="Công an phường ra mắt tổ tuần tra tự quản",
    lead="Mô hình giúp giữ an ninh.",
)


def test_a_short_article_is_read_whole_title_first():
    tokens = Words()
    (ids,) = source_ids([ARTICLE], tokens, shipped_scorer(), 200)
    body = " ".join(unit.text for unit in sentences(ARTICLE))
    assert tokens.text(ids) == f"<s> {ARTICLE.title} </s> {body} </s>"


def test_a_long_one_keeps_the_lead_and_the_best_sentences_in_order():
    units = distinct(sentences(ARTICLE))
    lengths = [len(unit.text.split()) for unit in units]
    shares = shipped_scorer().shares(describe(ARTICLE, units))
    assert shares[2] == min(shares[1:])  # the rain
    kept = chosen(ARTICLE, units, lengths, shipped_scorer(), sum(lengths) - lengths[2])
    assert kept == [0, 1, 3]
    tokens = Words()
    (ids,) = source_ids([ARTICLE], tokens, shipped_scorer(), 50)
    text = tokens.text(ids)
    assert "Mưa rơi" not in text
    assert text.index("Mô hình giúp") < text.index("ở khu phố ba.") < text.index("31 đối tượng")


@pytest.mark.parametrize("room", [32, 40, 64])
def test_the_room_is_never_left(room):
    tokens = Words()
    endless = article_of("từ " * 500 + ".", title="tựa " * 100)
    for ids in source_ids([ARTICLE, endless, article_of()], tokens, shipped_scorer(), room):
        assert len(ids) <= room
        assert (ids[0], ids[-1]) == (1, 2)


def test_together_equals_one_by_one():
    tokens = Words()
    articles = [ARTICLE, article_of("Một câu."), article_of(title="Chỉ tựa")]
    together = source_ids(articles, tokens, shipped_scorer(), 48)
    assert together == [source_ids([article], tokens, shipped_scorer(), 48)[0] for article in articles]
