"""``experiment``: configurations × seeds × data -> the runs that are still missing."""

from __future__ import annotations

from typing import Annotated

import typer

from phongtrao.commands.console import result_line, tell


def experiment(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", show_default=False, help="Such as experiments/topics.yaml."),
    ],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="List what would run, with estimated minutes, and leave.")
    ] = False,
    tiny: Annotated[
        bool, typer.Option("--tiny", help="A part of the seed corpus and few resamples: does it run at all?")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also what needs something not every machine has, such as a GPU.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Also what has run already.")] = False,
) -> None:
    """Run what of an experiment has not run yet, and record it in MLflow under one parent run.

    Example: `phongtrao experiment experiments/topics.yaml --dry-run`

    Stopped or killed, it goes on where it was. Look at the outcome with `phongtrao compare FILE`.
    """
    from phongtrao.recipes.experiment_plan import read_experiment
    from phongtrao.recipes.run_experiment import look, run_experiment, skipped_lines

    if dry_run:
        standing = look(read_experiment(file), tiny=tiny, everything=everything, again=again)
        for run in standing.done:
            print(f"done     {run}")
        for run in standing.to_do:
            print(f"to run   {run}: about {run.minutes:.1f} min")
        for line in skipped_lines(standing):
            print(line)
        result_line(
            f"{standing.name}: {len(standing.to_do)} to run in about {standing.minutes:.1f} min, "
            f"{len(standing.done)} done, {len(standing.skipped)} skipped"
        )
        return
    outcome = run_experiment(file, tiny=tiny, everything=everything, again=again, tell=tell)
    result_line(
        f"{outcome.name}: ran {outcome.ran} in {outcome.seconds / 60:.1f} min, {outcome.kept} done before, "
        f"{outcome.skipped} skipped; compare them: phongtrao compare {file}{' --tiny' if tiny else ''}"
    )
