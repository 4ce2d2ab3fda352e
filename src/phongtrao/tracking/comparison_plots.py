"""A comparison -> figures: gains with their intervals, learning curves, quality against speed.

Made without pyplot, as in ``plots``. A figure that the runs hold nothing for is not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.tracking.compare import ComparedConfiguration, Comparison, Figure
from phongtrao.tracking.paired import SIGNIFICANCE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Drawing

AMOUNTS = {
    "data.fraction": "part of the training articles",
    "share": "part of the training texts",
    "train_articles": "news articles learned from",
}
"""Settings that say how much was learned from, and how an axis names them."""
_GAIN, _LOSS, _UNSURE, _BASE = "#3a7d44", "#d1495b", "#7d7d7d", "#0b6fa4"
_LEAST_POINTS = 3


def write_plots(comparison: Comparison, folder: Path) -> list[Path]:
    """Write what there is to draw as PNG files into ``folder``; return them."""
    drawings = {
        "gains": plot_gains(comparison),
        "learning_curve": plot_learning_curve(comparison),
        "quality_speed": plot_quality_speed(comparison),
    }
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, drawing in drawings.items():
        if drawing is not None:
            written.append(folder / f"{name}.png")
            drawing.savefig(written[-1], dpi=130)
    return written


def plot_gains(comparison: Comparison) -> Drawing | None:
    """Draw a forest plot: the gain of each configuration over the baseline, a panel a metric."""
    rows = [row for row in comparison.rows if row.differences][::-1]
    metrics = [m for m in comparison.metrics if any(m in row.differences for row in rows)]
    if not metrics:
        return None
    figure, panels = _canvas(len(metrics), height=1.7 + 0.42 * len(rows), sharey=True)
    for axes, metric in zip(panels, metrics, strict=True):
        axes.axvline(0, color="0.3", lw=1)
        for place, row in enumerate(rows):
            if gain := row.differences.get(metric):
                colour = (_GAIN if gain.value > 0 else _LOSS) if gain.significant else _UNSURE
                axes.plot([gain.low, gain.high], [place, place], color=colour, lw=2)
                face = colour if gain.significant else "white"
                axes.plot(gain.value, place, "o", color=colour, mfc=face, ms=7, mew=1.6)
                p = gain.p if gain.corrected is None else gain.corrected
                told = f"{gain.value:+.3f}  {_p(p)}"
                axes.annotate(
                    told,
                    (gain.value, place),
                    (0, 7),
                    textcoords="offset points",
                    ha="center",
                    fontsize=7.5,
                    bbox={"fc": "white", "ec": "none", "alpha": 0.8, "pad": 0.5},
                )
        axes.set_title(words(metric), fontsize=10)
        axes.set_ylim(-0.6, len(rows) - 0.2)
        axes.margins(x=0.15)
        axes.locator_params(axis="x", nbins=4)
        axes.grid(axis="x", color="0.9")
    panels[0].set_yticks(range(len(rows)), [_name(row) for row in rows])
    figure.suptitle(f"Gain over {_name(comparison.baseline)}", x=0.01, ha="left", fontsize=12)
    figure.supxlabel(
        f"difference in the metric, 95 % interval; filled: p ≤ {SIGNIFICANCE:g} after Holm's correction "
        f"over {comparison.comparisons} comparisons",
        fontsize=9,
    )
    return figure


def plot_learning_curve(comparison: Comparison) -> Drawing | None:
    """Draw each metric over how much was learned from, a line for the configurations alike but for that."""
    amount = next((name for name in AMOUNTS if name in comparison.settings), None)
    lines = _lines(comparison, amount) if amount else []
    if amount is None or not lines:
        return None
    metrics = [m for m in comparison.metrics if all(m in row.figures for line in lines for row in line)]
    figure, panels = _canvas(len(metrics), height=3.6)
    for axes, metric in zip(panels, metrics, strict=True):
        for line in lines:
            x = [float(row.settings[amount]) for row in line]
            figures = [row.figures[metric] for row in line]
            name = _name(line[-1]) if len(lines) > 1 else None
            values = [f.value for f in figures]
            axes.errorbar(x, values, yerr=_errors(figures), fmt="o-", capsize=3, lw=1.8, label=name)
        ticks = sorted({float(row.settings[amount]) for line in lines for row in line})
        axes.set_xscale("log" if ticks[0] > 0 else "symlog")
        axes.set_xticks(ticks, [f"{t:.0%}" if ticks[-1] <= 1 else f"{t:g}" for t in ticks])
        axes.minorticks_off()
        axes.set_title(words(metric), fontsize=10)
        axes.set_xlabel(AMOUNTS[amount], fontsize=9)
        axes.grid(color="0.9")
    if len(lines) > 1:
        panels[0].legend(frameon=False, fontsize=8)
    figure.suptitle(
        "Learning curve (bars: ± sd over seeds, or the 95 % interval of one run)", x=0.01, ha="left"
    )
    return figure


def plot_quality_speed(comparison: Comparison) -> Drawing | None:
    """Draw the first metric against articles a second; a larger dot is a larger model."""
    from matplotlib.ticker import LogLocator, NullFormatter

    metric = comparison.metrics[0]
    rows = [row for row in comparison.rows if "articles/s" in row.costs and metric in row.figures]
    if len(rows) < 2:
        return None
    figure, (axes,) = _canvas(1, height=4.6, width=7.6)
    places = []
    for row in rows:
        x, shown = row.costs["articles/s"], row.figures[metric]
        colour = _BASE if row is comparison.baseline else _UNSURE
        size = 5 + 3 * max(0.0, row.costs.get("model MB", 0.0)) ** 0.5
        axes.errorbar(
            x, shown.value, yerr=_errors([shown]), fmt="o", ms=size, color=colour, capsize=3, alpha=0.75
        )
        places.append((x, shown.value, row))
    axes.set_xscale("log")
    slowest, fastest = (at(place[0] for place in places) for at in (min, max))
    axes.set_xlim(slowest / (fastest / slowest) ** 0.15 / 1.05, fastest * (fastest / slowest) ** 0.5 * 1.05)
    axes.margins(y=0.12)
    _name_dots(axes, places)
    axes.set(xlabel="articles a second (this machine's, one process)", ylabel=words(metric, " "))
    axes.set_title(
        "Quality against speed (larger dot: larger model; blue: baseline)", loc="left", fontsize=11
    )
    axes.xaxis.set_major_formatter("{x:,.0f}")
    if fastest > 3 * slowest:  # over decades, every minor tick's number would lie over the next
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_formatter(NullFormatter())
    else:
        axes.xaxis.set_minor_formatter("{x:,.0f}")
    axes.tick_params(axis="x", which="both", labelsize=8)
    axes.grid(color="0.92")
    return figure


def words(metric: str, joint: str = "\n") -> str:
    """Return ``seed_test.passages.macro_f1`` as readers say it: ``seed test, passages: macro-F1``."""
    split, _, rest = metric.partition(".")
    level, _, name = rest.rpartition(".")
    name = name.replace("macro_f1", "macro-F1").replace("_", " ").replace("rouge", "ROUGE-")
    where = ", ".join(filter(None, [split, level.replace("metrics", "").replace(".", " ")]))
    return f"{where.replace('_', ' ')}:{joint}{name}"


def _lines(comparison: Comparison, amount: str) -> list[list[ComparedConfiguration]]:
    """Return the configurations that differ only in ``amount``, by it, where there are enough for a curve."""
    alike: dict[tuple[tuple[str, str], ...], list[ComparedConfiguration]] = {}
    for row in comparison.rows:
        if row.settings.get(amount):
            rest = tuple((name, value) for name, value in row.settings.items() if name != amount)
            alike.setdefault(rest, []).append(row)
    lines = [sorted(line, key=lambda row: float(row.settings[amount])) for line in alike.values()]
    return [line for line in lines if len(line) >= _LEAST_POINTS]


def _errors(figures: Sequence[Figure]) -> list[list[float]]:
    """Return how far the bars reach down and up: (2, figures)."""
    down, up = [], []
    for figure in figures:
        spread = figure.deviation or 0.0
        down.append(spread if figure.low is None else max(0.0, figure.value - figure.low))
        up.append(spread if figure.high is None else max(0.0, figure.high - figure.value))
    return [down, up]


def _name_dots(axes: Axes, places: Sequence[tuple[float, float, ComparedConfiguration]]) -> None:
    """Write the names beside the dots, moved apart where they would lie over one another."""
    height = (axes.get_ylim()[1] - axes.get_ylim()[0]) / 22
    last = float("-inf")
    for x, y, row in sorted(places, key=lambda place: place[1]):
        last = max(y, last + height)
        axes.annotate(
            row.name,
            (x, y),
            (14, (last - y) / height * 13),
            textcoords="offset points",
            fontsize=8.5,
            va="center",
            arrowprops={"arrowstyle": "-", "color": "0.75", "lw": 0.6},
        )


def _name(row: ComparedConfiguration) -> str:
    return f"{row.name} ({len(row.runs)} seeds)" if len(row.runs) > 1 else row.name


def _p(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def _canvas(
    panels: int, *, height: float, width: float | None = None, sharey: bool = False
) -> tuple[Drawing, list[Axes]]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width or 2.2 + 2.9 * panels, height), layout="constrained")
    axes = list(figure.subplots(1, panels, sharey=sharey, squeeze=False)[0])
    for each in axes:
        each.spines[["top", "right"]].set_visible(False)
        each.tick_params(labelsize=8.5)
    return figure, axes
