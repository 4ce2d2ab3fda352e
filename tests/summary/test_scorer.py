from __future__ import annotations

import pytest

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import ModelError
from phongtrao.summary import ExtractiveSummarizer
from phongtrao.summary.features import FEATURES, describe
from phongtrao.summary.scorer import LinearScorer, fit_scorer, summary_shares
from phongtrao.summary.units import sentences

from .conftest import article_of


def test_shares_by_hand():
    # ba of four words and two of three pairs stand in the reference; then none.
    shares = summary_shares(["một hai ba năm", "bảy tám"], "Một, hai, ba bốn!")
    assert shares.tolist() == pytest.approx([(3 / 4 + 2 / 3) / 2, 0])


def test_describe_tells_place_and_words(patrol):
    units = sentences(patrol)
    described = describe(patrol, units)
    column = dict(zip(FEATURES, described.values.T, strict=True))
    assert described.values.shape == (10, len(FEATURES))
    assert column["lead"].tolist() == [1] + [0] * 9
    assert column["after_lead"].tolist() == [0, 1] + [0] * 8
    assert column["opens_passage"].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 0]
    assert column["relative_place"][5] == 0.5
    assert column["refers_back"].tolist() == [0] * 8 + [1, 0]
    assert column["name_share"][5] == pytest.approx(4 / 13)  # ... Trần Văn Hòa ... Chúng ...
    assert column["number_share"][2] == pytest.approx(1 / 5)  # Tổ có 15 thành viên.
    assert column["asks_or_announces"].tolist() == [0] * 7 + [1, 0, 0]
    assert described.words[2] == 5
    assert (described.vectors**2).sum(axis=1) == pytest.approx([1] * 10)


def last_is_reference(name):
    texts = [f"Câu {name} số {n} nói về {name} x{n} y{n}." for n in range(6)]
    return LabelledArticle(article_of(*texts, name=name), (), (), summary=texts[-1])


def test_fitting_learns_what_the_references_show():
    articles = [last_is_reference(name) for name in ("một", "hai", "ba", "bốn")]
    scorer = fit_scorer(articles, [1.0] * 4, alpha=0.001)
    new = last_is_reference("năm")
    summarizer = ExtractiveSummarizer(scorer=scorer)
    assert summarizer.summarize([new.article], length="short")[0].text == new.summary


def test_an_article_without_weight_or_sentence_teaches_nothing():
    articles = [last_is_reference("một"), last_is_reference("hai")]
    alone = fit_scorer(articles, [1.0, 1.0], alpha=0.01)
    empty = LabelledArticle(article_of(), (), (), summary="Không có gì.")
    opposite = LabelledArticle(article_of("Câu đầu.", "Câu sau."), (), (), summary="Câu đầu.")
    assert fit_scorer([*articles, empty, opposite], [1, 1, 1, 0], alpha=0.01).weights == pytest.approx(
        dict(alone.weights)
    )


def test_weights_are_kept_as_json(tmp_path):
    scorer = LinearScorer({name: index / 7 for index, name in enumerate(FEATURES)}, 0.25)
    scorer.save(tmp_path / "scorer.json")
    opened = LinearScorer.load(tmp_path / "scorer.json")
    assert opened.intercept == 0.25
    assert opened.weights == pytest.approx(dict(scorer.weights), abs=1e-6)
    (tmp_path / "scorer.json").write_text("[1]")
    with pytest.raises(ModelError, match="expected weights of 18 features"):
        LinearScorer.load(tmp_path / "scorer.json")
