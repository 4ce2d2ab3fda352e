"""Kill a running batch again and again; what comes out must be what an undisturbed run writes, byte by byte.

    python experiments/bench/kill.py [--times 200] [--articles 300] [--signal KILL]

Each time a real ``phongtrao classify`` is started on pages and tables of the seed corpus (some rows broken),
towards JSONL, Parquet or CSV, with one or two workers, and killed: at a moment of the clock from start-up to
the end, at a commit, or while the finished files get their names. Often the run that goes on is killed as
well. Then the same command runs to its end, and rows, rejects and what stands beside them are compared. One
JSON line says how many were killed, where they were, and how many came out equal; status 1 unless all did.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

FORMATS = ("jsonl", "parquet", "csv")
AGAIN = 0.4
"""How often the run that goes on is killed too."""
BROKEN_EVERY = 23

REAL = "from phongtrao.cli import main; main()"
# Otherwise there is a commit a second; one after each batch gives as many moments as there are batches.
EAGER = f"from phongtrao.batch import journal; journal.COMMIT_SECONDS = 0\n{REAL}"


def main() -> None:
    """Kill, go on, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200, help="batches to kill (default 200)")
    parser.add_argument("--articles", type=int, default=300, help="articles in each (default 300)")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS, help="default all three")
    parser.add_argument("--signal", choices=["KILL", "TERM", "INT"], default="KILL", help="default KILL")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default 0)")
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), signal.Signals[f"SIG{given.signal}"], random.Random(given.seed))
        trial.prepare(given.articles, given.formats)
        unequal = [problem for number in range(given.times) if (problem := trial.run(number))]
    figures = {
        "times": given.times,
        "signal": given.signal,
        "articles": given.articles,
        "kills": sum(trial.moments.values()),
        "moments": dict(sorted(trial.moments.items())),
        "equal": given.times - len(unequal),
        "seconds": round(time.perf_counter() - began),
    }
    print(json.dumps(figures | ({"problems": unequal[:5]} if unequal else {})))
    sys.exit(1 if unequal else 0)


@dataclass(frozen=True)
class Command:
    """One batch."""

    inputs: Path
    out: Path
    workers: int
    eager: bool

    def start(self) -> subprocess.Popen[bytes]:
        """Start it in a process of its own."""
        words = [sys.executable, "-c", EAGER if self.eager else REAL]
        words += ["classify", str(self.inputs), "--out", str(self.out), "-j", str(self.workers)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    @property
    def journal(self) -> Path:
        """The file that is there while the batch is under way."""
        return self.out.with_name(f"{self.out.name}.journal")


class Trial:
    """Batches that are killed, and what they are compared with."""

    def __init__(self, folder: Path, number: signal.Signals, rng: random.Random) -> None:
        self.folder = folder
        self.inputs = folder / "pages"
        self.signal = number
        self.rng = rng
        self.seconds = 0.0  # that an undisturbed run takes
        self.whole: dict[str, dict[str, bytes]] = {}
        self.moments: Counter[str] = Counter()

    def prepare(self, articles: int, formats: list[str]) -> None:
        """Write the inputs, and the outputs of undisturbed runs."""
        write_inputs(self.inputs, articles)
        for kind in formats:
            command = Command(self.inputs, self.folder / "whole" / f"out.{kind}", 1, eager=False)
            began = time.perf_counter()
            finish(command)
            self.seconds = max(self.seconds, time.perf_counter() - began)
            self.whole[kind] = contents(command.out.parent)

    def run(self, number: int) -> str:
        """Kill one batch, go on to its end, and return what is wrong with the outcome; empty if nothing."""
        kind = self.rng.choice(list(self.whole))
        out = self.folder / f"killed-{number}" / f"out.{kind}"
        place = self.rng.choice(["clock", "commit", "finish"])
        command = Command(self.inputs, out, self.rng.choice([1, 2]), eager=place != "clock")
        while not self.kill(command, place):
            empty(out.parent)  # it was at its end before the moment came
        while not is_done(command) and self.rng.random() < AGAIN:
            self.kill(command, place)
        if not is_done(command):
            finish(command)
        found = contents(out.parent)
        whole = {name: data for name, data in self.whole[kind].items() if name.startswith(out.name)}
        if found != whole:
            sizes = {name: len(data) for name, data in found.items()}
            return f"{command}: {place}: found {sizes}, expected { ({n: len(d) for n, d in whole.items()}) }"
        empty(out.parent)
        return ""

    def kill(self, command: Command, place: str) -> bool:
        """Start a batch and kill it at a ``place``; False where it came to its end first."""
        process = command.start()
        if place == "clock":
            wait(process, command.journal, seconds=self.rng.uniform(0, 1.1 * self.seconds))
        elif place == "commit":
            wait(process, command.journal, commits=self.rng.randint(1, 8))
        else:
            wait(process, command.journal, finishing=True)
        time.sleep(self.rng.choice([0, 0.0005, 0.002, 0.01]))
        process.send_signal(self.signal)
        error = process.communicate()[1].decode()
        if process.returncode == 0:
            return False
        if "Traceback" in error and "phongtrao/batch" in error:
            sys.exit(f"no clean end: {error}")
        self.moments[moment(command)] += 1
        return True


def wait(
    process: subprocess.Popen[bytes],
    journal: Path,
    *,
    seconds: float = 60.0,
    commits: int = 0,
    finishing: bool = False,
) -> None:
    """Wait so long, until the journal has so many commits more or says that all is done, or for the end."""
    deadline, before = time.perf_counter() + seconds, len(lines_of(journal))
    while time.perf_counter() < deadline and process.poll() is None:
        lines = lines_of(journal)
        if commits and len(lines) > before + commits:
            return
        if finishing and lines and b'"complete": true' in lines[-1]:
            return
        time.sleep(0.0005)


def empty(folder: Path) -> None:
    """Remove the files of a folder."""
    for path in folder.iterdir():
        path.unlink()


def lines_of(journal: Path) -> list[bytes]:
    """Return the lines of a journal; none where there is none."""
    try:
        return journal.read_bytes().splitlines()
    except FileNotFoundError:
        return []


def moment(command: Command) -> str:
    """Say how far a killed batch was."""
    lines = lines_of(command.journal)
    if is_done(command):
        return "done"
    if not lines:
        return "start-up"
    if b'"complete": true' in lines[-1]:
        return "finishing"
    return "before the first commit" if len(lines) == 1 else "between commits"


def is_done(command: Command) -> bool:
    """Tell whether nothing is left to do."""
    return command.out.exists() and not command.journal.exists()


def finish(command: Command) -> None:
    """Run a batch to its end."""
    process = command.start()
    error = process.communicate()[1].decode()
    if process.returncode:
        sys.exit(f"{command} failed: {error}")


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


def write_inputs(folder: Path, count: int) -> None:
    """Write the corpus's articles, one by one as pages and as rows of a table, some of these broken."""
    from phongtrao.corpus.dataset import load_seed_corpus
    from phongtrao.corpus.pages import page_lines

    articles = load_seed_corpus()
    folder.mkdir(parents=True)
    rows = []
    for number in range(count):
        page = "\n\n".join((*page_lines(articles[number % len(articles)]), f"Số {number}."))
        if number % 2:
            (folder / f"page-{number:06d}.txt").write_text(page, encoding="utf-8")
        else:
            row = json.dumps({"id": f"row-{number}", "text": page}, ensure_ascii=False)
            rows.append(row if number % BROKEN_EVERY else row[:-5])
    (folder / "rows.jsonl").write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
