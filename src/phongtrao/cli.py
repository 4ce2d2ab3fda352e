"""The command line: one table, command -> function.

Progress goes to stderr and one result line to stdout. Exit status: 0 done, 1 the job failed, 2 the command
was wrong. An error is one line, a wrong option typer's own box; ``PHONGTRAO_DEBUG=1`` in the environment adds
the traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from phongtrao.commands import audit, batch, compare, demo, evaluate, experiment, promote, report, sync, train
from phongtrao.errors import PhongtraoError, UsageError

COMMANDS: dict[str, Callable[..., Any]] = {
    "read": batch.read,
    "classify": batch.classify,
    "summarize": batch.summarize,
    "report": report.report,
    "train": train.train,
    "experiment": experiment.experiment,
    "compare": compare.compare,
    "promote": promote.promote,
    "sync": sync.sync,
    "audit": audit.audit,
    "demo": demo.demo,
}
"""Commands of one word."""
EVALUATE: dict[str, Callable[..., Any]] = {"topics": evaluate.topics, "summary": evaluate.summary}
"""``phongtrao evaluate ...``."""

HELP = """Read Vietnamese press pages, say which topics they carry, and summarize them.

Begin with: `phongtrao classify PAGES --out rows.jsonl --summarize`"""
FAILED, WRONG_USAGE = 1, 2


def build() -> typer.Typer:
    """Return the command line as a typer application."""
    app = typer.Typer(
        name="phongtrao",
        epilog="Settings and formats are described in README.md. Each command has its own --help.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(help=HELP)(_common)
    for name, function in COMMANDS.items():
        app.command(name)(function)
    evaluation = typer.Typer(
        help="Measure a model or a summarizer on labelled rows.",
        no_args_is_help=True,
        rich_markup_mode="markdown",
    )
    for name, function in EVALUATE.items():
        evaluation.command(name)(function)
    app.add_typer(evaluation, name="evaluate")
    return app


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave the process with its exit status."""
    try:
        build()(args=arguments, prog_name="phongtrao")
    except PhongtraoError as error:
        _stop(str(error), WRONG_USAGE if isinstance(error, UsageError) else FAILED)
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except Exception as error:
        _stop(f"internal error: {type(error).__name__}: {error} (PHONGTRAO_DEBUG=1 shows where)", FAILED)


def _show_version(wanted: bool) -> None:
    if wanted:
        from phongtrao import __version__

        print(f"phongtrao {__version__}")
        raise typer.Exit


def _common(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and leave.", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """Take the options of the program itself."""


def _stop(message: str, status: int) -> None:
    if os.environ.get("PHONGTRAO_DEBUG") == "1":
        import traceback

        traceback.print_exc()
    print(f"phongtrao: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(status)
