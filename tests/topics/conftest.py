import numpy as np
import pytest

from phongtrao.config import LinearSettings
from phongtrao.topics.classifier import TopicClassifier
from phongtrao.topics.linear import LinearScorer

TOPICS = ("awards", "crime_prevention")


@pytest.fixture(scope="session")
def toy():
    """Forty short texts of two topics, each known by two words; every second has a neutral sentence too."""
    awards = [f"Tỉnh tặng bằng khen cho {n} tập thể." for n in range(10)]
    crimes = [f"Công an bắt {n} đối tượng trộm cắp." for n in range(10)]
    both = [f"{a} {c}" for a, c in zip(awards, crimes, strict=True)]
    none = [f"Hội nghị khai mạc lúc {n} giờ sáng." for n in range(10)]
    texts = awards + crimes + both + none
    texts = [f"Trời nắng đẹp. {t}" if i % 2 else t for i, t in enumerate(texts)]
    Y = np.array([[1, 0]] * 10 + [[0, 1]] * 10 + [[1, 1]] * 10 + [[0, 0]] * 10, bool)
    return texts, Y


@pytest.fixture(scope="session")
def classifier(toy):
    return linear(TOPICS).fit(*toy)


def linear(topics, pooling="both", **settings):
    """An unfitted linear classifier that keeps every n-gram."""
    return TopicClassifier(
        topics, [LinearScorer(topics, LinearSettings(min_articles=1, **settings))], pooling
    )
