"""What the commands show: progress and messages on stderr, one result line on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from phongtrao.batch.jobs import Counts
    from phongtrao.batch.run import Progress


@contextmanager
def article_progress(verb: str, *, shown: bool) -> Iterator[Progress | None]:
    """Show how many articles are done while a batch runs; nothing where stderr is no terminal.

    ``shown`` is False where rows go to stdout, which may be the same terminal.
    """
    if not shown or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:,.0f}"),
        TextColumn("{task.fields[rejected]}"),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(verb, total=None, rejected="", rate="")

        def show(counts: Counts) -> None:
            rejected = f"{counts.rejected:,} rejected" if counts.rejected else ""
            speed = bar.tasks[task].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            bar.update(task, completed=counts.seen, rejected=rejected, rate=rate)

        yield show


def tell(message: str) -> None:
    """Say something beside the result, on stderr."""
    print(message, file=sys.stderr, flush=True)


def result_line(text: str, *, to_stderr: bool = False) -> None:
    """Print the one result line of a command; to stderr where stdout carries rows."""
    print(text, file=sys.stderr if to_stderr else sys.stdout, flush=True)
