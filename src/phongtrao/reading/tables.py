"""JSONL, CSV and Parquet files -> records, row by row.

Bytes that are not UTF-8 are taken along (surrogate escapes) and decoded cell by cell, so that one row in an
old encoding, or a broken one, costs no other row.
"""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from phongtrao.config import ReadingLimits
from phongtrao.errors import InputError
from phongtrao.reading.encodings import decode, is_binary, utf16_order
from phongtrao.reading.inputs import Record, Reject
from phongtrao.reading.rows import KNOWN_COLUMNS


class _LongLineError(Exception):
    """A line is longer than a row can be."""


class _Lines:
    """The lines of a file; one that is too long raises, and the next is gone on with."""

    def __init__(self, text: io.TextIOWrapper, longest: int) -> None:
        self.text = text
        self.longest = longest

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.text.readline(self.longest + 1)
        if not line:
            raise StopIteration
        if len(line) <= self.longest:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self.text.readline(self.longest)
        raise _LongLineError(f"a line of more than {self.longest} characters: expected one row; split it up")


def read_table(path: Path, source: str) -> Iterator[Record | Reject]:
    """Read the rows of a table file; a file that is not what its ending says gives one ``Reject``."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        from phongtrao.reading.parquet import read_parquet

        yield from read_parquet(path, source)
        return
    try:
        with _open_text(path) as text:
            binary = is_binary(text.read(4096))
    except InputError:  # zero bytes, and no UTF-16
        binary = True
    if binary:
        yield Reject(source, None, f"expected text in a {ending} file, found binary data")
        return
    yield from (_jsonl if ending == ".jsonl" else _csv)(path, source)


def _jsonl(path: Path, source: str) -> Iterator[Record | Reject]:
    rows = number = 0
    with _open_text(path) as text:
        lines = _Lines(text, ReadingLimits().page_bytes)
        while True:
            number += 1
            try:
                line = next(lines)
            except StopIteration:
                break
            except _LongLineError as error:
                rows += 1
                yield Reject(source, number, str(error))
                continue
            if not line.strip():
                continue
            rows += 1
            try:
                row = json.loads(_mended(line))
                if not isinstance(row, dict):
                    kind = type(row).__name__
                    raise InputError(f"expected a JSON object, found {kind}; write one {{...}} a line")
            except InputError as error:
                yield Reject(source, number, str(error))
            except (ValueError, RecursionError) as error:
                yield Reject(source, number, f"not JSON: {error}; write one complete object a line")
            else:
                yield Record(source, number, f"{path.stem}-{number}", row)
    if not rows:
        yield Reject(source, None, "no rows: expected one JSON object a line, found blank lines only")


def _csv(path: Path, source: str) -> Iterator[Record | Reject]:
    longest = ReadingLimits().page_bytes
    csv.field_size_limit(longest)  # the default refuses a page of 128 KiB
    number = 0
    with _open_text(path) as text:
        lines = _Lines(text, longest)
        try:
            first = next((line for line in lines if line.strip()), "")
        except _LongLineError as error:
            yield Reject(source, None, f"header: {error}")
            return
        delimiter = max(",;\t", key=lambda d: len(KNOWN_COLUMNS & set(_names(first, d))))
        columns = _names(first, delimiter)
        rows = csv.reader(lines, delimiter=delimiter)
        while True:
            try:
                cells = next(rows)
                if not cells:
                    continue
                number += 1
                row = _csv_row(columns, cells)
            except StopIteration:
                break
            except _LongLineError as error:
                number += 1
                yield Reject(source, number, str(error))
            except csv.Error as error:
                number += 1
                yield Reject(source, number, f"not a CSV row: {error}; check its quotation marks")
            except InputError as error:
                yield Reject(source, number, str(error))
            else:
                yield Record(source, number, f"{path.stem}-{number}", row)
    if not number:
        yield Reject(source, None, "no rows: expected rows below a header, found none")


def _csv_row(columns: list[str], cells: list[str]) -> dict[str, Any]:
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


def _names(header: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([header], delimiter=delimiter), [])]


def _open_text(path: Path) -> io.TextIOWrapper:
    """Open UTF-8, with or without byte order mark, or UTF-16; other bytes become surrogate escapes.

    Raises:
        InputError: there are zero bytes, and not where UTF-16 has them.
    """
    with path.open("rb") as file:
        head = file.read(4096)
    encoding = "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in head:
        encoding = utf16_order(head)
    errors = "surrogateescape" if encoding == "utf-8-sig" else "replace"
    return path.open(encoding=encoding, errors=errors, newline="")


def _mended(text: str) -> str:
    """Decode what was no UTF-8; valid text comes back as it is, in its own normal form."""
    if not any("\udc80" <= char <= "\udcff" for char in text):
        return text
    return decode(text.encode("utf-8", "surrogateescape"))
