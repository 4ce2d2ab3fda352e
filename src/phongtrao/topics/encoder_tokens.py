"""Encoder folders and hub names -> the tokenizer of sentences and the network to fine-tune."""

from __future__ import annotations

import json
import warnings
from array import array
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.topics.windows import Frame

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from phongtrao.config import EncoderSettings
    from phongtrao.language.encoders import TextTokens
    from phongtrao.topics.encoder import SentenceTokenizer

FRAME_FILE = "frame.json"
TOKENIZER_FILE = "tokenizer.json"
KNOWN_SENTENCES = 4096
"""Sentences whose ids are remembered: collections of press repeat themselves. Some 3 MB, at worst 35 MB."""
LONGEST_KNOWN = 1000
"""Characters of such a sentence, at most; longer ones hardly come again, and may be a whole page."""


class PlainSentenceTokenizer:
    """A tokenizer of the tokenizers library, with a segmenter before it or over raw syllables.

    Opened without transformers, whose import alone takes longer than reading a page.
    """

    def __init__(self, backend: Any, frame: Frame, segmenter: str | None = None) -> None:
        backend.no_padding()
        backend.no_truncation()
        self.backend = backend
        self.frame = frame
        self.segmenter = segmenter
        self._known = lru_cache(KNOWN_SENTENCES)(self._ids)

    def encode(self, sentences: list[str]) -> list[list[int]]:
        """Return the ids of each sentence, segmented as recorded, without special tokens."""
        return [
            (self._known(sentence) if len(sentence) <= LONGEST_KNOWN else self._ids(sentence)).tolist()
            for sentence in sentences
        ]

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json``, who segments for it, and the frame."""
        from phongtrao.language.tokenizer import write_segmenter

        _clear(folder)
        self.backend.save(str(folder / TOKENIZER_FILE))
        if self.segmenter:
            write_segmenter(folder, self.segmenter)
        _save_frame(self.frame, folder)

    def _ids(self, sentence: str) -> array[int]:
        text = lowered(sentence)
        if self.segmenter:
            from phongtrao.language.tokenizer import word_segmenter

            text = " ".join(word_segmenter(self.segmenter)(text))
        (encoded,) = self.backend.encode_batch_fast([text], add_special_tokens=False)
        return array("i", encoded.ids)  # four bytes each: these are kept


class PhobertSentenceTokenizer:
    """The tokenizer of a PhoBERT some of whose merges lead outside its vocabulary: only its files know."""

    def __init__(self, tokens: TextTokens, frame: Frame) -> None:
        self.tokens = tokens
        self.frame = frame

    def encode(self, sentences: list[str]) -> list[list[int]]:
        """Return the ids of each sentence, segmented as recorded, without special tokens."""
        return self.tokens.ids([lowered(sentence) for sentence in sentences])

    def save(self, folder: Path) -> None:
        """Write the tokenizer's files, who segments for it, and the frame."""
        from phongtrao.language.tokenizer import write_segmenter

        _clear(folder)
        self.tokens.tokenizer.save_pretrained(folder)
        if self.tokens.segmenter:
            write_segmenter(folder, self.tokens.segmenter)
        _save_frame(self.frame, folder)


def lowered(sentence: str) -> str:
    """Return a sentence in small letters where all its letters are capitals, as headlines are set."""
    return sentence.lower() if sentence.isupper() else sentence


def load_sentence_tokenizer(folder: Path) -> SentenceTokenizer:
    """Read what a sentence tokenizer saved.

    Raises:
        ModelError: a file is missing or damaged.
    """
    from tokenizers import Tokenizer

    from phongtrao.language.tokenizer import read_segmenter

    try:
        frame = Frame(**json.loads((folder / FRAME_FILE).read_text(encoding="utf-8")))
        # A PhoBERT whose merges lead outside its vocabulary is saved without this file.
        if (folder / TOKENIZER_FILE).exists():
            record = read_segmenter(folder)
            backend = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
            return PlainSentenceTokenizer(backend, frame, record.name if record else None)
    except ModelError:
        raise
    except Exception as error:  # the tokenizers library raises plain Exception
        raise ModelError(f"{folder} holds no tokenizer: {error}") from error
    from phongtrao.language.encoders import open_tokens

    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # in a notebook transformers asks for progress bars that nothing here shows
        return PhobertSentenceTokenizer(open_tokens(folder), frame)


def open_encoder(settings: EncoderSettings) -> tuple[SentenceTokenizer, PreTrainedModel]:
    """Return tokenizer and network of ``settings.start``, with the layers that are to be kept.

    Raises:
        ModelError: the folder or hub model cannot be opened, or has fewer layers or positions.
    """
    from phongtrao.language import encoders

    opened = encoders.open_encoder(settings.start)
    if settings.window_tokens > opened.max_tokens:
        raise ModelError(
            f"window_tokens={settings.window_tokens}, but {settings.start} reads {opened.max_tokens}; "
            f"set model.window_tokens={opened.max_tokens}"
        )
    if settings.layers is not None:
        keep_layers(opened.network, settings.layers)
    tokens = opened.tokens
    frame = Frame(list(tokens.begin), [tokens.end], tokens.pad, settings.window_tokens, settings.windows)
    backend = tokens.tokenizer.backend_tokenizer
    if tokens.segmenter and backend.get_vocab_size() > tokens.size:
        return PhobertSentenceTokenizer(tokens, frame), opened.network
    return PlainSentenceTokenizer(backend, frame, tokens.segmenter), opened.network


def keep_layers(encoder: PreTrainedModel, count: int) -> None:
    """Keep ``count`` layers of an encoder, spread evenly and ending with the last one.

    Raises:
        ModelError: it has fewer.
    """
    from torch import nn

    stack: Any = encoder.encoder
    layers = stack.layer
    if count > len(layers):
        raise ModelError(f"layers={count}, but the encoder has {len(layers)}")
    step = len(layers) / count
    stack.layer = nn.ModuleList([layers[round((i + 1) * step) - 1] for i in range(count)])
    encoder.config.num_hidden_layers = count


def _clear(folder: Path) -> None:
    """Remove what a tokenizer saved here before: its files decide how a folder is opened."""
    from phongtrao.language.tokenizer.files import CODES_FILE, VOCABULARY_FILE
    from phongtrao.language.tokenizer.records import SEGMENTER_FILE

    for name in (TOKENIZER_FILE, SEGMENTER_FILE, VOCABULARY_FILE, CODES_FILE, "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)


def _save_frame(frame: Frame, folder: Path) -> None:
    (folder / FRAME_FILE).write_text(json.dumps(vars(frame)) + "\n", encoding="utf-8")
