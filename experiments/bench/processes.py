"""A command -> what it cost: seconds, processor time, peak memory, and when its first line came.

Every system of a benchmark runs in processes of its own, watched from outside: nothing that one of them loads
or leaves behind touches another.
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

import psutil

SAMPLE_SECONDS = 0.1
FAMILY_SECONDS = 1.0
"""New children are looked for this often; the search reads all of the system's processes."""


@dataclass(frozen=True)
class Cost:
    """What one command took, its children included."""

    seconds: float
    cpu_seconds: float
    rss_megabytes: float
    """Peak of all that is resident, a page counted as often as processes share it."""
    uss_megabytes: float
    """Peak of what each process holds for itself; 0 where it was not asked for."""
    first_seconds: float | None
    """From the start to the first line on stdout; None where there was none."""
    lines: list[str] = field(default_factory=list, repr=False)
    """Stdout."""


def watch(words: Sequence[str], settings: Mapping[str, str] | None = None, *, unshared: bool = False) -> Cost:
    """Run a command to its end, watching its processes.

    Args:
        words: the command.
        settings: laid over the environment.
        unshared: measure unshared memory too, which costs the watcher more time.

    Raises:
        SystemExit: the command failed; its stderr has been shown.
    """
    began, cpu_before = time.perf_counter(), _cpu_of_ended_children()
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, **(settings or {})}
    )
    assert process.stdout is not None
    arrived: list[tuple[float, str]] = []
    reader = threading.Thread(target=_read, args=(process.stdout, arrived), daemon=True)
    reader.start()
    rss, uss = _peaks(process, unshared=unshared)
    seconds = time.perf_counter() - began
    reader.join()
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed ({process.returncode})")
    first = arrived[0][0] - began if arrived else None
    lines = [line for _, line in arrived]
    return Cost(seconds, _cpu_of_ended_children() - cpu_before, rss / 1e6, uss / 1e6, first, lines)


def _read(stream: IO[str], arrived: list[tuple[float, str]]) -> None:
    for line in stream:
        arrived.append((time.perf_counter(), line))


def _peaks(process: subprocess.Popen[str], *, unshared: bool) -> tuple[int, int]:
    """Wait for the end and return the highest resident and unshared bytes of the process and its children."""
    watched = psutil.Process(process.pid)
    family, searched = [watched], 0.0
    rss = uss = 0
    while process.poll() is None:
        if time.perf_counter() - searched > FAMILY_SECONDS or unshared:
            family, searched = _family(watched), time.perf_counter()
        now_rss, now_uss = _memory(family, unshared=unshared)
        rss, uss = max(rss, now_rss), max(uss, now_uss)
        time.sleep(SAMPLE_SECONDS)
    return rss, uss


def _family(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:  # it has just ended
        return [process]


def _memory(family: Sequence[psutil.Process], *, unshared: bool) -> tuple[int, int]:
    rss = uss = 0
    for each in family:
        try:
            held = each.memory_full_info() if unshared else each.memory_info()
        except psutil.Error:  # it has just ended
            continue
        rss += held.rss
        uss += held.uss if unshared else 0
    return rss, uss


def _cpu_of_ended_children() -> float:
    """Return the processor time of all ended children of this process, and theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
