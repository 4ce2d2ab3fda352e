"""Encoder folders and hub names -> the tokenizer of sentences and the network to fine-tune."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.topics.windows import Frame

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from phongtrao.config import EncoderSettings
    from phongtrao.topics.encoder import SentenceTokenizer


class RawSentenceTokenizer:
    """A tokenizer over raw syllables, such as the start weights' unigram one."""

    def __init__(self, backend: Any, frame: Frame) -> None:
        self.backend = backend
        self.backend.no_padding()
        self.backend.no_truncation()
        self.frame = frame

    def encode(self, sentences: list[str]) -> list[list[int]]:
        """Return the ids of each sentence, without special tokens."""
        return [e.ids for e in self.backend.encode_batch_fast(sentences, add_special_tokens=False)]

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` and ``frame.json``."""
        self.backend.save(str(folder / "tokenizer.json"))
        (folder / "frame.json").write_text(json.dumps(vars(self.frame)) + "\n", encoding="utf-8")


def load_sentence_tokenizer(folder: Path) -> SentenceTokenizer:
    """Read what a sentence tokenizer saved.

    Raises:
        ModelError: a file is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        frame = Frame(**json.loads((folder / "frame.json").read_text(encoding="utf-8")))
        return RawSentenceTokenizer(Tokenizer.from_file(str(folder / "tokenizer.json")), frame)
    except Exception as error:  # the tokenizers library raises plain Exception
        raise ModelError(f"{folder} holds no tokenizer: {error}") from error


def open_encoder(settings: EncoderSettings) -> tuple[SentenceTokenizer, PreTrainedModel]:
    """Return tokenizer and network of ``settings.start``, with the layers that are to be kept.

    Raises:
        ModelError: the folder or hub model cannot be opened.
    """
    from tokenizers import Tokenizer
    from transformers import AutoModel

    start = Path(settings.start)
    try:
        encoder = AutoModel.from_pretrained(settings.start, dtype="float32")
        backend = Tokenizer.from_file(str(start / "tokenizer.json"))
    except Exception as error:
        raise ModelError(f"cannot open the encoder {settings.start!r}: {error}") from error
    if settings.layers is not None:
        keep_layers(encoder, settings.layers)
    prefix = backend.encode("query:", add_special_tokens=True).ids
    end = backend.encode("", add_special_tokens=True).ids[-1]
    frame = Frame(prefix[:-1], [end], encoder.config.pad_token_id, settings.window_tokens)
    return RawSentenceTokenizer(backend, frame), encoder


def keep_layers(encoder: PreTrainedModel, count: int) -> None:
    """Keep ``count`` layers of an encoder, spread evenly and ending with the last one."""
    from torch import nn

    stack: Any = encoder.encoder
    layers = stack.layer
    if count > len(layers):
        raise ModelError(f"layers={count}, but {encoder.config._name_or_path} has {len(layers)}")
    step = len(layers) / count
    kept = [layers[round((i + 1) * step) - 1] for i in range(count)]
    stack.layer = nn.ModuleList(kept)
    encoder.config.num_hidden_layers = count
