"""An experiment -> its runs in MLflow under one parent; what has run already is left alone.

phongtrao experiment experiments/topics.yaml [--dry-run] [--tiny] [--all]

Stopped or killed, it goes on where it was: a run that finished is found by its key, any other is run again.
Two at once on one experiment would do the same work twice.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from phongtrao.errors import PhongtraoError
from phongtrao.recipes.experiment_plan import Experiment, PlannedRun, experiment_name, plan, read_experiment
from phongtrao.tracking.children import (
    CONFIGURATION,
    KEY,
    Child,
    close_parent,
    end_interrupted,
    find_children,
    open_parent,
)

HEADLINES: Mapping[str, tuple[str, ...]] = {
    "topics": ("seed_test", "passages", "macro_f1"),
    "summary": ("seed_test", "metrics", "rouge1_syllable"),
    "one_topic": ("held_test", "passages", "accuracy"),
}
"""Where the figure of a run's progress line stands in its outcome."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Standing:
    """What there is to do."""

    name: str
    """Of the MLflow experiment."""
    done: tuple[PlannedRun, ...]
    to_do: tuple[PlannedRun, ...]
    """``minutes`` as earlier runs took, where there were any."""
    skipped: tuple[PlannedRun, ...]
    interrupted: tuple[Child, ...]
    """Runs to do again that stand as RUNNING."""

    @property
    def minutes(self) -> float:
        """Of all that is to do."""
        return sum(run.minutes for run in self.to_do)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What has been done."""

    name: str
    ran: int
    kept: int
    skipped: int
    seconds: float


def look(
    experiment: Experiment, *, tiny: bool = False, everything: bool = False, again: bool = False
) -> Standing:
    """Return what of an experiment is done, to do, and skipped.

    Args:
        experiment: as read.
        tiny: see ``plan``.
        everything: also what ``needs`` something.
        again: take nothing for done.
    """
    planned = plan(experiment, tiny=tiny)
    name = experiment_name(experiment, tiny=tiny)
    children = find_children(name)
    finished = set() if again else {child.key for child in children if child.status == "FINISHED"}
    done = [run for run in planned if run.key in finished]
    open_runs = [run for run in planned if run.key not in finished]
    to_do = [_estimated(run, children) for run in open_runs if everything or not run.needs]
    skipped = [run for run in open_runs if run.needs and not everything]
    keys = {run.key for run in to_do}
    interrupted = [child for child in children if child.status == "RUNNING" and child.key in keys]
    return Standing(name, tuple(done), tuple(to_do), tuple(skipped), tuple(interrupted))


def run_experiment(
    path: str | Path, *, tiny: bool = False, everything: bool = False, again: bool = False, tell: Tell = print
) -> Outcome:
    """Run what of an experiment has not run yet.

    Args:
        path: the experiment's file.
        tiny: see ``plan``.
        everything: also what ``needs`` something.
        again: also what has run.
        tell: is given one line for each run, when it starts and when it ends.

    Raises:
        PhongtraoError: some runs failed; the others have been run.
    """
    started = time.monotonic()
    experiment = read_experiment(path)
    standing = look(experiment, tiny=tiny, everything=everything, again=again)
    for line in skipped_lines(standing):
        tell(line)
    outcome = Outcome(standing.name, len(standing.to_do), len(standing.done), len(standing.skipped), 0.0)
    if standing.to_do:
        for child in standing.interrupted:
            end_interrupted(child)
        parent, status, failed = open_parent(standing.name, experiment.about), "KILLED", []
        try:
            failed = _run_all(standing, parent, tell)
            status = "FAILED" if failed else "FINISHED"
        finally:
            ran = 0 if status == "KILLED" else len(standing.to_do) - len(failed)
            counts = {"finished": len(standing.done) + ran, "failed": len(failed), "skipped": outcome.skipped}
            close_parent(parent, status, counts)
        if failed:
            raise PhongtraoError(
                f"{len(failed)} of {len(standing.to_do)} runs failed ({', '.join(failed)}); "
                "mend what their lines say and give the same command again"
            )
    return replace(outcome, seconds=time.monotonic() - started)


def skipped_lines(standing: Standing) -> list[str]:
    """Return a line for each configuration that waits for ``--all``."""
    needs = {run.configuration: run.needs for run in standing.skipped}
    return [f"skipped {name}: needs {what} (--all runs it)" for name, what in needs.items()]


def _run_all(standing: Standing, parent: str, tell: Tell) -> list[str]:
    """Run one after the other; return the names of those that failed."""
    failed, many = [], len(standing.to_do)
    took: dict[str, float] = {}  # minutes, by configuration
    for number, run in enumerate(standing.to_do, 1):
        left = sum(took.get(r.configuration, r.minutes) for r in standing.to_do[number - 1 :])
        place = f"[{number}/{many}] {run}"
        tell(f"{place}: starting, about {_minutes(left)} left")
        started = time.monotonic()
        try:
            result = _run(run, standing.name, parent)
        except Exception as error:
            failed.append(str(run))
            tell(f"{place}: FAILED: {type(error).__name__}: {error}")
        else:
            seconds = time.monotonic() - started
            took[run.configuration] = seconds / 60
            tell(f"{place}: {seconds:.0f} s{_headline(run, result)}")
    return failed


def _run(run: PlannedRun, experiment: str, parent: str) -> Mapping[str, Any]:
    tags = {"mlflow.parentRunId": parent, KEY: run.key, CONFIGURATION: run.configuration}
    tracking = run.settings.tracking.model_copy(
        update={"experiment": experiment, "run_name": str(run), "enabled": True, "tags": tags}
    )
    settings = run.settings.model_copy(update={"tracking": tracking})
    recipe = import_module(f"phongtrao.recipes.train_{settings.recipe}")
    result: Mapping[str, Any] = recipe.run(settings)
    return result


def _estimated(run: PlannedRun, children: Sequence[Child]) -> PlannedRun:
    took = [
        child.seconds
        for child in children
        if child.status == "FINISHED" and child.configuration == run.configuration and child.seconds
    ]
    return replace(run, minutes=statistics.fmean(took) / 60) if took else run


def _headline(run: PlannedRun, outcome: Mapping[str, Any]) -> str:
    path = HEADLINES[run.settings.recipe]
    figure: Any = outcome["metrics"]
    for key in path:
        figure = figure.get(key) if isinstance(figure, Mapping) else None
    return f", {' '.join(path).replace('_', ' ')} {figure['value']:.3f}" if figure else ""


def _minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes >= 1.5 else f"{minutes * 60:.0f} s"
