"""Files and folders -> records, one at a time, for a notebook as for a batch of a million.

Everything that is enumerated comes out, as a ``Record`` or as a ``Reject``; nothing is dropped and nothing
raises once the enumeration has begun. Files are read in pieces: memory is that of a few rows whatever comes.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from phongtrao.config import ReadingLimits
from phongtrao.errors import UsageError
from phongtrao.reading.folders import walk
from phongtrao.reading.inputs import PAGE_ENDINGS, TABLE_ENDINGS, Record, Reject, closed
from phongtrao.reading.parquet import read_parquet
from phongtrao.reading.streams import too_long
from phongtrao.reading.tables import read_csv, read_jsonl


def iter_records(
    paths: Sequence[str | Path], limits: ReadingLimits | None = None
) -> Iterator[Record | Reject]:
    """Enumerate files and folders, in the order given.

    Folders are searched for .txt, .html, .htm, .jsonl, .csv and .parquet, recursively, in the sorted order of
    their path's parts; hidden files and folders (``.name``), other endings and what an earlier batch rejected
    (``.rejects.jsonl``) are passed over.

    Args:
        paths: files and folders.
        limits: a page file or a line of a table that is longer is rejected without being read.

    Raises:
        UsageError: at the call, where a path does not exist or a file given itself has another ending.
    """
    given = [Path(path) for path in paths]
    for path in given:
        check(path)
    return (item for path in given for found in find(path) for item in _read(found, limits))


def check(path: Path) -> None:
    """Make sure that a path may be given.

    Raises:
        UsageError: it does not exist, cannot be looked at, or is a file of another ending.
    """
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


def find(given: Path) -> Iterator[tuple[Path, str] | Reject]:
    """Yield the files of an input, each with its source, and a reject for each folder that is not entered."""
    if not given.is_dir():
        yield given, given.name
        return
    for found in walk(given):
        yield found if isinstance(found, Reject) else (found, found.relative_to(given).as_posix())


def read_file(path: Path, source: str, limits: ReadingLimits | None = None) -> Iterator[Record | Reject]:
    """Read one file, after a look at what it is: opening a pipe would wait for ever."""
    limits = limits or ReadingLimits()
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            yield Reject(source, None, "expected a file, found a pipe or a device; - reads from a pipe")
        elif status.st_size == 0:
            yield Reject(source, None, "empty file: expected a page or rows, found 0 bytes")
        elif path.suffix.lower() == ".parquet":
            yield from read_parquet(path, source, limits)
        elif path.suffix.lower() in TABLE_ENDINGS:
            read = read_jsonl if path.suffix.lower() == ".jsonl" else read_csv
            with path.open("rb") as stream:
                yield from read(stream, source, path.stem, limits)
        elif status.st_size > limits.page_bytes:
            yield Reject(source, None, too_long("a page", limits.page_bytes))
        else:
            yield Record(source, None, path.stem, path.read_bytes())
    except OSError as error:
        yield closed(source, error)


def _read(found: tuple[Path, str] | Reject, limits: ReadingLimits | None) -> Iterator[Record | Reject]:
    return iter([found]) if isinstance(found, Reject) else read_file(*found, limits)
