"""JSON lines -> the file the user asked for, and back: JSONL, Parquet or CSV by the file's ending.

JSONL and Parquet hold the same values; CSV holds lists and objects as JSON text and no difference
between an empty text and null.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from phongtrao.errors import InputError, UsageError

if TYPE_CHECKING:
    import pandas as pd

Format = Literal["jsonl", "parquet", "csv"]


def format_of(path: Path) -> Format:
    """Return the format that the ending of ``path`` names.

    Raises:
        UsageError: another ending.
    """
    formats: tuple[Format, ...] = get_args(Format)
    for name in formats:
        if path.suffix.lower() == f".{name}":
            return name
    raise UsageError(f"{path}: expected an ending of .jsonl, .parquet or .csv, found {path.suffix or 'none'}")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file that a batch wrote, in any of the three formats.

    Raises:
        InputError: no such file, or a line that is no row; the message names the line.
        UsageError: another ending.
    """
    kind = format_of(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected rows that phongtrao wrote")
    try:
        if kind == "parquet":
            from phongtrao.batch.parquet import read_parquet

            yield from read_parquet(path)
        else:
            yield from (read_jsonl if kind == "jsonl" else _read_csv)(path)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path}: not {kind} in UTF-8: {error}") from error


def read_results(path: str | Path) -> pd.DataFrame:
    """Return the rows of a file that a batch wrote as a pandas table, for a notebook.

    Columns are those of the rows; ``published`` holds timestamps, ``topics``, ``scores`` and ``passages``
    lists and dicts as in JSONL, whatever the format of the file.

    Raises:
        InputError: no such file, or a line that is no row; the message names the line.
        UsageError: another ending than .jsonl, .parquet or .csv.
    """
    import pandas as pd

    table = pd.DataFrame(list(read_rows(Path(path))))
    if "published" in table:
        table["published"] = pd.to_datetime(table["published"], format="ISO8601")
    return table


def convert(spool: Path, out: Path, kind: Format, keys: Sequence[str]) -> None:
    """Write the JSON lines of ``spool`` to ``out`` as ``parquet`` or ``csv`` with the columns ``keys``."""
    if kind == "csv":
        _write_csv(spool, out, keys)
    else:
        from phongtrao.batch.parquet import write_parquet

        write_parquet(lambda: read_jsonl(spool), out, keys)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines, blank lines passed over.

    Raises:
        InputError: a line is no JSON object; the message names it.
    """
    with path.open(encoding="utf-8-sig", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except json.JSONDecodeError as error:
                raise InputError(f"{path}, line {number}: not JSON ({error})") from error
            if not isinstance(row, dict):
                raise InputError(f"{path}, line {number}: expected an object, found {type(row).__name__}")
            yield row


def _write_csv(spool: Path, out: Path, keys: Sequence[str]) -> None:
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(keys)
        for row in read_jsonl(spool):
            writer.writerow([_cell(row.get(key)) for key in keys])


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict | bool) else value


def _read_csv(path: Path) -> Iterator[dict[str, Any]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            if None in row or None in row.values():
                raise InputError(f"{path}, row {number}: expected as many cells as the header has")
            try:
                yield {key: _value(key, cell) for key, cell in row.items()}
            except json.JSONDecodeError as error:
                raise InputError(
                    f"{path}, row {number}: a cell that phongtrao writes as JSON is none ({error})"
                ) from error


def _value(key: str, cell: str) -> Any:
    if key in ("topics", "scores", "passages", "uncertain"):
        return json.loads(cell)
    return None if cell == "" and key in ("published", "primary", "summary") else cell
