"""What training recipes of topic models share: timed steps, a folder to save to, rows of slices."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def flat_slice(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a slice's row with its interval in columns of their own."""
    figure = row["macro_f1"]
    return {**row, "macro_f1": figure["value"], "low": figure.get("low"), "high": figure.get("high")}


@contextmanager
def kept_folder(out: Path | None) -> Iterator[Path]:
    """Give the folder to save to: ``out``, else one that is gone after the run was recorded."""
    if out is not None:
        yield out
        return
    with tempfile.TemporaryDirectory() as temporary:
        yield Path(temporary) / "topics"


@contextmanager
def timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    """Say on stderr what runs, and keep how long it took."""
    started = time.perf_counter()
    yield
    seconds[name] = time.perf_counter() - started
    print(f"{name}: {seconds[name]:.1f} s", file=sys.stderr, flush=True)
