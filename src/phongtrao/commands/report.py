"""``report``: rows -> a page to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phongtrao.commands.console import result_line


def report(
    rows: Annotated[
        Path,
        typer.Argument(
            metavar="ROWS", show_default=False, help="What classify wrote: .jsonl, .parquet or .csv."
        ),
    ],
    *,
    html: Annotated[
        Path, typer.Option("--html", metavar="FILE", show_default=False, help="Write the page here.")
    ],
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="TEXT", show_default="the file's name", help="Heading of the page."),
    ] = None,
) -> None:
    """Turn classified rows into one HTML page: charts, filters, articles with their evidence highlighted.

    Example: `phongtrao report rows.jsonl --html report.html`

    The page needs no network and no other file.
    """
    from phongtrao.report import write_report

    count = write_report(rows, html, title=title or rows.stem)
    result_line(f"reported {count:,} articles -> {html}")
