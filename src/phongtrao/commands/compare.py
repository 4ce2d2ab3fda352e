"""``compare``: recorded runs -> one fair table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phongtrao.commands.console import result_line


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN_ID", show_default=False, help="Runs, by at least 8 digits of the id."),
    ] = None,
    *,
    experiment: Annotated[
        str | None,
        typer.Option(
            "--experiment", "-e", metavar="NAME", show_default="phongtrao", help="Compare all its runs."
        ),
    ] = None,
    recipe: Annotated[
        str, typer.Option("--recipe", metavar="NAME", help="Which runs of the experiment: topics, summary.")
    ] = "topics",
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline",
            metavar="RUN",
            show_default="the oldest run",
            help="Id, run name or model name of what the others are held against.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            metavar="FILE",
            show_default=False,
            help="Also write the table: .md, .csv, or a folder.",
        ),
    ] = None,
) -> None:
    """Print the table of recorded runs: metrics with intervals, differing settings, gain over a baseline.

    Example: `phongtrao compare --baseline linear --out comparison.md`

    Runs that differ only in their seed are one row. Runs measured on different test splits are refused.
    """
    from rich.console import Console

    from phongtrao.tracking.compare import compare as compare_runs
    from phongtrao.tracking.comparison_tables import as_rich, write_comparison

    if not runs and experiment is None:
        experiment = "phongtrao"
    comparison = compare_runs(experiment, runs or (), recipe=recipe, baseline=baseline)
    Console().print(as_rich(comparison))
    written = write_comparison(comparison, out) if out else []
    count = sum(len(row.runs) for row in comparison.rows)
    result_line(
        f"compared {count} run{'s' if count != 1 else ''}"
        + (f" -> {', '.join(map(str, written))}" if written else "")
    )
