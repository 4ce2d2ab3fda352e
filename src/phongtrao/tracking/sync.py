"""What trainings kept while their server was away -> the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError
from phongtrao.tracking.entries import Entry, Sender
from phongtrao.tracking.server import connect, shown, tracking_uri
from phongtrao.tracking.unsent import UNSENT, Unsent, kept_runs

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True, slots=True)
class SentRun:
    """A run that is whole on the server now."""

    id: str
    name: str
    entries: int


def sync(folder: Path = UNSENT) -> Iterator[SentRun]:
    """Send what is kept under ``folder``, run by run, and delete it; yield each run when it is whole.

    A sending that breaks off goes on where it was when it is called again.

    Raises:
        PhongtraoError: the server does not answer, does not know a run, or refused something; or a run still
            trains. What is not sent stays kept, and other runs are sent first.
    """
    problems = []
    runs = kept_runs(folder)
    if not runs:
        return
    with connect() as client:
        for run in runs:
            try:
                sent = _send(client, run)
            except PhongtraoError as error:
                problems.append(str(error))
            else:
                yield sent
    if problems:
        raise PhongtraoError("; ".join(problems))


def _send(client: MlflowClient, folder: Path) -> SentRun:
    with closing(Unsent(folder)) as kept:
        about = kept.about
        _check_known(client, about["run_id"], about["server"])
        sender = Sender(client, about["run_id"], about["model_id"])
        count = 0
        for entry in kept.entries():
            sender.send(entry)
            kept.mark_sent(sender.model_id)
            count += 1
        if not kept.ended:  # the training was killed, too, and could not say so
            sender.send(Entry("end", {"status": "FAILED", "time": kept.last_change}))
        kept.remove()
    return SentRun(about["run_id"], about["name"], count)


def _check_known(client: MlflowClient, run_id: str, began_at: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.get_run(run_id)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raise PhongtraoError(
            f"{shown(tracking_uri())} knows no run {run_id}: it began at {began_at}; "
            "set MLFLOW_TRACKING_URI to that server"
        ) from error
