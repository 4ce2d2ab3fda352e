"""Points of a curve -> metrics over steps, while a run is going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from phongtrao.tracking.runs import Run
from phongtrao.tracking.server import connect

LogPoint = Callable[[Mapping[str, float]], None]


@contextmanager
def open_curve(run: Run, prefix: str) -> Iterator[LogPoint]:
    """Give a function that records one point of a curve: its ``step`` and, under ``PREFIX.``, all else.

    For a run that records nothing it does nothing.

    Raises:
        PhongtraoError: the tracking server went away.
    """
    if run.id is None:
        yield lambda _: None
        return
    with connect() as client:
        from mlflow.entities import Metric

        run_id = run.id

        def log(point: Mapping[str, float]) -> None:
            now, step = int(time.time() * 1000), int(point["step"])
            metrics = [Metric(f"{prefix}.{k}", v, now, step) for k, v in point.items() if k != "step"]
            client.log_batch(run_id, metrics=metrics)

        yield log
