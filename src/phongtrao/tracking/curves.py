"""Points of a curve -> metrics over steps, while a run is going on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from phongtrao.tracking.runs import Run

LogPoint = Callable[[Mapping[str, float]], None]


@contextmanager
def open_curve(run: Run, prefix: str) -> Iterator[LogPoint]:
    """Give a function that records one point of a curve: its ``step`` and, under ``PREFIX.``, all else.

    For a run that records nothing it does nothing.
    """

    def log(point: Mapping[str, float]) -> None:
        values = {key: value for key, value in point.items() if key != "step"}
        run.log_metrics({prefix: values}, step=int(point["step"]))

    yield log
