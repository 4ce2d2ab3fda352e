"""Inputs -> Ray Data blocks, each one batch of records, read on the machine where the run began.

One task reads, as one process does in the local engine: what a batch holds depends on all that comes before
it, and reading costs little beside what is done with it. The task is a generator that Ray stops where those
who take from it are behind, so an input of any size takes the memory of a few batches.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from ray.data import Datasource, ReadTask
from ray.data.block import BlockMetadata

from phongtrao.batch.engines import Given, batches_after
from phongtrao.batch.journal import State
from phongtrao.errors import PhongtraoError
from phongtrao.reading import Record, Reject

if TYPE_CHECKING:
    from phongtrao.batch.jobs import Batch

Cells = list[tuple[Any, ...]]
"""A batch as plain tuples, whose size Ray can tell: four values are a record, three a reject."""


@dataclass(frozen=True)
class Inputs:
    """What a batch is asked to read, in a form that another process can read as well."""

    given: Given
    drained: Path | None = None
    """What came by stdin."""

    def records(self) -> Iterator[Record | Reject]:
        """Enumerate the records; raises as ``Given.records`` does."""
        if self.drained is not None:
            sys.stdin = self.drained.open(encoding="utf-8")  # from here on stdin is what was drained from it
        return self.given.records()


class BatchSource(Datasource):  # type: ignore[misc]
    """Batches after a state, as blocks of one row: ``batch``, ``digest``, ``error`` (at most in the last)."""

    def __init__(self, inputs: Inputs, done: State) -> None:
        super().__init__()
        self.inputs = inputs
        self.done = done

    def get_name(self) -> str:
        """Return what Ray's log calls it."""
        return "Batches"

    def estimate_inmemory_data_size(self) -> None:
        """Return that nobody knows."""

    @property
    def supports_distributed_reads(self) -> bool:
        """Return that the inputs lie on this machine."""
        return False

    def get_read_tasks(
        self,
        parallelism: int,  # noqa: ARG002
        per_task_row_limit: int | None = None,  # noqa: ARG002
        data_context: Any = None,  # noqa: ARG002
    ) -> list[ReadTask]:
        """Return the one task that reads."""
        unknown = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
        inputs, done = self.inputs, self.done
        return [ReadTask(lambda: _blocks(inputs, done), unknown)]


def to_cells(batch: Batch) -> Cells:
    """Return a batch as plain tuples."""
    return [
        (item.source, item.line, item.id, item.payload)
        if isinstance(item, Record)
        else (item.source, item.line, item.reason)
        for item in batch
    ]


def from_cells(cells: Cells) -> Batch:
    """Return the batch that ``to_cells`` was given."""
    return [Record(*values) if len(values) == 4 else Reject(*values) for values in cells]


def _blocks(inputs: Inputs, done: State) -> Iterator[pd.DataFrame]:
    """Yield blocks; an error that a user can mend is the last of them, so that all before it is kept."""
    try:
        for batch, digest in batches_after(done, inputs.records()):
            yield _block(to_cells(batch), digest, None)
    except PhongtraoError as error:
        yield _block([], "", error)


def _block(cells: Cells, digest: str, error: PhongtraoError | None) -> pd.DataFrame:
    values = {"batch": cells, "digest": digest, "error": error}
    return pd.DataFrame({name: pd.Series([value], dtype=object) for name, value in values.items()})
