"""One training -> one MLflow run: settings, where code and data came from, metrics, tables, plots, the model.

A recipe writes to a ``Run``. With tracking switched off the same calls do nothing, so that a recipe reads the
same either way.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.config import TrackingSettings
from phongtrao.tracking.flat import as_csv, flatten_metrics, flatten_settings
from phongtrao.tracking.provenance import code_tags
from phongtrao.tracking.server import connect, shown, tracking_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient

_BATCH = 500  # MLflow takes 1,000 metrics and 100 parameters in one request
_PARAMETERS = 100


class Run:
    """A run that records nothing: tracking is switched off."""

    id: str | None = None
    url: str | None = None

    def log_data(self, *, data_hash: str, split_hash: str, topics: Sequence[str]) -> None:
        """Record what was learned from; runs compare only where split and topics agree."""

    def log_metrics(self, metrics: Mapping[str, Any]) -> None:
        """Record numbers under flat names (see ``flatten_metrics``)."""

    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Record flat rows as ``tables/NAME.csv``."""

    def log_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Record nested rows as ``NAME.jsonl``; ``compare`` reads ``predictions``."""

    def log_json(self, name: str, value: Mapping[str, Any]) -> None:
        """Record nested values as ``NAME.json``."""

    def log_figure(self, name: str, figure: Figure) -> None:
        """Record a figure as ``plots/NAME.png``."""

    def log_folder(self, folder: Path, to: str) -> None:
        """Record the files of a folder under ``to``."""

    def log_model(  # the base records nothing, so it looks at nothing
        self,
        folder: Path,  # noqa: ARG002
        *,
        name: str,  # noqa: ARG002
        example: Sequence[Mapping[str, Any]],  # noqa: ARG002
    ) -> str | None:
        """Record a model folder as an MLflow model that can be served; return its address."""
        return None

    def set_summary(self, markdown: str) -> None:
        """Set what the pages of the run and of its model say."""


class TrackedRun(Run):
    """A run on an MLflow server."""

    def __init__(self, client: MlflowClient, run_id: str, experiment_id: str) -> None:
        self.id: str = run_id
        self._client = client
        self._model_id: str | None = None
        self._split_hash = ""
        uri = tracking_uri()
        self.url = f"{shown(uri)}/#/experiments/{experiment_id}/runs/{run_id}" if "http" in uri[:5] else None

    def log_data(self, *, data_hash: str, split_hash: str, topics: Sequence[str]) -> None:  # noqa: D102
        from mlflow.entities import Dataset, DatasetInput, InputTag

        self._split_hash = split_hash
        tags = {"data.hash": data_hash, "split.hash": split_hash, "taxonomy": ",".join(topics)}
        for key, value in tags.items():
            self._client.set_tag(self.id, key, value)
        source = {"split_hash": split_hash}
        dataset = Dataset("labelled articles", data_hash, "code", json.dumps({"tags": source}))
        self._client.log_inputs(self.id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])])

    def log_metrics(self, metrics: Mapping[str, Any]) -> None:  # noqa: D102
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        flat = [
            Metric(key, value, now, 0, model_id=self._model_id, **self._measured_on(key))
            for key, value in flatten_metrics(metrics).items()
        ]
        for start in range(0, len(flat), _BATCH):
            self._client.log_batch(self.id, metrics=flat[start : start + _BATCH])

    def _measured_on(self, metric: str) -> dict[str, str]:
        """Return the test split of a metric such as ``seed_test.ece``, as the model's page names data."""
        split = metric.partition(".")[0]
        known = self._split_hash and split.endswith("_test")
        return {"dataset_name": split, "dataset_digest": self._split_hash} if known else {}

    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: D102
        self._client.log_text(self.id, as_csv(rows), f"tables/{name}.csv")

    def log_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: D102
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self._client.log_text(self.id, lines, f"{name}.jsonl")

    def log_json(self, name: str, value: Mapping[str, Any]) -> None:  # noqa: D102
        text = json.dumps(value, ensure_ascii=False, indent=1)
        self._client.log_text(self.id, text, f"{name}.json")

    def log_figure(self, name: str, figure: Figure) -> None:  # noqa: D102
        self._client.log_figure(self.id, figure, f"plots/{name}.png", save_kwargs={"dpi": 120})

    def log_folder(self, folder: Path, to: str) -> None:  # noqa: D102
        self._client.log_artifacts(self.id, str(folder), to)

    def log_model(self, folder: Path, *, name: str, example: Sequence[Mapping[str, Any]]) -> str | None:  # noqa: D102
        from phongtrao.tracking.models import log_model

        info = log_model(folder, name=name, example=example, run_id=self.id)
        self._model_id = info.model_id
        return str(info.model_uri)

    def set_summary(self, markdown: str) -> None:  # noqa: D102
        self._client.set_tag(self.id, "mlflow.note.content", markdown)
        if self._model_id:
            self._client.set_logged_model_tags(self._model_id, {"mlflow.note.content": markdown})


@contextmanager
def start_run(
    tracking: TrackingSettings,
    name: str,
    *,
    recipe: str,
    config: Mapping[str, Any],
    seed: int,
    variant: str = "",
) -> Iterator[Run]:
    """Open a run for the length of a ``with`` block; it ends FINISHED, FAILED or, on Ctrl-C, KILLED.

    Args:
        tracking: which experiment, what name, and whether to record at all.
        name: the model's name; the run is called ``NAME VARIANT seed=SEED`` unless the settings name it.
        recipe: which recipe runs; runs of one recipe compare.
        config: the resolved settings, plain values; recorded as parameters and as ``config.yaml``.
        seed: recorded as a tag; runs that differ only here are repeats of one configuration.
        variant: what sets this configuration apart from the model's defaults, for the reader of a list.

    Raises:
        PhongtraoError: the server cannot be reached (before anything is trained), or goes away.
    """
    if not tracking.enabled:
        yield Run()
        return
    with connect() as client:
        run = _create(client, tracking, name, recipe=recipe, config=config, seed=seed, variant=variant)
        status = "FAILED"
        try:
            yield run
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            client.set_terminated(run.id, status)
        look = run.url or f"look at it: mlflow ui --backend-store-uri {shown(tracking_uri())}"
        print(f"recorded run {run.id}; {look}", file=sys.stderr)


def _create(
    client: MlflowClient,
    tracking: TrackingSettings,
    name: str,
    *,
    recipe: str,
    config: Mapping[str, Any],
    seed: int,
    variant: str,
) -> TrackedRun:
    import yaml
    from mlflow.entities import Param

    experiment = client.get_experiment_by_name(tracking.experiment)
    where = experiment.experiment_id if experiment else _new_experiment(client, tracking.experiment)
    tags = (
        code_tags()
        | {
            "recipe": recipe,
            "model": name,
            "seed": str(seed),
            "mlflow.source.name": f"phongtrao train ({recipe})",
        }
        | dict(tracking.tags)
    )
    run_name = tracking.run_name or " ".join(filter(None, (name, variant, f"seed={seed}")))
    created = client.create_run(where, run_name=run_name, tags=tags)
    run = TrackedRun(client, created.info.run_id, where)
    parameters = [Param(key, value) for key, value in flatten_settings(config).items()]
    for start in range(0, len(parameters), _PARAMETERS):
        client.log_batch(run.id, params=parameters[start : start + _PARAMETERS])
    client.log_text(run.id, yaml.safe_dump(dict(config), allow_unicode=True, sort_keys=False), "config.yaml")
    return run


def _new_experiment(client: MlflowClient, name: str) -> str:
    tags = {
        "mlflow.experimentKind": "custom_model_development",  # MLflow's pages for training, not for agents
        "mlflow.note.content": "`phongtrao compare` holds these runs against each other: "
        "predictions paired; runs measured on different splits are refused.",
    }
    return str(client.create_experiment(name, tags=tags))
