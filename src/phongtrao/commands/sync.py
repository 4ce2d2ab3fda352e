"""``sync``: what trainings kept while MLflow was away -> the server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phongtrao.commands.console import result_line, tell


def sync(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            show_default="runs/unsent",
            help="Where trainings kept what they could not send.",
        ),
    ] = Path("runs/unsent"),
) -> None:
    """Send to MLflow what trainings kept here while its server was away: metrics, files, models.

    Example: `MLFLOW_TRACKING_URI=http://127.0.0.1:5000 phongtrao sync`

    A training says when it keeps something. Give this command in the folder it was started in.
    """
    from phongtrao.tracking.sync import sync as send_kept

    sent = []
    for run in send_kept(folder):
        tell(f"sent {run.name} (run {run.id}, {run.entries} entries)")
        sent.append(run)
    runs = f"{len(sent)} run{'s' if len(sent) != 1 else ''}"
    result_line(f"sent {runs}" if sent else f"nothing to send in {folder}")
