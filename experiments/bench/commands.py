"""What the real commands cost on pages of the seed corpus: pages a second, memory, import time.

Pages are the corpus's articles with their boilerplate, repeated with a number in each so that none is a copy;
each command runs as a user would run it, start-up included. CPU time tells the cost where other work shares
the machine. Memory is summed over a command's processes: what each holds for itself (USS), and beside it all
that is resident (RSS, which counts a page as often as processes share it).

Run: ``python experiments/bench/commands.py [--pages 2000]``; prints one table.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from processes import Cost, watch

IMPORTS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=2000, help="pages to read and classify (default 2000)")
    pages = parser.parse_args().pages
    with tempfile.TemporaryDirectory() as folder:
        inputs, size = write_pages(Path(folder) / "pages", pages)
        rows = [
            (" ".join(arguments), run(arguments, inputs, Path(folder) / f"out-{number}.jsonl"))
            for number, arguments in enumerate(COMMANDS)
        ]
    print_table(rows, pages, size)


COMMANDS = [
    ["read", "-j", "1"],
    ["read", "-j", "2"],
    ["classify", "-j", "1"],
    ["classify", "-j", "2"],
    ["classify", "--summarize", "-j", "2"],
]


def write_pages(folder: Path, count: int) -> tuple[Path, int]:
    """Write ``count`` text pages and return their folder and their size in bytes."""
    from phongtrao.corpus.dataset import load_seed_corpus
    from phongtrao.corpus.pages import page_lines

    folder.mkdir()
    articles = load_seed_corpus()
    size = 0
    for number in range(count):
        lines = page_lines(articles[number % len(articles)])
        # A running number in the long lines: a second copy of an article is new text to every cache.
        told = [f"{line} ({number})" if len(line) > 100 else line for line in lines]
        page = "\n\n".join(told).encode()
        (folder / f"page-{number:06d}.txt").write_bytes(page)
        size += len(page)
    return folder, size


def run(arguments: list[str], inputs: Path, out: Path) -> Cost:
    """Run a command on the pages."""
    command, *options = arguments
    words = [sys.executable, "-m", "phongtrao", command, str(inputs), "--out", str(out), *options]
    return watch(words, unshared=True)


def import_seconds() -> float:
    """Return the median time of ``import phongtrao`` in a new process, the interpreter's start left out."""
    code = "import time; t = time.perf_counter(); import phongtrao; print(time.perf_counter() - t)"
    times = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(IMPORTS)
    ]
    return statistics.median(times)


def print_table(rows: list[tuple[str, Cost]], pages: int, size: int) -> None:
    """Print what was measured."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(
        box=SIMPLE_HEAD, title=f"{pages:,} raw pages, {size / pages / 1000:.1f} kB each, end to end"
    )
    table.add_column("command", no_wrap=True)
    for head in ("pages/s", "seconds", "CPU ms/page", "peak MB", "resident MB"):
        table.add_column(head, justify="right", no_wrap=True)
    for words, cost in rows:
        cpu = 1000 * cost.cpu_seconds / pages
        figures = (pages / cost.seconds, cost.seconds, cpu, cost.uss_megabytes, cost.rss_megabytes)
        table.add_row(
            words, *(f"{figure:,.{place}f}" for figure, place in zip(figures, (0, 1, 2, 0, 0), strict=True))
        )
    console = Console(width=100)
    console.print(table)
    console.print(f"import phongtrao: {import_seconds():.3f} s (median of {IMPORTS})")


if __name__ == "__main__":
    main()
