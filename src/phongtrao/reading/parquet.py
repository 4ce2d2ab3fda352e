"""A Parquet file -> records, row by row; what would unfold to more than an article can be is refused.

A few bytes of Parquet can stand for gigabytes: pages compressed thousandfold, one long text that a million
rows refer to, a list of a thousand million equal numbers. So a row group's size is looked at before it is
read, texts that rows share are left shared, and a row's size is known before it is unfolded.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.config import ReadingLimits
from phongtrao.reading.inputs import Record, Reject
from phongtrao.reading.rows import KNOWN_COLUMNS

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_ROWS_AT_ONCE = 256
"""Rows held in memory together."""
_ROWS_OF_LARGE = 32
"""The same, in a row group too large to have its shared texts left shared."""
_SMALL_BYTES = 32_000_000
"""Of a row group unpacked: leaving texts shared keeps all of them in memory."""
_BUFFER_BYTES = 1 << 20
"""Read of a column at a time; without this, pyarrow holds whole row groups."""
_MOST_RATIO = 200
"""Of unpacked to packed bytes; text has 3 to 10, the same text again and again 50."""
_HARMLESS_BYTES = 64_000_000
_MOST_ROWS = 100
"""A byte of the file; a thousand million rows without a text take a few hundred bytes."""
_VALUE_BYTES = 16
"""The least that a value takes in Python, beside what it is."""


def read_parquet(path: Path, source: str, limits: ReadingLimits | None = None) -> Iterator[Record | Reject]:
    """Yield a record or a reject for each row, and one reject for a row group that unfolds too far."""
    import pyarrow.parquet as pq

    limits = limits or ReadingLimits()
    number, packed = 0, path.stat().st_size
    try:
        with (
            pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as plain,
            pq.ParquetFile(path, read_dictionary=_texts(plain), pre_buffer=False) as sharing,
        ):
            # Other columns are not read; where none is known, all are, for the reason to name them.
            known = [name for name in plain.schema_arrow.names if name in KNOWN_COLUMNS] or None
            _check_types(plain.schema_arrow, known)
            if plain.metadata.num_rows > _MOST_ROWS * packed:
                raise ValueError(f"{plain.metadata.num_rows} rows in {packed} bytes are no articles")
            for group in range(plain.num_row_groups):
                about = plain.metadata.row_group(group)
                if refused := _refused(about, packed):
                    first, number = number + 1, number + about.num_rows
                    yield Reject(source, first, f"rows {first} to {number}: {refused}; write the file again")
                    continue
                small = about.total_byte_size <= _SMALL_BYTES
                file, at_once = (sharing, _ROWS_AT_ONCE) if small else (plain, _ROWS_OF_LARGE)
                for batch in file.iter_batches(at_once, row_groups=[group], columns=known):
                    for row in _rows(batch, limits):
                        number += 1
                        if isinstance(row, str):
                            yield Reject(source, number, row)
                        else:
                            yield Record(source, number, f"{path.stem}-{number}", row)
    except Exception as error:  # damaged files make pyarrow raise whatever its C++ did
        where = f"after row {number}" if number else "as Parquet"
        yield Reject(source, None, f"cannot be read {where}: {error}; write the file again")
        return
    if not number:
        yield Reject(source, None, "no rows: the Parquet file holds none")


def _check_types(schema: pa.Schema, known: list[str] | None) -> None:
    """Refuse types that a library defines in Python: one that is told runs the library's code.

    ``ray.data``, once imported, brings one whose values are pickles.
    """
    import pyarrow as pa

    waiting = [schema.field(name).type for name in known or schema.names]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, pa.ExtensionType):
            raise ValueError(f"it holds values of the type {kind.extension_name}; expected plain ones")
        inside = [kind.value_type] if pa.types.is_dictionary(kind) else []
        if isinstance(kind, pa.BaseExtensionType):
            inside.append(kind.storage_type)
        waiting += [*inside, *(kind.field(index).type for index in range(kind.num_fields))]


def _texts(file: pq.ParquetFile) -> list[str]:
    """Return the columns of texts, also inside of lists and objects."""
    columns = (file.schema.column(index) for index in range(len(file.schema)))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _refused(group: Any, packed: int) -> str:
    """Return why a row group of a file of ``packed`` bytes must not be read; empty where it may be.

    Its columns would tell more, but pyarrow ends the process where a damaged file has them wrong.
    """
    unpacked = group.total_byte_size
    if unpacked > _HARMLESS_BYTES and unpacked > _MOST_RATIO * packed:
        return f"they unpack to {unpacked} bytes, the file has {packed}"
    return ""


def _rows(batch: pa.RecordBatch, limits: ReadingLimits) -> Iterator[dict[str, Any] | str]:
    """Yield the rows of a batch, or why one is refused; one by one where they are much or one is broken."""
    # UTF-8 takes up to three bytes a Vietnamese letter, and the limit counts letters.
    most = 4 * limits.page_bytes
    if sum(map(_unfolded, batch.columns)) <= most and not isinstance(rows := _told(batch), str):
        yield from rows
        return
    for index in range(batch.num_rows):
        row = batch.slice(index, 1)
        size = sum(map(_unfolded, row.columns))
        if size > most:
            yield f"a row of {size / 1e6:.1f} MB: expected one article; split it up"
        elif isinstance(told := _told(row), str):
            yield told
        else:
            yield from told


def _told(batch: pa.RecordBatch) -> list[dict[str, Any]] | str:
    """Return the rows of a batch, or which value Python lacks: bytes that are no UTF-8, far dates."""
    try:
        return list(batch.to_pylist())
    except (ValueError, OverflowError) as error:
        return f"a value cannot be told: {error}; write the row again"


def _unfolded(array: Any) -> int:
    """Return the most bytes that an array takes with every shared text written out."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _unfolded(array.storage)
    if pa.types.is_dictionary(kind):
        lengths = pc.take(pc.binary_length(array.dictionary), array.indices)
        return int(pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0) + _VALUE_BYTES * len(array)
    if pa.types.is_map(kind):
        first, end = array.offsets[0].as_py(), array.offsets[-1].as_py()
        return sum(_unfolded(part.slice(first, end - first)) for part in (array.keys, array.items))
    if pa.types.is_nested(kind):
        inside = array.flatten()
        return sum(map(_unfolded, inside)) if isinstance(inside, list) else _unfolded(inside)
    return int(array.nbytes) + _VALUE_BYTES * len(array)
