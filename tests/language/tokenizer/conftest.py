"""A tiny PhoBERT in the hub's file layout, learned from the seed corpus, and its slow tokenizer."""

import json
from collections import Counter
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

import pytest

pytest.importorskip("transformers")

SEEDS = Path(__file__).parents[3] / "seeds"


def segmented_texts() -> list[str]:
    """Passages of the seed corpus, every other pair of syllables joined as if it were a word."""
    texts = []
    for path in sorted(SEEDS.glob("*.jsonl"))[:4]:
        for line in path.read_text(encoding="utf-8").splitlines():
            for passage in json.loads(line)["passages"]:
                texts.append(joined(passage["text"]))
    return texts


def joined(text: str) -> str:
    words = text.split(" ")
    return " ".join("_".join(words[i : i + 1 + i % 4 // 2]) for i in range(len(words)) if i % 4 != 3)


def learned_merges(words: Counter[str], wanted: int) -> list[tuple[str, str]]:
    """Byte-pair encoding as in Sennrich et al. 2016, independent of the package's own."""
    split = {word: [*word[:-1], word[-1] + "</w>"] for word in words}
    pairs: Counter[tuple[str, str]] = Counter()
    homes: dict[tuple[str, str], set[str]] = {}
    for word, symbols in split.items():
        for pair in pairwise(symbols):
            pairs[pair] += words[word]
            homes.setdefault(pair, set()).add(word)
    merges = []
    for _ in range(wanted):
        best = max(pairs.items(), key=itemgetter(1))[0]
        merges.append(best)
        for word in sorted(homes[best]):
            symbols = split[word]
            for pair in pairwise(symbols):
                pairs[pair] -= words[word]
                homes[pair].discard(word)
            merged, i = [], 0
            while i < len(symbols):
                step = 2 if tuple(symbols[i : i + 2]) == best else 1
                merged.append("".join(symbols[i : i + step]))
                i += step
            split[word] = merged
            for pair in pairwise(merged):
                pairs[pair] += words[word]
                homes.setdefault(pair, set()).add(word)
    return merges


def write_phobert(folder: Path, merges: list[tuple[str, str]], characters: str) -> None:
    """Write the three files; of the results of merges every fifth is left out of the vocabulary."""
    pieces = [f"{c}@@" for c in characters] + list(characters)
    for rank, (left, right) in enumerate(merges):
        result = left + right
        if rank % 5 != 2:
            pieces.append(result[:-4] if result.endswith("</w>") else f"{result}@@")
    pieces = list(dict.fromkeys(pieces))
    (folder / "vocab.txt").write_text(
        "".join(f"{piece} {9999 - i}\n" for i, piece in enumerate(pieces)), "utf-8"
    )
    (folder / "bpe.codes").write_text("".join(f"{a} {b} 7\n" for a, b in merges), "utf-8")
    config = {
        "model_type": "roberta",
        "vocab_size": len(pieces) + 5,
        "max_position_embeddings": 258,
        "pad_token_id": 1,
    }
    (folder / "config.json").write_text(json.dumps(config), "utf-8")


@pytest.fixture(scope="session")
def corpus() -> list[str]:
    return segmented_texts()


@pytest.fixture(scope="session")
def phobert_folder(tmp_path_factory, corpus) -> Path:
    words = Counter(word for text in corpus for word in text.split())
    merges = learned_merges(words, 2500)
    common = Counter("".join(words.elements()))
    characters = "".join(sorted(c for c in common if common[c] > 20))
    folder = tmp_path_factory.mktemp("phobert")
    write_phobert(folder, merges, characters)
    return folder


@pytest.fixture(scope="session")
def slow(phobert_folder):
    from transformers.models.phobert.tokenization_phobert import PhobertTokenizer

    return PhobertTokenizer(str(phobert_folder / "vocab.txt"), str(phobert_folder / "bpe.codes"))


@pytest.fixture(scope="session")
def fast(phobert_folder):
    from phongtrao.language.tokenizer import load_tokenizer

    return load_tokenizer(phobert_folder)
