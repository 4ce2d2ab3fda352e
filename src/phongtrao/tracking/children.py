"""An experiment's parent run and its children in MLflow: which have finished, how long they took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phongtrao.tracking.provenance import code_tags
from phongtrao.tracking.server import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun

KEY, CONFIGURATION, _PARENT = "experiment.key", "experiment.configuration", "experiment.parent"


@dataclass(frozen=True, slots=True)
class Child:
    """A run that an experiment has started."""

    id: str
    key: str
    configuration: str
    status: str
    """As MLflow names it: RUNNING (or killed while it was), FINISHED, FAILED, KILLED."""
    seconds: float | None
    """From its start to its end; None where it did not end."""


def find_children(experiment: str) -> list[Child]:
    """Return the runs that the experiment has started so far, oldest first."""
    with connect() as client:
        return [_child(run) for run in _search(client, experiment, f"tags.`{KEY}` LIKE '%'")]


def open_parent(experiment: str, about: str) -> str:
    """Return the id of the experiment's parent run, now RUNNING; it is made where there is none."""
    with connect() as client:
        found = _search(client, experiment, f"tags.`{_PARENT}` = '{experiment}'")
        if found:
            run_id = str(found[-1].info.run_id)
            client.update_run(run_id, status="RUNNING")
        else:
            there = client.get_experiment_by_name(experiment)
            where = there.experiment_id if there else client.create_experiment(experiment)
            tags = code_tags() | {_PARENT: experiment, "recipe": "experiment"}
            run_id = str(client.create_run(where, run_name=experiment, tags=tags).info.run_id)
        client.set_tag(run_id, "mlflow.note.content", about)
        return run_id


def close_parent(run_id: str, status: str, counts: Mapping[str, int]) -> None:
    """Record how many runs are done, failed or skipped, and end the parent run."""
    with connect() as client:
        for name, count in counts.items():
            client.log_metric(run_id, f"runs.{name}", count)
        client.set_terminated(run_id, status)


def end_interrupted(child: Child) -> None:
    """End a run as KILLED that stands as RUNNING though its process is gone."""
    with connect() as client:
        client.set_terminated(child.id, "KILLED")


def _search(client: MlflowClient, experiment: str, query: str) -> list[MlflowRun]:
    found = client.get_experiment_by_name(experiment)
    runs: list[MlflowRun] = []
    token = None
    while found is not None:
        page = client.search_runs(
            [found.experiment_id], query, order_by=["attributes.start_time ASC"], page_token=token
        )
        runs += page
        token = page.token
        if not token:
            break
    return runs


def _child(run: MlflowRun) -> Child:
    ended, tags = run.info.end_time, run.data.tags
    seconds = (ended - run.info.start_time) / 1000 if ended else None
    return Child(run.info.run_id, tags[KEY], tags.get(CONFIGURATION, ""), run.info.status, seconds)
