"""Any bytes -> nothing, or an exception where reading did what it must never do.

Each target takes what a fuzzer gives and reads it as phongtrao would. Rows and rejects with a reason are what
may come out, within five seconds and a gigabyte; anything else is raised and is a finding.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from phongtrao import rows
from phongtrao.article import Article
from phongtrao.errors import InputError
from phongtrao.reading import Record, Reject, iter_records, read_record

LONGEST_SECONDS = 5.0
"""Of processor time, which other work on the machine does not lengthen."""


class Finding(Exception):  # noqa: N818 - it is one
    """What must never happen has happened."""


@contextmanager
def in_time() -> Iterator[None]:
    """Raise a finding where the block took too long."""
    began = time.process_time()
    yield
    took = time.process_time() - began
    if took > LONGEST_SECONDS:
        raise Finding(f"took {took:.1f} s")


def page(data: bytes) -> None:
    """A page file's bytes."""
    with in_time():
        _one(Record("page.html", None, "page", data))


def markup(data: bytes) -> None:
    """Text that is surely taken for HTML, so that what is mutated is mark-up and not encodings."""
    with in_time():
        _one(Record("page.html", None, "page", b"<html><body>" + data))


def row(data: bytes) -> None:
    """A row of JSON, of any shape."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        with in_time():
            _one(Record("rows.jsonl", 1, "rows-1", value))


def jsonl(data: bytes) -> None:
    """A file of JSON lines."""
    _table(data, ".jsonl")


def csv(data: bytes) -> None:
    """A CSV file."""
    _table(data, ".csv")


def parquet(data: bytes) -> None:
    """A Parquet file."""
    _table(data, ".parquet")


TARGETS: dict[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (page, markup, row, jsonl, csv, parquet)
}


def _one(record: Record) -> Article | None:
    """Read one record; what comes out of it must be a row that JSON and Parquet can hold."""
    try:
        article = read_record(record)
    except InputError as error:
        if not str(error).strip():
            raise Finding("refused without a reason") from error
        return None
    if not isinstance(article, Article) or not article.text.strip():
        raise Finding(f"neither an article nor a reason: {article!r}")
    line = rows.encode(rows.read_row(article))
    back = json.loads(line.decode())
    if tuple(back) != rows.READ_KEYS or line.count(b"\n") != 1:
        raise Finding(f"no row: {line[:200]!r}")
    return article


def _table(data: bytes, ending: str) -> None:
    """Read a table as a notebook and as a batch does; every item is a record or a reject, and both agree."""
    with in_time():
        for item in _file(data, ending):
            _item(item)
    if ending != ".parquet":
        with in_time():
            for item in _stream(data, ending):
                _item(item)


def _item(item: Any) -> None:
    if isinstance(item, Reject):
        if not item.reason.strip():
            raise Finding("rejected without a reason")
        rows.encode({"source": item.source, "line": item.line, "reason": item.reason})
    elif isinstance(item, Record):
        _one(item)
    else:
        raise Finding(f"neither record nor reject: {item!r}")


def _file(data: bytes, ending: str) -> Iterator[Record | Reject]:
    handle, name = tempfile.mkstemp(suffix=ending, prefix="phongtrao-fuzz-")
    try:
        os.write(handle, data)
        os.close(handle)
        yield from iter_records([name])
    finally:
        Path(name).unlink()


def _stream(data: bytes, ending: str) -> Iterator[Record | Reject]:
    from phongtrao.batch import tables

    read = tables.read_jsonl if ending == ".jsonl" else tables.read_csv
    return read(io.BytesIO(data), f"rows{ending}", "rows")
