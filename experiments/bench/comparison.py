"""Measured runs -> the rows of one table, each system beside the reference.

Runs of one round follow each other within minutes, so a ratio is taken round by round, and its spread says
what the machine did meanwhile.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = (
    "× (a)",
    "system",
    "processes × threads",
    "articles",
    "articles/s",
    "core-h per million",
    "first result s",
    "peak MB",
)


@dataclass(frozen=True)
class Measurement:
    """One run of one system."""

    system: str
    processes: str
    """``2 × 1``: processes and threads of each."""
    articles: int
    round: int
    """From 1; 0 for a run beside the rounds, held against the reference's median."""
    seconds: float
    cpu_seconds: float
    memory_megabytes: float
    first_seconds: float | None = None

    @property
    def rate(self) -> float:
        """Articles a second."""
        return self.articles / self.seconds


@dataclass(frozen=True)
class Summary:
    """All runs of one system on one number of articles; ranges are (median, lowest, highest)."""

    system: str
    processes: str
    articles: int
    runs: int
    ratio: tuple[float, float, float]
    """Articles/s against the reference."""
    rate: tuple[float, float, float]
    core_hours_per_million: float
    memory_megabytes: float
    """Highest of all runs."""
    first_seconds: float | None


def summarize(measurements: Sequence[Measurement], reference: str) -> list[Summary]:
    """Return a summary for each system, number of articles and of processes, in this order.

    Systems and processes stand as they first appear, articles rise.
    """
    own = {m.round: m.rate for m in measurements if m.system == reference}
    usual = statistics.median(own.values())
    groups: dict[tuple[str, str, int], list[Measurement]] = {}
    for m in measurements:
        groups.setdefault((m.system, m.processes, m.articles), []).append(m)
    systems = [*dict.fromkeys(m.system for m in measurements)]
    ordered = sorted(groups.items(), key=lambda item: (systems.index(item[0][0]), item[0][2]))
    return [
        Summary(
            system,
            processes,
            articles,
            runs=len(runs),
            ratio=_range([m.rate / own.get(m.round, usual) for m in runs]),
            rate=_range([m.rate for m in runs]),
            core_hours_per_million=statistics.median(m.cpu_seconds / m.articles for m in runs) * 1e6 / 3600,
            memory_megabytes=max(m.memory_megabytes for m in runs),
            first_seconds=_median([m.first_seconds for m in runs if m.first_seconds is not None]),
        )
        for (system, processes, articles), runs in ordered
    ]


def cells(summary: Summary) -> list[str]:
    """Return a summary as the cells under ``HEAD``."""
    first = "" if summary.first_seconds is None else f"{summary.first_seconds:.1f}"
    return [
        _spread(summary.ratio),
        summary.system,
        summary.processes,
        f"{summary.articles:,}",
        _spread(summary.rate),
        _short(summary.core_hours_per_million),
        first,
        f"{summary.memory_megabytes:,.0f}",
    ]


def findings(summaries: Sequence[Summary], peers: Sequence[str]) -> list[str]:
    """Return what the issue asks of phongtrao: more workers against one, more articles against fewer."""
    found = []
    for system in dict.fromkeys(s.system for s in summaries if s.system not in peers):
        own = [s for s in summaries if s.system == system]
        fewest = min(s.articles for s in own)
        small = [s for s in own if s.articles == fewest]
        one, most = small[0], small[-1]
        if one is not most:
            found.append(f"{system}: {most.processes} against {one.processes}: {_gain(most, one)}.")
        grown = [s for s in own if s.articles > fewest and s.processes == most.processes]
        for s in grown:
            found.append(
                f"{system}: {s.articles:,} articles against {fewest:,}: articles/s {_gain(s, most)}, "
                f"peak memory ×{s.memory_megabytes / most.memory_megabytes:.2f}."
            )
    return found


def _gain(one: Summary, other: Summary) -> str:
    return f"×{one.rate[0] / other.rate[0]:.2f}"


def _range(values: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(values), min(values), max(values)


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None


def _spread(values: tuple[float, float, float]) -> str:
    """Return ``12.3 (11.9-12.8)``, the median alone where nothing varies."""
    middle, low, high = (_short(value) for value in values)
    return middle if low == high else f"{middle} ({low}-{high})"


def _short(value: float) -> str:
    """Return three figures, or all before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}" if value >= 0.001 else f"{value:.1g}"
