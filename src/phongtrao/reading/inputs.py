"""Files and folders -> records, one at a time: what is read, where it stood, or why it cannot be used.

Everything that is enumerated comes out, as a ``Record`` or as a ``Reject``; nothing is dropped and nothing
raises once the enumeration has begun. A folder is walked in sorted order and files are read in pieces, so a
collection of any size takes the memory of one batch of rows.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from phongtrao.errors import UsageError

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


def iter_records(paths: Sequence[str | Path]) -> Iterator[Record | Reject]:
    """Enumerate files and folders, in the order given.

    Folders are searched for .txt, .html, .htm, .jsonl, .csv and .parquet, recursively, in the sorted order of
    their path's parts; hidden files and folders (``.name``), other endings and what an earlier batch rejected
    (``.rejects.jsonl``) are passed over.

    Raises:
        UsageError: at the call, where a path does not exist or a file given itself has another ending.
    """
    given = [Path(path) for path in paths]
    for path in given:
        _check(path)
    return _enumerate(given)


def _check(path: Path) -> None:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UsageError(f"{path}: no such file or folder; check the path") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be opened ({error.strerror}); check the path") from error
    known = PAGE_ENDINGS | TABLE_ENDINGS
    if not path.is_dir() and path.suffix.lower() not in known:
        found = path.suffix or "no ending"
        raise UsageError(f"{path}: expected a file ending in {', '.join(sorted(known))}; found {found}")


def _enumerate(given: Sequence[Path]) -> Iterator[Record | Reject]:
    for path in given:
        if path.is_dir():
            for found in _walk(path, path):
                if isinstance(found, Reject):
                    yield found
                else:
                    yield from _read_file(found, found.relative_to(path).as_posix())
        else:
            yield from _read_file(path, path.name)


def _walk(folder: Path, root: Path) -> Iterator[Path | Reject]:
    """Yield the files below ``folder``, and a reject for each folder that cannot be entered."""
    source = folder.relative_to(root).as_posix()
    if folder.is_symlink() and folder != root and folder.parent.resolve().is_relative_to(folder.resolve()):
        yield Reject(source, None, "a link to a folder it lies in: not followed, as that would never end")
        return
    try:
        with os.scandir(folder) as entries:
            names = sorted((e.name, _is_folder(e)) for e in entries if not e.name.startswith("."))
    except OSError as error:
        yield Reject(source, None, _closed(error))
        return
    for name, is_folder in names:
        path = folder / name
        if is_folder:
            yield from _walk(path, root)
        elif path.suffix.lower() in PAGE_ENDINGS | TABLE_ENDINGS and not name.endswith(REJECTS_ENDING):
            yield path


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # A link that leads nowhere, to itself or where we may not look is a file that cannot be opened.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112


def _closed(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}; check that you may open it"


def _read_file(path: Path, source: str) -> Iterator[Record | Reject]:
    from phongtrao.reading.tables import read_table

    try:
        if path.stat().st_size == 0:
            yield Reject(source, None, "empty file: expected a page or rows, found 0 bytes")
        elif path.suffix.lower() in TABLE_ENDINGS:
            yield from read_table(path, source)
        else:
            yield Record(source, None, path.stem, path.read_bytes())
    except OSError as error:
        yield Reject(source, None, _closed(error))
