"""Entries that could not be sent -> a folder on this disk, and back.

``runs/unsent/RUN_ID`` holds ``run.json`` (which run, on which server), ``journal.jsonl`` (an entry a line, in
order) and ``files`` (what goes with them). A line is written after its files, so a stop leaves nothing half.
Whoever writes or sends holds a lock on the journal.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from phongtrao.errors import PhongtraoError
from phongtrao.tracking.entries import Entry

UNSENT = Path("runs/unsent")
"""Where what could not be sent waits, in the folder that the training was started in."""


class Unsent:
    """What is kept of one run. Making one takes the lock; ``close`` gives it back.

    Raises:
        PhongtraoError: another process holds it (the run still trains, or is being sent), or the folder
            cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, Any] | None = None) -> None:
        self.folder = folder
        if about is not None:
            (folder / "files").mkdir(parents=True, exist_ok=True)
            _write_json(folder / "run.json", about)
        self.about: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        self._journal = (folder / "journal.jsonl").open("a+b")
        self._lock()

    def keep(self, entry: Entry) -> None:
        """Add an entry, with a copy of its file or folder."""
        line: dict[str, Any] = {"kind": entry.kind, "values": dict(entry.values)}
        if entry.content is not None:
            place = self.folder / "files" / str(len(list((self.folder / "files").iterdir())))
            place.mkdir()
            copy = shutil.copytree if entry.content.is_dir() else shutil.copy2
            copy(entry.content, place / entry.content.name)
            line["content"] = str((place / entry.content.name).relative_to(self.folder))
        self._journal.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        self._journal.flush()
        os.fsync(self._journal.fileno())

    def entries(self) -> Iterator[Entry]:
        """Yield what is kept and not yet marked as sent; a line cut off by a stop is passed over."""
        for value in self._values()[self.about.get("sent", 0) :]:
            content = self.folder / value["content"] if "content" in value else None
            yield Entry(value["kind"], value["values"], content)

    @property
    def ended(self) -> bool:
        """Whether the run could still say how it ended."""
        values = self._values()
        return bool(values) and values[-1]["kind"] == "end"

    def mark_sent(self, model_id: str | None) -> None:
        """Remember that one entry more was sent, so that a sending that breaks off goes on from here."""
        self.about |= {"sent": self.about.get("sent", 0) + 1, "model_id": model_id}
        _write_json(self.folder / "run.json", self.about)

    @property
    def last_change(self) -> int:
        """When something was kept last, in milliseconds since 1970."""
        return int((self.folder / "journal.jsonl").stat().st_mtime * 1000)

    def remove(self) -> None:
        """Delete the folder: all of it was sent."""
        self.close()
        shutil.rmtree(self.folder)

    def close(self) -> None:
        """Give the lock back."""
        self._journal.close()

    def _values(self) -> list[dict[str, Any]]:
        self._journal.seek(0)
        return [json.loads(line) for line in self._journal.readlines() if line.endswith(b"\n")]

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows
            return
        try:
            fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._journal.close()
            raise PhongtraoError(
                f"{self.folder} is in use: its run still trains, or another 'phongtrao sync' sends it"
            ) from error


def kept_runs(folder: Path) -> list[Path]:
    """Return the folders of runs under ``folder``, those kept first coming first."""
    found = [path.parent for path in folder.glob("*/run.json")]
    return sorted(found, key=lambda run: (run / "journal.jsonl").stat().st_mtime)


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    fresh = path.with_suffix(".json.part")
    fresh.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    fresh.replace(path)
