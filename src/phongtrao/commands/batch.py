"""``read``, ``classify`` and ``summarize``: pages and tables -> rows."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from phongtrao.commands.console import article_progress, result_line
from phongtrao.commands.options import Method, Model
from phongtrao.errors import PhongtraoError, UsageError

if TYPE_CHECKING:
    from phongtrao.batch.engines import Engine
    from phongtrao.batch.jobs import Counts, Job
    from phongtrao.batch.run import Output

Inputs = Annotated[
    list[Path],
    typer.Argument(
        metavar="INPUT",
        show_default=False,
        readable=False,  # a file that may not be opened is a reject like others
        help="Pages (.txt, .html) and tables (.jsonl, .csv, .parquet), or folders of them; - is stdin.",
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        show_default=False,
        help="Write rows here: .jsonl, .parquet or .csv. Without it, or as -, JSON lines go to stdout.",
    ),
]
Stdin = Annotated[Literal["jsonl", "csv", "parquet", "page"], typer.Option("--stdin", help="What - holds.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers", "-j", min=1, metavar="N", show_default="the machine's cores", help="Number of processes."
    ),
]
EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--engine", help="Who works: processes of this machine, or Ray (pip install 'phongtrao[ray]')."
    ),
]
Address = Annotated[
    str | None,
    typer.Option(
        "--address",
        metavar="HOST:PORT",
        show_default="this machine alone",
        help="The Ray cluster, one that this machine belongs to; auto finds it.",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace FILE where it exists.")]
Restart = Annotated[bool, typer.Option("--restart", help="Forget a stopped run instead of going on with it.")]


def read(
    inputs: Inputs,
    *,
    out: Out = None,
    workers: Workers = None,
    engine: EngineName = "local",
    address: Address = None,
    overwrite: Overwrite = False,
    restart: Restart = False,
    stdin: Stdin = "jsonl",
) -> None:
    """Turn pages into articles: title, lead, date, author and passages, without the web page around them.

    Example: `phongtrao read pages/ --out articles.jsonl`

    What cannot be read goes to FILE.rejects.jsonl with source, line and reason. A stopped run goes on where
    it was when the same command is given again.
    """
    from phongtrao.batch.jobs import ReadJob

    _run(
        ReadJob(),
        inputs,
        _output(out, overwrite=overwrite, restart=restart),
        _engine(engine, address, workers),
        stdin,
    )


def classify(
    inputs: Inputs,
    *,
    out: Out = None,
    summarize: Annotated[bool, typer.Option("--summarize", help="Add a summary to each row.")] = False,
    method: Method = "extractive",
    model: Model = None,
    workers: Workers = None,
    engine: EngineName = "local",
    address: Address = None,
    overwrite: Overwrite = False,
    restart: Restart = False,
    stdin: Stdin = "jsonl",
) -> None:
    """Say which topics each article and passage carries, and which sentences carry them.

    Example: `phongtrao classify pages/ --out rows.jsonl --summarize`

    Example: `phongtrao classify articles.parquet --out rows.parquet --model models/mine`

    Example: `zcat articles.jsonl.gz | phongtrao classify - --out rows.jsonl`

    What cannot be read goes to FILE.rejects.jsonl with source, line and reason. A stopped run goes on where
    it was when the same command is given again.
    """
    from phongtrao.analyser import model_folder
    from phongtrao.batch.jobs import ClassifyJob

    job = ClassifyJob(model_folder(model), summarize, method)
    _run(
        job,
        inputs,
        _output(out, overwrite=overwrite, restart=restart),
        _engine(engine, address, workers),
        stdin,
    )


def summarize(
    inputs: Inputs,
    *,
    out: Out = None,
    length: Annotated[
        Literal["short", "standard"],
        typer.Option("--length", help="short: one sentence; standard: 35 to 90 words."),
    ] = "standard",
    method: Method = "extractive",
    workers: Workers = None,
    engine: EngineName = "local",
    address: Address = None,
    overwrite: Overwrite = False,
    restart: Restart = False,
    stdin: Stdin = "jsonl",
) -> None:
    """Summarize each article.

    Example: `phongtrao summarize pages/ --out summaries.csv --length short`

    What cannot be read goes to FILE.rejects.jsonl with source, line and reason. A stopped run goes on where
    it was when the same command is given again.
    """
    from phongtrao.batch.jobs import SummarizeJob

    job = SummarizeJob(length, method)
    _run(
        job,
        inputs,
        _output(out, overwrite=overwrite, restart=restart),
        _engine(engine, address, workers),
        stdin,
    )


def _output(out: Path | None, *, overwrite: bool, restart: bool) -> Output | None:
    from phongtrao.batch.run import Output

    to_stdout = out is None or str(out) == "-"
    if to_stdout and (overwrite or restart):
        raise UsageError("--overwrite and --restart speak of a file; name it with --out")
    return Output(out, overwrite=overwrite, restart=restart) if out and not to_stdout else None


def _engine(name: str, address: str | None, workers: int | None) -> Engine:
    from phongtrao.batch.engines import LocalEngine
    from phongtrao.batch.ray_engine import RayEngine

    if name == "ray":
        return RayEngine(address, workers)
    if address is not None:
        raise UsageError("--address names a Ray cluster; add --engine ray")
    return LocalEngine(workers)


def _run(job: Job, inputs: list[Path], output: Output | None, engine: Engine, stdin: Stdin) -> None:
    """Do a batch, print its result line, and fail where not one row came out."""
    from phongtrao.batch.run import run_to_file, run_to_stream
    from phongtrao.batch.stopping import stopping

    began = time.monotonic()
    try:
        with stopping(), article_progress(job.verb, shown=output is not None) as progress:
            if output is None:
                streams = (sys.stdout.buffer, sys.stderr.buffer)
                counts = run_to_stream(job, inputs, *streams, engine=engine, progress=progress, stdin=stdin)
            else:
                counts = run_to_file(job, inputs, output, engine=engine, progress=progress, stdin=stdin)
    except KeyboardInterrupt as error:
        by = f" by {error}" if str(error) else ""
        kept = "; the same command goes on where it was" if output else ""
        raise PhongtraoError(f"stopped{by}{kept}") from error
    line = _result(job, counts, output, time.monotonic() - began)
    result_line(line, to_stderr=output is None)
    if not counts.rows:
        where = f"see {output.path}.rejects.jsonl" if output else "the reasons are above"
        raise PhongtraoError(f"not one of {counts.seen} records could be processed; {where}")


def _result(job: Job, counts: Counts, output: Output | None, seconds: float) -> str:
    line = f"{job.verb} {counts.rows:,} of {counts.seen:,}, {counts.rejected:,} rejected"
    if output:
        path = os.fsencode(output.path).decode("utf-8", "replace")  # stdout takes no name that is no text
        line += f" -> {path}"
        line += f", {path}.rejects.jsonl" if counts.rejected else ""
    return f"{line} ({seconds:.1f} s)"
