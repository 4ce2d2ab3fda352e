"""Jobs whose workers die or never end; spawned workers import them by name."""

import os
import signal
import struct
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phongtrao.article import Article
from phongtrao.batch.jobs import ReadJob, Step
from phongtrao.rows import Row, read_row


def _tell_the_beginning() -> None:
    """Write what a long result begins with into the pipe of the results."""
    frame = sys._getframe()
    while "result_queue" not in frame.f_locals:
        assert frame.f_back is not None, "no pool is above"
        frame = frame.f_back
    pipe = frame.f_locals["result_queue"]._writer.fileno()
    os.write(pipe, struct.pack("!i", 1_000_000) + b"the beginning")


@dataclass(frozen=True)
class DeadlyJob(ReadJob):
    """Read, but be killed on some articles, and go on for ever on others."""

    deadly: tuple[str, ...] = ()
    """Ids on which a worker dies each time."""
    once: Path | None = None
    """A file that a worker removes, and dies."""
    torn: bool = False
    """Let the worker that removes ``once`` die in the middle of telling a result."""
    at_start: bool = False
    """Die before there is anything to do."""
    endless: tuple[str, ...] = ()
    """Ids on which a worker goes on and on."""

    def open(self) -> Step:
        """Return the step."""
        if self.at_start:
            os.kill(os.getpid(), signal.SIGKILL)

        def step(articles: Sequence[Article]) -> list[Row]:
            while any(article.id in self.endless for article in articles):
                time.sleep(1)
            if any(article.id in self.deadly for article in articles):
                os.kill(os.getpid(), signal.SIGKILL)
            if self.once and any(article.id == "bài-70" for article in articles) and self.once.exists():
                self.once.unlink()
                if self.torn:
                    _tell_the_beginning()
                os.kill(os.getpid(), signal.SIGKILL)
            return [read_row(article) for article in articles]

        return step
