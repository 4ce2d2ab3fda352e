"""A batch's output under construction: the lines that are safe, and where to go on after a stop.

While a batch runs there are ``OUT.part`` (rows), ``OUT.rejects.jsonl.part`` (rejects), ``OUT.journal``. The
journal's first line says what was asked for; each further line says how many records are done and how long
the two parts were then. Whatever lies beyond the last such line is cut off on going on, so a run may be
killed at any moment. A line is written after what it speaks of has reached the disk.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from phongtrao.batch.jobs import Counts, Result
from phongtrao.errors import PhongtraoError, UsageError

JOURNAL = 2
"""Number of the journal's form; one of another form is not gone on with."""
COMMIT_SECONDS = 1.0
"""About so much work is done again after a stop; each commit waits for the disk."""


@dataclass(frozen=True)
class State:
    """How far a batch is."""

    counts: Counts = field(default_factory=Counts)
    sizes: tuple[int, int] = (0, 0)
    """Bytes of rows and of rejects."""
    digest: str = ""
    """Of the records done; whoever goes on makes sure that the input still begins with them."""
    complete: bool = False
    """Every record is done; only the finishing is left, and a part may be in its place already."""


class Spool:
    """The rows and rejects written so far, as JSON lines; a context manager.

    Making one goes on with a stopped run where there is one (``restart`` forgets it instead); ``state`` says
    how far it was. It holds a lock: a second one on the same output is refused.

    Raises:
        UsageError: the stopped run was asked for something else, or another process is writing here.
        PhongtraoError: the parts do not fit the journal.
        OSError: a file cannot be written.
    """

    def __init__(self, out: Path, asked: Mapping[str, Any], *, restart: bool = False) -> None:
        self.out = out
        self.part = beside(out, ".part")
        self.rejects = beside(out, ".rejects.jsonl")
        self.rejects_part = beside(self.rejects, ".part")
        self.state = State()
        self._parts: list[BinaryIO] = []  # rows, rejects; none once complete
        self._committed_seconds = time.monotonic()
        self._committed_records = 0
        self._journal = _locked(journal_of(out), out)
        try:
            if restart:
                self._journal.truncate(0)
            self._go_on(asked)
        except BaseException:
            if not self._journal.seek(0, os.SEEK_END):
                self._forget()
            self._close()
            raise

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Make what is done safe, whatever ended the run, and let the files go."""
        try:
            if self._parts:
                self._commit()
        except OSError:
            if kind is None:  # else the first error says more
                raise
        finally:
            if kind is not None and not self._committed_records:  # nothing to go on with
                self._forget()
            self._close()

    def write(self, result: Result, digest: str) -> None:
        """Append one batch; ``digest`` is that of all records up to its end."""
        lines = (result.rows, result.rejects)
        for part, text in zip(self._parts, lines, strict=True):
            part.write(text)
        before = self.state
        rows, rejects = (size + len(text) for size, text in zip(before.sizes, lines, strict=True))
        # One assignment: an interrupt leaves the state before the batch or after it, never between.
        self.state = State(before.counts + result.counts, (rows, rejects), digest)
        if time.monotonic() - self._committed_seconds >= COMMIT_SECONDS:
            self._commit()

    def end(self) -> None:
        """Say that every record is done; nothing can be written any more."""
        self._commit()
        self.state = replace(self.state, complete=True)
        self._append(asdict(self.state))
        for part in self._parts:
            part.close()
        self._parts = []

    def discard(self) -> None:
        """Remove the journal: the last step of a batch."""
        journal_of(self.out).unlink(missing_ok=True)

    def _go_on(self, asked: Mapping[str, Any]) -> None:
        self._journal.seek(0)
        whole, end, _ = self._journal.read().rpartition(b"\n")  # a line cut in the middle was never written
        lines = whole.splitlines()
        self._journal.truncate(len(whole) + len(end))
        if lines:
            before, self.state = _parsed(lines, journal_of(self.out))
            _compare(before, asked, self.out)
            self._committed_records = self.state.counts.seen
        else:
            self._append(asked)
        if not self.state.complete:
            paths = (self.part, self.rejects_part)
            self._parts = [_resumed(*pair) for pair in zip(paths, self.state.sizes, strict=True)]

    def _commit(self) -> None:
        state = self.state
        for part in self._parts:
            part.flush()
            os.fsync(part.fileno())
        self._append(asdict(state))
        self._committed_seconds = time.monotonic()
        self._committed_records = state.counts.seen

    def _append(self, line: Mapping[str, Any]) -> None:
        self._journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def _forget(self) -> None:
        """Remove what stands beside the output, the lock still held: no other run can have begun there."""
        for path in (self.part, self.rejects_part, journal_of(self.out)):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _close(self) -> None:
        for file in (*self._parts, self._journal):
            # On a full disk closing fails too, for lines that could not be written: none that was committed.
            with suppress(OSError):
                file.close()


def beside(path: Path, ending: str) -> Path:
    """Return the path of a file that stands beside ``path``: its name with ``ending`` after it."""
    return path.with_name(path.name + ending)


def journal_of(out: Path) -> Path:
    """Return the path of the journal; it exists while a run towards ``out`` is under way or stopped."""
    return beside(out, ".journal")


def _parsed(lines: list[bytes], path: Path) -> tuple[dict[str, Any], State]:
    """Return what a stopped run was asked for, and how far it was."""
    try:
        asked = dict(json.loads(lines[0]))
        if len(lines) == 1:
            return asked, State()
        last = json.loads(lines[-1])
        counts, sizes = Counts(**last.pop("counts")), tuple(last.pop("sizes"))
        return asked, State(counts, sizes, **last)
    except (ValueError, TypeError, KeyError) as error:
        raise PhongtraoError(f"{path} is damaged ({error}); add --restart to begin anew") from error


def _resumed(path: Path, size: int) -> BinaryIO:
    """Open a part at ``size`` bytes, cutting off what lies beyond."""
    file = path.open("ab")
    if file.tell() < size:
        file.close()
        raise PhongtraoError(
            f"{path} is shorter than when the run stopped ({size} bytes); add --restart to begin anew"
        )
    file.truncate(size)
    file.seek(size)
    return file


def _compare(before: Mapping[str, Any], asked: Mapping[str, Any], out: Path) -> None:
    """Refuse to go on with a run that was asked for something else."""
    asked = json.loads(json.dumps(asked))  # as the journal would give it back
    changes = [
        f"{key} was {before.get(key)!r}, is {asked.get(key)!r}"
        for key in sorted(before.keys() | asked.keys())
        if before.get(key) != asked.get(key)
    ]
    if changes:
        raise UsageError(
            f"a stopped run towards {out} was not this command ({'; '.join(changes)}); "
            "give the same command to go on, or add --restart to begin anew"
        )


def _locked(path: Path, out: Path) -> BinaryIO:
    """Open a journal that no other process holds; the system lets go of it when its process ends, however."""
    while True:
        file = path.open("a+b")
        try:
            _lock(file, out)
            if _is_at(file, path):
                return file
        except BaseException:
            file.close()
            raise
        file.close()  # the run that held it has just ended and removed it: ours would be a lock on nothing


def _lock(file: BinaryIO, out: Path) -> None:
    try:
        import fcntl
    except ImportError:  # not on Windows; there, two runs on one output are the user's to avoid
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(f"another run is writing {out}; wait for it or give another --out") from error


def _is_at(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
