import numpy as np

from phongtrao.config import LinearSettings
from phongtrao.corpus.articles import parse_row
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.linear import LinearScorer
from phongtrao.topics.passages import PassageSet

TOPICS = ("awards", "models")


def row(name, text, topics=(), **more):
    return parse_row({"id": name, "text": text, "topics": list(topics), **more}, TOPICS)


def some(source, count, text="Tặng cờ. Trời đẹp.", topics=("awards",)):
    return [row(f"{source}-{i}", f"{text} Số {i}.", topics) for i in range(count)]


def test_evidence_is_known_where_it_is_marked_and_where_there_is_nothing_to_mark():
    articles = [
        row("a", "Tặng cờ. Trời đẹp.", ["awards"], evidence={"awards": ["Tặng cờ."]}),
        row("b", "Tặng cờ. Trời đẹp.", ["awards"]),
        row("c", "Trời đẹp."),
    ]
    passages = PassageSet.from_articles({"press": articles}, TOPICS)
    assert passages.evidence == [{"awards": ("Tặng cờ.",)}, None, {}]


def test_a_passage_weighs_what_its_source_does():
    by_source = {name: some(name, 1) for name in ("seed", "press", "labels", "written")}
    passages = PassageSet.from_articles(by_source, TOPICS)
    settings = LinearSettings(real_weight=2, labels_weight=3, written_weight=0.5)
    assert passages.weights(settings).tolist() == [1, 2, 3, 0.5]


def test_what_was_drawn_for_what_it_carries_is_learned_from_but_does_not_calibrate():
    plain = {
        "seed": [*some("seed", 8), *some("rain", 8, "Mưa to cả ngày.", ())],
        "press": some("press", 4, "Ra mắt tổ tự quản.", ("models",)),
    }
    drawn = {**plain, "written": some("written", 6, "Câu lạc bộ ra quân.", ("models",))}
    passages = PassageSet.from_articles(drawn, TOPICS)
    assert passages.natural.tolist() == list(range(20))

    classifier = TopicClassifier(TOPICS, [LinearScorer(TOPICS, LinearSettings(min_articles=1))])
    unseen, scores = classifier._cross_fit(passages)
    assert set(unseen.sources) == {"seed", "press"}
    assert len(unseen) == len(scores.whole) == len(scores.spans) == 20
    # Each row of scores is still that of its passage.
    again = LinearScorer(TOPICS, LinearSettings(min_articles=1)).fit(passages).decide(unseen.texts)
    assert again.spans == scores.spans

    learned = classifier.fit_passages(passages).scorers[0]
    assert "câu lạc" in learned.tfidf_.vocabulary
    assert np.isfinite(classifier.thresholds).all()
