"""Finished runs -> one fair table: a row a configuration, and what each gains over a baseline.

Runs that differ only in their seed are repeats of one configuration. Runs whose test splits or topics differ
are refused, for their figures do not compare.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.configurations import (
    check_comparable,
    differing_settings,
    find_baseline,
    group_by_settings,
    keep_newest,
    name_of,
)
from phongtrao.tracking.measures import measure_of, rows_for
from phongtrao.tracking.paired import Difference, difference_in, holm
from phongtrao.tracking.server import connect
from phongtrao.tracking.stored import StoredRun, find_experiment_runs, find_runs, read_predictions

if TYPE_CHECKING:
    from mlflow import MlflowClient

MAIN_METRICS: Mapping[str, tuple[str, ...]] = {
    "topics": (
        "seed_test.passages.macro_f1",
        "press_test.passages.macro_f1",
        "seed_test.articles.macro_f1",
        "seed_test.articles.primary_accuracy",
    ),
    "summary": (
        "seed_test.metrics.rouge1_syllable",
        "seed_test.metrics.rouge2_syllable",
        "vietnews_validation.metrics.rouge1_syllable",
        "vietnews_validation.metrics.rouge2_syllable",
    ),
    "one_topic": (
        "file_test.passages.accuracy",
        "file_distinct_test.passages.accuracy",
        "file_test.passages.macro_f1",
        "held_test.passages.accuracy",
        "held_distinct_test.passages.accuracy",
        "held_test.passages.macro_f1",
    ),
}
"""What the table shows for a recipe; for other recipes, every metric with an interval."""
COSTS: Mapping[str, tuple[str, ...]] = {
    "train s": ("seconds.fit",),
    "articles/s": ("articles_per_second", "seed_test.articles_per_second"),
    "model MB": ("model_megabytes",),
}
"""What a configuration costs, and the metrics that tell: the first that a run has."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric of one configuration: its one run's, or the mean over its seeds."""

    value: float
    low: float | None = None
    high: float | None = None
    deviation: float | None = None
    """Sample standard deviation over seeds; None for a single run."""


@dataclass(frozen=True, slots=True)
class ComparedConfiguration:
    """One row of the table."""

    name: str
    settings: Mapping[str, str]
    """Those settings that differ somewhere in the table."""
    runs: tuple[StoredRun, ...]
    figures: Mapping[str, Figure]
    differences: Mapping[str, Difference]
    """Gain over the baseline for each metric that can be paired; empty for the baseline itself."""
    costs: Mapping[str, float]
    """Means over the runs, by the names of ``COSTS``."""

    @property
    def seconds(self) -> float | None:
        """Mean training time."""
        return self.costs.get("train s")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What ``phongtrao compare`` shows."""

    metrics: tuple[str, ...]
    settings: tuple[str, ...]
    rows: tuple[ComparedConfiguration, ...]
    """Best first, by the first metric."""
    baseline: ComparedConfiguration
    split_hash: str
    taxonomy: tuple[str, ...]
    left_out: int
    """Older runs of the same configuration and seed."""

    @property
    def comparisons(self) -> int:
        """How many differences are shown: what Holm's correction is over."""
        return sum(len(row.differences) for row in self.rows)


def compare(
    experiment: str | None = None,
    runs: Sequence[str] = (),
    *,
    recipe: str = "topics",
    models: Sequence[str] = (),
    baseline: str | None = None,
    metrics: Sequence[str] = (),
    resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Compare the runs of an experiment, or the runs named.

    Args:
        experiment: its name; of several runs with equal settings and seed the newest counts.
        runs: ids of runs (at least eight digits each) instead of an experiment.
        recipe: which runs of the experiment.
        models: only those of the experiment whose model has one of these names; all without.
        baseline: id, run name or model name of what the others are held against; the oldest run by default.
        metrics: what to show instead of the recipe's main metrics.
        resamples: draws behind the interval of a difference.
        seed: of those draws.

    Raises:
        UsageError: nothing or both named, an unknown run, metric or baseline.
        PhongtraoError: the runs were measured on different splits or topics, or there are none.
    """
    if bool(experiment) == bool(runs):
        raise UsageError("name an experiment, or run ids, to compare (one of the two)")
    with connect() as client:
        found = find_runs(client, runs) if runs else find_experiment_runs(client, experiment or "", recipe)
        found = [run for run in found if not models or run.model in models]
        if not found:
            raise PhongtraoError(f"experiment {experiment!r} has no finished run of {', '.join(models)}")
        check_comparable(found)
        kept = found if runs else keep_newest(found)
        groups = group_by_settings(kept)
        first = find_baseline(groups, baseline)
        shown = _metrics(kept, metrics)
        differences = _differences(client, groups, first, shown, resamples=resamples, seed=seed)
    differing = differing_settings(kept)
    rows = [_row(g, differing, shown, d) for g, d in zip(groups, differences, strict=True)]
    reference = rows[groups.index(first)]
    rows.sort(key=lambda row: -row.figures[shown[0]].value if shown[0] in row.figures else float("inf"))
    split, topics = kept[0].split_hash, kept[0].taxonomy
    return Comparison(shown, differing, tuple(rows), reference, split, topics, len(found) - len(kept))


def _metrics(runs: Sequence[StoredRun], wanted: Sequence[str]) -> tuple[str, ...]:
    known = dict.fromkeys(name for run in runs for name in run.metrics)
    missing = [name for name in wanted if name not in known]
    if missing:
        raise UsageError(f"no run has the metric {missing[0]!r}; there are {', '.join(known)}")
    shown = wanted or [name for name in MAIN_METRICS.get(runs[0].recipe, ()) if name in known]
    shown = shown or [name for name in known if f"{name}.low" in known] or list(known)
    if not shown:
        raise PhongtraoError("these runs recorded no metric")
    return tuple(shown)


def _differences(
    client: MlflowClient,
    groups: Sequence[Sequence[StoredRun]],
    baseline: Sequence[StoredRun],
    metrics: Sequence[str],
    *,
    resamples: int,
    seed: int,
) -> list[dict[str, Difference]]:
    """Return, for each group, its gain over the baseline in each metric that stored predictions give."""
    measures = {name: m for name in metrics if (m := measure_of(name, baseline[0].taxonomy))}
    found: list[dict[str, Difference]] = [{} for _ in groups]
    if len(groups) < 2 or not measures:
        return found
    theirs = [read_predictions(client, run) for run in baseline]
    for gains, group in zip(found, groups, strict=True):
        if group is baseline:
            continue
        ours = [read_predictions(client, run) for run in group]
        for name, measure in measures.items():
            sides = [[rows_for(name, predictions) for predictions in side] for side in (theirs, ours)]
            if all(rows for side in sides for rows in side):
                gains[name] = difference_in(measure, *sides, resamples=resamples, seed=seed)
    return _corrected(found)


def _corrected(found: Sequence[Mapping[str, Difference]]) -> list[dict[str, Difference]]:
    """Return the differences with p-values corrected over all of them: every one shown is a chance to err."""
    corrected = iter(holm([gain.p for gains in found for gain in gains.values()]))
    return [{n: replace(g, corrected=next(corrected)) for n, g in gains.items()} for gains in found]


def _row(
    group: Sequence[StoredRun],
    settings: Sequence[str],
    metrics: Sequence[str],
    differences: Mapping[str, Difference],
) -> ComparedConfiguration:
    costs = {
        cost: [next(run.metrics[n] for n in names if n in run.metrics) for run in group]
        for cost, names in COSTS.items()
        if all(any(n in run.metrics for n in names) for run in group)
    }
    return ComparedConfiguration(
        name=name_of(group),
        settings={name: group[0].settings.get(name, "") for name in settings},
        runs=tuple(group),
        figures={name: f for name in metrics if (f := _figure(group, name))},
        differences=differences,
        costs={cost: statistics.fmean(values) for cost, values in costs.items()},
    )


def _figure(group: Sequence[StoredRun], metric: str) -> Figure | None:
    values = [run.metrics[metric] for run in group if metric in run.metrics]
    if not values:
        return None
    if len(values) > 1:
        return Figure(statistics.fmean(values), deviation=statistics.stdev(values))
    [run] = [run for run in group if metric in run.metrics]
    return Figure(values[0], run.metrics.get(f"{metric}.low"), run.metrics.get(f"{metric}.high"))
