"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        "-m",
        metavar="MODEL",
        show_default="the bundled model",
        help="A model folder, or one in MLflow: runs:/ID, runs:/ID/NAME, models:/NAME@ALIAS.",
    ),
]
Method = Annotated[
    str,
    typer.Option("--method", metavar="NAME", help="Summarizer: extractive, lead-2 or a summarizer's folder."),
]
JsonFile = Annotated[
    Path | None,
    typer.Option("--json", metavar="FILE", show_default=False, help="Also write every metric here."),
]
