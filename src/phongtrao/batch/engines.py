"""What a batch is given -> results in input order, by an engine: processes of this machine, or a cluster.

Engines differ in where the work is done, not in what comes of it: they cut the same records into the same
batches, so that their results are equal byte by byte and a run that one began another may finish.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from phongtrao.batch.journal import State
from phongtrao.batch.local import batches, default_workers, results
from phongtrao.batch.sources import Stdin, records
from phongtrao.errors import UsageError

if TYPE_CHECKING:
    from phongtrao.batch.jobs import Batch, Job, Result
    from phongtrao.reading import Record, Reject

Done = tuple["Result", str]
"""The result of a batch, and the digest of all records up to its end."""
Doing = Callable[[State], Generator[Done, None, None]]
"""Do all that comes after a state, in input order; closing it ends the work."""


@dataclass(frozen=True)
class Given:
    """What a batch is asked to read."""

    inputs: tuple[Path, ...]
    out: Path | None = None
    """The output, which is passed over where it lies among the inputs."""
    stdin: Stdin = "jsonl"
    """What an input of ``-`` holds."""

    def records(self) -> Iterator[Record | Reject]:
        """Enumerate the records.

        Raises:
            UsageError: at the call, where an input does not exist or is the output itself.
            InputError: at the call, where there is nothing to read; later, where a table changes meanwhile.
        """
        return records(self.inputs, out=self.out, stdin=self.stdin)


class Engine(Protocol):
    """Who does the batches."""

    def begin(self, job: Job, given: Given) -> Doing:
        """Look whether the inputs can be read, and return what does the job on them.

        Raises:
            UsageError: an input does not exist or is the output itself.
            InputError: there is nothing to read.
        """
        ...


@dataclass(frozen=True)
class LocalEngine:
    """Processes of this machine."""

    workers: int | None = None
    """How many; None: as many as there are cores."""

    def begin(self, job: Job, given: Given) -> Doing:
        """Look whether the inputs can be read, and return what does the job on them."""
        return partial(self._do, job, given.records())

    def _do(self, job: Job, items: Iterator[Record | Reject], done: State) -> Generator[Done, None, None]:
        digests: deque[str] = deque()

        def cut() -> Iterator[Batch]:
            for batch, digest in batches_after(done, items):
                digests.append(digest)
                yield batch

        made: Any = results(job, cut(), workers=self.workers or default_workers())
        with closing(made):
            for result in made:
                yield result, digests.popleft()


def batches_after(done: State, items: Iterator[Record | Reject]) -> Iterator[tuple[Batch, str]]:
    """Cut records into batches and yield those that are not done, with the digest up to the end of each.

    Raises:
        UsageError: the records that are done are not what they were.
    """
    cut = batches(items)
    digest, seen = "", 0
    while seen < done.counts.seen and (batch := next(cut, None)) is not None:
        digest = _chained(digest, batch)
        seen += len(batch)
    if (digest, seen) != (done.digest, done.counts.seen):
        raise UsageError(
            "the input is not what it was when the run stopped; "
            "put it back as it was, or add --restart to begin anew"
        )
    for batch in cut:
        digest = _chained(digest, batch)
        yield batch, digest


def _chained(digest: str, batch: Batch) -> str:
    """Return the digest of all records up to the end of ``batch``, given that of those before it."""
    chained = hashlib.blake2b(digest.encode(), digest_size=16)
    for item in batch:
        payload = getattr(item, "payload", None) or getattr(item, "reason", None)
        chained.update(repr((item.source, item.line)).encode())
        chained.update(payload if isinstance(payload, bytes) else repr(payload).encode())
    return chained.hexdigest()
