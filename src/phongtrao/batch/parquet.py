"""JSON lines -> Parquet and back.

The columns are those of the job, ``published`` a string as in JSONL. ``scores`` and ``evidence`` are structs
with a field for each topic. What given rows said about their passages becomes fields of the passage; a field
whose values are of one simple kind keeps it, any other holds JSON text. Row groups end after a fixed number
of rows or of characters, so the same rows give the same bytes and memory is that of one group.

A file is written when all its rows are known, for its columns depend on all of them. The rows are safe in the
journal's part meanwhile; a writing that is killed is done anew, which takes minutes for a million rows.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

ROW_GROUP = 1_000
GROUP_CHARS = 16_000_000
"""A group ends after so much text even where it has fewer rows."""
Rows = Iterator[dict[str, Any]]

_OWN = ("text", "topics", "scores", "evidence")
_KINDS = {bool: "bool", int: "int", float: "float", str: "text"}


@dataclass
class Shape:
    """What the rows hold beyond the job's own columns."""

    topics: list[str] = field(default_factory=list)
    extras: dict[str, set[str]] = field(default_factory=dict)
    """For each further key of a passage, the kinds of its values."""

    def see(self, row: Mapping[str, Any]) -> None:
        """Take a row into account."""
        self.topics += [topic for topic in row.get("scores", ()) if topic not in self.topics]
        for passage in row.get("passages", ()):
            for key, value in passage.items():
                if key not in _OWN:
                    kinds = self.extras.setdefault(key, set())
                    if value is not None:
                        kinds.add(_kind(value))

    def is_json(self, key: str) -> bool:
        """Tell whether the values of a further key are kept as JSON text."""
        kinds = self.extras[key]
        return "other" in kinds or (len(kinds) > 1 and kinds != {"int", "float"})


def write_parquet(rows: Callable[[], Rows], out: Path, keys: Sequence[str]) -> None:
    """Write rows with the columns ``keys``; ``rows`` is called twice, first to learn their shape."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    shape = Shape()
    for row in rows():
        shape.see(row)
    schema = _schema(keys, shape)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for group in _groups(rows()):
            _as_json(group, [key for key in shape.extras if shape.is_json(key)])
            writer.write_table(pa.Table.from_pylist(group, schema=schema))


def read_parquet(path: Path) -> Rows:
    """Yield the rows of a file that ``write_parquet`` wrote.

    Raises:
        InputError: it is no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=ROW_GROUP):
                for row in batch.to_pylist():
                    for passage in row.get("passages") or ():
                        if "evidence" in passage:
                            spans = passage["evidence"] or {}
                            passage["evidence"] = {topic: s for topic, s in spans.items() if s is not None}
                    yield row
    except pa.ArrowInvalid as error:
        raise InputError(f"{path}: not a Parquet file: {error}") from error


def _schema(keys: Sequence[str], shape: Shape) -> pa.Schema:
    import pyarrow as pa

    def by_topic(kind: pa.DataType) -> pa.DataType:
        # Parquet has no struct without fields: where no row was written, no topic is known.
        return pa.struct([(topic, kind) for topic in shape.topics]) if shape.topics else pa.null()

    own = {
        "text": pa.string(),
        "topics": pa.list_(pa.string()),
        "scores": by_topic(pa.float64()),
        "evidence": by_topic(pa.list_(pa.list_(pa.int64()))),
    }
    plain = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "text": pa.string()}
    extras = {
        key: pa.string() if shape.is_json(key) or not kinds else plain[min(kinds)]  # "float" before "int"
        for key, kinds in shape.extras.items()
    }
    passage = (own if "scores" in keys else {"text": pa.string()}) | extras
    columns = own | {"passages": pa.list_(pa.struct(list(passage.items()))), "uncertain": pa.bool_()}
    return pa.schema([(key, columns.get(key, pa.string())) for key in keys])


def _groups(rows: Rows) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    chars = 0
    for row in rows:
        group.append(row)
        chars += sum(len(passage["text"]) for passage in row.get("passages") or ())
        if len(group) >= ROW_GROUP or chars >= GROUP_CHARS:
            yield group
            group, chars = [], 0
    if group:
        yield group


def _kind(value: Any) -> str:
    if type(value) is int and abs(value) >= 2**63:
        return "other"
    return _KINDS.get(type(value), "other")


def _as_json(rows: Iterable[dict[str, Any]], keys: Sequence[str]) -> None:
    for row in rows:
        for passage in row.get("passages", ()):
            for key in keys:
                if passage.get(key) is not None:
                    passage[key] = json.dumps(passage[key], ensure_ascii=False)
