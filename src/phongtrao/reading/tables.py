"""JSONL or CSV -> records, row by row; whatever a row holds, it costs no other row.

Bytes that are no UTF-8 are decoded row by row, in CSV cell by cell, so an old encoding, or a broken one,
costs no other row either.

A row of CSV may go over several lines, and a quotation mark that is not closed would take in all that
follow. Where one does not come out even, its lines are taken one by one: each is a row or a reject.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading.encodings import decode
from phongtrao.reading.inputs import Record, Reject
from phongtrao.reading.rows import KNOWN_COLUMNS
from phongtrao.reading.streams import Line, read_lines, too_long

_BYTES_KEPT = "surrogateescape"
"""How bytes that are no UTF-8 come through the CSV reader, to be decoded cell by cell."""


def read_jsonl(
    stream: BinaryIO, source: str, stem: str, limits: ReadingLimits | None = None
) -> Iterator[Record | Reject]:
    """Yield a record or a reject for each line that is not blank; ``stem`` begins the records' ids."""
    longest = (limits or ReadingLimits()).page_bytes
    return _accounted(_jsonl(stream, source, stem, longest), source, "one JSON object a line")


def read_csv(
    stream: BinaryIO, source: str, stem: str, limits: ReadingLimits | None = None
) -> Iterator[Record | Reject]:
    """Yield a record or a reject for each row below the header; ``stem`` begins the records' ids."""
    longest = (limits or ReadingLimits()).page_bytes
    csv.field_size_limit(2**31 - 1)  # the reader's own, of 128 KiB, is less than a page may have
    return _accounted(_csv(stream, source, stem, longest), source, "a header and rows below it")


def _accounted(rows: Iterator[Record | Reject], source: str, expected: str) -> Iterator[Record | Reject]:
    """Yield the rows of a stream, and a reject where it holds none or is no text."""
    found = False
    try:
        for item in rows:
            found = True
            yield item
    except InputError:
        yield Reject(source, None, f"expected {expected}, found binary data")
        return
    if not found:
        yield Reject(source, None, f"no rows: expected {expected}, found none")


def _jsonl(stream: BinaryIO, source: str, stem: str, longest: int) -> Iterator[Record | Reject]:
    for number, line in enumerate(read_lines(stream, longest), 1):
        if line is None:
            yield Reject(source, number, too_long("a line", longest))
        elif not line.isspace():
            try:
                row = json.loads(_text(line))
                if not isinstance(row, dict):
                    kind = type(row).__name__
                    raise InputError(f"expected a JSON object, found {kind}; write one {{...}} a line")
            except InputError as error:
                yield Reject(source, number, str(error))
            except (ValueError, RecursionError) as error:
                yield Reject(source, number, f"not JSON: {error}; write one complete object a line")
            else:
                yield Record(source, number, f"{stem}-{number}", row)


def _text(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode(line)


class _RowTooLongError(Exception):
    """A row does not end within what an article can be."""


@dataclass
class _Feed:
    """Lines for the CSV reader, those of the row in hand kept."""

    lines: Iterator[Line]
    longest: int
    row: list[str | None] = field(default_factory=list)
    size: int = 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.row.append(None if line is None else line.decode("utf-8", _BYTES_KEPT))
        self.size += len(line or b"")
        if line is None or self.size > self.longest:
            raise _RowTooLongError
        return self.row[-1] or ""

    def taken(self) -> list[str | None]:
        """Return the lines of the row in hand and begin the next."""
        row, self.row, self.size = self.row, [], 0
        return row


Cells = list[str]


def _csv(stream: BinaryIO, source: str, stem: str, longest: int) -> Iterator[Record | Reject]:
    lines = read_lines(stream, longest)
    header = next((line for line in lines if line is None or not line.isspace()), b"")
    if header is None:
        yield Reject(source, None, too_long("a header", longest))
        return
    columns, delimiter = _columns(header.decode("utf-8", _BYTES_KEPT))
    number = 0
    for cells in _rows(_Feed(lines, longest), delimiter):
        if cells == []:
            continue
        number += 1
        try:
            if isinstance(cells, str):
                raise InputError(cells)
            row = _row(columns, cells)
        except InputError as error:
            yield Reject(source, number, str(error))
        else:
            yield Record(source, number, f"{stem}-{number}", row)


def _columns(header: str) -> tuple[list[str], str]:
    """Return the names in a header and what stands between them."""
    names = {mark: [n.strip() for n in next(csv.reader([header], delimiter=mark), [])] for mark in ",;\t"}
    delimiter = max(names, key=lambda mark: len(KNOWN_COLUMNS & set(names[mark])))
    return names[delimiter], delimiter


def _rows(feed: _Feed, delimiter: str) -> Iterator[Cells | str]:
    """Yield the cells of each row, or why they cannot be told."""
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _RowTooLongError):
            # Lines are looked at twice at most, however many marks are missing.
            yield from (_alone(line, delimiter, feed.longest) for line in feed.taken())
        else:
            feed.taken()
            yield cells


def _alone(line: str | None, delimiter: str, longest: int) -> Cells | str:
    """Return the cells of a line that is a whole row, quotation marks in odd places taken as they are."""
    if line is None:
        return too_long("a line", longest)
    reader = csv.reader([line, "\n"], delimiter=delimiter)
    try:
        cells = next(reader)
    except csv.Error as error:
        return f"not a CSV row: {error}; check its quotation marks"
    if reader.line_num > 1:
        return "not a CSV row: a quotation mark is not closed; check its quotation marks"
    return cells


def _row(columns: list[str], cells: Cells) -> dict[str, Any]:
    if len(cells) > len(columns):
        raise InputError(
            f"expected {len(columns)} cells as in the header, found {len(cells)}; put texts in quotes"
        )
    row: dict[str, Any] = dict.fromkeys(columns)  # an empty or missing cell is None
    row |= {name: _mended(cell) for name, cell in zip(columns, cells, strict=False) if cell}
    passages = row.get("passages")
    if passages:
        try:
            row["passages"] = json.loads(passages)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"passages: expected a JSON list in the cell, found {passages[:40]!r} ({error})"
            ) from error
    return row


def _mended(cell: str) -> str:
    """Decode what was no UTF-8; valid text comes back as it is."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return decode(cell.encode("utf-8", _BYTES_KEPT))
    return cell
