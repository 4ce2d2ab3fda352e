"""What a batch is given -> records: files, folders, and ``-`` for what comes by stdin.

Reading is that of ``phongtrao.reading``; here is what a batch alone has to see to: its own output among the
inputs, tables that somebody still writes to, pipes.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from phongtrao.config import ReadingLimits
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
    from phongtrao.reading.files import check

    if _is_stdin(given):
        return
    check(given)
    if out is not None and out.resolve() == given.resolve():
        raise UsageError(f"{out} is the input; give another --out")


def _given(given: Path, out: Path | None, stdin: Stdin) -> Iterator[Record | Reject]:
    from phongtrao.reading import Reject
    from phongtrao.reading.files import find

    if _is_stdin(given):
        yield from _from_stdin(sys.stdin.buffer, stdin)
        return
    for found in find(given):
        if isinstance(found, Reject):
            yield found
        elif out is None or found[0].name != out.name or found[0].resolve() != out.resolve():
            yield from _unchanging(*found)


def _unchanging(path: Path, source: str) -> Iterator[Record | Reject]:
    """Read one file; whoever writes to a table meanwhile would have some of its rows lost."""
    from phongtrao.reading.files import read_file
    from phongtrao.reading.inputs import TABLE_ENDINGS

    before = _state(path)
    yield from read_file(path, source)
    if path.suffix.lower() in TABLE_ENDINGS and _state(path) != before:
        raise InputError(
            f"{path} changed while it was read; run the same command again when nothing writes to it any more"
        )


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _from_stdin(stream: BinaryIO, kind: Stdin) -> Iterator[Record | Reject]:
    from phongtrao.reading import Record, Reject
    from phongtrao.reading.streams import too_long
    from phongtrao.reading.tables import read_csv, read_jsonl

    if kind == "page":
        longest = ReadingLimits().page_bytes
        page = stream.read(longest + 1)
        if len(page) > longest:
            yield Reject(STDIN, None, too_long("a page", longest))
        else:
            yield Record(STDIN, None, "stdin", page)
    elif kind == "parquet":
        yield from _spooled_parquet(stream)
    else:
        yield from (read_jsonl if kind == "jsonl" else read_csv)(stream, STDIN, "stdin")


def _spooled_parquet(stream: BinaryIO) -> Iterator[Record | Reject]:
    """Read Parquet from a pipe by way of a file, as its reading begins at its end."""
    from phongtrao.reading.parquet import read_parquet

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin.parquet"
        with path.open("wb") as file:
            shutil.copyfileobj(stream, file)
        yield from read_parquet(path, STDIN)
