"""``audit``: labelled articles -> annotations to look at again."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from phongtrao.commands.console import result_line
from phongtrao.commands.figures import write_json

if TYPE_CHECKING:
    from rich.table import Table

    from phongtrao.recipes.audit import Audit

SHOWN = 20
"""Suspicions in the table; the JSON file holds all."""
SHOWN_CHARS = 40


def audit(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="ARTICLES",
            show_default=False,
            help="Your own labelled articles (.jsonl), audited together with the seed corpus.",
        ),
    ] = None,
    *,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", show_default=False, help="Also write all that is found here."),
    ] = None,
) -> None:
    """List topics that are likely annotated wrongly, and near-duplicate articles.

    Example: `phongtrao audit mine.jsonl --json audit.json`

    Each passage is scored by models that have not seen its article; confident learning (cleanlab) says which
    annotations disagree too much.
    """
    from rich.console import Console

    from phongtrao.corpus import load_seed_corpus, topic_keys
    from phongtrao.corpus.gold import read_gold
    from phongtrao.recipes.audit import audit as audit_articles

    topics = topic_keys()
    articles = [*load_seed_corpus(), *(a for file in files or () for a in read_gold(file, topics))]
    found = audit_articles(articles, topics)
    if json:
        write_json(dataclasses.asdict(found), json)
    if found.suspicions:
        Console().print(_suspicions(found))
    if found.duplicates:
        Console().print(_duplicates(found))
    pairs = f"{len(found.duplicates):,} near-duplicate pair{'' if len(found.duplicates) == 1 else 's'}"
    result_line(
        f"audited {found.articles:,} articles ({found.passages:,} passages): "
        f"{len(found.suspicions):,} suspicious topics, {pairs}" + (f" -> {json}" if json else "")
    )


def _suspicions(found: Audit) -> Table:
    from rich.table import Table
    from rich.text import Text

    count = min(SHOWN, len(found.suspicions))
    table = Table(title=f"Suspicious topics, {count} of {len(found.suspicions):,}", title_justify="left")
    for name in ("passage", "topic", "annotated"):
        table.add_column(name, no_wrap=True)
    table.add_column("score", justify="right")
    table.add_column("it begins")
    for s in found.suspicions[:SHOWN]:
        said = "yes" if s.annotated else "no"
        table.add_row(
            s.id, str(s.passage), s.topic, said, f"{s.probability:.2f}", Text(s.text[:SHOWN_CHARS] + "…")
        )
    return table


def _duplicates(found: Audit) -> Table:
    from rich.table import Table

    table = Table(title="Near-duplicates", title_justify="left")
    table.add_column("article")
    table.add_column("article")
    table.add_column("shared sequences", justify="right")
    for pair in found.duplicates[:SHOWN]:
        table.add_row(pair.first, pair.second, f"{pair.shared:.0%}")
    return table
