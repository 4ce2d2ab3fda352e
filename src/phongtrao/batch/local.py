"""Records -> results, in input order, by processes of this machine.

Memory is bounded: a batch is at most ``BATCH_RECORDS`` records or a little more than ``BATCH_BYTES``, and few
batches are under way. An input that fits into one batch is done in this process, as starting a worker costs
more than the work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from phongtrao.batch.jobs import Batch, Job, Result, process

if TYPE_CHECKING:
    from concurrent.futures import Future

    from phongtrao.reading.inputs import Record, Reject

BATCH_RECORDS = 64
BATCH_BYTES = 4_000_000
AHEAD = 2
"""Batches waiting for each worker beside the one it has in hand."""


def default_workers() -> int:
    """Return the number of cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def batches(items: Iterable[Record | Reject]) -> Iterator[Batch]:
    """Cut ``items`` into batches bounded in number and size; the cut depends on the items alone."""
    batch: Batch = []
    size = 0
    for item in items:
        batch.append(item)
        size += _size(item)
        if len(batch) >= BATCH_RECORDS or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def results(job: Job, waiting: Iterable[Batch], *, workers: int) -> Iterator[Result]:
    """Do ``job`` on each batch with ``workers`` processes; as many results, in the same order.

    A worker that dies (killed by the system, most often for memory) costs nothing but time: its batch is done
    again. A record on which a worker dies twice, alone, becomes a reject, and so does one that keeps a worker
    busy for ever; the latter only where there are several workers, as nobody watches this process itself.

    Raises:
        PhongtraoError: workers die before they have anything to do.
    """
    left = iter(waiting)
    first = list(islice(left, 2))
    if workers <= 1 or len(first) < 2:
        return _here(job, chain(first, left))
    return _spread(job, chain(first, left), workers)


def _size(item: Record | Reject) -> int:
    payload = getattr(item, "payload", None)
    if isinstance(payload, bytes):
        return len(payload)
    # A row's long values are texts and lists of passages; their number of characters is near enough.
    return sum(len(str(value)) for value in payload.values()) if payload else 0


def _here(job: Job, waiting: Iterable[Batch]) -> Iterator[Result]:
    step = job.open()
    for batch in waiting:
        yield process(step, batch)


def _spread(job: Job, waiting: Iterator[Batch], workers: int) -> Iterator[Result]:
    from phongtrao.batch import workers as own

    running: deque[tuple[Batch, Future[Result]]] = deque()
    crew = own.Crew(job, workers)

    def first() -> Result:
        batch, future = running.popleft()
        try:
            # Those before it are done, so a worker has it in hand.
            return crew.result(future, own.BATCH_SECONDS)
        except (own.WorkerDiedError, own.WorkerStuckError) as error:
            crew.renew()
            again = [b for b, _ in running]
            running.clear()
            died = isinstance(error, own.WorkerDiedError)
            result = own.do_with_care(job, batch, together=died)
            running.extend((b, crew.submit(b)) for b in again)
            return result

    try:
        for batch in waiting:
            running.append((batch, crew.submit(batch)))
            if len(running) > workers * (1 + AHEAD):
                yield first()
        while running:
            yield first()
    finally:  # all is done, or it was stopped, or left by whoever took the results
        crew.kill()
