"""A comparison -> a table on the terminal, Markdown for a report, CSV for a sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import UsageError
from phongtrao.tracking.compare import ComparedConfiguration, Comparison, Figure
from phongtrao.tracking.flat import as_csv
from phongtrao.tracking.paired import Difference

if TYPE_CHECKING:
    from rich.console import RenderableType

_Row = ComparedConfiguration
_Column = tuple[str, Callable[[_Row], str]]


def as_rich(comparison: Comparison) -> RenderableType:
    """Return the table for ``rich``; a clear gain is green, a clear loss red."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(title=f"{len(comparison.rows)} configurations, best first")
    columns = _columns(comparison)
    for index, (head, _) in enumerate(columns):
        table.add_column(head.replace(".", "\n"), justify="left" if index == 0 else "right", overflow="fold")
    for row in comparison.rows:
        cells = [(cell(row).replace(" [", "\n["), _style(row, head)) for head, cell in columns]
        table.add_row(*(Text(text, style=style) for text, style in cells))
    return Group(table, *_notes(comparison))


def as_markdown(comparison: Comparison) -> str:
    """Return the table as Markdown, with what it was measured on and the ids of its runs."""
    columns = _columns(comparison)
    rows = [[head for head, _ in columns], ["---", *["---:"] * (len(columns) - 1)]]
    rows += [[cell(row).replace("|", "\\|") for _, cell in columns] for row in comparison.rows]
    runs = [f"- {row.name}: {', '.join(f'`{run.id}`' for run in row.runs)}" for row in comparison.rows]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
    return "\n\n".join([table, *_notes(comparison), "Runs:\n\n" + "\n".join(runs)]) + "\n"


def as_sheet(comparison: Comparison) -> str:
    """Return the numbers as CSV, unrounded: a row a configuration."""
    return as_csv([_numbers(comparison, row) for row in comparison.rows])


def write_comparison(comparison: Comparison, out: Path) -> list[Path]:
    """Write ``out`` (.md or .csv), or both into the folder ``out``; return what was written.

    Raises:
        UsageError: another ending.
    """
    if out.suffix not in ("", ".md", ".csv"):
        raise UsageError(f"{out}: expected a name ending in .md or .csv, or a folder for both")
    files = [out] if out.suffix else [out / "compare.md", out / "compare.csv"]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        write = as_markdown if file.suffix == ".md" else as_sheet
        file.write_text(write(comparison), encoding="utf-8")
    return files


def _columns(comparison: Comparison) -> list[_Column]:
    columns: list[_Column] = [
        ("model", lambda row: row.name + (" (baseline)" if row is comparison.baseline else ""))
    ]
    columns += [(name, lambda row, n=name: row.settings[n]) for name in comparison.settings]  # type: ignore[misc]
    if any(len(row.runs) > 1 for row in comparison.rows):
        columns.append(("seeds", lambda row: str(len(row.runs))))
    for metric in comparison.metrics:
        columns.append((metric, lambda row, m=metric: _figure(row.figures.get(m))))  # type: ignore[misc]
        if any(metric in row.differences for row in comparison.rows):
            columns.append((f"Δ {metric}", lambda row, m=metric: _gain(row.differences.get(m))))  # type: ignore[misc]
    columns.append(("train s", lambda row: "" if row.seconds is None else f"{row.seconds:.1f}"))
    return columns


def _figure(figure: Figure | None) -> str:
    if figure is None:
        return ""
    if figure.deviation is not None:
        return f"{figure.value:.3f} ± {figure.deviation:.3f}"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _gain(gain: Difference | None) -> str:
    return "" if gain is None else f"{gain.value:+.3f} [{gain.low:+.3f}, {gain.high:+.3f}]"


def _style(row: _Row, head: str) -> str:
    gain = row.differences.get(head.removeprefix("Δ ")) if head.startswith("Δ ") else None
    if gain is None or not gain.clear:
        return ""
    return "green" if gain.value > 0 else "red"


def _notes(comparison: Comparison) -> list[str]:
    notes = [
        f"Test split {comparison.split_hash}; topics {', '.join(comparison.taxonomy)}. "
        "[low, high]: 95 % interval, bootstrap over articles; ±: standard deviation over seeds."
    ]
    if any(row.differences for row in comparison.rows):
        notes.append(f"Δ: gain over {comparison.baseline.name} on the same articles (paired bootstrap).")
    if comparison.left_out:
        notes.append(f"Left out: {comparison.left_out} older of the same settings and seed.")
    return notes


def _numbers(comparison: Comparison, row: _Row) -> dict[str, Any]:
    numbers: dict[str, Any] = {"model": row.name, "baseline": row is comparison.baseline} | dict(row.settings)
    numbers["seeds"] = len(row.runs)
    for metric in comparison.metrics:
        if figure := row.figures.get(metric):
            numbers |= {metric: figure.value, f"{metric}.low": figure.low, f"{metric}.high": figure.high}
            numbers[f"{metric}.deviation"] = figure.deviation
        if gain := row.differences.get(metric):
            numbers |= {f"{metric}.gain": gain.value, f"{metric}.gain.low": gain.low}
            numbers[f"{metric}.gain.high"] = gain.high
    return numbers | {"train_seconds": row.seconds, "runs": " ".join(run.id for run in row.runs)}
