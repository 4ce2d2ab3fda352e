"""An audit finds what was planted, and says nothing of what is sound."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from phongtrao.article import Article, Passage
from phongtrao.corpus import load_seed_corpus, topic_keys
from phongtrao.corpus.articles import LabelledArticle, LabelledPassage
from phongtrao.corpus.audit import near_duplicate_pairs, suspicious_topics
from phongtrao.recipes.audit import audit, unseen_probabilities

TOPICS = ("awards", "models")


def labelled(id, *passages):
    """An article of (text, topics) passages."""
    own = tuple(LabelledPassage(text, tuple(topics)) for text, topics in passages)
    article = Article(id, "", "", "", tuple(Passage(text) for text, _ in passages))
    carried = tuple(t for t in TOPICS if any(t in p.topics for p in own))
    return LabelledArticle(article, own, carried)


def test_one_planted_mistake_each_way_is_found_and_nothing_else():
    # 40 passages, the odd ones with awards; probabilities certain save at the two planted mistakes.
    articles = [labelled(f"a-{i}", (f"đoạn {i}", ["awards"] if i % 2 else [])) for i in range(40)]
    p = np.array([[0.95 if i % 2 else 0.05, 0.5] for i in range(40)])
    p[6, 0], p[9, 0] = 0.97, 0.02  # annotated no, models sure of yes; annotated yes, models sure of no
    found = suspicious_topics(articles, TOPICS, p)
    assert [(s.id, s.topic, s.annotated) for s in found] == [
        ("a-9", "awards", True),
        ("a-6", "awards", False),
    ]
    assert [s.doubt for s in found] == pytest.approx([0.98, 0.97])


def test_a_topic_that_nothing_carries_is_passed_over():
    articles = [labelled(f"a-{i}", (f"đoạn {i}", [])) for i in range(6)]
    assert suspicious_topics(articles, TOPICS, np.full((6, 2), 0.9)) == []


def test_pairs_and_what_they_share():
    words = [f"w{i}" for i in range(30)]
    first = labelled("a-1", (" ".join(words[:14]), []))  # 10 sequences of five
    second = labelled("a-2", (" ".join(words[4:24]), []))  # 16, six of them the first's
    other = labelled("a-3", (" ".join(f"x{i}" for i in range(20)), []))
    [pair] = near_duplicate_pairs([first, second, other])
    assert (pair.first, pair.second) == ("a-1", "a-2")
    assert pair.shared == pytest.approx(6 / 10)
    assert near_duplicate_pairs([first, second, other], shared=0.7) == []


def test_scores_are_in_the_passages_order_and_of_models_that_have_not_seen_them():
    topics = topic_keys()
    articles = load_seed_corpus()[:120]
    p = unseen_probabilities(articles, topics)
    truth = np.array([[t in passage.topics for t in topics] for a in articles for passage in a.passages])
    assert p.shape == truth.shape
    in_order = np.corrcoef(p.ravel(), truth.ravel())[0, 1]
    turned = np.corrcoef(np.roll(p, 1, axis=0).ravel(), truth.ravel())[0, 1]
    assert in_order > 0.5 > turned + 0.2
    # Topics drawn at random cannot be known by a model that has not seen them.
    rng = np.random.default_rng(0)
    drawn = [_at_random(a, topics, rng) for a in articles]
    truth = np.array([[t in passage.topics for t in topics] for a in drawn for passage in a.passages])
    assert abs(np.corrcoef(unseen_probabilities(drawn, topics).ravel(), truth.ravel())[0, 1]) < 0.2


def _at_random(labelled_article, topics, rng):
    passages = tuple(
        LabelledPassage(p.text, tuple(t for t in topics if rng.random() < 0.5))
        for p in labelled_article.passages
    )
    return dataclasses.replace(labelled_article, passages=passages)


def test_a_planted_wrong_topic_of_the_seed_corpus_is_found():
    topics = topic_keys()
    articles = load_seed_corpus()
    at, index = next(
        (i, j)
        for i, a in enumerate(articles)
        for j, p in enumerate(a.passages)
        if p.topics == ("awards",) and "Giấy khen" in p.text and "an ninh" in p.text
    )
    passages = list(articles[at].passages)
    passages[index] = LabelledPassage(passages[index].text, ())
    articles[at] = dataclasses.replace(articles[at], passages=tuple(passages))
    found = audit(articles, topics)
    assert (articles[at].id, index, "awards") in [(s.id, s.passage, s.topic) for s in found.suspicions]
    assert {(d.first, d.second) for d in found.duplicates} == {("delta-033", "mass-035")}


def test_command_writes_all_it_found(tmp_path, root):
    out = tmp_path / "audit.json"
    done = subprocess.run(
        [sys.executable, "-m", "phongtrao", "audit", "--json", str(out)],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = json.loads(out.read_text(encoding="utf-8"))
    assert found["articles"] == 520
    assert 0 < len(found["suspicions"]) < 250
    assert f"{len(found['suspicions'])} suspicious topics, 1 near-duplicate pair -> " in done.stdout
    assert {"id", "passage", "topic", "annotated", "probability", "text"} <= set(found["suspicions"][0])
