"""A batch as a process of its own, watched through its journal, and struck at a moment that one chooses.

A strike is a signal to the batch (``KILL``, ``TERM``, ``INT``; the latter two often to its workers too, as
schedulers and terminals send them, and Ctrl-C sometimes twice), or the death of one worker (``WORKER``).
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

STRIKES = ("KILL", "TERM", "INT", "WORKER")
LONGEST_SECONDS = 120
"""That a batch may take to end; one that takes longer hangs."""
POLL_SECONDS = 0.0005

# Small row groups, that Parquet takes some time to write; Ctrl-C is heard, though whoever runs this in the
# background has it ignored.
REAL = """
import signal; signal.signal(signal.SIGINT, signal.default_int_handler)
from phongtrao.batch import parquet; parquet.ROW_GROUP = 5
from phongtrao.cli import main; main()
"""
# Otherwise there is a commit a second; one after each batch gives as many moments as there are batches.
EAGER = f"from phongtrao.batch import journal; journal.COMMIT_SECONDS = 0\n{REAL}"


class UncleanError(Exception):
    """A batch did not end as it should have."""


@dataclass(frozen=True)
class Command:
    """One batch."""

    words: tuple[str, ...]
    """The command and its inputs."""
    out: Path
    workers: int
    eager: bool

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a process group of its own."""
        words = [sys.executable, "-c", EAGER if self.eager else REAL, *self.words]
        words += ["--out", str(self.out), "-j", str(self.workers)]
        return subprocess.Popen(
            words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
        )

    def finish(self) -> None:
        """Run it to its end."""
        process = self.start()
        error = said(process)
        if process.returncode:
            raise UncleanError(f"status {process.returncode}: {error}")

    @property
    def journal(self) -> Path:
        """The file that is there while the batch is under way."""
        return self.out.with_name(f"{self.out.name}.journal")

    @property
    def is_done(self) -> bool:
        """Tell whether nothing is left to do."""
        return self.out.exists() and not self.journal.exists()

    @property
    def moment(self) -> str:
        """Say how far a batch is."""
        lines = lines_of(self.journal)
        if self.is_done:
            return "done"
        if not lines:
            return "start-up"
        if b'"complete": true' in lines[-1]:
            converting = self.out.with_name(f"{self.out.name}.whole").exists()
            return "converting" if converting else "finishing"
        return "before the first commit" if len(lines) == 1 else "between commits"


def strike(process: subprocess.Popen[bytes], command: Command, how: str, rng: random.Random) -> bool:
    """Strike a batch and wait for its end; False where it came to its end first.

    Raises:
        UncleanError: it ended otherwise than the strike lets expect, or not at all, or workers outlived it.
    """
    before = command.moment
    if how == "WORKER":
        found = _kill_worker(process.pid, rng)
    elif process.poll() is None:
        _signal(process, signal.Signals[f"SIG{how}"], rng)
    error = said(process)
    under_way = before not in ("start-up", "done")
    if under_way and ("Traceback" in error or process.returncode not in _expected(how)):
        raise UncleanError(f"{how} at {before}: status {process.returncode}: {error}")
    return found if how == "WORKER" else process.returncode != 0


def wait(
    process: subprocess.Popen[bytes],
    journal: Path,
    seconds: float = 60.0,
    commits: int = 0,
    end: bool = False,
) -> None:
    """Wait so long, or until the journal has so many commits more, or says that all is done (``end``)."""
    deadline, before = time.perf_counter() + seconds, len(lines_of(journal))
    while time.perf_counter() < deadline and process.poll() is None:
        lines = lines_of(journal)
        if commits and len(lines) > before + commits:
            return
        if end and lines and b'"complete": true' in lines[-1]:
            return
        time.sleep(POLL_SECONDS)


def said(process: subprocess.Popen[bytes]) -> str:
    """Wait for the end of a batch and of its workers, and return its stderr."""
    deadline = time.monotonic() + LONGEST_SECONDS
    try:
        told = process.communicate(timeout=LONGEST_SECONDS)[1].decode()
        while _is_alive(process.pid):
            if time.monotonic() > deadline:
                raise UncleanError(f"workers outlived it: {told}")
            time.sleep(0.01)
    except BaseException as error:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        if isinstance(error, subprocess.TimeoutExpired):
            raise UncleanError(f"no end after {LONGEST_SECONDS} s") from error
        raise
    return told


def lines_of(journal: Path) -> list[bytes]:
    """Return the lines of a journal; none where there is none."""
    try:
        return journal.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def _signal(process: subprocess.Popen[bytes], number: signal.Signals, rng: random.Random) -> None:
    to_all = number != signal.SIGKILL and rng.random() < 0.5
    times = 2 if number == signal.SIGINT and rng.random() < 0.3 else 1
    for _ in range(times):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number) if to_all else os.kill(process.pid, number)
        time.sleep(rng.choice([0, 0.001, 0.01]))


def _expected(how: str) -> tuple[int, ...]:
    if how == "WORKER":
        return (0,)
    # A stop in order is status 1; after a second Ctrl-C, or before all is set up, the signal itself ends it.
    return (0, 1, -signal.Signals[f"SIG{how}"])


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _kill_worker(pid: int, rng: random.Random) -> bool:
    """Kill one of a batch's workers; False where it has none."""
    with suppress(psutil.Error):
        workers = [c for c in psutil.Process(pid).children() if "spawn_main" in " ".join(c.cmdline())]
        if workers:
            rng.choice(workers).kill()
            return True
    return False
