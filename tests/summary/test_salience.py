from __future__ import annotations

from phongtrao.corpus.articles import LabelledArticle, LabelledPassage
from phongtrao.summary.salience import TopicSpan, marked_spans, salience
from phongtrao.summary.units import sentences

from .conftest import article_of

TEXT = "Tổ một đi tuần; tổ hai canh gác. Xã khen ba tổ. Hết."


def test_a_sentence_carries_what_half_of_it_or_of_the_evidence_shares():
    units = sentences(article_of(TEXT, TEXT))
    clause = TopicSpan(0, (0, 15), primary=False)
    both = TopicSpan(1, (0, 47), primary=True)
    assert salience(units, [clause]).tolist() == [1, 0, 0, 0, 0, 0]
    assert salience(units, [both]).tolist() == [0, 0, 0, 2, 2, 0]
    assert salience(units, [clause, TopicSpan(0, (0, 32), primary=True)]).tolist() == [2, 0, 0, 0, 0, 0]
    assert salience(units, []).tolist() == [0] * 6


def test_marked_evidence_is_found_in_its_passage():
    passage = LabelledPassage(TEXT, ("awards",), {"awards": ("Xã khen ba tổ.",)})
    labelled = LabelledArticle(article_of(TEXT), (passage,), ("awards",), "awards")
    assert marked_spans(labelled) == [TopicSpan(0, (33, 47), primary=True)]
