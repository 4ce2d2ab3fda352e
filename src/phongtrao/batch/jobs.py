"""What is done to each article of a batch: read, classify, or summarize, and the rows that come of it.

A job is a small frozen value, so that it can be sent to a worker process and written into a journal; ``open``
loads its models, once a worker. ``process`` does one batch and loses nothing: each record becomes a row or a
reject, whatever happens to it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from phongtrao import rows
from phongtrao.article import Article
from phongtrao.errors import InputError, ModelError, PhongtraoError
from phongtrao.rows import Row

if TYPE_CHECKING:
    from phongtrao.reading.inputs import Record, Reject
    from phongtrao.summary.base import Length

Step = Callable[[Sequence[Article]], list[Row]]
"""Articles -> as many rows, in their order."""
_SUMMARIZERS = re.compile(r"extractive|lead(?:-[1-9][0-9]*)?")
"""What ``load_summarizer`` knows by name, before it looks for a folder."""

Batch = list["Record | Reject"]
"""Records that are done together."""


class Job(Protocol):
    """What a batch does; can be pickled."""

    @property
    def verb(self) -> str:
        """Its name in the past, for the result line."""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its rows, in order."""

    @property
    def settings(self) -> dict[str, Any]:
        """What its rows depend on beside the input, as a journal keeps it."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Its fields that name a folder it opens, which another machine may lack."""

    def open(self) -> Step:
        """Load what it needs and return the step."""
        ...


@dataclass(frozen=True)
class ReadJob:
    """Page -> article."""

    verb = "read"
    keys = rows.READ_KEYS
    folders = ()

    @property
    def settings(self) -> dict[str, Any]:
        """What its rows depend on."""
        return {"command": "read"}

    def open(self) -> Step:
        """Return the step; nothing is loaded."""
        return lambda articles: [rows.read_row(article) for article in articles]


@dataclass(frozen=True)
class ClassifyJob:
    """Page -> topics with evidence, and a summary where asked for."""

    folder: Path
    """The model folder, on this disk."""
    summarize: bool = False
    method: str = "extractive"
    """The summarizer's name, or its folder."""

    verb = "classified"

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of its rows, in order."""
        return rows.classify_keys(summarize=self.summarize)

    @property
    def settings(self) -> dict[str, Any]:
        """What its rows depend on: not where the model lies, but what it is."""
        model = _folder_hash(self.folder)
        told = {"command": "classify", "summarize": self.summarize, "model": model}
        if not self.summarize or self.method == "extractive":
            return told
        return told | {"method": _method(self.method)}

    @property
    def folders(self) -> tuple[str, ...]:
        """Its fields that name a folder it opens."""
        return ("folder", "method") if self.summarize and _is_folder(self.method) else ("folder",)

    def open(self) -> Step:
        """Load the model."""
        import phongtrao

        method = self.method if self.summarize else "extractive"
        analyser = phongtrao.load(self.folder, summarizer=method)

        def step(articles: Sequence[Article]) -> list[Row]:
            predictions = analyser.analyse(articles, summarize=self.summarize)
            return [rows.classify_row(p, summarize=self.summarize) for p in predictions]

        return step


@dataclass(frozen=True)
class SummarizeJob:
    """Page -> summary."""

    length: Length = "standard"
    method: str = "extractive"
    """A summarizer's name, or its folder."""

    verb = "summarized"
    keys = rows.SUMMARIZE_KEYS

    @property
    def settings(self) -> dict[str, Any]:
        """What its rows depend on."""
        return {"command": "summarize", "length": self.length, "method": _method(self.method)}

    @property
    def folders(self) -> tuple[str, ...]:
        """Its fields that name a folder it opens."""
        return ("method",) if _is_folder(self.method) else ()

    def open(self) -> Step:
        """Load the summarizer."""
        from phongtrao.summary import load_summarizer

        summarizer = load_summarizer(self.method)

        def step(articles: Sequence[Article]) -> list[Row]:
            made = summarizer.summarize(articles, length=self.length)
            return [rows.summarize_row(a, s) for a, s in zip(articles, made, strict=True)]

        return step


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records came in and what became of them: ``seen == rows + rejected``, always."""

    seen: int = 0
    rows: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        """Add up."""
        return Counts(self.seen + other.seen, self.rows + other.rows, self.rejected + other.rejected)


@dataclass(frozen=True, slots=True)
class Result:
    """One batch, done: its rows and its rejects as lines of JSON, ready to be written."""

    rows: bytes
    rejects: bytes
    counts: Counts

    def __add__(self, other: Result) -> Result:
        """Put one after the other."""
        return Result(self.rows + other.rows, self.rejects + other.rejects, self.counts + other.counts)


def process(step: Step, items: Sequence[Record | Reject]) -> Result:
    """Do one batch.

    A record that cannot be read or that makes the step fail becomes a reject with the reason; the others get
    their rows, in input order.

    Raises:
        PhongtraoError: the job cannot be done at all, for a reason that lies in no record.
    """
    from phongtrao.reading.inputs import Reject

    outcomes = [item if isinstance(item, Reject) else _read(item) for item in items]
    readable = [(i, outcome) for i, outcome in enumerate(outcomes) if not isinstance(outcome, Reject)]
    done: list[bytes | Reject] = [o if isinstance(o, Reject) else b"" for o in outcomes]
    lines = _lines(step, [a for _, a in readable], [items[i] for i, _ in readable])
    for (index, _), line in zip(readable, lines, strict=True):
        done[index] = line
    return _joined(done)


def rejected(item: Reject) -> Result:
    """Return the result of one record that is given up."""
    return _joined([item])


def _read(record: Record) -> Article | Reject:
    from phongtrao.reading import read_record
    from phongtrao.reading.inputs import Reject

    try:
        return read_record(record)
    except InputError as error:
        return Reject(record.source, record.line, str(error))
    except PhongtraoError:  # not this record's fault: a model cannot be opened
        raise
    except Exception as error:  # one bad page must not end a batch of a million
        return Reject(record.source, record.line, _internal(error))


def _lines(
    step: Step, articles: Sequence[Article], records: Sequence[Record | Reject]
) -> list[bytes | Reject]:
    """Return a line or a reject for each article; where the batch fails, each article is tried alone."""
    from phongtrao.reading.inputs import Reject

    if not articles:
        return []
    try:
        made = step(articles)
        if len(made) != len(articles):
            raise RuntimeError(f"{len(made)} rows for {len(articles)} articles")
        return [rows.encode(row) for row in made]
    except PhongtraoError:
        raise
    except Exception as error:
        if len(articles) == 1:
            return [Reject(records[0].source, records[0].line, _internal(error))]
        pairs = zip(articles, records, strict=True)
        return [line for article, record in pairs for line in _lines(step, [article], [record])]


def _internal(error: Exception) -> str:
    return f"internal error: {type(error).__name__}: {error}"[:500]


def _joined(done: Sequence[bytes | Reject]) -> Result:
    from phongtrao.reading.inputs import Reject

    rejects = [item for item in done if isinstance(item, Reject)]
    lines = [item for item in done if isinstance(item, bytes)]
    return Result(
        rows=b"".join(lines),
        rejects=b"".join(
            rows.encode({"source": r.source, "line": r.line, "reason": r.reason}) for r in rejects
        ),
        counts=Counts(len(done), len(lines), len(rejects)),
    )


def _method(method: str) -> str:
    """Return a summarizer's name, or what tells its folder from others."""
    return _folder_hash(Path(method)) if _is_folder(method) else method


def _is_folder(method: str) -> bool:
    return not _SUMMARIZERS.fullmatch(method) and Path(method).is_dir()


def _folder_hash(folder: Path) -> str:
    """Return 16 hexadecimal digits that change with any file of a folder."""
    digest = hashlib.sha256()
    try:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    except OSError as error:
        raise ModelError(f"{error.filename}: cannot be read ({error.strerror}); check the model") from error
    return digest.hexdigest()[:16]
