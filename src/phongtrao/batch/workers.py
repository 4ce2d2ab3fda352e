"""The worker processes of a batch: how they start, end with their parent, and are replaced where one dies.

One that goes on and on is taken for dead: the parent's patience ends what nothing inside a process can end, a
regular expression or a parser that some page sends astray.

Workers are spawned, not forked: the parent may hold threads (progress bar, BLAS) that a fork would copy half
alive, and spawning is the same on every system. The pool is that of the standard library.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

from phongtrao.batch.jobs import Batch, Counts, Job, Result, Step, process, rejected
from phongtrao.errors import PhongtraoError
from phongtrao.reading import Record, Reject

TRIALS = 2
"""How often a record may kill a worker that has nothing else in hand, before it is given up."""

BATCH_SECONDS = 900.0
"""A batch that takes longer is given up and done record by record: 64 at fourteen seconds each."""
RECORD_SECONDS = 60.0
"""A record that takes longer by itself becomes a reject."""

WorkerDiedError = BrokenProcessPool


class WorkerStuckError(Exception):
    """A worker took longer than anybody can have meant."""


_LOOK_SECONDS = 1.0
_SETTLING_SECONDS = 0.2
_ENDING_SECONDS = 10

_job: Job | None = None  # these two are a worker's own
_step: Step | None = None


class Crew:
    """Workers that do batches; whoever makes one ends it."""

    def __init__(self, job: Job, workers: int) -> None:
        self.job = job
        self.workers = workers
        self._pool = self._new()

    def submit(self, batch: Batch) -> Future[Result]:
        """Hand a batch to the next worker that is free."""
        try:
            return self._pool.submit(_work, batch)
        except WorkerDiedError as error:  # found out now; told where the result is asked for
            future: Future[Result] = Future()
            future.set_exception(error)
            return future

    def result(self, future: Future[Result], seconds: float) -> Result:
        """Return what ``submit`` promised.

        Raises:
            WorkerDiedError: the worker died of it.
            WorkerStuckError: it took more than ``seconds`` from now, the time left out in which all of us
                stood still, as after Ctrl-Z.
        """
        left = seconds
        while left > 0:
            began = time.monotonic()
            if wait([future], min(left, _LOOK_SECONDS)).done:
                return future.result()
            # The pool does not see the death of a worker that was telling its result.
            if not all(worker.is_alive() for worker in self._processes()):
                if wait([future], _LOOK_SECONDS).done:
                    return future.result()
                raise WorkerDiedError("a worker died while it told its result")
            left -= min(time.monotonic() - began, 2 * _LOOK_SECONDS)
        raise WorkerStuckError

    def _processes(self) -> list[BaseProcess]:
        # Before Python 3.14 the executor has no public way to them.
        return list((getattr(self._pool, "_processes", None) or {}).values())

    def warm_up(self) -> None:
        """Wait until a worker has loaded what the job needs.

        Raises:
            PhongtraoError: it died of that, or the job cannot be done.
        """
        try:
            self._pool.submit(_work, []).result()
        except WorkerDiedError as error:
            raise PhongtraoError(
                "a worker process died while it loaded the model, most often because memory ran out; "
                "run the same command again, with fewer --workers"
            ) from error

    def renew(self) -> None:
        """Take on new workers where one has died."""
        # A signal to the whole group ends the workers too: let our own come first, which ends the run.
        time.sleep(_SETTLING_SECONDS)
        self.kill()
        self._pool = self._new()

    def kill(self) -> None:
        """End the workers at once; what they have in hand is given up.

        Also where they have nothing in hand: a polite end waits for ever where a worker dies during it and
        takes the lock of their common queue along.
        """
        workers, pool = self._processes(), self._pool
        told: Any = getattr(pool, "_result_queue", None)
        listener: Any = getattr(pool, "_executor_manager_thread", None)
        pool.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.kill()
        for worker in workers:
            worker.join(_ENDING_SECONDS)
        if listener is not None:
            # It may wait for the rest of what a dead worker was telling: let it see that nobody tells more.
            told._writer.close()
            listener.join(_ENDING_SECONDS)

    def _new(self) -> ProcessPoolExecutor:
        _start_tracker()
        return ProcessPoolExecutor(
            self.workers,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_start_worker,
            initargs=(self.job,),
        )


def do_with_care(job: Job, batch: Batch, *, together: bool = True) -> Result:
    """Do a batch whose worker died or got stuck, in workers by themselves.

    Args:
        job: what to do.
        batch: with what.
        together: try the whole batch once more, before it is done record by record.

    Raises:
        PhongtraoError: workers die before they have anything to do.
    """
    if together:
        with _one(job) as crew:
            try:
                return crew.result(crew.submit(batch), BATCH_SECONDS)
            except (WorkerDiedError, WorkerStuckError):
                pass
    done = Result(b"", b"", Counts())
    left = list(batch)
    while left:
        with _one(job) as crew:
            try:
                while left:
                    done += crew.result(crew.submit(left[:1]), RECORD_SECONDS)
                    del left[0]
            except WorkerDiedError:
                done += _alone(job, left.pop(0))
            except WorkerStuckError:
                done += _stuck(left.pop(0))
    return done


def _alone(job: Job, item: Record | Reject) -> Result:
    """Try again a record on which a worker died, in fresh ones."""
    for _ in range(TRIALS - 1):
        with _one(job) as crew:
            try:
                return crew.result(crew.submit([item]), RECORD_SECONDS)
            except WorkerDiedError:
                pass
            except WorkerStuckError:
                return _stuck(item)
    reason = "a worker process died on it each time, most often because memory ran out; look at it by itself"
    return rejected(Reject(item.source, item.line, reason))


def _stuck(item: Record | Reject) -> Result:
    reason = f"it was not done in {RECORD_SECONDS:.0f} s, alone in a worker process; look at it by itself"
    return rejected(Reject(item.source, item.line, reason))


@contextmanager
def _one(job: Job) -> Iterator[Crew]:
    crew = Crew(job, 1)
    try:
        crew.warm_up()
        yield crew
    finally:
        crew.kill()


def _start_tracker() -> None:
    """Start the process in which the standard library counts a pool's locks, deaf to the end of a terminal.

    It is deaf to Ctrl-C and SIGTERM by itself, but not to SIGHUP; its death before ours ends in warnings.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    from multiprocessing import resource_tracker

    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})  # what it inherits
    try:
        resource_tracker.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _start_worker(job: Job) -> None:
    """Prepare a worker process: it ends with its parent, however that ends, and computes in one thread."""
    # Ctrl-C reaches the whole group; the parent alone decides, and ends the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # One thread each: the processes are the parallelism. Read by BLAS when numpy is first imported.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    threading.Thread(target=_end_with_parent, daemon=True).start()
    global _job  # noqa: PLW0603 - a pool has no other place to hand a worker what it keeps
    _job = job


def _end_with_parent() -> None:
    """Wait for the parent's end; a worker of a killed parent would wait for work for ever."""
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
