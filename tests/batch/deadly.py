"""Jobs whose workers die or never end; spawned workers import them by name."""

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from phongtrao.article import Article
from phongtrao.batch.jobs import ReadJob, Step
from phongtrao.rows import Row, read_row


@dataclass(frozen=True)
class DeadlyJob(ReadJob):
    """Read, but be killed on some articles, and go on for ever on others."""

    deadly: tuple[str, ...] = ()
    """Ids on which a worker dies each time."""
    once: Path | None = None
    """A file that a worker removes, and dies."""
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
                os.kill(os.getpid(), signal.SIGKILL)
            return [read_row(article) for article in articles]

        return step
