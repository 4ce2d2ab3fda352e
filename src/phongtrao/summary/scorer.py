"""Articles with reference summaries -> a linear scorer of sentences, kept as one readable JSON file.

The scorer estimates which share of a sentence's syllables and syllable pairs stands in the reference summary:
the mean of its ROUGE-1 and ROUGE-2 precision.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phongtrao.corpus.articles import LabelledArticle
from phongtrao.errors import ModelError
from phongtrao.summary.features import FEATURES, Described, describe
from phongtrao.summary.metrics import SyllableTokenizer
from phongtrao.summary.units import distinct, sentences

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearScorer:
    """A weight for each feature, and an intercept."""

    weights: Mapping[str, float]
    intercept: float

    def shares(self, described: Described) -> Floats:
        """Return the expected share of each sentence that a summary holds, about 0 to 1."""
        weights = np.array([self.weights[name] for name in FEATURES])
        shares: Floats = described.values @ weights + self.intercept
        return shares

    def save(self, path: Path) -> None:
        """Write the weights as JSON."""
        about = {
            "intercept": round(self.intercept, 6),
            "weights": {name: round(self.weights[name], 6) for name in FEATURES},
        }
        path.write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> LinearScorer:
        """Read what ``save`` wrote.

        Raises:
            ModelError: the file is missing, broken or of other features.
        """
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            weights = {name: float(about["weights"][name]) for name in FEATURES}
            unknown = set(about["weights"]) - set(FEATURES)
            intercept = float(about["intercept"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ModelError(f"{path}: expected weights of {len(FEATURES)} features: {error!r}") from error
        if unknown:
            raise ModelError(f"{path}: weights of unknown features {sorted(unknown)}")
        return cls(weights, intercept)


def fit_scorer(
    articles: Sequence[LabelledArticle], article_weights: Sequence[float], *, alpha: float
) -> LinearScorer:
    """Fit by ridge regression on what tells the sentences of one article apart.

    Features and shares are taken relative to their article's means: references of one source are longer than
    those of another, which must not be put down to a feature that only one source has, such as a lead.

    Args:
        articles: with ``summary``; those without a sentence are passed over, at least one must have some.
        article_weights: one an article; it counts by that, whatever its number of sentences.
        alpha: penalty on the weights of standardized features, against a total article weight of 1.
    """
    weights = np.array(article_weights, dtype=float)
    described = [_described(labelled) for labelled in articles]
    kept = [index for index, (values, _) in enumerate(described) if len(values) and weights[index] > 0]
    blocks, targets = zip(*(described[index] for index in kept), strict=True)
    sizes = np.array([len(block) for block in blocks])
    w = np.repeat(weights[kept] / weights[kept].sum() / sizes, sizes)  # (sentences,), sums to 1
    X, y = np.concatenate(blocks), np.concatenate(targets)
    spread = X.std(axis=0) + 1e-9
    Z = np.concatenate([block - block.mean(axis=0) for block in blocks]) / spread
    relative = np.concatenate([target - target.mean() for target in targets])
    slopes = np.linalg.solve((Z.T * w) @ Z + alpha * np.eye(len(FEATURES)), (Z.T * w) @ relative) / spread
    intercept = float(w @ y - (w @ X) @ slopes)
    return LinearScorer(dict(zip(FEATURES, slopes.tolist(), strict=True)), intercept)


def _described(labelled: LabelledArticle) -> tuple[Floats, Floats]:
    """Return features (sentences, ``FEATURES``) and shares (sentences,) of an article."""
    units = distinct(sentences(labelled.article))
    if not units:
        return np.empty((0, len(FEATURES))), np.empty(0)
    shares = summary_shares([unit.text for unit in units], labelled.summary)
    return describe(labelled.article, units).values, shares


def summary_shares(texts: Sequence[str], reference: str) -> Floats:
    """Return for each text the mean of its ROUGE-1 and ROUGE-2 precision against ``reference``."""
    tokenize = SyllableTokenizer().tokenize
    wanted = [_grams(tokenize(reference), n) for n in (1, 2)]
    shares = []
    for text in texts:
        own = [_grams(tokenize(text), n) for n in (1, 2)]
        shares.append([(o & r).total() / max(1, o.total()) for o, r in zip(own, wanted, strict=True)])
    mean: Floats = np.array(shares, dtype=float).mean(axis=1)
    return mean


def _grams(tokens: Sequence[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(tokens[i:] for i in range(n)), strict=False))
