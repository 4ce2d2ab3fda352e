"""A folder -> the pages and tables below it, in sorted order, whatever their number.

The names of a folder are sorted in runs that wait in a temporary file, so a folder of a million pages takes
the memory of one run. Each real folder is entered once at most: links cannot lead round and round.
"""

from __future__ import annotations

import heapq
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from phongtrao.reading.inputs import PAGE_ENDINGS, REJECTS_ENDING, TABLE_ENDINGS, Reject, closed

SORTED_TOGETHER = 50_000
"""Names of one folder held in memory together."""

_ENDINGS = tuple(PAGE_ENDINGS | TABLE_ENDINGS)
_PIECE_BYTES = 1 << 16

Entry = tuple[str, bool]
"""A name, and whether a folder stands behind it."""


@dataclass
class _Walk:
    """What a walk has to remember."""

    root: Path
    real_root: str
    entered: set[tuple[int, int]] = field(default_factory=set)
    """Device and inode of the folders entered outside of the root, by links."""


def walk(root: Path) -> Iterator[Path | Reject]:
    """Yield the pages and tables below ``root``, and a reject for each folder that is not entered.

    The order is that of the sorted path's parts. Hidden files and folders (``.name``), other endings and
    what an earlier batch rejected are passed over. A link to a folder is followed unless that folder is, or
    holds, one that the walk meets anyway.
    """
    known = _Walk(root, os.path.realpath(root))
    # Not recursive: a path may have more parts than Python calls may be deep.
    stack: list[tuple[Path, Iterator[Entry], bool]] = []
    found = _entries(root, known)
    if isinstance(found, Reject):
        yield found
        return
    stack.append((root, found, False))
    while stack:
        folder, names, outside = stack[-1]
        entry = next(names, None)
        if entry is None:
            stack.pop()
            continue
        path = folder / entry[0]
        if not entry[1]:
            yield path
            continue
        inside = _may_enter(path, known, outside)
        entries = inside if isinstance(inside, Reject) else _entries(path, known)
        if isinstance(entries, Reject):
            yield entries
        else:
            stack.append((path, entries, inside is False))


def _may_enter(folder: Path, known: _Walk, outside: bool) -> bool | Reject:
    """Tell whether ``folder`` lies in the root (False: outside of it), or why it is not entered."""
    is_link = folder.is_symlink()
    if not is_link and not outside:
        return True
    source = folder.relative_to(known.root).as_posix()
    real = os.path.realpath(folder)
    within = os.path.relpath(real, known.real_root)
    if is_link and _is_below(known.real_root, real):
        return Reject(source, None, "a link to a folder it lies in: not followed, as that would never end")
    if _is_below(real, known.real_root) and not any(part.startswith(".") for part in Path(within).parts):
        return Reject(source, None, f"a link to {within}: not followed, as its pages are read there")
    try:
        status = folder.stat()
    except OSError as error:
        return _closed(folder, known, error)
    if (status.st_dev, status.st_ino) in known.entered:
        return Reject(source, None, "a link has led to this folder before: not read again")
    known.entered.add((status.st_dev, status.st_ino))
    return False


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _entries(folder: Path, known: _Walk) -> Iterator[Entry] | Reject:
    """Return what may matter of a folder, sorted by name."""
    runs: list[Iterator[Entry]] = []
    names: list[Entry] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                is_folder = _is_folder(entry)
                if is_folder or _is_wanted(entry.name):
                    names.append((entry.name, is_folder))
                if len(names) >= SORTED_TOGETHER:
                    runs.append(_stored(sorted(names)))
                    names = []
    except OSError as error:
        return _closed(folder, known, error)
    names.sort()
    return heapq.merge(*runs, names) if runs else iter(names)


def _is_wanted(name: str) -> bool:
    return name.lower().endswith(_ENDINGS) and not name.endswith(REJECTS_ENDING)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    # A link that leads nowhere, to itself or where we may not look is a file that cannot be opened.
    return os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()  # noqa: PTH112


def _stored(run: list[Entry]) -> Iterator[Entry]:
    """Keep a sorted run on disk; names hold neither ``/`` nor a zero byte, whatever else they hold."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the iterator that reads it
    file.writelines(os.fsencode(name) + (b"/\0" if is_folder else b"\0") for name, is_folder in run)
    file.seek(0)
    return _loaded(file)


def _loaded(file: IO[bytes]) -> Iterator[Entry]:
    rest = b""
    with file:
        while piece := file.read(_PIECE_BYTES):
            *whole, rest = (rest + piece).split(b"\0")
            for name in whole:
                yield os.fsdecode(name.removesuffix(b"/")), name.endswith(b"/")


def _closed(folder: Path, known: _Walk, error: OSError) -> Reject:
    source = folder.relative_to(known.root).as_posix()
    return closed(source, error)
