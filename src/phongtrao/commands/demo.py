"""``demo``: the whole way once, in a minute or two: train, measure, record, classify, summarize, report."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from phongtrao.commands.console import result_line, tell
from phongtrao.commands.figures import at, with_interval

if TYPE_CHECKING:
    from rich.table import Table

    from phongtrao.report.overview import ReportTopic

NOTE = (
    "Sample pages made from articles of the seed corpus, which is synthetic: people, places and figures are "
    "invented. None of these articles was used in training."
)
FIGURES = {
    "macro-F1 of passages": "seed_test passages macro_f1",
    "macro-F1 of articles": "seed_test articles macro_f1",
    "primary topic right": "seed_test articles primary_accuracy",
    "F1 of evidence sentences": "seed_test evidence f1",
}


def demo(
    *,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Write everything here.")] = Path(
        "runs/demo"
    ),
) -> None:
    """Show the whole way: train on the seed corpus, measure, record in MLflow, classify and summarize pages.

    Example: `phongtrao demo`

    Needs no network and takes a minute or two. Ends with a report to open in a browser.
    """
    from rich.console import Console

    from phongtrao.batch.formats import read_rows
    from phongtrao.batch.jobs import ClassifyJob
    from phongtrao.batch.run import Output, run_to_file
    from phongtrao.config import shipped
    from phongtrao.report import write_report
    from phongtrao.report.overview import name_topics

    began = time.monotonic()
    tell("training the baseline on the seed corpus ...")
    metrics = _train(out / "model")
    tell("classifying and summarizing the sample pages ...")
    output = Output(out / "rows.jsonl", overwrite=True, restart=True)
    counts = run_to_file(ClassifyJob(out / "model", summarize=True), [shipped("seeds/pages")], output)
    rows = list(read_rows(output.path))
    report = out / "report.html"
    write_report(rows, report, title="phongtrao: a first look", note=NOTE)

    console = Console()
    topics = name_topics(rows[0]["scores"] if rows else ())
    console.print(_pages_table(rows, topics, console.width))
    console.print(_figures_table(metrics))
    line = f"demo: {counts.rows} of {counts.seen} pages, {counts.rejected} rejected"
    result_line(f"{line} -> {report} ({time.monotonic() - began:.0f} s); runs: phongtrao compare")


def _train(folder: Path) -> Mapping[str, Any]:
    """Train, measure and record the baseline; return its metrics."""
    from phongtrao.commands.train import recipe_of
    from phongtrao.config import load_config

    # The seed corpus alone, so that the demo tells the same everywhere.
    settings = load_config(
        "configs/topics/linear.yaml", ["data.real=null", f"out={folder}", "tracking.run_name=demo"]
    )
    metrics: Mapping[str, Any] = recipe_of(settings.recipe)(settings)["metrics"]
    return metrics


def _pages_table(rows: Sequence[Mapping[str, Any]], topics: Sequence[ReportTopic], width: int) -> Table:
    """Return one line a page, ``width`` letters wide; topics are columns by number, which leaves room."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(title="The sample pages", title_justify="left", caption_justify="left", box=SIMPLE_HEAD)
    names = "\n".join(f"{number} {topic.vi} ({topic.en})" for number, topic in enumerate(topics, 1))
    table.caption = f"{names}\nScore of each topic carried; > the primary topic, ? an uncertain article."
    table.add_column("published", no_wrap=True)
    table.add_column("title", no_wrap=True)
    for number, _ in enumerate(topics, 1):
        table.add_column(str(number), justify="right", no_wrap=True, min_width=5)
    room = max(20, width - 10 - 5 * len(topics) - 3 * (len(topics) + 2) - 1)  # what columns and gaps leave
    for row in rows:
        title = f"{'? ' if row['uncertain'] else ''}{row['title']}"
        title = title if len(title) <= room else f"{title[: room - 1]}…"
        cells = [_score(row, topic.key) for topic in topics]
        table.add_row(row["published"] or "", title, *cells)
    return table


def _score(row: Mapping[str, Any], topic: str) -> str:
    if topic not in row["topics"]:
        return ""
    return f"{'>' if row['primary'] == topic else ''}{row['scores'][topic]:.2f}"


def _figures_table(metrics: Mapping[str, Any]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    heading = "Measured on the held-out articles of the seed corpus"
    table = Table(title=heading, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("metric")
    table.add_column("value [95 % interval]", justify="right")
    for words, path in FIGURES.items():
        figure = at(metrics, path)
        if figure is not None:
            table.add_row(words, with_interval(figure))
    return table
