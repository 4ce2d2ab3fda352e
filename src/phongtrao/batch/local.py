"""Records -> results, in input order, by processes of this machine.

Memory is bounded: a batch is at most ``BATCH_RECORDS`` records or a little more than ``BATCH_BYTES``, and few
batches are under way. Workers are spawned, not forked: the parent may hold threads (progress bar, BLAS) that
a fork would copy half alive, and spawning is the same on every system. An input that fits into one batch is
done in this process, as starting a worker costs more than the work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from phongtrao.batch.jobs import Job, Result, Step, process
from phongtrao.errors import PhongtraoError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from phongtrao.reading.inputs import Record, Reject

Batch = list["Record | Reject"]

BATCH_RECORDS = 64
BATCH_BYTES = 4_000_000
AHEAD = 2
"""Batches waiting for each worker beside the one it has in hand."""

_job: Job | None = None  # these two are a worker's own
_step: Step | None = None


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

    Raises:
        PhongtraoError: a worker died (killed by the system, most often for memory).
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
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    pool = ProcessPoolExecutor(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=(job,),
    )
    running: deque[Future[Result]] = deque()
    try:
        for batch in waiting:
            running.append(pool.submit(_work, batch))
            if len(running) > workers * (1 + AHEAD):
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    except BrokenProcessPool as error:
        raise PhongtraoError(
            "a worker process died, most often because memory ran out; "
            "run the same command again, with fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(job: Job) -> None:
    """Prepare a worker process: it ends with its parent, however that ends, and computes in one thread."""
    import signal
    import threading

    # Ctrl-C reaches the whole group; the parent alone decides, and ends the workers in order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread each: the processes are the parallelism. Read by BLAS when numpy is first imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _job  # noqa: PLW0603 - a pool has no other place to hand a worker what it keeps
    _job = job


def _end_with_parent() -> None:
    """Wait for the parent's end; a worker of a killed parent would wait for work for ever."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work(batch: Batch) -> Result:
    global _step  # noqa: PLW0603 - loaded here, not at the start, so that its error reaches the parent
    if _step is None:
        if _job is None:
            raise RuntimeError("the worker was not started by this pool")
        _step = _job.open()
    return process(_step, batch)
