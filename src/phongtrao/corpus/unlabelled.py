"""Folders of unlabelled news -> plain texts in an order that depends on their ids alone.

VietNews comes segmented into words by a segmenter of its own. It is written here as a newspaper prints it and
segmented again like everything else: a model must learn from the words that it will be shown later, and those
come from the segmenter recorded with it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.corpus.text_columns import read_text_columns
from phongtrao.corpus.vietnews import body_passages
from phongtrao.errors import InputError
from phongtrao.language.normalize import compose

if TYPE_CHECKING:
    import pyarrow as pa

HELD_ONE_IN = 200
"""Of so many texts one is held out for perplexity."""

_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u200c\u200d\u00ad")


@dataclass(frozen=True)
class _Source:
    files: str  # pattern inside the data folder
    columns: tuple[str, ...]
    written: Callable[[str], str]  # cell -> text as printed


def _plain(cell: str) -> str:
    return compose(cell.translate(_INVISIBLE)).strip()


def _desegmented(cell: str) -> str:
    return "\n".join(body_passages(cell))


# The validation split of VietNews is what summaries are measured on: never learned from.
_SOURCES: Mapping[str, _Source] = {
    "vietnews": _Source("vietnews/train*.parquet", ("title", "abstract", "body"), _desegmented),
    "vntc": _Source("vntc/train*.parquet", ("text",), _plain),
    "baomoi": _Source("baomoi/*.parquet", ("text",), _plain),
}
SOURCES = tuple(_SOURCES)


class UnlabelledTexts:
    """The texts of several sources as one shuffled sequence; they are rendered when asked for.

    The order and what is held out depend on source and id alone, so they are the same on every machine and a
    longer run sees what a shorter one saw. A text without letters is empty.
    """

    def __init__(self, data_dir: Path, sources: Sequence[str] = SOURCES) -> None:
        """Read the tables (about half a gigabyte of memory for all three sources).

        Raises:
            InputError: a source's files are absent or not as described.
        """
        self.data_dir, self.sources = data_dir, tuple(sources)
        self._tables = {name: _read(data_dir, name) for name in self.sources}
        keyed = sorted(
            (hashlib.sha256(f"{name}:{text_id}".encode()).digest(), name, row)
            for name, table in self._tables.items()
            for row, text_id in enumerate(table["id"].to_pylist())
        )
        self.held = [(name, row) for key, name, row in keyed if _is_held(key)]
        """Places of the held-out texts."""
        self.training = [(name, row) for key, name, row in keyed if not _is_held(key)]
        """Places of the texts to learn from."""
        self.fingerprint = _fingerprint(self._tables, keyed)
        """Changes where a source, an id or the amount of text changes."""

    def text(self, place: tuple[str, int]) -> str:
        """Return one text: its cells as printed, a line break between them."""
        name, row = place
        source = _SOURCES[name]
        cells = (self._tables[name][column][row].as_py() or "" for column in source.columns)
        return "\n".join(filter(None, map(source.written, cells)))

    def texts(
        self, places: Sequence[tuple[str, int]] | None = None, matching: str | None = None
    ) -> Iterator[str]:
        """Stream the texts of ``places`` (None: all to learn from) in which ``matching`` is found.

        Args:
            places: from ``training`` or ``held``.
            matching: a regular expression, case aside.
        """
        wanted = re.compile(matching, re.IGNORECASE) if matching else None
        for place in self.training if places is None else places:
            text = self.text(place)
            if text and (wanted is None or wanted.search(text)):
                yield text


def _is_held(key: bytes) -> bool:
    # The last bytes: the first ones are the order, and what is held must be spread over it.
    return int.from_bytes(key[-4:], "big") % HELD_ONE_IN == 0


def _read(data_dir: Path, name: str) -> pa.Table:
    """Return id and text columns of a source as large strings, all files in the order of their names."""
    import pyarrow as pa

    source = _SOURCES[name]
    files = sorted(data_dir.glob(source.files))
    if not files:
        raise InputError(
            f"no unlabelled texts {data_dir / source.files}: set data_dir to the folder that holds {name}/, "
            f"or leave {name} out of sources"
        )
    tables = [read_text_columns(file, ("id", *source.columns)) for file in files]
    return pa.concat_tables(tables).combine_chunks()


def _fingerprint(tables: Mapping[str, pa.Table], keyed: Sequence[tuple[bytes, str, int]]) -> str:
    digest = hashlib.sha256()
    for name, table in tables.items():
        digest.update(f"{name}:{table.num_rows}:{table.nbytes}".encode())
    for key, _, _ in keyed:
        digest.update(key)
    return digest.hexdigest()[:16]
