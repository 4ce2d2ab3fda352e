"""Where the time of an article goes: processor time of each stage, from a raw page to its output row.

    python experiments/bench/stages.py [--pages 300] [--model FOLDER]

Runs one batch after the other in this process, as a worker does, with a clock around each stage; a stage's
time is what it takes without the stages inside it. Processor time, so that other work on the machine disturbs
little. Pages are those of the throughput benchmark, no sentence twice: nothing is gained by remembering.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # as in a worker; read when numpy is first imported

from made_pages import write_pages

from phongtrao import rows
from phongtrao.analyser import SHIPPED_TOPICS
from phongtrao.batch import jobs
from phongtrao.batch.local import batches
from phongtrao.language.tokenizer import word_segmenter
from phongtrao.reading.inputs import Record
from phongtrao.topics import calibration, encoder, encoder_onnx, encoder_tokens, linear
from phongtrao.topics.cascade import Cascade
from phongtrao.topics.model import TopicModel

WARM_UP = 8
REST = "all else"


class Stages:
    """Clocks around functions, each counting what the others inside it do not."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {REST: 0.0}
        self._open = [REST]
        self._since = time.process_time()

    def clocked(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``function`` with a clock around it."""
        self.seconds[name] = 0.0

        @wraps(function)
        def inner(*args: Any, **settings: Any) -> Any:
            self._turn()
            self._open.append(name)
            try:
                return function(*args, **settings)
            finally:
                self._turn()
                self._open.pop()

        return inner

    def around(self, name: str, place: Any, attribute: str) -> None:
        """Put a clock around a function where it is looked up."""
        setattr(place, attribute, self.clocked(name, getattr(place, attribute)))

    def restart(self) -> None:
        """Forget what was counted."""
        self.seconds = dict.fromkeys(self.seconds, 0.0)
        self._since = time.process_time()

    def stop(self) -> None:
        """Count what has passed."""
        self._turn()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._open[-1]] += now - self._since
        self._since = now


def instrumented() -> Stages:
    """Put the clocks where they belong."""
    stages = Stages()
    stages.around("reading: page to article", jobs, "_read")
    stages.around("linear: n-grams and scores", linear.LinearScorer, "decide")
    stages.around("cascade: who is asked", Cascade, "sure")
    stages.around("encoder: windows, pooling", encoder.EncoderScorer, "decide")
    stages.around("encoder: pieces (BPE)", encoder_tokens.PlainSentenceTokenizer, "encode")
    segment = stages.clocked("encoder: words (segmentation)", word_segmenter("pyvi"))
    import phongtrao.language.tokenizer as tokenizers

    tokenizers.word_segmenter = lambda name: segment if name == "pyvi" else word_segmenter(name)
    stages.around("encoder: network", encoder_onnx.OnnxHeads, "_values")
    for place in (linear, encoder.cut_windows.__globals__):
        _spans(stages, place)
    stages.around("calibration", calibration.Calibration, "scores")
    stages.around("articles: topics, primary, evidence", TopicModel, "_article")
    stages.around("rows", rows, "classify_row")
    stages.around("rows: JSON", rows, "encode")
    return stages


def _spans(stages: Stages, place: Any) -> None:
    names = place if isinstance(place, dict) else vars(place)
    names["sentence_spans"] = stages.clocked("sentences", names["sentence_spans"])


def main(pages: int, model: Path) -> None:
    """Measure and print."""
    stages = instrumented()
    began = time.process_time()
    step = jobs.ClassifyJob(model).open()
    opened = time.process_time() - began
    with tempfile.TemporaryDirectory(prefix="phongtrao-bench-") as folder:
        write_pages(Path(folder), WARM_UP + pages)
        files = sorted(Path(folder).rglob("*.txt"))
        records = [Record(source=f.name, line=None, id=f.stem, payload=f.read_bytes()) for f in files]
    jobs.process(step, records[:WARM_UP])
    stages.restart()
    done = sum(jobs.process(step, batch).counts.rows for batch in batches(records[WARM_UP:]))
    stages.stop()
    print_table(stages.seconds, done, opened)


def print_table(seconds: dict[str, float], articles: int, opened: float) -> None:
    """Print the stages, the dearest first."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    whole = sum(seconds.values())
    table = Table(box=SIMPLE_HEAD, title=f"{articles:,} articles, one process, one thread")
    table.add_column("stage", no_wrap=True)
    for head in ("CPU ms/article", "%"):
        table.add_column(head, justify="right")
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        table.add_row(name, f"{1000 * spent / articles:.2f}", f"{100 * spent / whole:.1f}")
    table.add_row("together", f"{1000 * whole / articles:.2f}", "100.0")
    console = Console(width=100)
    console.print(table)
    console.print(f"opening the model: {opened:.2f} s of processor time")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--model", type=Path, default=SHIPPED_TOPICS, help="model folder")
    given = parser.parse_args()
    main(given.pages, given.model)
