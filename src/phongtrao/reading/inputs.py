"""What is read: a page file or a row of a table, where it stood, or why it cannot be used.

Whatever is enumerated (``files``) comes out as one of these two; nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PAGE_ENDINGS = frozenset({".txt", ".html", ".htm"})
TABLE_ENDINGS = frozenset({".jsonl", ".csv", ".parquet"})
REJECTS_ENDING = ".rejects.jsonl"


@dataclass(frozen=True, slots=True)
class Record:
    """One page file, or one row of a table."""

    source: str
    """The file's path relative to the input given, with forward slashes; its name where it was given."""
    line: int | None
    """The row's number from 1 (in JSONL its line; a header row does not count); None for a page file."""
    id: str
    """The file's name without its ending; for a row ``<that>-<line>``, used where the row has no id."""
    payload: bytes | Mapping[str, Any]
    """A page file's bytes, or a row's columns."""


@dataclass(frozen=True, slots=True)
class Reject:
    """What cannot be used, and why."""

    source: str
    line: int | None
    reason: str


def closed(source: str, error: OSError) -> Reject:
    """Return the reject of a file or folder that cannot be opened."""
    return Reject(source, None, f"cannot be read: {error.strerror or error}; check that you may open it")
