"""What one would write oneself: articles' text -> topics, by the means at hand. One peer, in its own process.

    python experiments/bench/peers.py pipeline|onnx|tfidf MODELS TEXTS.jsonl --articles 64 --cores 2

Each peer is given a fair chance: text already extracted from its page, words segmented by underthesea in as
many processes as cores, articles of like length in one batch, no gradients, a warm-up before the clock
starts.
The encoders read an article's first 256 tokens; only what may hold them (512 syllables) is segmented.

Prints two JSON lines: after the first article, and after all of them (``articles``, ``seconds`` and
``cpu_seconds``, both without loading and warm-up).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import psutil
from peer_models import LONGEST, TFIDF, segmented

BATCH = 16
WARM_UP = 2 * BATCH
HEAD_SYLLABLES = 2 * LONGEST

Peer = Callable[[list[str]], Sequence[Any]]
"""Segmented texts -> scores of each."""


def main(kind: str, models: Path, texts: Path, articles: int, cores: int) -> None:
    """Load the peer, classify an article, warm up, and classify them all."""
    with texts.open(encoding="utf-8") as lines:
        given = [json.loads(line)["text"] for line in islice(lines, articles)]
    segment = partial(_segment, syllables=None if kind == "tfidf" else HEAD_SYLLABLES)
    # Spawned: a fork would copy the threads of torch half alive.
    spawn = multiprocessing.get_context("spawn")
    start = (spawn.Barrier(cores),)
    with ProcessPoolExecutor(cores, mp_context=spawn, initializer=_start, initargs=start) as pool:
        first = pool.submit(segment, given[0])  # segmenter and model load side by side
        peer = PEERS[kind](models, cores)
        peer([first.result()])
        print(json.dumps({"first": True}), flush=True)
        list(pool.map(_wait_for_all, range(cores)))
        peer(list(pool.map(segment, given[:WARM_UP])))
        began, cpu = time.perf_counter(), _cpu_seconds()
        words = list(pool.map(segment, given, chunksize=max(1, min(16, articles // (4 * cores)))))
        scores = peer(sorted(words, key=len))
        seconds, cpu = time.perf_counter() - began, _cpu_seconds() - cpu
    if len(scores) != len(given):
        raise SystemExit(f"{len(scores)} results for {len(given)} articles")
    print(json.dumps({"articles": len(given), "seconds": seconds, "cpu_seconds": cpu}), flush=True)


_all_started: Barrier | None = None  # a segmenting process's own


def _start(barrier: Barrier) -> None:
    """Load the segmenter in a new process."""
    global _all_started  # noqa: PLW0603 - a pool has no other place to hand a process what it keeps
    _all_started = barrier
    segmented("Công an xã.")


def _wait_for_all(_: int) -> None:
    """Return when every process has its segmenter: none may load it while the clock runs."""
    if _all_started is None:
        raise RuntimeError("the process was not started by this pool")
    _all_started.wait()


def _segment(text: str, syllables: int | None) -> str:
    return segmented(text if syllables is None else " ".join(text.split()[:syllables]))


def _cpu_seconds() -> float:
    """Return the processor time of this process and of its children that run."""
    own = psutil.Process()
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return float(sum(t.user + t.system for t in times))


def pipeline_peer(models: Path, cores: int) -> Peer:
    """Transformers' text-classification pipeline, float32."""
    import torch
    from transformers import PhobertTokenizer, pipeline

    torch.set_num_threads(cores)
    folder = str(models / "phobert")
    tokenizer = PhobertTokenizer.from_pretrained(folder)
    classify = pipeline("text-classification", model=folder, tokenizer=tokenizer, device=-1)

    def peer(texts: list[str]) -> Sequence[Any]:
        with torch.inference_mode():
            scores: list[Any] = classify(
                texts,
                top_k=None,
                function_to_apply="sigmoid",
                batch_size=BATCH,
                truncation=True,
                max_length=LONGEST,
            )
        return scores

    return peer


def onnx_peer(models: Path, cores: int) -> Peer:
    """The same network with int8 weights in ONNX Runtime."""
    import onnxruntime
    from transformers import PhobertTokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cores
    session = onnxruntime.InferenceSession(
        models / "phobert-int8.onnx", options, providers=["CPUExecutionProvider"]
    )
    tokenizer = PhobertTokenizer.from_pretrained(str(models / "phobert"))

    def peer(texts: list[str]) -> Sequence[Any]:
        scores: list[Any] = []
        for start in range(0, len(texts), BATCH):
            inputs = tokenizer(
                texts[start : start + BATCH],
                truncation=True,
                max_length=LONGEST,
                padding=True,
                return_tensors="np",
            )
            names = ("input_ids", "attention_mask")
            scores += list(session.run(None, {name: inputs[name].astype("int64") for name in names})[0])
        return scores

    return peer


def tfidf_peer(models: Path, cores: int) -> Peer:  # noqa: ARG001 - one thread is all that scipy takes
    """TF-IDF and linear SVMs on the whole article."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    vocabulary = json.loads((models / "tfidf.json").read_text(encoding="utf-8"))
    arrays = np.load(models / "tfidf.npz", allow_pickle=False)
    vectorizer = TfidfVectorizer(**TFIDF, vocabulary=vocabulary)
    vectorizer.idf_ = arrays["idf"]
    weights, biases = arrays["weights"].T, arrays["biases"]
    return lambda texts: vectorizer.transform(texts) @ weights + biases


PEERS: dict[str, Callable[[Path, int], Peer]] = {
    "pipeline": pipeline_peer,
    "onnx": onnx_peer,
    "tfidf": tfidf_peer,
}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=PEERS)
    parser.add_argument("models", type=Path, help="folder that peer_models.py wrote")
    parser.add_argument("texts", type=Path)
    parser.add_argument("--articles", type=int, default=64)
    parser.add_argument("--cores", type=int, default=1)
    given = parser.parse_args()
    main(given.kind, given.models, given.texts, given.articles, given.cores)
