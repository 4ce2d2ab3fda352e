"""What a run has to tell -> MLflow. The only place that writes to a run, at once or later from what was kept.

An entry is plain values and perhaps a file or a folder, so that it can wait on a disk. Times are of when a
thing happened, not of when it was sent; entries sent twice change nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from mlflow import MlflowClient

_BATCH = 500  # MLflow takes 1,000 metrics and 100 parameters in one request
_PARAMETERS = 100

Kind = Literal["parameters", "tags", "data", "metrics", "file", "folder", "model", "note", "end"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a run has to tell."""

    kind: Kind
    values: Mapping[str, Any]
    """What JSON can hold; which keys, the method of ``Sender`` says."""
    content: Path | None = None
    """A file (``file``) or a folder (``folder``, ``model``) that goes with it."""


class Sender:
    """Sends the entries of one run, in their order."""

    def __init__(self, client: MlflowClient, run_id: str, model_id: str | None = None) -> None:
        self.run_id = run_id
        self.model_id = model_id
        """Of the model logged last: later metrics and notes are its own, too."""
        self._client = client

    def send(self, entry: Entry) -> None:
        """Send one entry.

        Raises:
            MlflowException, RequestException: the server refused it, or is not there.
        """
        getattr(self, f"_{entry.kind}")(
            **entry.values, **({"content": entry.content} if entry.content else {})
        )

    def _parameters(self, values: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        parameters = [Param(key, value) for key, value in values.items()]
        for start in range(0, len(parameters), _PARAMETERS):
            self._client.log_batch(self.run_id, params=parameters[start : start + _PARAMETERS])

    def _tags(self, values: Mapping[str, str]) -> None:
        from mlflow.entities import RunTag

        self._client.log_batch(self.run_id, tags=[RunTag(key, value) for key, value in values.items()])

    def _data(self, data_hash: str, split_hash: str) -> None:
        from mlflow.entities import Dataset, DatasetInput, InputTag

        source = json.dumps({"tags": {"split_hash": split_hash}})
        dataset = Dataset("labelled articles", data_hash, "code", source)
        self._client.log_inputs(
            self.run_id, [DatasetInput(dataset, [InputTag("mlflow.data.context", "train")])]
        )

    def _metrics(self, values: Mapping[str, float], time: int, step: int, split_hash: str) -> None:
        """Record numbers; those of a test split (``seed_test.ece``) name it to the model's page."""
        from mlflow.entities import Metric

        def measured_on(name: str) -> dict[str, str]:
            split = name.partition(".")[0]
            known = split_hash and split.endswith("_test")
            return {"dataset_name": split, "dataset_digest": split_hash} if known else {}

        flat = [
            Metric(name, value, time, step, model_id=self.model_id, **measured_on(name))
            for name, value in values.items()
        ]
        for start in range(0, len(flat), _BATCH):
            self._client.log_batch(self.run_id, metrics=flat[start : start + _BATCH])

    def _file(self, content: Path, to: str) -> None:
        self._client.log_artifact(self.run_id, str(content), to or None)

    def _folder(self, content: Path, to: str) -> None:
        self._client.log_artifacts(self.run_id, str(content), to)

    def _model(self, content: Path, name: str, example: list[dict[str, Any]]) -> None:
        from phongtrao.tracking.models import log_model

        self.model_id = log_model(content, name=name, example=example, run_id=self.run_id).model_id

    def _note(self, markdown: str) -> None:
        """Set what the pages of the run and of its model say."""
        self._client.set_tag(self.run_id, "mlflow.note.content", markdown)
        if self.model_id:
            self._client.set_logged_model_tags(self.model_id, {"mlflow.note.content": markdown})

    def _end(self, status: str, time: int) -> None:
        self._client.set_terminated(self.run_id, status, time)
