"""Files and folders -> one output file, or a stream: the way of a whole batch, stops and resumes included.

The output appears under its name only when it is whole. What stands beside it meanwhile, and how a stopped
run goes on, is in ``phongtrao.batch.journal``.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from phongtrao.batch.engines import Doing, Engine, Given, LocalEngine
from phongtrao.batch.formats import Format, convert, format_of
from phongtrao.batch.jobs import Counts, Job
from phongtrao.batch.journal import JOURNAL, Spool, State, beside, journal_of
from phongtrao.batch.sources import Stdin
from phongtrao.errors import PhongtraoError, UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT)

Progress = Callable[[Counts], None]
"""Called after each batch with the counts so far."""


@dataclass(frozen=True)
class Output:
    """Where a batch goes, and what may be in its way."""

    path: Path
    overwrite: bool = False
    """Replace a finished file of that name."""
    restart: bool = False
    """Begin anew where a stopped run would be continued."""


def run_to_file(
    job: Job,
    inputs: Sequence[Path],
    output: Output,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    stdin: Stdin = "jsonl",
    engine: Engine | None = None,
) -> Counts:
    """Do ``job`` on every record of ``inputs`` and write the rows to ``output``.

    Records that cannot be processed go to ``<output>.rejects.jsonl``, which exists only where there are any.
    A run stopped at any moment goes on where it was when called again, and its files are then the same, byte
    by byte, as those of an undisturbed run. ``workers`` makes no difference to them, nor does ``engine``: who
    does the work, by default so many processes of this machine. ``stdin`` says what an input of ``-`` holds.

    Raises:
        UsageError: an input does not exist, the output exists, or a stopped run was asked for something else.
        InputError: there is no record in the inputs.
        PhongtraoError: the output cannot be written, or a worker died; what is done is kept.
    """
    from phongtrao import __version__

    out, kind = output.path, format_of(output.path)
    doing = (engine or LocalEngine(workers)).begin(job, Given(tuple(inputs), out, stdin))
    _check_place(output)
    asked = {"phongtrao": __version__, "journal": JOURNAL, "format": kind, **job.settings}
    try:
        with Spool(out, asked, restart=output.restart) as spool:
            if not spool.state.complete:
                _check_free(output)
                _fill(spool, doing, progress)
            _put_in_place(spool, kind, job.keys)
            return spool.state.counts
    except OSError as error:
        raise PhongtraoError(_unwritable(error, out)) from error


def run_to_stream(
    job: Job,
    inputs: Sequence[Path],
    rows: BinaryIO,
    rejects: BinaryIO,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    stdin: Stdin = "jsonl",
    engine: Engine | None = None,
) -> Counts:
    """Do ``job`` on every record of ``inputs``; rows and rejects are written as JSON lines as they come.

    Raises:
        UsageError: an input does not exist.
        InputError: there is no record in the inputs.
        PhongtraoError: a stream cannot be written.
        BrokenPipeError: whoever read a stream has gone.
    """
    counts = Counts()
    doing = (engine or LocalEngine(workers)).begin(job, Given(tuple(inputs), stdin=stdin))
    with closing(doing(State())) as results:
        for result, _ in results:
            for stream, lines in ((rows, result.rows), (rejects, result.rejects)):
                _send(stream, lines)
            counts += result.counts
            if progress:
                progress(counts)
    return counts


def _send(stream: BinaryIO, lines: bytes) -> None:
    try:
        stream.write(lines)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        name = getattr(stream, "name", "the stream")
        raise PhongtraoError(
            f"{name}: cannot be written ({error.strerror}); mend this, or give --out FILE, as a run towards "
            "a file goes on after a stop"
        ) from error


def _unwritable(error: OSError, out: Path) -> str:
    """Say what cannot be written, and how to go on."""
    what = f"{error.filename or out}: cannot be written ({error.strerror or error})"
    if not journal_of(out).exists():
        return f"{what}; mend this or give another --out; nothing was done yet"
    room = "make room on the disk" if error.errno in _FULL else "mend this"
    return f"{what}; what is done is kept: {room} and run the same command again"


def _check_place(output: Output) -> None:
    out = output.path
    if out.is_dir():
        raise UsageError(f"{out} is a folder; give the name of a file")
    if not journal_of(out).exists():
        _check_free(output)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out.parent}: cannot be made ({error.strerror})") from error


def _check_free(output: Output) -> None:
    if output.path.exists() and not output.overwrite:
        raise UsageError(f"{output.path} exists; add --overwrite to replace it, or give another name")


def _fill(spool: Spool, doing: Doing, progress: Progress | None) -> None:
    """Write what is left of the records into the spool."""
    with closing(doing(spool.state)) as results:  # an engine lets go of its workers when closed
        for result, digest in results:
            spool.write(result, digest)
            if progress:
                progress(spool.state.counts)
    spool.end()


def _put_in_place(spool: Spool, kind: Format, keys: Sequence[str]) -> None:
    """Give the finished files their names; may be stopped and done again at any point."""
    if spool.state.counts.rejected:
        _move(spool.rejects_part, spool.rejects)
    else:
        spool.rejects_part.unlink(missing_ok=True)
        spool.rejects.unlink(missing_ok=True)
    if kind == "jsonl":
        _move(spool.part, spool.out)
    elif spool.part.exists():
        _convert(spool, kind, keys)
    with suppress(OSError):  # not every system opens or syncs a folder
        _settle(spool.out.parent)
    spool.discard()


def _convert(spool: Spool, kind: Format, keys: Sequence[str]) -> None:
    whole = beside(spool.out, ".whole")
    try:
        convert(spool.part, whole, kind, keys)
        _settle(whole)
    except BaseException:  # it would be made anew anyway; a full disk needs the room
        whole.unlink(missing_ok=True)
        raise
    whole.replace(spool.out)
    spool.part.unlink()


def _settle(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk: a power cut may come next."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(part: Path, place: Path) -> None:
    if part.exists():
        part.replace(place)
