"""A comparison -> a table on the terminal, Markdown for a report, CSV for a sheet."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import UsageError
from phongtrao.tracking.compare import COSTS, ComparedConfiguration, Comparison, Figure
from phongtrao.tracking.flat import as_csv
from phongtrao.tracking.paired import SIGNIFICANCE, Difference

if TYPE_CHECKING:
    from rich.console import RenderableType

_Row = ComparedConfiguration
_Column = tuple[str, Callable[[_Row], str]]
_HEADING = 14  # letters in a line, as wide as an interval
_UNITS = {"train s": "s to train", "articles/s": "articles/s", "model MB": "MB"}
_COST_COLUMNS = {
    "train s": "train_seconds",
    "articles/s": "articles_per_second",
    "model MB": "model_megabytes",
}


def as_rich(comparison: Comparison) -> RenderableType:
    """Return the table for ``rich``, a figure above its gain; a significant gain is green, a loss red."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    count = len(comparison.rows)
    title = f"{count} configurations, best first" if count > 1 else "1 configuration"
    table = Table(title=title, box=None, padding=(0, 1, 1, 0))
    table.add_column("model", overflow="fold", min_width=13)
    for metric in comparison.metrics:
        table.add_column(_heading(metric), justify="right", no_wrap=True)
    for row in comparison.rows:
        cells = [Text(_name(row, comparison), style="bold")]
        told = "".join(f"\n{name.removeprefix('model.')}={value}" for name, value in _told(row, comparison))
        cells[0].append(told, style="not bold")
        cells[0].append("".join(f"\n{_cost(row, c)} {_UNITS[c]}" for c in row.costs), style="dim not bold")
        for metric in comparison.metrics:
            cells.append(Text(_narrow(_figure(row.figures.get(metric)))))
            if gain := row.differences.get(metric):
                style = ("green" if gain.value > 0 else "red") if gain.significant else "dim"
                cells[-1].append(f"\nΔ {_narrow(_gain(gain))}\n{p_value(gain)}", style=style)
        table.add_row(*cells)
    return Group(table, *(Text(note) for note in _notes(comparison)))


def as_markdown(comparison: Comparison) -> str:
    """Return the table as Markdown, with what it was measured on and the ids of its runs."""
    columns = _columns(comparison)
    rows = [[head for head, _ in columns], ["---", *["---:"] * (len(columns) - 1)]]
    rows += [[cell(row).replace("|", "\\|") for _, cell in columns] for row in comparison.rows]
    runs = [f"- {run.name}: `{run.id}`" for row in comparison.rows for run in row.runs]
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
    columns: list[_Column] = [("model", lambda row: _name(row, comparison))]
    columns += [(name, lambda row, n=name: row.settings[n]) for name in comparison.settings]  # type: ignore[misc]
    for metric in comparison.metrics:
        columns.append((metric, lambda row, m=metric: _figure(row.figures.get(m))))  # type: ignore[misc]
        if any(metric in row.differences for row in comparison.rows):
            columns.append((f"Δ {metric}", lambda row, m=metric: _gain(row.differences.get(m))))  # type: ignore[misc]
            columns.append(("p", lambda row, m=metric: p_value(row.differences.get(m))))  # type: ignore[misc]
    columns += [(cost, lambda row, c=cost: _cost(row, c)) for cost in _costs(comparison)]  # type: ignore[misc]
    return columns


def _heading(metric: str) -> str:
    """Return ``seed_test.articles.macro_f1`` as short lines: ``seed test / articles / macro-F1``."""
    parts = [part for part in metric.split(".") if part != "metrics"]
    lines = [
        part.replace("macro_f1", "macro-F1").replace("rouge", "ROUGE-").replace("_", " ") for part in parts
    ]
    return "\n".join(line if len(line) <= _HEADING else line.replace(" ", "\n") for line in lines)


def _narrow(figure: str) -> str:
    """Return ``0.903 [0.878, 0.925]`` on two lines, the interval no leading zeros: 80 columns are few."""
    value, bracket, interval = figure.partition(" [")
    return value + bracket.replace(" ", "\n") + re.sub(r"\b0\.", ".", interval)


def _name(row: _Row, comparison: Comparison) -> str:
    seeds = f", {len(row.runs)} seeds" if len(row.runs) > 1 else ""
    twins = [r for r in comparison.rows if (r.name, r.settings) == (row.name, row.settings)]
    told = f" {row.runs[0].id[:8]}" if len(twins) > 1 else ""
    return f"{row.name}{told}{seeds}{' (baseline)' if row is comparison.baseline else ''}"


def _told(row: _Row, comparison: Comparison) -> list[tuple[str, str]]:
    """Return all differing settings for the baseline, for others those in which they differ from it."""
    base = comparison.baseline
    return [
        (name, value)
        for name, value in row.settings.items()
        if value and (row is base or value != base.settings[name])
    ]


def _costs(comparison: Comparison) -> list[str]:
    """Return the costs that some configuration tells."""
    return [cost for cost in COSTS if any(cost in row.costs for row in comparison.rows)]


def _cost(row: _Row, cost: str) -> str:
    if cost not in row.costs:
        return "–"
    value = row.costs[cost]
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 0.05 else "<0.1"


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


def p_value(gain: Difference | None) -> str:
    """Return the p-value, corrected where it was, with a star where it is significant."""
    if gain is None:
        return ""
    p = gain.p if gain.corrected is None else gain.corrected
    shown = "p<.001" if p < 0.001 else f"p={p:.3f}".replace("=0.", "=.")
    return shown + ("*" if gain.significant else "")


def _notes(comparison: Comparison) -> list[str]:
    notes = [
        f"Test split {comparison.split_hash}; topics {', '.join(comparison.taxonomy)}. "
        "[low, high]: 95 % interval, bootstrap over articles; ±: standard deviation over seeds."
    ]
    if any(row.differences for row in comparison.rows):
        notes += _difference_notes(comparison)
    if comparison.left_out:
        notes.append(f"Left out: {comparison.left_out} older of the same settings and seed.")
    return notes


def _difference_notes(comparison: Comparison) -> list[str]:
    count = comparison.comparisons
    tests = {gain.test for row in comparison.rows for gain in row.differences.values()}
    ways = {
        "permutation": "articles' predictions swapped at random",
        "McNemar": "McNemar's exact test for accuracies of single runs",
    }
    how = "; ".join(way for test, way in ways.items() if test in tests)
    seen = {
        metric: statistics.median(row.differences[metric].detectable(count) for row in rows)
        for metric in comparison.metrics
        if (rows := [row for row in comparison.rows if metric in row.differences])
    }
    least = ", ".join(f"{metric} {value:.3f}" for metric, value in seen.items())
    return [
        "Δ: gain over the baseline on the same articles, interval by paired bootstrap. "
        f"p: {how}; Holm's correction over the {count} differences shown; *: p ≤ {SIGNIFICANCE:g}.",
        f"Power: a gain this large is found 4 times in 5, a smaller one may well be missed: {least}.",
    ]


def _numbers(comparison: Comparison, row: _Row) -> dict[str, Any]:
    numbers: dict[str, Any] = {"model": row.name, "baseline": row is comparison.baseline} | dict(row.settings)
    numbers["seeds"] = len(row.runs)
    for metric in comparison.metrics:
        if figure := row.figures.get(metric):
            numbers |= {metric: figure.value, f"{metric}.low": figure.low, f"{metric}.high": figure.high}
            numbers[f"{metric}.deviation"] = figure.deviation
        if gain := row.differences.get(metric):
            numbers |= {f"{metric}.gain": gain.value, f"{metric}.gain.low": gain.low}
            numbers |= {f"{metric}.gain.high": gain.high, f"{metric}.gain.test": gain.test}
            numbers |= {f"{metric}.gain.p": gain.p, f"{metric}.gain.p_holm": gain.corrected}
    costs = {_COST_COLUMNS[cost]: value for cost, value in row.costs.items()}
    return numbers | costs | {"runs": " ".join(run.id for run in row.runs)}
