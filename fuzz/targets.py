"""Any bytes -> nothing, or an exception where reading did what it must never do.

Each target takes what a fuzzer gives and reads it as phongtrao would. Rows and rejects with a reason are what
may come out, within five seconds and a gigabyte; anything else is raised and is a finding.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from phongtrao import rows
from phongtrao.article import Article
from phongtrao.batch.jobs import ReadJob, process
from phongtrao.errors import InputError
from phongtrao.reading import Record, Reject, iter_records, read_record
from phongtrao.reading.tables import read_csv, read_jsonl

LONGEST_SECONDS = 5.0
"""Of processor time, which other work on the machine does not lengthen."""


Item = Record | Reject
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
BLANKS = b" " * 4999 + b"\n"
"""A line that tables pass over, as long as what is looked at together to tell what a stream is."""


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
    """JSON lines: each that is not blank is accounted for."""
    items = _stream(read_jsonl, data)
    lines = data.removeprefix(codecs.BOM_UTF8).splitlines()
    expected = [number for number, line in enumerate(lines, 1) if line.strip()]
    is_text = items[0].line is not None and b"\0" not in data and not data.startswith(UTF16_MARKS)
    if is_text and [item.line for item in items] != expected:
        raise Finding(f"lines {expected} came out as {[item.line for item in items]}")


def csv(data: bytes) -> None:
    """CSV: its rows are numbered without a gap."""
    items = _stream(read_csv, data)
    if items[0].line is not None and [item.line for item in items] != list(range(1, len(items) + 1)):
        raise Finding(f"rows came out as {[item.line for item in items]}")


def parquet(data: bytes) -> None:
    """A Parquet file."""
    handle, name = tempfile.mkstemp(suffix=".parquet", prefix="phongtrao-fuzz-")
    try:
        os.write(handle, data)
        os.close(handle)
        with in_time():
            _account(list(iter_records([name])))
    finally:
        Path(name).unlink()


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


class _Drops(io.BytesIO):
    """Bytes that come a few at a time, as from a slow pipe, once it is clear what they are."""

    def read1(self, _: int | None = -1, /) -> bytes:
        return super().read1(3 if self.tell() else len(BLANKS))


def _stream(read: Callable[[io.BytesIO, str, str], Iterator[Item]], data: bytes) -> list[Item]:
    """Read a table; the rows are the same however its bytes come."""
    with in_time():
        items = list(read(io.BytesIO(data), "rows", "rows"))
        whole, drops = io.BytesIO(BLANKS + data), _Drops(BLANKS + data)
        if repr(list(read(whole, "rows", "rows"))) != repr(list(read(drops, "rows", "rows"))):
            raise Finding("other rows where the bytes come in other pieces")
        _account(items)
    return items


def _account(items: Sequence[Item]) -> None:
    """Do a table's items as a batch does: each becomes a row, or a reject with a reason that is the row's."""
    if not items:
        raise Finding("neither rows nor rejects")
    result = process(ReadJob().open(), items)
    told, refused = (
        [json.loads(line) for line in lines.splitlines()] for lines in (result.rows, result.rejects)
    )
    if not len(items) == result.counts.seen == len(told) + len(refused):
        raise Finding(f"{len(items)} items gave {len(told)} rows and {len(refused)} rejects")
    for line in told:
        if tuple(line) != rows.READ_KEYS:
            raise Finding(f"no row: {line}")
    for line in refused:
        if not line["reason"].strip() or line["reason"].startswith("internal error"):
            raise Finding(f"rejected without a reason: {line}")
