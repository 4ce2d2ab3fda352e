from __future__ import annotations

import json

import numpy as np
import pytest

from phongtrao.config import ExtractiveSettings
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import ModelError
from phongtrao.integrity import write_manifest
from phongtrao.summary import ExtractiveSummarizer, load_summarizer
from phongtrao.summary.fitting import fit_extractive
from phongtrao.summary.groups import GROUP_FEATURES
from phongtrao.summary.ranker import GroupRanker

from .conftest import article_of

SETTINGS = ExtractiveSettings(min_words=10, max_words=40, terms=20, trees=60, leaves=7)


def second_and_last(number: int) -> LabelledArticle:
    """Six sentences of ten words, of which the second and the last make the reference."""
    texts = [f"Câu số {n} của bài {number} có từ a{n}x{number} b{n}x{number}." for n in range(6)]
    article = article_of(*texts, name=str(number))
    return LabelledArticle(article, (), (), summary=f"{texts[1]} {texts[5]}")


@pytest.fixture(scope="module")
def fitted():
    articles = [second_and_last(number) for number in range(40)]
    return fit_extractive(articles, [False] * 40, SETTINGS, seed=0)


def test_the_ranker_finds_what_references_are_made_of(fitted):
    summarizer = ExtractiveSummarizer(SETTINGS, *fitted)
    new = [second_and_last(number) for number in range(100, 110)]
    made = summarizer.summarize([labelled.article for labelled in new])
    assert [summary.text for summary in made] == [labelled.summary for labelled in new]


def test_the_same_seed_gives_the_same_trees(fitted):
    articles = [second_and_last(number) for number in range(40)]
    scorer, ranker = fit_extractive(articles, [False] * 40, SETTINGS, seed=0)
    assert scorer == fitted[0]
    assert ranker.trees.as_json() == fitted[1].trees.as_json()


def test_a_model_folder_keeps_the_ranker(tmp_path, fitted):
    made = ExtractiveSummarizer(SETTINGS, *fitted)
    made.save(tmp_path / "m", card="")
    opened = load_summarizer(tmp_path / "m")
    articles = [second_and_last(number).article for number in range(5)]
    assert opened.summarize(articles) == made.summarize(articles)
    X = np.random.default_rng(0).normal(size=(50, len(GROUP_FEATURES)))
    assert (opened.ranker.values(X) == fitted[1].values(X)).all()


def test_a_folder_without_a_ranker_adds_sentences_one_by_one(tmp_path, fitted):
    made = ExtractiveSummarizer(SETTINGS, *fitted)
    made.save(tmp_path / "m", card="")
    plain = ExtractiveSummarizer(SETTINGS, fitted[0])
    plain.save(tmp_path / "m", card="")
    opened = load_summarizer(tmp_path / "m")
    assert opened.ranker is None
    article = second_and_last(1).article
    assert opened.summarize([article]) == plain.summarize([article])


def test_without_trees_there_is_no_ranker():
    articles = [second_and_last(number) for number in range(4)]
    settings = SETTINGS.model_copy(update={"trees": 0})
    assert fit_extractive(articles, [True] * 4, settings, seed=0)[1] is None


def test_without_articles_of_weight_there_is_no_ranker():
    articles = [second_and_last(number) for number in range(8)]
    none = SETTINGS.model_copy(update={"ranker_seed_weight": 0.0})
    scorer, ranker = fit_extractive(articles, [True] * 8, none, seed=0)
    assert ranker is None
    assert scorer == fit_extractive(articles, [True] * 8, SETTINGS, seed=0)[0]
    assert fit_extractive(articles, [True] * 4 + [False] * 4, none, seed=0)[1] is not None


def test_one_article_is_enough_for_the_scorer_alone():
    scorer, ranker = fit_extractive([second_and_last(1)], [True], SETTINGS, seed=0)
    assert ranker is None
    assert all(np.isfinite(weight) for weight in scorer.weights.values())


def test_a_ranker_is_not_taken_without_its_scorer(fitted):
    with pytest.raises(ValueError, match="give both"):
        ExtractiveSummarizer(SETTINGS, ranker=fitted[1])


def test_articles_without_groups_can_be_learned_from():
    short = [LabelledArticle(article_of("Một câu ngắn."), (), (), summary="Một câu.")] * 4
    scorer, ranker = fit_extractive(short, [True] * 4, SETTINGS, seed=0)
    assert ranker is None
    (summary,) = ExtractiveSummarizer(SETTINGS, scorer, ranker).summarize([short[0].article])
    assert summary.text == "Một câu ngắn."


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda about: about.update(features=["words"]), "expected the 43 features"),
        (lambda about: about.pop("roots"), "expected boosted trees"),
        (lambda about: about.update(depth=[]), "expected boosted trees"),
        (lambda about: about.update(left=[-1] * len(about["left"])), "expected boosted trees"),
    ],
)
def test_a_broken_ranker_is_refused(tmp_path, fitted, change, reason):
    ExtractiveSummarizer(SETTINGS, *fitted).save(tmp_path / "m", card="")
    about = json.loads((tmp_path / "m" / "ranker.json").read_text())
    change(about)
    (tmp_path / "m" / "ranker.json").write_text(json.dumps(about))
    with pytest.raises(ModelError, match=reason):
        GroupRanker.load(tmp_path / "m" / "ranker.json")
    write_manifest(tmp_path / "m")
    with pytest.raises(ModelError, match=reason):
        load_summarizer(tmp_path / "m")
