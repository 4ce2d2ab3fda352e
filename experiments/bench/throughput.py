"""phongtrao, raw pages to topics with evidence, against what one would write oneself: one table, in one run.

    make bench
    python experiments/bench/throughput.py --models FOLDER ... --sizes 1000 10000 100000

In each round (three, one system after the other, so that all meet the same machine) every model runs on the
smallest size with each number of workers, and the peers run: (a) transformers' text-classification pipeline
on a checkpoint of PhoBERT-base's size, (b) the same network in ONNX int8, both on a text's first 256 tokens,
(c) TF-IDF with linear SVMs; words by underthesea. After the rounds each model meets the larger sizes once.

What favours whom is chosen against phongtrao: its clock runs from the command's start to its end, on pages as
scraped, while a peer's starts when all is loaded and warm, and its articles come out of their pages already.
Memory counts shared pages once a process. Articles are made of the seed corpus (``made_pages.py``), all
distinct. Every system has as many threads or processes as there are workers or cores.

Writes ``runs/bench/throughput.json``, from which ``results.py throughput`` makes its section.
Needs the extra ``segmentation`` (underthesea) and, as all benchmarks, ``dev`` (psutil).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from comparison import HEAD, Measurement, cells, findings, summarize
from made_pages import write_pages
from processes import Cost, watch

HERE = Path(__file__).parent
PEERS = {
    "pipeline": "(a) transformers pipeline, float32",
    "onnx": "(b) the same network, ONNX int8",
    "tfidf": "(c) TF-IDF, linear SVM",
}
REFERENCE = PEERS["pipeline"]
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TOKENIZERS_PARALLELISM": "false"}


def main() -> None:
    """Measure, write and print."""
    given = arguments()
    about = {"load_before": round(os.getloadavg()[0], 2), **machine()}
    if about["load_before"] > 0.5:
        say(f"other work has {about['load_before']} of {about['cores']} cores: figures will be too low")
    with tempfile.TemporaryDirectory(prefix="phongtrao-bench-") as folder:
        bench = Bench(given, Path(folder))
        bench.prepare()
        measured = [m for number in range(given.rounds) for m in bench.round(number + 1)]
        measured += bench.growth(measured)
    summaries = summarize(measured, REFERENCE)
    settings = {k: [str(x) for x in v] if isinstance(v, list) else str(v) for k, v in vars(given).items()}
    result = {
        "machine": about,
        "settings": settings,
        "page_bytes": bench.page_bytes,
        "table": {"head": HEAD, "rows": [cells(s) for s in summaries]},
        "findings": [*findings(summaries, list(PEERS.values())), *bench.left_out],
        "measurements": [dataclasses.asdict(m) for m in measured],
    }
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print_table(result)


def arguments() -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--models", type=Path, nargs="+", help="model folders (default: the one that ships)")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="of articles")
    parser.add_argument("--workers", type=int, nargs="+", default=sorted({1, cores}), help="of phongtrao")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-articles", type=int, default=64, help="for (a) and (b), which are slow")
    parser.add_argument("--layers", type=int, default=12, help="of the peers' network")
    parser.add_argument("--width", type=int, default=768, help="of the peers' network")
    parser.add_argument("--limit-minutes", type=float, default=20, help="leave out a larger size over this")
    parser.add_argument("--json", type=Path, default=Path("runs/bench/throughput.json"))
    given = parser.parse_args()
    if given.models is None:
        from phongtrao.analyser import SHIPPED_TOPICS

        given.models = [SHIPPED_TOPICS]
    given.sizes, given.cores = sorted(given.sizes), cores
    return given


class Bench:
    """The systems, what they run on, and how each is run."""

    def __init__(self, given: argparse.Namespace, folder: Path) -> None:
        self.given, self.folder = given, folder
        self.models = {model_name(path): path for path in given.models}
        self.page_bytes = 0
        self.left_out: list[str] = []

    def prepare(self) -> None:
        """Make the pages of the rounds and what the peers load; nothing of it is measured."""
        self.make_pages(1)
        self.page_bytes = round(self.make_pages(self.given.sizes[0]) / self.given.sizes[0])
        say("making the peers' models ...")
        shape = [f"--{name}={getattr(self.given, name)}" for name in ("layers", "width")]
        watch([sys.executable, str(HERE / "peer_models.py"), str(self.folder / "peers"), *shape], OFFLINE)

    def make_pages(self, size: int) -> int:
        """Write a folder of pages, and return their bytes."""
        say(f"making {size:,} pages ...")
        return write_pages(self.folder / f"pages-{size}", size, self.folder / f"texts-{size}.jsonl")

    def round(self, number: int) -> Iterator[Measurement]:
        """Run everything once, on the smallest size."""
        for name, path in self.models.items():
            first = self.classify(path, 1, 1, out=False).first_seconds
            for workers in self.given.workers:
                yield self.ours(name, self.given.sizes[0], workers, number, first)
        for kind in PEERS:
            yield self.peer(kind, number)

    def growth(self, measured: list[Measurement]) -> Iterator[Measurement]:
        """Run each model on the larger sizes, where the smallest lets hope for an end."""
        for name in self.models:
            workers = self.given.workers[-1]
            rate = max(m.rate for m in measured if m.system == name)
            for size in self.given.sizes[1:]:
                minutes = size / rate / 60
                if minutes > self.given.limit_minutes:
                    self.left_out.append(f"{name}: {size:,} articles left out, they take {minutes:,.0f} min.")
                    continue
                if not (self.folder / f"pages-{size}").exists():
                    self.make_pages(size)
                yield self.ours(name, size, workers, 0, None)

    def ours(self, name: str, size: int, workers: int, number: int, first: float | None) -> Measurement:
        """Run ``phongtrao classify`` and check that nothing is missing."""
        cost = self.classify(self.models[name], size, workers)
        out = self.folder / "rows.jsonl"
        with out.open("rb") as lines:
            rows = sum(1 for _ in lines)
        if rows != size:
            raise SystemExit(f"{rows} rows for {size} pages; see what was rejected")
        measured = Measurement(
            name, f"{workers} × 1", size, number, cost.seconds, cost.cpu_seconds, cost.rss_megabytes, first
        )
        return told(measured)

    def classify(self, model: Path, size: int, workers: int, *, out: bool = True) -> Cost:
        """Run the command, to a file, or to stdout where its first line is waited for."""
        words = [sys.executable, "-m", "phongtrao", "classify", str(self.folder / f"pages-{size}")]
        words += ["--model", str(model), "--workers", str(workers)]
        words += ["--out", str(self.folder / "rows.jsonl"), "--overwrite"] if out else []
        return watch(words, OFFLINE | {"OMP_NUM_THREADS": "1"})

    def peer(self, kind: str, number: int) -> Measurement:
        """Run a peer on as many articles as it can be asked for."""
        smallest, cores = self.given.sizes[0], self.given.cores
        articles = smallest if kind == "tfidf" else min(self.given.peer_articles, smallest)
        words = [sys.executable, str(HERE / "peers.py"), kind, str(self.folder / "peers")]
        words += [str(self.folder / f"texts-{smallest}.jsonl"), f"--articles={articles}", f"--cores={cores}"]
        cost = watch(words, OFFLINE | {"OMP_NUM_THREADS": str(cores)})
        said = json.loads(cost.lines[-1])
        measured = Measurement(
            PEERS[kind],
            f"1 × {cores}",
            said["articles"],
            number,
            said["seconds"],
            said["cpu_seconds"],
            cost.rss_megabytes,
            cost.first_seconds,
        )
        return told(measured)


def told(m: Measurement) -> Measurement:
    """Return a measurement after saying it."""
    say(f"round {m.round}: {m.system}, {m.processes}: {m.articles:,} articles, {m.rate:,.1f} a second")
    return m


def say(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def model_name(folder: Path) -> str:
    """Return name and version of a model folder."""
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    return f"phongtrao {about['name']} {about.get('version', '')}".strip()


def machine() -> dict[str, Any]:
    """Return what the figures depend on beside the code."""
    packages = ("torch", "transformers", "onnxruntime", "scikit-learn", "underthesea")
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": names[0] if names else platform.processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def print_table(result: dict[str, Any]) -> None:
    """Print the table and what it says."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, title=f"raw pages of {result['page_bytes'] / 1000:.1f} kB, end to end")
    for head in result["table"]["head"]:
        table.add_column(head, justify="left" if head == "system" else "right", no_wrap=True)
    for row in result["table"]["rows"]:
        table.add_row(*row)
    console = Console(width=160)
    console.print(table)
    for line in result["findings"]:
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
