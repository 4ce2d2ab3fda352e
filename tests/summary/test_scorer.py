from __future__ import annotations

import pytest

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import ModelError, UsageError
from phongtrao.summary import ExtractiveSummarizer
from phongtrao.summary.features import FEATURES, describe
from phongtrao.summary.scorer import LinearScorer, summary_shares
from phongtrao.summary.scorer_fitting import cross_fit, fit_scorer
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


def test_describe_tells_terms_and_title(patrol):
    described = describe(patrol, sentences(patrol))
    assert described.terms[2] == {
        "tổ",
        "có",
        "15",
        "thành",
        "viên",
        "tổ có",
        "có 15",
        "15 thành",
        "thành viên",
    }
    assert (described.title**2).sum() == pytest.approx(1)
    # Phường Bình An ra mắt tổ tuần tra tự quản: every one of them stands in the text.
    assert (described.title > 0).sum() == 10


def test_terms_count_beside_features(patrol):
    described = describe(patrol, sentences(patrol))
    nothing = dict.fromkeys(FEATURES, 0.0)
    scorer = LinearScorer(nothing, 0.5, {"thành viên": 0.25, "tổ": 0.125, "vắng": 9.0})
    assert scorer.shares(described).tolist() == [0.5, 0.625, 0.875, 0.5, 0.5, 0.625, 0.5, 0.5, 0.625, 0.5]


def test_terms_that_references_hold_gain_weight():
    def labelled(number):
        good = f"Ủy ban tặng bằng khen cho đội {number}."
        texts = [f"Trời hôm {number} nắng đẹp quá.", good, f"Người dân ở {number} đi chợ."]
        order = texts[number % 3 :] + texts[: number % 3]
        return LabelledArticle(article_of(*order, name=str(number)), (), (), summary=good)

    articles = [labelled(number) for number in range(12)]
    scorer = fit_scorer(articles, [1.0] * 12, alpha=1.0, terms=40, term_alpha=0.01)
    assert scorer.terms["bằng khen"] > 0.01 > -0.01 > scorer.terms["trời hôm"]


def test_each_fold_learns_from_the_others():
    articles = [last_is_reference(name) for name in ("một", "hai", "ba", "bốn")]
    first = LabelledArticle(articles[0].article, (), (), summary=articles[0].article.passages[0].text)
    whole, without = cross_fit(
        [first, *articles], [1.0] * 5, [0, 1, 1, 1, 1], alpha=0.01, terms=3, term_alpha=0.1
    )
    alone = [
        fit_scorer(own, [1.0] * len(own), alpha=0.01, terms=0)
        for own in (articles, [first], [first, *articles])
    ]
    fitted = [without[0], without[1], whole]
    for cross, single in zip(fitted, alone, strict=True):
        assert cross.weights["last"] == pytest.approx(single.weights["last"], abs=0.1)
    assert fitted[0].weights["last"] > 0 > fitted[1].weights["last"]


def test_a_fold_beside_which_nothing_has_weight_has_no_scorer():
    articles = [last_is_reference(name) for name in ("một", "hai", "ba")]
    whole, without = cross_fit(articles, [1.0, 1.0, 0.0], [1, 1, 2], alpha=0.01, terms=3, term_alpha=0.1)
    assert set(without) == {0, 2}
    assert without[0] == without[2] == whole
    assert whole.weights["last"] > 0
    with pytest.raises(UsageError, match="raise seed_weight"):
        fit_scorer(articles, [0.0] * 3, alpha=0.01)


def test_weights_are_kept_as_json(tmp_path):
    scorer = LinearScorer({name: index / 7 for index, name in enumerate(FEATURES)}, 0.25, {"bằng khen": 0.5})
    scorer.save(tmp_path / "scorer.json")
    opened = LinearScorer.load(tmp_path / "scorer.json")
    assert opened.intercept == 0.25
    assert opened.terms == {"bằng khen": 0.5}
    assert opened.weights == pytest.approx(dict(scorer.weights), abs=1e-6)
    (tmp_path / "scorer.json").write_text("[1]")
    with pytest.raises(ModelError, match="expected weights of 18 features"):
        LinearScorer.load(tmp_path / "scorer.json")
