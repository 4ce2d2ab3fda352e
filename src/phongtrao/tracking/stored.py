"""MLflow -> the finished runs of an experiment, as plain values."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.server import shown, tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run as MlflowRun


@dataclass(frozen=True, slots=True)
class StoredRun:
    """What a finished run recorded."""

    id: str
    name: str
    model: str
    recipe: str
    seed: str
    started: int
    """Milliseconds since 1970."""
    settings: Mapping[str, str]
    """Flat names (``model.C``), values as text."""
    metrics: Mapping[str, float]
    split_hash: str
    taxonomy: tuple[str, ...]

    def __str__(self) -> str:
        """Return the run as messages name it."""
        return f"{self.name} ({self.id[:8]})"


def find_experiment_runs(client: MlflowClient, experiment: str, recipe: str) -> list[StoredRun]:
    """Return the finished runs of one recipe in an experiment, oldest first.

    Raises:
        PhongtraoError: no such experiment, or nothing finished in it.
    """
    found = client.get_experiment_by_name(experiment)
    if found is None:
        names = ", ".join(sorted(e.name for e in client.search_experiments())) or "none"
        raise PhongtraoError(
            f"no experiment {experiment!r} at {shown(tracking_uri())}; it has: {names}. "
            "Train first (phongtrao train), or set MLFLOW_TRACKING_URI to where the runs are"
        )
    query = f"attributes.status = 'FINISHED' and tags.recipe = '{recipe}'"
    runs: list[StoredRun] = []
    token = None
    while True:
        page = client.search_runs(
            [found.experiment_id], query, order_by=["attributes.start_time ASC"], page_token=token
        )
        runs += [_stored(run) for run in page]
        token = page.token
        if not token:
            break
    if not runs:
        raise PhongtraoError(
            f"experiment {experiment!r} holds no finished run of recipe {recipe!r}; train first"
        )
    return runs


def find_runs(client: MlflowClient, ids: Sequence[str]) -> list[StoredRun]:
    """Return the runs of these ids (or their first eight or more digits), in this order.

    Raises:
        UsageError: no run, or more than one, has such an id, or it has not finished.
    """
    return [_stored(_find(client, run_id)) for run_id in dict.fromkeys(ids)]


def read_predictions(client: MlflowClient, run: StoredRun) -> list[dict[str, Any]]:
    """Return the test predictions that a run recorded; empty where it recorded none."""
    if not any(file.path == "predictions.jsonl" for file in client.list_artifacts(run.id)):
        return []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(client.download_artifacts(run.id, "predictions.jsonl", folder))
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def _find(client: MlflowClient, run_id: str) -> MlflowRun:
    if not re.fullmatch("[0-9a-f]{8,32}", run_id):
        raise UsageError(f"expected a run id of 8 to 32 hexadecimal digits, found {run_id!r}")
    if len(run_id) == 32:
        from mlflow.exceptions import MlflowException

        try:
            found = [client.get_run(run_id)]
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            found = []
    else:
        everywhere = [e.experiment_id for e in client.search_experiments()]
        found = client.search_runs(everywhere, f"attributes.run_id LIKE '{run_id}%'", max_results=2)
    if len(found) != 1:
        many = "no run has" if not found else "more than one run has"
        raise UsageError(
            f"{many} the id {run_id!r} at {shown(tracking_uri())}; see its page, or 'mlflow runs'"
        )
    if found[0].info.status != "FINISHED":
        raise UsageError(f"run {run_id} is {found[0].info.status}; only finished runs compare")
    return found[0]


def _stored(run: MlflowRun) -> StoredRun:
    tags = run.data.tags
    return StoredRun(
        id=run.info.run_id,
        name=run.info.run_name,
        model=tags.get("model", ""),
        recipe=tags.get("recipe", ""),
        seed=tags.get("seed", ""),
        started=run.info.start_time,
        settings=dict(run.data.params),
        metrics=dict(run.data.metrics),
        split_hash=tags.get("split.hash", ""),
        taxonomy=tuple(filter(None, tags.get("taxonomy", "").split(","))),
    )
