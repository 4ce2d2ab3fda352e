"""Texts -> a new word-segmented BPE in PhoBERT's form: ``vocab.txt``, ``bpe.codes`` and a ``tokenizer.json``.

Every result of a merge is in the vocabulary, unlike hub PhoBERT's, so that ``tokenizer.json`` alone is right
too (for the tokenizers library without transformers). The same texts give the same files.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.errors import InputError, UsageError
from phongtrao.language.normalize import compose
from phongtrao.language.tokenizer.backend import build
from phongtrao.language.tokenizer.files import (
    CODES_FILE,
    CONTINUED,
    MASK,
    SPECIALS,
    VOCABULARY_FILE,
    WORD_END,
    PhobertFiles,
    piece_of,
    symbol_of,
)
from phongtrao.language.tokenizer.records import write_segmenter
from phongtrao.language.tokenizer.words import word_segmenter

if TYPE_CHECKING:
    from phongtrao.language.tokenizer.fast import PhobertTokenizerFast

Merges = list[tuple[str, str]]

_RARE = 2  # a character or pair seen less often than this teaches nothing
_REPEATS = 1000  # of a word in one line given to the learner


def train_tokenizer(
    texts: Iterable[str],
    vocab_size: int,
    folder: str | Path,
    segmenter: str,
    *,
    segmented: bool = False,
    max_length: int = 256,
) -> PhobertTokenizerFast:
    """Learn a vocabulary from texts, save it in ``folder``, and return its tokenizer.

    Args:
        texts: raw texts, read once.
        vocab_size: pieces at most, the five special ones included; characters take up to a quarter of them.
        folder: made where it is missing; the segmenter's name and version are recorded in it too.
        segmenter: one of ``language.segmentation.SEGMENTERS``.
        segmented: the texts are word-segmented by it already (``_`` and blanks).
        max_length: pieces that the model to come can take, kept as the tokenizer's ``model_max_length``.

    Raises:
        InputError: there are no words in the texts.
        UsageError: the vocabulary is too small to hold a character and a merge, or there is no such
            segmenter.
    """
    segment = word_segmenter(segmenter)
    words: Counter[str] = Counter()
    for text in texts:
        words.update(compose(text).split() if segmented else segment(text))
    if not words:
        raise InputError("no words to learn a vocabulary from: the texts are empty")
    files = learn(words, vocab_size)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    files.write(place)
    write_segmenter(place, segmenter)
    from phongtrao.language.tokenizer.fast import PhobertTokenizerFast

    tokenizer = PhobertTokenizerFast(place / VOCABULARY_FILE, place / CODES_FILE, model_max_length=max_length)
    tokenizer.save_pretrained(str(place))
    return tokenizer


def learn(words: Counter[str], vocab_size: int) -> PhobertFiles:
    """Return the two files that ``words``, with how often each was seen, teach.

    Pieces stand by falling frequency. The count of a merge is how often its result was made.
    """
    size = vocab_size - len(SPECIALS) - 1
    if size < 2:
        raise UsageError(f"vocab_size must be {len(SPECIALS) + 3} or more, not {vocab_size}")
    alphabet = _alphabet(words, max(1, size // 4))
    merges = _merges(words, alphabet, size)
    symbols = list(dict.fromkeys([*alphabet, *(left + right for left, right in merges)]))
    unordered = _files(dict.fromkeys(symbols, 0), merges, Counter())
    counts = _counts(unordered, words)
    ordered = {symbol: counts[symbol] for symbol in sorted(symbols, key=lambda one: (-counts[one], one))}
    return _files(ordered, merges, _made(counts, merges))


def _symbols(word: str) -> list[str]:
    return [*word[:-1], word[-1] + WORD_END]


def _alphabet(words: Counter[str], most: int) -> list[str]:
    """Return the most frequent characters, inside and at the end of words apart."""
    seen: Counter[str] = Counter()
    for word, count in words.items():
        for symbol in _symbols(word):
            seen[symbol] += count
    kept = sorted((symbol for symbol in seen if seen[symbol] >= _RARE), key=lambda one: (-seen[one], one))
    return kept[:most] or sorted(seen)[:most]


def _merges(words: Counter[str], alphabet: list[str], size: int) -> Merges:
    """Learn merges until alphabet and merges make ``size`` pieces."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    # The library numbers characters with an end-of-word mark in an order that differs from run to run, and
    # breaks ties by number. So each symbol goes in as one character of a private plane, and ties break the
    # same way always.
    private = {symbol: chr(0xF0000 + index) for index, symbol in enumerate(sorted(alphabet))}
    written = {character: symbol for symbol, character in private.items()}
    learner = Tokenizer(models.BPE())
    learner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=size, min_frequency=_RARE, show_progress=False)
    learner.train_from_iterator(_lines(words, private), trainer)
    learned = json.loads(learner.to_str())["model"]["merges"]
    merges = [
        ("".join(written[c] for c in left), "".join(written[c] for c in right)) for left, right in learned
    ]
    # As pieces, a word that ends in @@ and the same without it inside a word could not be told apart.
    return [pair for pair in merges if not "".join(pair).endswith(CONTINUED + WORD_END)]


def _lines(words: Counter[str], private: dict[str, str]) -> Iterator[str]:
    for word, count in sorted(words.items()):
        # A character outside the alphabet becomes <unk> and nothing merges across it: a blank does the same.
        line = "".join(private.get(symbol, " ") for symbol in _symbols(word)) + " "
        whole, rest = divmod(count, _REPEATS)
        for _ in range(whole):
            yield line * _REPEATS
        yield line * rest


def _counts(files: PhobertFiles, words: Counter[str]) -> Counter[str]:
    """Return how often each symbol is left after all merges."""
    backend = build(files)
    pieces = list(backend.ids)
    listed = sorted(words)
    counts: Counter[str] = Counter()
    encodings = backend.tokenizer.encode_batch(listed, add_special_tokens=False)
    for word, encoding in zip(listed, encodings, strict=True):
        for index in encoding.ids:
            counts[symbol_of(pieces[index])] += words[word]
    return counts


def _made(left_over: Counter[str], merges: Merges) -> Counter[str]:
    """Return how often each result was made: what is left of it and what went into longer ones."""
    made = Counter(left_over)
    for left, right in reversed(merges):
        made[left] += made[left + right]
        made[right] += made[left + right]
    return made


def _files(symbols: dict[str, int], merges: Merges, made: Counter[str]) -> PhobertFiles:
    reserved = {*SPECIALS, MASK}
    pieces = {piece_of(symbol): count for symbol, count in symbols.items()}
    vocabulary = "".join(f"{piece} {count}\n" for piece, count in pieces.items() if piece not in reserved)
    codes = "".join(f"{left} {right} {made[left + right]}\n" for left, right in merges)
    return PhobertFiles(vocabulary, codes)
