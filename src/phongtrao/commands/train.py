"""``train``: a configuration -> a trained, measured and recorded model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from phongtrao.commands.console import result_line
from phongtrao.commands.figures import at, with_interval
from phongtrao.errors import UsageError

HEADLINES: Mapping[str, Mapping[str, str]] = {
    "topics": {
        "seed test macro-F1": "metrics seed_test passages macro_f1",
        "press test macro-F1": "metrics press_test passages macro_f1",
    },
    "one_topic": {
        "held-out accuracy": "metrics held_test passages accuracy",
        "without near-duplicates": "metrics held_distinct_test passages accuracy",
        "test accuracy": "metrics file_test passages accuracy",
        "test without near-duplicates": "metrics file_distinct_test passages accuracy",
    },
    "summary": {
        "seed test ROUGE-1": "metrics seed_test metrics rouge1_syllable",
        "VietNews validation ROUGE-1": "metrics vietnews_validation metrics rouge1_syllable",
    },
    "pretrain": {
        "perplexity before": "metrics perplexity_before",
        "after": "metrics perplexity_after",
    },
    "reading": {
        "seed test passage precision": "metrics seed_test boilerplate passage_precision",
        "recall": "metrics seed_test boilerplate passage_recall",
        "title": "metrics seed_test boilerplate title",
        "date": "metrics seed_test boilerplate date",
    },
}
"""What the result line tells of a recipe's outcome, and where it stands there."""


def train(
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CONFIG|KEY=VALUE",
            show_default=False,
            help="A YAML file such as configs/topics/linear.yaml, and settings laid over it.",
        ),
    ] = None,
    *,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", metavar="FILE", show_default=False, help="The YAML file, as an option."
        ),
    ] = None,
) -> None:
    """Train and evaluate what a configuration describes, and record the run in MLflow.

    Example: `phongtrao train configs/topics/linear.yaml seed=1 model.C=8 out=models/mine`

    Runs go to `mlflow.db` in the working folder, or to the server that MLFLOW_TRACKING_URI names. Look at
    them with `phongtrao compare`.
    """
    from phongtrao.config import load_config

    given = list(arguments or [])
    files = [argument for argument in given if "=" not in argument] + ([str(config)] if config else [])
    if len(files) != 1:
        found = ", ".join(files) or "none"
        raise UsageError(f"expected one configuration file, found {found}; try configs/topics/linear.yaml")
    settings = load_config(files[0], [argument for argument in given if "=" in argument])
    outcome = recipe_of(settings.recipe)(settings)
    result_line("; ".join([f"trained {settings.name}", *_told(settings.recipe, outcome)]))


def recipe_of(name: str) -> Callable[[Any], Mapping[str, Any]]:
    """Return the recipe called ``name``: settings -> its outcome."""
    from importlib import import_module

    run: Callable[[Any], Mapping[str, Any]] = import_module(f"phongtrao.recipes.train_{name}").run
    return run


def _told(recipe: str, outcome: Mapping[str, Any]) -> list[str]:
    """Return the parts of the result line: headline metrics, the run, the folder."""
    figures = [(words, at(outcome, path)) for words, path in HEADLINES.get(recipe, {}).items()]
    told = [f"{words} {with_interval(figure)}" for words, figure in figures if figure is not None]
    told += [f"run {outcome['run']}"] if outcome.get("run") else []
    return told + ([f"model in {outcome['folder']}"] if outcome.get("folder") else [])
