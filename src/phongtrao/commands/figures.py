"""Nested metrics -> a table for people and a file for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import PhongtraoError

if TYPE_CHECKING:
    from rich.table import Table


def figure_table(metrics: Mapping[str, Any], title: str) -> Table:
    """Return one line a metric, with its 95 % interval where it has one."""
    from rich.table import Table

    table = Table(title=title, title_justify="left", caption_justify="left")
    table.add_column("metric")
    table.add_column("value", justify="right")
    table.add_column("95 % interval", justify="right")
    for name, figure in flat_figures(metrics):
        value = figure["value"] if isinstance(figure, Mapping) else figure
        shown = f"{value:,}" if isinstance(value, int) else f"{value:.3f}"
        table.add_row(name, shown, interval(figure))
    return table


def flat_figures(metrics: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every metric under its path, such as ``passages topics awards f1``; texts are passed over."""
    for key, value in metrics.items():
        name = f"{path} {key}".strip()
        if isinstance(value, Mapping) and "value" not in value:
            yield from flat_figures(value, name)
        elif isinstance(value, Mapping | int | float):
            yield name, value


def at(metrics: Mapping[str, Any], path: str) -> Any:
    """Return the metric at a path such as ``seed_test passages macro_f1``; None where there is none."""
    return dict(flat_figures(metrics)).get(path)


def interval(figure: Any) -> str:
    """Return ``[low, high]``; empty where the figure has none."""
    if not isinstance(figure, Mapping) or figure.get("low") is None:
        return ""
    return f"[{figure['low']:.3f}, {figure['high']:.3f}]"


def with_interval(figure: Any) -> str:
    """Return the value with its interval, for one line."""
    value = figure["value"] if isinstance(figure, Mapping) else figure
    return f"{value:.3f} {interval(figure)}".strip()


def write_json(values: Mapping[str, Any], path: Path) -> None:
    """Write metrics for programs.

    Raises:
        PhongtraoError: the file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise PhongtraoError(f"{path}: cannot be written ({error.strerror or error})") from error
