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

from phongtrao.errors import InputError
from phongtrao.reading.encodings import decode, is_binary, utf16_order
from phongtrao.reading.inputs import Record, Reject
from phongtrao.reading.rows import KNOWN_COLUMNS

_ROWS_AT_ONCE = 256
"""Parquet rows held in memory together."""
_LONGEST_CELL_CHARS = 2**31 - 1


def read_table(path: Path, source: str) -> Iterator[Record | Reject]:
    """Read the rows of a table file; a file that is not what its ending says gives one ``Reject``."""
    ending = path.suffix.lower()
    if ending == ".parquet":
        yield from _parquet(path, source)
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
    rows = 0
    with _open_text(path) as lines:
        for number, line in enumerate(lines, 1):
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
    csv.field_size_limit(_LONGEST_CELL_CHARS)  # the default refuses a page of 128 KiB
    number = 0
    with _open_text(path) as lines:
        first = next((line for line in lines if line.strip()), "")
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


def _parquet(path: Path, source: str) -> Iterator[Record | Reject]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            # Other columns are not read; where none is known, all are, for the reason to name them.
            known = [name for name in file.schema_arrow.names if name in KNOWN_COLUMNS] or None
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE, columns=known):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(source, number, f"{path.stem}-{number}", row)
    except (pa.ArrowException, ValueError) as error:
        where = f"after row {number}" if number else "as Parquet"
        yield Reject(source, None, f"cannot be read {where}: {error}; write the file again")
        return
    if not number:
        yield Reject(source, None, "no rows: the Parquet file holds none")


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
