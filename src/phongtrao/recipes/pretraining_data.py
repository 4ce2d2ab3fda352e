"""Settings of a pretraining -> its tokenizer, its blocks of ids, and the network that it begins with."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from phongtrao.config import PretrainRecipe
from phongtrao.corpus.unlabelled import UnlabelledTexts
from phongtrao.errors import InputError
from phongtrao.language.encoder_init import adapted, mini, set_output_bias
from phongtrao.language.encoders import TextTokens, encoder_folder, open_tokens
from phongtrao.language.masked_language import Vocabulary
from phongtrao.language.segmentation import segmenter_version
from phongtrao.language.token_shards import TokenShards, blocks_of, shuffled_blocks, stacked

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_TOKENIZER_FILES = ("tokenizer.json", "vocab.txt", "bpe.codes")


@dataclass(frozen=True)
class PretrainingData:
    """Everything that is read from files."""

    texts: UnlabelledTexts
    tokens: TextTokens
    tokenizer_folder: Path
    shards: TokenShards
    held: np.ndarray
    """Blocks (blocks, T) that perplexity is measured on."""
    settings: PretrainRecipe

    @property
    def vocabulary(self) -> Vocabulary:
        """What masking must know."""
        tokenizer = self.tokens.tokenizer
        special = tuple(sorted(set(tokenizer.all_special_ids)))
        return Vocabulary(self.tokens.size, int(tokenizer.mask_token_id), special)

    def stream(self, skip: int) -> Iterator[np.ndarray]:
        """Return batches (batch_blocks, T) without end, ``skip`` blocks left out."""
        settings, begin, end = self.settings, self.tokens.begin[0], self.tokens.end
        blocks = shuffled_blocks(
            self.shards, settings.block_tokens, begin, end, seed=settings.seed, skip=skip
        )
        return stacked(blocks, settings.batch_blocks)


def load_pretraining_data(settings: PretrainRecipe) -> PretrainingData:
    """Open the texts and the tokenizer (trained now if none is given or kept), and cut the held-out blocks.

    Raises:
        InputError: texts are absent, or too few are held out to measure on.
        ModelError: the start weights or the tokenizer can't be opened.
    """
    texts = UnlabelledTexts(settings.data_dir, settings.sources)
    folder = encoder_folder(settings.start) if settings.init == "adapt" else _tokenizer(settings, texts)
    # Texts are learned without the prefix of the start weights, so the new encoder needs none.
    tokens = open_tokens(folder).without_prefix()
    shards = TokenShards(
        settings.cache,
        {
            "texts": texts.fingerprint,
            "matching": settings.matching,
            "tokenizer": _files_hash(folder),
            "segmenter": tokens.segmenter,
            "segmenter_version": segmenter_version(tokens.segmenter) if tokens.segmenter else None,
        },
        texts.training,
        lambda places: texts.texts(places, settings.matching),
        tokens.ids,
        end=tokens.end,
        vocab_size=tokens.size,
    )
    return PretrainingData(texts, tokens, folder, shards, _held(settings, texts, tokens), settings)


def start_network(data: PretrainingData) -> tuple[PreTrainedModel, dict[str, int]]:
    """Return the network to begin with, its head's bias at the frequencies of the first shard's tokens.

    Returns:
        The network, on the CPU, and how its embedding rows came about (empty where all were kept).
    """
    settings = data.settings
    start = encoder_folder(settings.start)
    rows: dict[str, int] = {}
    network: PreTrainedModel
    if settings.init == "adapt":
        network = adapted(start, settings.layers, settings.dropout)
    else:
        pieces = data.tokens.tokenizer.convert_ids_to_tokens(list(range(data.tokens.size)))
        network, rows = mini(start, pieces, settings.layers, settings.dropout, seed=settings.seed)
    counts = np.bincount(data.shards[0], minlength=network.config.vocab_size)
    set_output_bias(network, counts.tolist())
    return network, rows


def _tokenizer(settings: PretrainRecipe, texts: UnlabelledTexts) -> Path:
    """Return the folder of the new vocabulary; one trained here is kept for runs of the same settings."""
    if settings.tokenizer is not None:
        return encoder_folder(settings.tokenizer)
    facts = (
        texts.fingerprint,
        settings.matching,
        settings.vocab_size,
        settings.tokenizer_texts,
        settings.segmenter,
        segmenter_version(settings.segmenter),
    )
    folder = settings.cache / f"tokenizer-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"
    if not folder.is_dir():
        from phongtrao.language.tokenizer import train_tokenizer

        many = settings.tokenizer_texts
        print(f"training a tokenizer of {settings.vocab_size} pieces on {many} texts", file=sys.stderr)
        part = folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        chosen = texts.texts(texts.training[:many], settings.matching)
        train_tokenizer(chosen, settings.vocab_size, part, settings.segmenter, max_length=512)
        part.rename(folder)
    return folder


def _held(settings: PretrainRecipe, texts: UnlabelledTexts, tokens: TextTokens) -> np.ndarray:
    flat: list[int] = []
    for text in texts.texts(texts.held, settings.matching):
        flat += [*tokens.ids([text])[0], tokens.end]
        if len(flat) >= settings.held_tokens:
            break
    blocks = blocks_of(np.array(flat), settings.block_tokens, tokens.begin[0], tokens.end)
    if not len(blocks):
        raise InputError(
            f"of {len(texts.held)} held-out texts in {settings.data_dir} not one block of "
            f"{settings.block_tokens} tokens can be cut: give more texts, or a smaller block_tokens"
        )
    return blocks


def _files_hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in _TOKENIZER_FILES:
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]
