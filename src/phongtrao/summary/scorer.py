"""A sentence in numbers and words -> the share of it that a summary is expected to hold.

The share is that of its syllables and syllable pairs which stand in the reference summary: the mean of its
ROUGE-1 and ROUGE-2 precision. The scorer is kept as one readable JSON file; ``summary.fitting`` makes it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phongtrao.errors import ModelError
from phongtrao.summary.features import FEATURES, Described
from phongtrao.summary.metrics import SyllableTokenizer

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LinearScorer:
    """A weight for each feature and for each of some terms, and an intercept."""

    weights: Mapping[str, float]
    intercept: float
    terms: Mapping[str, float] = field(default_factory=dict)
    """Syllables and pairs of them that speak for a sentence, or against it."""

    def shares(self, described: Described) -> Floats:
        """Return the expected share of each sentence that a summary holds, about 0 to 1."""
        weights = np.array([self.weights[name] for name in FEATURES])
        shares: Floats = described.values @ weights + self.intercept
        if self.terms:
            # In the order of the names: sets have another in each process, and sums depend on it.
            held = [sorted(terms & self.terms.keys()) for terms in described.terms]
            shares += np.array([sum(self.terms[term] for term in own) for own in held])
        return shares

    def save(self, path: Path) -> None:
        """Write the weights as JSON."""
        about = {
            "intercept": round(self.intercept, 6),
            "weights": {name: round(self.weights[name], 6) for name in FEATURES},
            "terms": {term: round(self.terms[term], 6) for term in sorted(self.terms)},
        }
        path.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> LinearScorer:
        """Read what ``save`` wrote; older files have no terms.

        Raises:
            ModelError: the file is missing, broken or of other features.
        """
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            weights = {name: float(about["weights"][name]) for name in FEATURES}
            unknown = set(about["weights"]) - set(FEATURES)
            intercept = float(about["intercept"])
            terms = {term: float(weight) for term, weight in about.get("terms", {}).items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelError(f"{path}: expected weights of {len(FEATURES)} features: {error!r}") from error
        if unknown:
            raise ModelError(f"{path}: weights of unknown features {sorted(unknown)}")
        return cls(weights, intercept, terms)


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
