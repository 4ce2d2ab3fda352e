"""What a batch is given -> records: files, folders of any size, tables, and ``-`` for what comes by stdin.

Everything met comes out, as a ``Record`` or as a ``Reject`` with the reason; nothing is dropped, and memory
is that of a few rows whatever comes. This goes beyond ``phongtrao.reading.iter_records``, which a notebook
uses, in what a batch of a million may meet: endless lines, pipes, mazes of links.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from phongtrao.batch.lines import LONGEST_BYTES, too_long
from phongtrao.errors import InputError, UsageError

if TYPE_CHECKING:
    from phongtrao.reading import Record, Reject

Stdin = Literal["jsonl", "csv", "parquet", "page"]
"""What ``-`` holds."""

STDIN = "-"


def records(
    inputs: Sequence[Path], *, out: Path | None = None, stdin: Stdin = "jsonl"
) -> Iterator[Record | Reject]:
    """Enumerate files, folders and ``-``, in the order given; ``out`` is passed over where it lies there.

    Raises:
        UsageError: at the call, where a path does not exist, has another ending or is the output itself.
        InputError: at the call, where there is nothing to read; later, where a table changes meanwhile.
    """
    for given in inputs:
        _check(given, out)
    if sum(map(_is_stdin, inputs)) > 1:
        raise UsageError("- was given twice; stdin can be read once")
    items = chain.from_iterable(_given(given, out, stdin) for given in inputs)
    first = next(items, None)
    if first is None:
        names = ", ".join(map(str, inputs))
        raise InputError(
            f"{names}: no page or table found; expected .txt, .html, .jsonl, .csv or .parquet files"
        )
    return chain([first], items)


def _is_stdin(path: Path) -> bool:
    return str(path) == STDIN


def _check(given: Path, out: Path | None) -> None:
    from phongtrao.reading import iter_records

    if _is_stdin(given):
        return
    iter_records([given])  # raises what is to be raised, reads nothing yet
    if out is not None and out.resolve() == given.resolve():
        raise UsageError(f"{out} is the input; give another --out")


def _given(given: Path, out: Path | None, stdin: Stdin) -> Iterator[Record | Reject]:
    from phongtrao.batch.folders import walk
    from phongtrao.reading import Reject

    if _is_stdin(given):
        yield from _from_stdin(sys.stdin.buffer, stdin)
    elif not given.is_dir():
        yield from _file(given, given.name)
    else:
        own = set() if out is None else {out.name, f"{out.name}.rejects.jsonl"}
        for found in walk(given):
            if isinstance(found, Reject):
                yield found
            elif found.name not in own or out is None or found.parent.resolve() != out.resolve().parent:
                yield from _file(found, found.relative_to(given).as_posix())


def _file(path: Path, source: str) -> Iterator[Record | Reject]:
    """Read one file, after a look at what it is: opening a pipe would wait for ever."""
    from phongtrao.reading import Record, Reject
    from phongtrao.reading.inputs import TABLE_ENDINGS

    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            yield Reject(source, None, "expected a file, found a pipe or a device; - reads from a pipe")
        elif status.st_size == 0:
            yield Reject(source, None, "empty file: expected a page or rows, found 0 bytes")
        elif path.suffix.lower() in TABLE_ENDINGS:
            yield from _table(path, source, status)
        elif status.st_size > LONGEST_BYTES:
            yield Reject(source, None, too_long("a page"))
        else:
            yield Record(source, None, path.stem, path.read_bytes())
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}; check that you may open it"
        yield Reject(source, None, reason)


def _table(path: Path, source: str, before: os.stat_result) -> Iterator[Record | Reject]:
    from phongtrao.batch.tables import read_csv, read_jsonl
    from phongtrao.reading.tables import read_table

    if path.suffix.lower() == ".parquet":
        yield from _bounded(read_table(path, source))
    else:
        read = read_jsonl if path.suffix.lower() == ".jsonl" else read_csv
        with path.open("rb") as stream:
            yield from read(stream, source, path.stem)
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError(
            f"{path} changed while it was read; run the same command again when nothing writes to it any more"
        )


def _bounded(items: Iterator[Record | Reject]) -> Iterator[Record | Reject]:
    from phongtrao.reading import Reject

    for item in items:
        payload = getattr(item, "payload", None) or {}
        if sum(len(value) for value in payload.values() if isinstance(value, str)) > LONGEST_BYTES:
            yield Reject(item.source, item.line, too_long("a row"))
        else:
            yield item


def _from_stdin(stream: BinaryIO, kind: Stdin) -> Iterator[Record | Reject]:
    from phongtrao.batch.tables import read_csv, read_jsonl
    from phongtrao.reading import Record, Reject

    if kind == "page":
        page = stream.read(LONGEST_BYTES + 1)
        if len(page) > LONGEST_BYTES:
            yield Reject(STDIN, None, too_long("a page"))
        else:
            yield Record(STDIN, None, "stdin", page)
    elif kind == "parquet":
        yield from _spooled_parquet(stream)
    else:
        yield from (read_jsonl if kind == "jsonl" else read_csv)(stream, STDIN, "stdin")


def _spooled_parquet(stream: BinaryIO) -> Iterator[Record | Reject]:
    """Read Parquet from a pipe by way of a file, as its reading begins at its end."""
    from phongtrao.reading.tables import read_table

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin.parquet"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield from _bounded(read_table(path, STDIN))
