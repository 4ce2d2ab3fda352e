"""Entries of a run in training -> the server, or this disk from the moment that the server is gone.

Training may have taken hours, so it does not end because a server did. From the first entry that cannot be
sent, all are kept, for their order matters; ``phongtrao sync`` sends them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from phongtrao.tracking.entries import Entry, Sender
from phongtrao.tracking.server import is_away, shown, tracking_uri
from phongtrao.tracking.unsent import UNSENT, Unsent


class Outbox:
    """What delivers the entries of one run."""

    def __init__(self, sender: Sender, about: Mapping[str, str]) -> None:
        """Take a sender and what ``run.json`` says of the run should it be kept."""
        self.run_id = sender.run_id
        self._sender = sender
        self._about = about
        self._folder = UNSENT.absolute() / sender.run_id  # a training may change the working folder
        self._unsent: Unsent | None = None

    @property
    def model_id(self) -> str | None:
        """Id of the model logged last, None where none was sent."""
        return self._sender.model_id

    def deliver(self, entry: Entry) -> None:
        """Send an entry, or keep it.

        Raises:
            MlflowException: the server is there and refused it.
        """
        if self._unsent is None:
            try:
                self._sender.send(entry)
                return
            except Exception as error:
                if not is_away(error):
                    raise
                self._begin_keeping(error)
        assert self._unsent is not None
        self._unsent.keep(entry)

    def close(self) -> Path | None:
        """Let go of what is kept; return its folder, None where all was sent."""
        if self._unsent is None:
            return None
        self._unsent.close()
        return self._folder

    def _begin_keeping(self, error: Exception) -> None:
        about = {"run_id": self.run_id, **self._about, "model_id": self._sender.model_id}
        self._unsent = Unsent(self._folder, about)
        print(
            f"MLflow at {shown(tracking_uri())} went away ({type(error).__name__}). Training goes on; what "
            f"could not be sent is kept in {self._folder}. When the server is back: phongtrao sync",
            file=sys.stderr,
            flush=True,
        )
