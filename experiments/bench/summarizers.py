"""Pages -> summaries: the ``summarize`` command against ``generate()`` of a network of BARTpho-base's size.

    python experiments/bench/summarizers.py [--method FOLDER] [--pages 200] [--peer-articles 8] [--rounds 1]

Pages are those of ``commands.py``; our rows are whole commands on two workers, start-up included, once with
the extractive summarizer and, where ``--method`` names a folder, with that one. The peer is what users of
transformers write: MBart with BARTpho-base's measures in float32, weights drawn at random (the time does not
depend on them), on articles that are extracted and tokenized already, loading and a warm-up left out. It
writes exactly as many tokens as our references have, ``LENGTH``, with as many beams as ours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from commands import write_pages
from processes import watch

LENGTH = 45
BEAMS = 4
BATCH = 8
LONGEST = 1024
VOCABULARY = 40_031


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--method", type=Path, help="folder of an abstractive summarizer")
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--peer-articles", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.peer:
        peer(given.peer_articles)
        return
    methods = ["extractive", *([str(given.method)] if given.method else [])]
    rates: dict[str, list[float]] = {}
    for _ in range(given.rounds):
        with tempfile.TemporaryDirectory() as folder:
            inputs, _ = write_pages(Path(folder) / "pages", given.pages)
            for number, method in enumerate(methods):
                out = Path(folder) / f"{number}.jsonl"
                words = [sys.executable, "-m", "phongtrao", "summarize", str(inputs), "--out", str(out)]
                cost = watch([*words, "--method", method, "-j", "2"], unshared=True)
                name = "abstractive" if number else "extractive"
                rates.setdefault(name, []).append(given.pages / cost.seconds)
                print(f"{name}: {rates[name][-1]:.1f} pages/s, {cost.uss_megabytes:.0f} MB", flush=True)
        words = [sys.executable, __file__, "--peer", "--peer-articles", str(given.peer_articles)]
        rates.setdefault("peer", []).append(json.loads(watch(words).lines[-1])["rate"])
        print(f"peer: {rates['peer'][-1]:.2f} articles/s", flush=True)
    for name in list(rates)[:-1]:
        ratios = [ours / theirs for ours, theirs in zip(rates[name], rates["peer"], strict=True)]
        print(f"{name}: {min(ratios):.1f}-{max(ratios):.1f} times the peer")


def peer(articles: int) -> None:
    """Print the articles a second of the peer, on all cores."""
    import random
    import time

    import torch
    from transformers import MBartConfig, MBartForConditionalGeneration

    from phongtrao.corpus.dataset import load_seed_corpus
    from phongtrao.summary.units import count_words

    torch.set_num_threads(os.cpu_count() or 1)
    config = MBartConfig(
        vocab_size=VOCABULARY,
        d_model=768,
        encoder_layers=6,
        decoder_layers=6,
        encoder_attention_heads=12,
        decoder_attention_heads=12,
        encoder_ffn_dim=3072,
        decoder_ffn_dim=3072,
        max_position_embeddings=LONGEST,
    )
    network = MBartForConditionalGeneration(config).eval()
    draw = random.Random(0)
    # About as many tokens as syllables: fewer than BARTpho needs, which is to the peer's good.
    lengths = sorted(
        min(LONGEST, count_words(article.article.text)) for article in load_seed_corpus()[:articles]
    )
    texts = [[draw.randrange(10, VOCABULARY - 10) for _ in range(length)] for length in lengths]

    def summarize(batch: list[list[int]]) -> None:
        width = max(map(len, batch))
        ids = torch.tensor([[*text, *[1] * (width - len(text))] for text in batch])
        with torch.inference_mode():
            network.generate(
                input_ids=ids,
                attention_mask=(ids != 1).long(),
                num_beams=BEAMS,
                min_new_tokens=LENGTH,
                max_new_tokens=LENGTH,
                decoder_start_token_id=2,
                forced_eos_token_id=None,
            )

    summarize(texts[:1])
    began = time.perf_counter()
    for start in range(0, len(texts), BATCH):
        summarize(texts[start : start + BATCH])
    print(json.dumps({"rate": len(texts) / (time.perf_counter() - began)}))


if __name__ == "__main__":
    main()
