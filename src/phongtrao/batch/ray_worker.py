"""A Ray actor that does batches: it loads the models once, from its disk or from what the run brings along.

A batch becomes a row: its lines, its counts, or the error that ends the run. What cannot be helped by the
user is left to Ray, which starts a dead actor anew and hands it again what it had in hand. An actor that goes
on and on ends itself.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import ray

import phongtrao
from phongtrao import errors
from phongtrao.batch import workers
from phongtrao.batch.jobs import Counts, Job, Result, Step, process
from phongtrao.batch.ray_reading import Cells, from_cells
from phongtrao.errors import PhongtraoError

if TYPE_CHECKING:
    import pandas as pd

    from phongtrao.batch.jobs import Batch

_STDERR = 2

_TEXTS = ("digest", "error", "message")
_COUNTS = tuple(each.name for each in dataclasses.fields(Counts))
SCHEMA = pa.schema(
    [("row_lines", pa.large_binary()), ("reject_lines", pa.large_binary())]
    + [(name, pa.int64()) for name in _COUNTS]
    + [(name, pa.string()) for name in _TEXTS]
)
"""Of what a worker returns, a row a batch."""

Files = dict[str, bytes]
"""The files of a folder, by their path in it."""


@dataclass(frozen=True)
class Sent:
    """A job, and what another machine needs to do it alike."""

    job: Job
    settings: dict[str, Any]
    """What its rows depend on, where the run began."""
    version: str
    """Of phongtrao, where the run began."""
    folders: ray.ObjectRef
    """What ``packed`` made of the job, nothing where the run is on one machine; only fetched where needed."""


class Worker:
    """Does the batches that Ray Data hands it. One that Ray starts anew goes on with what was in hand."""

    def __init__(self, sent: Sent) -> None:
        self.sent = sent
        # What was in hand when it died comes first, and may be what it died of.
        self.careful = bool(ray.get_runtime_context().was_current_actor_reconstructed)
        self._job: Job | None = None
        self._step: Step | None = None

    def __call__(self, block: pd.DataFrame) -> pa.Table:
        """Do the batches of a block; an error that ends the run becomes a row, raised where it began."""
        rows = [self._row(row["batch"], row["digest"], row["error"]) for row in block.to_dict("records")]
        return pa.Table.from_pylist(rows, schema=SCHEMA)

    def _row(self, batch: Cells, digest: str, error: PhongtraoError | None) -> dict[str, Any]:
        result = Result(b"", b"", Counts())
        if error is None:
            try:
                result = self._do(from_cells(batch))
            except PhongtraoError as raised:
                error = raised
        told = {"error": type(error).__name__, "message": str(error)} if error else {}
        lines = {"row_lines": result.rows, "reject_lines": result.rejects, "digest": digest}
        return lines | dataclasses.asdict(result.counts) | told

    def _do(self, batch: Batch) -> Result:
        if self._job is None:
            self._job, self._disk = at_hand(self.sent)
        if self.careful:
            self.careful = False
            return workers.do_with_care(self._job, batch)
        if self._step is None:
            self._step = self._job.open()
        with watched(workers.BATCH_SECONDS):
            return process(self._step, batch)


@contextmanager
def watched(seconds: float) -> Iterator[None]:
    """End this process where what is done meanwhile takes longer, and say in its log where it was.

    Not by a thread of Python's: a regular expression that goes astray lets none run.
    """
    faulthandler.dump_traceback_later(seconds, exit=True, file=_STDERR)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()


def packed(job: Job) -> dict[str, Files]:
    """Return the files of each folder that a field of ``job`` names."""
    return {name: _files(Path(getattr(job, name))) for name in job.folders}


def moved(job: Job, places: dict[str, Path]) -> Job:
    """Return the same job with folders elsewhere, by the fields that name them."""
    values = {name: type(getattr(job, name))(place) for name, place in places.items()}
    return dataclasses.replace(job, **values)  # type: ignore[type-var]


def at_hand(sent: Sent) -> tuple[Job, tempfile.TemporaryDirectory[str] | None]:
    """Return a job whose folders are on this machine, and where they were put if they had to be.

    Raises:
        PhongtraoError: this machine has another version of phongtrao.
    """
    if sent.version != phongtrao.__version__:
        raise PhongtraoError(
            f"phongtrao is {phongtrao.__version__} on {socket.gethostname()} and {sent.version} where the "
            "run began; install the same version on all machines of the cluster"
        )
    if _is_alike(sent):
        return sent.job, None
    disk = tempfile.TemporaryDirectory(prefix="phongtrao-")
    folders: dict[str, Files] = ray.get(sent.folders)
    for name, files in folders.items():
        for path, content in files.items():
            place = Path(disk.name, name, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    return moved(sent.job, {name: Path(disk.name, name) for name in folders}), disk


def received(table: pa.Table) -> Iterator[tuple[Result, str]]:
    """Yield the results in what a worker returned, each with the digest up to its end.

    Raises:
        PhongtraoError: the run cannot go on, for a reason found by the reader or by a worker.
    """
    for row in table.to_pylist():
        if row["error"] is not None:
            raise getattr(errors, row["error"], PhongtraoError)(row["message"])
        counts = Counts(**{name: row[name] for name in _COUNTS})
        yield Result(row["row_lines"], row["reject_lines"], counts), row["digest"]


def _files(folder: Path) -> Files:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _is_alike(sent: Sent) -> bool:
    """Tell whether the job's folders are on this machine, the same as where the run began."""
    try:
        return sent.job.settings == sent.settings
    except PhongtraoError:
        return False
