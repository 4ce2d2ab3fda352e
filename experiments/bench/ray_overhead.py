"""What Ray costs on one machine: the same command with each engine, in turns, wall and processor time.

    python experiments/bench/ray_overhead.py --articles 300 --model FOLDER

Processor time is that of the command and all its descendants, Ray's own daemons included: it is added up from
what each process had used when it was last seen, a few times a second. It tells more than wall time where
other work has the machine. The rows of both must be equal byte by byte, or this fails. Writes
``runs/bench/ray.json``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from made_pages import write_pages

ENGINES = ("local", "ray")
SAMPLE_SECONDS = 0.2


def main() -> None:
    """Measure, compare and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--articles", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--model", type=Path, help="a model folder (default: the one that ships)")
    parser.add_argument("--json", type=Path, default=Path("runs/bench/ray.json"))
    given = parser.parse_args()
    costs: dict[str, list[tuple[float, float]]] = {engine: [] for engine in ENGINES}
    with tempfile.TemporaryDirectory(prefix="phongtrao-bench-") as folder:
        pages = Path(folder) / "pages"
        write_pages(pages, given.articles, Path(folder) / "texts.jsonl")
        rows = set()
        for number in range(given.rounds):
            for engine in ENGINES:
                out = Path(folder) / f"{engine}-{number}.jsonl"
                costs[engine].append(measured(command(pages, out, engine, given.workers, given.model)))
                rows.add(out.read_bytes())
    if len(rows) != 1:
        raise SystemExit("the engines' rows differ")
    result = {
        "articles": given.articles,
        "workers": given.workers,
        "load": os.getloadavg()[0],
        "costs": costs,
    }
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"{given.articles} articles, {given.workers} workers, median of {given.rounds}; rows equal")
    for engine, pairs in costs.items():
        wall, cpu = (statistics.median(values) for values in zip(*pairs, strict=True))
        print(f"{engine:6} {wall:7.1f} s wall {cpu:7.1f} s processor")


def command(pages: Path, out: Path, engine: str, workers: int, model: Path | None) -> list[str]:
    """Return the command line of one run."""
    words = [sys.executable, "-m", "phongtrao", "classify", str(pages), "--out", str(out)]
    words += ["--engine", engine, "--workers", str(workers)]
    return words + (["--model", str(model)] if model else [])


def measured(words: list[str]) -> tuple[float, float]:
    """Run a command to its end; return seconds and processor seconds of it and its descendants."""
    began = time.perf_counter()
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    watched, used = psutil.Process(process.pid), {}
    while process.poll() is None:
        used |= used_seconds(watched)
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)} failed ({process.returncode})")
    return time.perf_counter() - began, sum(used.values())


def used_seconds(parent: psutil.Process) -> dict[int, float]:
    """Return what a process and its descendants have used so far, by their numbers."""
    used = {}
    try:
        for each in [parent, *parent.children(recursive=True)]:
            times = each.cpu_times()
            used[each.pid] = times.user + times.system
    except psutil.NoSuchProcess:
        pass  # it has just ended; what it had used was seen before
    return used


if __name__ == "__main__":
    main()
