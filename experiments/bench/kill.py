"""Strike a running batch again and again; what comes out must be what an undisturbed run writes.

    python experiments/bench/kill.py [--times 200] [--articles 300] [--signals KILL TERM INT WORKER]

Each time a real ``phongtrao read`` or ``classify`` is started on pages and tables of the seed corpus (some
rows broken), towards JSONL, Parquet or CSV, with one or two workers, and struck (``struck.py``): at a moment
of the clock from start-up to the end, at a commit, or while the finished files are written and get their
names. Often the run that goes on is struck as well. Then the same command runs to its end, and rows, rejects
and what stands beside them are compared, byte by byte. ``WORKER`` kills a worker, which the run has to get
over by itself.

Classifying is done by a small linear model trained here, so that the strikes are at batches and not at a
model that loads; ``--model`` takes another. One JSON line says how many strikes there were, where the batches
were, and how many came out equal; status 1 unless all did.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from struck import STRIKES, Command, UncleanError, strike, wait

FORMATS = ("jsonl", "parquet", "csv")
COMMANDS = ("read", "classify")
AGAIN = 0.4
"""How often the run that goes on is struck too."""
BROKEN_EVERY = 23


def main() -> None:
    """Strike, go on, compare and print."""
    given = arguments()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(Path(folder), given.signals, random.Random(given.seed))
        trial.prepare(given)
        unequal = []
        for number in range(given.times):
            if problem := trial.run(number):
                unequal.append(problem)
            print(f"{number + 1} of {given.times}, {len(unequal)} unequal", file=sys.stderr, flush=True)
    figures = {
        "times": given.times,
        "articles": given.articles,
        "strikes": dict(sorted(trial.strikes.items())),
        "moments": dict(sorted(trial.moments.items())),
        "equal": given.times - len(unequal),
        "seconds": round(time.perf_counter() - began),
    }
    print(json.dumps(figures | ({"problems": unequal[:5]} if unequal else {})))
    sys.exit(1 if unequal else 0)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=200, help="batches to strike (default 200)")
    parser.add_argument("--articles", type=int, default=300, help="articles in each (default 300)")
    parser.add_argument("--signals", nargs="+", choices=STRIKES, default=["KILL"], help="default KILL")
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=COMMANDS, help="default both")
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=FORMATS, help="default all three")
    parser.add_argument("--model", type=Path, help="model folder (default: a small linear one made here)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default 0)")
    return parser.parse_args()


class Trial:
    """Batches that are struck, and what they are compared with."""

    def __init__(self, folder: Path, signals: list[str], rng: random.Random) -> None:
        self.folder = folder
        self.signals = signals
        self.batches = 0
        self.rng = rng
        self.seconds: dict[tuple[str, ...], float] = {}  # that an undisturbed run of a command takes
        self.whole: dict[tuple[tuple[str, ...], str], dict[str, bytes]] = {}
        self.strikes: Counter[str] = Counter()
        self.moments: Counter[str] = Counter()

    def prepare(self, given: argparse.Namespace) -> None:
        """Write the inputs, and the outputs of undisturbed runs."""
        from phongtrao.batch.local import BATCH_RECORDS

        pages = self.folder / "pages"
        self.batches = given.articles // BATCH_RECORDS
        write_inputs(pages, given.articles)
        for command in given.commands:
            words: tuple[str, ...] = (command, str(pages))
            if command == "classify":
                words += ("--model", str(given.model or small_model(self.folder / "model")))
            for kind in given.formats:
                whole = Command(words, self.folder / f"whole-{command}-{kind}" / f"out.{kind}", 1, False)
                began = time.perf_counter()
                whole.finish()
                self.seconds[words] = time.perf_counter() - began
                self.whole[words, kind] = contents(whole.out.parent)

    def run(self, number: int) -> str:
        """Strike one batch, go on to its end, and return what is wrong with the outcome; empty if nothing."""
        words, kind = self.rng.choice(list(self.whole))
        how, place = self.rng.choice(self.signals), self.rng.choice(["clock", "commit", "finish"])
        out = self.folder / f"struck-{number}" / f"out.{kind}"
        workers = 2 if how == "WORKER" else self.rng.choice([1, 2])
        command = Command(words, out, workers, eager=place != "clock")
        try:
            while not self.strike(command, how, place):
                empty(out.parent)  # it was at its end before the moment came
            while not command.is_done and self.rng.random() < AGAIN:
                self.strike(command, self.rng.choice(self.signals), place)
            if not command.is_done:
                command.finish()
        except UncleanError as error:
            return f"{command}: {place}: {error}"
        found, whole = contents(out.parent), self.whole[words, kind]
        if found != whole:
            sizes = [{name: len(data) for name, data in files.items()} for files in (found, whole)]
            return f"{command}: {how}: {place}: found {sizes[0]}, expected {sizes[1]}"
        empty(out.parent)
        return ""

    def strike(self, command: Command, how: str, place: str) -> bool:
        """Start a batch and strike it at a ``place``; False where it came to its end first."""
        process = command.start()
        self.wait(process, command, how, place)
        struck = strike(process, command, how, self.rng)
        if struck:
            self.strikes[how] += 1
            self.moments["a worker" if how == "WORKER" else command.moment] += 1
        return struck

    def wait(self, process: subprocess.Popen[bytes], command: Command, how: str, place: str) -> None:
        """Wait for the moment to strike."""
        if place == "clock" or how == "WORKER":  # at the end there are no workers any more
            wait(process, command.journal, self.rng.uniform(0, 1.1 * self.seconds[command.words]))
        elif place == "commit":
            wait(process, command.journal, commits=self.rng.randint(1, max(1, self.batches)))
        else:
            wait(process, command.journal, end=True)
        time.sleep(self.rng.choice([0, 0.0005, 0.002, 0.01, 0.05]))


def empty(folder: Path) -> None:
    """Remove the files of a folder, if it is there."""
    for path in folder.iterdir() if folder.exists() else ():
        path.unlink()


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of all files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())} if folder.exists() else {}


def small_model(folder: Path) -> Path:
    """Train a linear topic model on a tenth of the seed corpus."""
    from phongtrao.config import DataSettings, LinearSettings, TopicsRecipe
    from phongtrao.corpus.dataset import load_dataset
    from phongtrao.topics.fitting import fit_topic_model

    data = load_dataset(DataSettings(real=None, written=False, fraction=0.1))
    fit_topic_model(TopicsRecipe(model=LinearSettings(ngrams=1)), data).save(folder)
    return folder


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
