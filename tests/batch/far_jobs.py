"""Jobs for processes that no test reaches by itself; Ray's workers import them by name."""

import os
from dataclasses import dataclass, field
from typing import Any

from phongtrao.batch import workers
from phongtrao.batch.jobs import ReadJob
from tests.batch.deadly import DeadlyJob


@dataclass(frozen=True)
class ImpatientJob(DeadlyJob):
    """Wait seconds where other jobs wait minutes, wherever it is unpickled."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrive."""
        self.__dict__.update(state)
        workers.BATCH_SECONDS, workers.RECORD_SECONDS = 4.0, 3.0


@dataclass(frozen=True)
class HomelyJob(ReadJob):
    """Be at home in one process: no other can unpickle it, as where phongtrao is not installed."""

    home: int = field(default_factory=os.getpid)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Arrive, but not elsewhere."""
        if os.getpid() != state["home"]:
            raise ModuleNotFoundError("No module named 'phongtrao'")
        self.__dict__.update(state)
