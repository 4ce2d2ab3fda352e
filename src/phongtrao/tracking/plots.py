"""Test predictions -> figures for a run's page: precision and recall, confusion, calibration.

Figures are made without pyplot, so that nothing is left open and no display is needed. The font that comes
with matplotlib (DejaVu Sans) has every Vietnamese letter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Rows = Sequence[Mapping[str, Any]]
"""Predictions on one split at one level: ``gold``, ``said`` and ``scores`` each."""

_COLOURS = ("#0b6fa4", "#d1495b", "#3a7d44", "#8a5a9e", "#b8860b", "#4d4d4d")
_SCORE = "score of the model (calibrated probability)"


def plot_precision_recall(rows: Rows, names: Mapping[str, str], *, where: str) -> Figure:
    """Draw precision against recall for each topic; the dot is where the model's threshold stands.

    Args:
        rows: the predictions.
        names: for each topic, in the fixed order, how to name it to a reader.
        where: what they were measured on, such as ``seed test, passages``.
    """
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, (axes,) = _canvas(f"Precision and recall by topic\n{where}, n = {len(rows)}")
    for colour, (topic, name) in zip(_COLOURS * len(names), names.items(), strict=False):
        gold, scores, said = _columns(rows, topic)
        if not gold.any():
            continue  # no passage carries it: recall is undefined
        precision, recall, _ = precision_recall_curve(gold, scores)
        average = average_precision_score(gold, scores)
        axes.step(recall, precision, where="post", color=colour, lw=1.8, label=f"{name}  ({average:.2f})")
        if said.any():
            hits = (gold & said).sum()
            axes.plot(hits / gold.sum(), hits / said.sum(), "o", color=colour, ms=8, mec="white", zorder=3)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
    axes.set_aspect("equal")
    axes.legend(
        title="topic (average precision); dot: threshold", loc="lower left", frameon=False, fontsize=9
    )
    return figure


def plot_confusion(rows: Rows, names: Mapping[str, str], *, where: str) -> Figure:
    """Draw what is found and what is said wrongly: a row a topic carried, a column a topic said.

    On the diagonal: of the passages that carry the topic, the share said to. Beside it: of those that carry
    the row's topic and not the column's, the share wrongly said to carry the column's. The last row is of
    passages without any topic. A passage may stand in several rows.
    """
    import numpy as np

    topics = list(names)
    gold = np.array([[topic in row["gold"] for topic in topics] for row in rows], dtype=bool)  # (N, T)
    said = np.array([[topic in row["said"] for topic in topics] for row in rows], dtype=bool)
    carried = np.column_stack([gold, ~gold.any(axis=1)])  # (N, T + 1): the last column is "none"
    counts = np.zeros((len(topics) + 1, len(topics)), dtype=int)
    totals = np.zeros_like(counts)
    for i in range(len(topics) + 1):
        for j in range(len(topics)):
            among = carried[:, i] if i == j else carried[:, i] & ~gold[:, j]
            counts[i, j], totals[i, j] = (among & said[:, j]).sum(), among.sum()
    labels = list(names.values())
    figure, (axes,) = _canvas(
        f"Topics found, and topics said wrongly\n{where}, n = {len(rows)}", size=(8.6, 6.2)
    )
    _heatmap(axes, counts, totals, rows=[*labels, "no topic"], columns=labels)
    axes.set(xlabel="topic said by the model", ylabel="topic carried (annotators)")
    return figure


def plot_reliability(rows: Rows, names: Mapping[str, str], *, where: str, bins: int = 10) -> Figure:
    """Draw how often a topic is really there against the score it got, with how many scores each bin holds.

    All topics together, equal-width bins (Guo et al. 2017).
    """
    import numpy as np

    columns = [_columns(rows, topic) for topic in names]
    gold = np.concatenate([c[0] for c in columns])
    scores = np.concatenate([c[1] for c in columns])
    place = np.minimum((scores * bins).astype(int), bins - 1)
    size = np.bincount(place, minlength=bins)
    held = size > 0
    mean = np.bincount(place, scores, bins)[held] / size[held]
    real = np.bincount(place, gold.astype(float), bins)[held] / size[held]
    error = float((size[held] / len(scores) * np.abs(real - mean)).sum())
    figure, (axes, beneath) = _canvas(
        f"Reliability of the scores\n{where}, {len(scores)} scores; ECE {error:.3f}", heights=(5, 1)
    )
    axes.plot([0, 1], [0, 1], ls="--", color="0.6", lw=1.2, label="a score that keeps its word")
    axes.plot(mean, real, "o-", color=_COLOURS[0], lw=1.8, label="the model, all topics")
    axes.set(ylabel="share that carries the topic", xlim=(0, 1), ylim=(0, 1.02))
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    beneath.bar((np.arange(bins) + 0.5) / bins, size, width=0.9 / bins, color="0.7", log=True)
    beneath.set(xlabel=_SCORE, ylabel="how many", ylim=(0.8, None))
    return figure


def _canvas(
    title: str, *, size: tuple[float, float] = (6.8, 6.6), heights: tuple[int, ...] = (1,)
) -> tuple[Figure, list[Axes]]:
    """Return an empty figure with axes beneath each other, the title above the first."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights, squeeze=False)[:, 0]
    axes[0].set_title(title, loc="left", fontsize=11)
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
    return figure, list(axes)


def _columns(rows: Rows, topic: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return gold (N,) bool, score (N,) and said (N,) bool of a topic."""
    import numpy as np

    gold = np.array([topic in row["gold"] for row in rows], dtype=bool)
    scores = np.array([row["scores"][topic] for row in rows], dtype=float)
    return gold, scores, np.array([topic in row["said"] for row in rows], dtype=bool)


def _heatmap(
    axes: Axes, counts: np.ndarray, totals: np.ndarray, *, rows: Sequence[str], columns: Sequence[str]
) -> None:
    import numpy as np

    shares = np.divide(counts, totals, out=np.zeros(counts.shape), where=totals > 0)
    good = np.eye(*counts.shape) > 0
    axes.imshow(np.where(good, shares, np.nan), cmap="Greens", vmin=0, vmax=1.15, aspect="auto")
    axes.imshow(np.where(good, np.nan, shares), cmap="Reds", vmin=0, vmax=0.5, aspect="auto")
    for (i, j), share in np.ndenumerate(shares):
        dark = share > (0.65 if good[i, j] else 0.3)
        text = f"{share:.0%}\n{counts[i, j]} of {totals[i, j]}" if totals[i, j] else "–"
        axes.text(j, i, text, ha="center", va="center", fontsize=9, color="white" if dark else "black")
    axes.set_xticks(range(len(columns)), [name.replace(" (", "\n(") for name in columns], fontsize=8)
    axes.set_yticks(range(len(rows)), [name.replace(" (", "\n(") for name in rows], fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
