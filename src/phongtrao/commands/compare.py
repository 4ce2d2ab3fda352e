"""``compare``: recorded runs -> one fair table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phongtrao.commands.console import result_line
from phongtrao.errors import UsageError


def compare(
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RUN_ID|FILE",
            show_default=False,
            help="Runs, by at least 8 digits of the id, or an experiment's file (experiments/topics.yaml).",
        ),
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
            show_default="the file's, else the oldest run",
            help="Id, run name or model name of what the others are held against.",
        ),
    ] = None,
    metrics: Annotated[
        list[str] | None,
        typer.Option(
            "--metric",
            metavar="NAME",
            show_default="the recipe's main ones",
            help="Show this; may be repeated.",
        ),
    ] = None,
    tiny: Annotated[bool, typer.Option("--tiny", help="The runs of the file's tiny form.")] = False,
    plots: Annotated[
        Path | None,
        typer.Option(
            "--plots",
            metavar="FOLDER",
            show_default=False,
            help="Also draw gains, learning curve, and quality against speed.",
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
    """Print the table of recorded runs: metrics, differing settings, gain over a baseline, cost.

    Example: `phongtrao compare experiments/topics.yaml --out comparison.md --plots plots`

    Runs that differ only in their seed are one row. Runs measured on different test splits are refused.
    """
    from rich.console import Console

    from phongtrao.tracking.compare import compare as compare_runs
    from phongtrao.tracking.comparison_plots import write_plots
    from phongtrao.tracking.comparison_tables import as_rich, write_comparison

    ids, models = list(runs or ()), tuple[str, ...]()
    if files := [name for name in ids if Path(name).suffix in (".yaml", ".yml")]:
        if len(ids) > 1 or experiment is not None:
            raise UsageError(f"name {files[0]} alone: its experiment's runs are what is compared")
        experiment, recipe, models, of_file = _of_file(files[0], tiny=tiny)
        ids, baseline = [], baseline or of_file
    if not ids and experiment is None:
        experiment = "phongtrao"
    comparison = compare_runs(
        experiment, ids, recipe=recipe, models=models, baseline=baseline, metrics=metrics or ()
    )
    Console().print(as_rich(comparison))
    written = write_comparison(comparison, out) if out else []
    written += write_plots(comparison, plots) if plots else []
    count = sum(len(row.runs) for row in comparison.rows)
    result_line(
        f"compared {count} run{'s' if count != 1 else ''}"
        + (f" -> {', '.join(map(str, written))}" if written else "")
    )


def _of_file(path: str, *, tiny: bool) -> tuple[str, str, tuple[str, ...], str]:
    """Return what an experiment's file says: MLflow experiment, recipe, configurations, baseline."""
    from phongtrao.config import load_config
    from phongtrao.recipes.experiment_plan import experiment_name, names_of, read_experiment

    read = read_experiment(path)
    recipe = load_config(next(iter(read.configurations.values())).config).recipe
    return experiment_name(read, tiny=tiny), recipe, tuple(names_of(read)), read.baseline
