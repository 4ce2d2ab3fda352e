"""A Parquet file -> those of its columns that one reads, as text; other columns are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa


def read_text_columns(file: Path, columns: Sequence[str]) -> pa.Table:
    """Return these columns, in this order, as large strings; an empty cell stays null.

    Raises:
        InputError: it is not Parquet, or lacks a column or holds one that is no text; the message names it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        found = pq.read_schema(file).names
        missing = [name for name in columns if name not in found]
        if missing:
            raise InputError(f"{file}: columns {', '.join(missing)} are missing; found {', '.join(found)}")
        table = pq.read_table(file, columns=list(columns))
        return pa.table({name: table[name].cast(pa.large_string()) for name in columns})
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{file}: expected a readable parquet file with text columns: {error}") from error
