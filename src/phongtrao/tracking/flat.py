"""Nested values -> the flat names and tables that MLflow and spreadsheets hold."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any


def flatten_metrics(metrics: Mapping[str, Any], prefix: str = "") -> dict[str, float]:
    """Return numbers under names joined by dots, such as ``seed_test.passages.macro_f1``.

    An interval ``{"value", "low", "high"}`` becomes three names: its own, and it with ``.low`` and ``.high``.
    None and text are left out: MLflow keeps numbers only.
    """
    flat: dict[str, float] = {}
    for key, value in metrics.items():
        name = prefix if key == "value" else f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping):
            flat |= flatten_metrics(value, name)
        elif isinstance(value, int | float):
            flat[name] = float(value)
    return flat


def flatten_settings(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return settings under names joined by dots, values as text; lists and the like as JSON."""
    flat: dict[str, str] = {}
    for key, value in config.items():
        name = f"{prefix}.{key}" if prefix else key
        if isinstance(value, Mapping) and value:
            flat |= flatten_settings(value, name)
        else:
            flat[name] = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return flat


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return flat rows as CSV; the columns are those of all rows, in the order they first come."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(dict(row) for row in rows)
    return text.getvalue()
