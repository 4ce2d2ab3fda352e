"""Records -> results, in input order, by Ray Data: on the cores of this machine or of a cluster.

The same functions as in the local engine do the same batches; Ray Data carries them: one task on this
machine reads, as a generator that waits where the others are behind; a pool of actors, each with the models
loaded once, does the batches; their results come back in order, to be written here. So the inputs and the
output are files of this machine (or of a disk it shares), and a worker needs neither. An actor that dies is
started anew by Ray and its batch done again, with care: a record that kills each worker, or keeps it busy for
ever, becomes a reject.

Workers ask for a core each, not for a GPU: the models that ship compute on CPUs.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from phongtrao.batch.engines import Doing, Done, Given
from phongtrao.batch.local import default_workers
from phongtrao.batch.sources import STDIN
from phongtrao.errors import PhongtraoError, UsageError

if TYPE_CHECKING:
    from phongtrao.batch.jobs import Job
    from phongtrao.batch.journal import State
    from phongtrao.batch.ray_reading import Inputs
    from phongtrao.batch.ray_worker import Sent

STORE_BYTES = 256_000_000
"""Of memory that the processes of a machine share, where Ray is started here; some sixty full batches."""
ANSWER_SECONDS = 5.0
"""How long a cluster may take to answer."""

_QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}


@dataclass(frozen=True)
class RayEngine:
    """Actors of a Ray cluster.

    Where this process has a connection with Ray already, that is what is used, and left as it is.
    """

    address: str | None = None
    """HOST:PORT of a cluster that this machine belongs to, or ``auto`` to find it; None: this machine alone,
    Ray being started for the run."""
    workers: int | None = None
    """How many; None: as many as there are cores."""

    def begin(self, job: Job, given: Given) -> Doing:
        """Look whether Ray is there and the inputs can be read, and return what does the job on them.

        Raises:
            UsageError: Ray is not installed, or the address is none; an input does not exist.
            InputError: there is nothing to read.
            PhongtraoError: nobody answers at the address.
        """
        if find_spec("ray") is None:
            raise UsageError("--engine ray needs Ray; install it: pip install 'phongtrao[ray]'")
        if self.address is not None:
            _check_address(self.address)
        for name, value in _QUIET.items():
            os.environ.setdefault(name, value)
        drained = _drained() if Path(STDIN) in given.inputs else None
        inputs = _portable(given, drained)
        before = sys.stdin
        try:
            inputs.records()
        finally:
            sys.stdin = before
        return partial(self._do, job, inputs, drained)

    def _do(
        self,
        job: Job,
        inputs: Inputs,
        drained: IO[bytes] | None,  # noqa: ARG002 - it is there as long as the run
        done: State,
    ) -> Generator[Done, None, None]:
        with redirect_stdout(sys.stderr), _told(), _connected(self) as alone:  # Ray tells of deaths on stdout
            from phongtrao.batch.ray_worker import received

            sent = _sent(job, alone=alone)
            with closing(_tables(inputs, done, sent, self.workers or _cores())) as tables:
                for table in tables:
                    yield from received(table)


def _tables(inputs: Inputs, done: State, sent: Sent, workers: int) -> Generator[Any, None, None]:
    """Yield what the workers return, in input order."""
    from ray.data import ActorPoolStrategy, DataContext, read_datasource

    from phongtrao.batch.ray_reading import BatchSource
    from phongtrao.batch.ray_worker import Worker

    context = DataContext.get_current().copy()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    context.target_max_block_size = 1  # a block is what the source yields: one batch
    with DataContext.current(context):
        # The reader takes no core from the workers: it waits for them most of the time.
        batches = read_datasource(BatchSource(inputs, done), num_cpus=0, override_num_blocks=1)
        results = batches.map_batches(
            Worker,
            fn_constructor_args=[sent],
            batch_size=None,
            batch_format="pandas",
            compute=ActorPoolStrategy(size=workers),
            num_cpus=1,
        )
        yield from results.iter_batches(batch_size=None, batch_format="pyarrow")


def _sent(job: Job, *, alone: bool) -> Sent:
    """Return what workers are told; where they are, the model's folder may be missing, or be another."""
    import ray

    from phongtrao import __version__
    from phongtrao.batch.ray_worker import Sent, moved, packed

    if alone:
        job = moved(job, {name: Path(getattr(job, name)).absolute() for name in job.folders})
    return Sent(job, job.settings, __version__, ray.put({} if alone else packed(job)))


def _cores() -> int:
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _drained() -> IO[bytes]:
    """Keep what comes by stdin in a file, as it is another process that reads."""
    file = tempfile.NamedTemporaryFile(prefix="phongtrao-stdin-")  # noqa: SIM115 - whoever holds it ends it
    shutil.copyfileobj(sys.stdin.buffer, file)
    file.flush()
    return file


def _portable(given: Given, drained: IO[bytes] | None) -> Inputs:
    """Make paths absolute, as workers have working folders of their own."""
    from phongtrao.batch.ray_reading import Inputs

    here = Path.cwd()
    paths = tuple(path if str(path) == STDIN else here / path for path in given.inputs)
    out = here / given.out if given.out else None
    return Inputs(replace(given, inputs=paths, out=out), Path(drained.name) if drained else None)


def _check_address(address: str) -> None:
    """Look whether somebody answers, as Ray itself would try for minutes."""
    if address == "auto":
        return
    host, _, port = address.rpartition(":")
    a_port = port.isdecimal() and int(port) < 2**16  # greater ones are cut to a port by some systems
    if not host or not a_port or any(sign in host for sign in "/:[]"):
        raise UsageError(
            f"--address {address}: expected HOST:PORT of a cluster that this machine belongs to, or auto"
        )
    try:
        socket.create_connection((host, int(port)), timeout=ANSWER_SECONDS).close()
    except (OSError, UnicodeError) as error:
        raise PhongtraoError(
            f"no Ray cluster answers at {address} ({error}); check the address, "
            "or start one there: ray start --head"
        ) from error


@contextmanager
def _told() -> Iterator[None]:
    """Say in a line what Ray says in many; what our own code failed of, unforeseen, is left as it is."""
    from ray.exceptions import RayError, UserCodeException

    try:
        yield
    except (PhongtraoError, UserCodeException):
        raise
    except RayError as error:
        cause = getattr(error, "cause", None)
        said = f"{type(cause).__name__}: {cause}" if isinstance(cause, Exception) else str(error)
        raise PhongtraoError(
            f"Ray stopped: {' '.join(said.split())[:500]}; what is done towards a file is kept, and the same "
            "command goes on"
        ) from error


@contextmanager
def _connected(engine: RayEngine) -> Iterator[bool]:
    """Connect with a cluster, or start Ray, and leave it as it was; tell whether this machine is alone."""
    import ray
    import ray.data

    if ray.is_initialized():
        yield False
        return
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        with _same_signals():
            if engine.address is None:
                machine = {
                    "num_cpus": engine.workers or default_workers(),
                    "object_store_memory": STORE_BYTES,
                }
                ray.init(address="local", include_dashboard=False, **machine, **quiet)
            else:
                ray.init(address=engine.address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        ray.shutdown()
        where = f"with the cluster at {engine.address}" if engine.address else "on this machine"
        raise PhongtraoError(f"Ray cannot work {where}: {error}") from error
    try:
        yield engine.address is None
    finally:
        ray.shutdown()


@contextmanager
def _same_signals() -> Iterator[None]:
    """Put back what Ray does with SIGTERM, which has a meaning here already."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)
