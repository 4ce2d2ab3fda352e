"""One training -> one MLflow run: settings, where code and data came from, metrics, tables, plots, the model.

A recipe writes to a ``Run``. With tracking switched off the same calls do nothing, so that a recipe reads the
same either way. A server that goes away meanwhile stops no training: see ``Outbox``.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.config import TrackingSettings
from phongtrao.tracking.entries import Entry, Kind, Sender
from phongtrao.tracking.flat import as_csv, flatten_metrics, flatten_settings
from phongtrao.tracking.outbox import Outbox
from phongtrao.tracking.provenance import code_tags
from phongtrao.tracking.server import connect, shown, tracking_uri

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow import MlflowClient


class Run:
    """A run that records nothing: tracking is switched off."""

    id: str | None = None
    url: str | None = None

    def log_data(self, *, data_hash: str, split_hash: str, topics: Sequence[str]) -> None:
        """Record what was learned from; runs compare only where split and topics agree."""

    def log_metrics(self, metrics: Mapping[str, Any], step: int = 0) -> None:
        """Record numbers under flat names (see ``flatten_metrics``); steps make a curve."""

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
        """Record a model folder as an MLflow model that can be served; return its address.

        None where the server is away; the model is kept then.
        """
        return None

    def set_summary(self, markdown: str) -> None:
        """Set what the pages of the run and of its model say."""


class TrackedRun(Run):
    """A run on an MLflow server."""

    def __init__(self, outbox: Outbox, experiment_id: str) -> None:
        self.id: str = outbox.run_id
        self._outbox = outbox
        self._split_hash = ""
        uri = tracking_uri()
        self.url = f"{shown(uri)}/#/experiments/{experiment_id}/runs/{self.id}" if "http" in uri[:5] else None

    def log_parameters(self, settings: Mapping[str, str]) -> None:
        """Record flat settings."""
        self._tell("parameters", values=settings)

    def log_data(self, *, data_hash: str, split_hash: str, topics: Sequence[str]) -> None:  # noqa: D102
        self._split_hash = split_hash
        tags = {"data.hash": data_hash, "split.hash": split_hash, "taxonomy": ",".join(topics)}
        self._tell("tags", values=tags)
        self._tell("data", data_hash=data_hash, split_hash=split_hash)

    def log_metrics(self, metrics: Mapping[str, Any], step: int = 0) -> None:  # noqa: D102
        flat = flatten_metrics(metrics)
        self._tell("metrics", values=flat, time=_now(), step=step, split_hash=self._split_hash)

    def log_table(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: D102
        self.log_text(f"tables/{name}.csv", as_csv(rows))

    def log_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:  # noqa: D102
        self.log_text(f"{name}.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def log_json(self, name: str, value: Mapping[str, Any]) -> None:  # noqa: D102
        self.log_text(f"{name}.json", json.dumps(value, ensure_ascii=False, indent=1))

    def log_text(self, path: str, text: str) -> None:
        """Record a text as the file ``path`` of the run."""
        with self._file(path) as file:
            file.write_text(text, encoding="utf-8")

    def log_figure(self, name: str, figure: Figure) -> None:  # noqa: D102
        with self._file(f"plots/{name}.png") as file:
            figure.savefig(file, dpi=120)

    def log_folder(self, folder: Path, to: str) -> None:  # noqa: D102
        self._tell("folder", folder, to=to)

    def log_model(self, folder: Path, *, name: str, example: Sequence[Mapping[str, Any]]) -> str | None:  # noqa: D102
        self._tell("model", folder, name=name, example=[dict(row) for row in example])
        return f"models:/{self._outbox.model_id}" if self._outbox.model_id else None

    def set_summary(self, markdown: str) -> None:  # noqa: D102
        self._tell("note", markdown=markdown)

    def end(self, status: str) -> None:
        """Say that the run is over: FINISHED, FAILED or KILLED."""
        self._tell("end", status=status, time=_now())

    def close(self) -> Path | None:
        """Let go of the run; return the folder that holds what could not be sent."""
        return self._outbox.close()

    @contextmanager
    def _file(self, path: str) -> Iterator[Path]:
        """Give a file to write, and record it as the file ``path`` of the run."""
        where, _, name = path.rpartition("/")
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder) / name
            self._tell("file", Path(folder) / name, to=where)

    def _tell(self, kind: Kind, content: Path | None = None, /, **values: Any) -> None:
        self._outbox.deliver(Entry(kind, values, content))


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
        PhongtraoError: the server cannot be reached, before anything is trained. Where it goes away later,
            what it misses is kept in ``runs/unsent`` for ``phongtrao sync``.
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
            run.end(status)
            kept = run.close()
        if kept:
            print(f"run {run.id} is over; it waits in {kept}: phongtrao sync", file=sys.stderr)
            return
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
    about = {"name": run_name, "experiment": tracking.experiment, "server": shown(tracking_uri())}
    run = TrackedRun(Outbox(Sender(client, created.info.run_id), about), where)
    run.log_parameters(flatten_settings(config))
    run.log_text("config.yaml", yaml.safe_dump(dict(config), allow_unicode=True, sort_keys=False))
    return run


def _new_experiment(client: MlflowClient, name: str) -> str:
    tags = {
        "mlflow.experimentKind": "custom_model_development",  # MLflow's pages for training, not for agents
        "mlflow.note.content": "`phongtrao compare` holds these runs against each other: "
        "predictions paired; runs measured on different splits are refused.",
    }
    return str(client.create_experiment(name, tags=tags))


def _now() -> int:
    """Return milliseconds since 1970, as MLflow counts."""
    return int(time.time() * 1000)
