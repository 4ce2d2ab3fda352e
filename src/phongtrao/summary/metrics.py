"""Summaries and references -> scores: ROUGE on two named scales, novelty, repetition, bootstrap intervals.

``syllable`` is ROUGE over lower-case Unicode syllables, the honest scale. ``default`` is what rouge_score
does by itself: it keeps a-z and 0-9 alone and so shreds Vietnamese syllables (``tội`` becomes ``t`` and
``i``); most published Vietnamese figures live on it. The two must never be compared with each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from phongtrao.language.normalize import compose

Floats = NDArray[np.float64]
Scale = Literal["syllable", "default"]
SCALES: tuple[Scale, ...] = get_args(Scale)
ROUGES = ("rouge1", "rouge2", "rougeL")
_SYLLABLE = re.compile(r"\w+")
_AT_ONCE = 64
"""Resamples drawn together: bounds the memory of a bootstrap over 20,000 articles to some 10 MB."""


class SyllableTokenizer:
    """A rouge_score tokenizer that keeps Vietnamese syllables whole."""

    def tokenize(self, text: str) -> list[str]:
        """Return the lower-case syllables and numbers of ``text``."""
        return _SYLLABLE.findall(compose(text).lower())


def rouge(references: Sequence[str], summaries: Sequence[str], scale: Scale) -> dict[str, Floats]:
    """Return F1 of ROUGE-1, ROUGE-2 and ROUGE-L, 0 to 1, one value a pair.

    ROUGE-L takes the longest common subsequence of the whole texts (``rougeL``, not ``rougeLsum``). No
    stemming. Computed by rouge_score (Lin 2004).
    """
    from rouge_score.rouge_scorer import RougeScorer

    tokenizer = SyllableTokenizer() if scale == "syllable" else None
    scorer = RougeScorer(ROUGES, tokenizer=tokenizer)
    scores = [scorer.score(r, s) for r, s in zip(references, summaries, strict=True)]
    return {name: np.array([score[name].fmeasure for score in scores], dtype=float) for name in ROUGES}


def novelty(summary: str, article_text: str, n: int = 2) -> float:
    """Return the share of the summary's syllable ``n``-grams that the article lacks, 0 where it has none."""
    own = _ngrams(summary, n)
    return len(own - _ngrams(article_text, n)) / len(own) if own else 0.0


def repetition(summary: str, n: int = 3) -> float:
    """Return the share of the summary's syllable ``n``-grams that stood in it before, 0 where it has none."""
    tokens = SyllableTokenizer().tokenize(summary)
    count = len(tokens) - n + 1
    return 1 - len(_ngrams(summary, n)) / count if count > 0 else 0.0


def _ngrams(text: str, n: int) -> set[tuple[str, ...]]:
    tokens = SyllableTokenizer().tokenize(text)
    return set(zip(*(tokens[i:] for i in range(n)), strict=False))


def bootstrap_means(values: Floats, resamples: int, seed: int) -> Floats:
    """Return the means of ``resamples`` samples of articles drawn with replacement.

    Args:
        values: (articles, metrics). Every metric is resampled with the same articles, so the columns of the
            result may be subtracted: a paired bootstrap (Koehn 2004).
        resamples: how many samples.
        seed: the same seed and count of articles draw the same samples.

    Returns:
        (resamples, metrics)
    """
    rng = np.random.default_rng(seed)
    count = len(values)
    means = [np.empty((0, values.shape[1]))]
    for start in range(0, resamples, _AT_ONCE):
        size = min(_AT_ONCE, resamples - start)
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=size)  # (size, articles)
        means.append(drawn @ values / count)
    return np.concatenate(means)


def intervals(
    columns: Mapping[str, Floats], *, resamples: int = 1000, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Return ``{name: {value, low, high}}``: the mean of each column and its 95 % percentile interval.

    With no resamples or no articles, low and high are the mean itself (0 for no articles).
    """
    values = np.stack(list(columns.values()), axis=1)  # (articles, metrics)
    if not len(values):
        return {name: {"value": 0.0, "low": 0.0, "high": 0.0} for name in columns}
    means = values.mean(axis=0)
    spread = bootstrap_means(values, resamples, seed) if resamples else means[None]
    low, high = np.percentile(spread, [2.5, 97.5], axis=0)
    return {
        name: {"value": float(means[i]), "low": float(low[i]), "high": float(high[i])}
        for i, name in enumerate(columns)
    }
