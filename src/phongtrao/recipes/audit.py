"""Labelled articles -> the audit: cross-fitted scores of a linear model, then what is suspicious in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phongtrao.config import LinearSettings
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.audit import DuplicatePair, Suspicion, near_duplicate_pairs, suspicious_topics

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Audit:
    """What an annotator should look at again."""

    articles: int
    passages: int
    suspicions: tuple[Suspicion, ...]
    """The most doubtful first."""
    duplicates: tuple[DuplicatePair, ...]
    """The closest first."""


def audit(articles: Sequence[LabelledArticle], topics: Sequence[str], *, seed: int = 0) -> Audit:
    """Audit labelled articles, at least two; some seconds for five hundred."""
    probabilities = unseen_probabilities(articles, topics, seed=seed)
    return Audit(
        len(articles),
        len(probabilities),
        tuple(suspicious_topics(articles, topics, probabilities)),
        tuple(near_duplicate_pairs(articles)),
    )


def unseen_probabilities(
    articles: Sequence[LabelledArticle],
    topics: Sequence[str],
    settings: LinearSettings | None = None,
    *,
    seed: int = 0,
) -> np.ndarray:
    """Return (passages, topics), each passage scored by a model that has not seen its article.

    The scores are calibrated on themselves: three numbers a topic, learned from all passages, teach no model
    an annotation.
    """
    import numpy as np

    from phongtrao.topics.calibration import Calibration
    from phongtrao.topics.linear import LinearScorer
    from phongtrao.topics.passages import PassageSet

    used = settings or LinearSettings()
    passages = PassageSet.from_articles({"seed": articles}, topics)
    unseen, raw = LinearScorer(topics, used, seed).cross_fit(passages)
    probabilities = Calibration.fit(unseen, raw, topics, used.pooling).passages(raw)
    # Folds hold whole articles, their passages in order: sorting by article brings back the given order.
    place = {a.id: index for index, a in enumerate(articles)}
    return probabilities[np.argsort([place[str(id)] for id in unseen.groups], kind="stable")]
