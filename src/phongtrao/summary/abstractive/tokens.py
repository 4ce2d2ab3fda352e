"""Texts <-> token ids of an encoder-decoder, read off its folder and kept in the model's.

transformers' ``AutoTokenizer`` is not asked: for some of these folders it takes another model's tokenizer
without a word.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from phongtrao.errors import ModelError

FRAME_FILE = "frame.json"


@dataclass(frozen=True)
class Frame:
    """What stands around the ids of a text."""

    begin: tuple[int, ...]
    """Ids before every article."""
    end: int
    """Id after every article and every summary, and between title and body."""
    pad: int
    start: int
    """Id that the decoder is given first."""


class SummaryTokens(Protocol):
    """A tokenizer both ways."""

    frame: Frame

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of texts, without what stands around them; nothing is cut off."""

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of ids, written as printed, without special tokens."""

    def save(self, folder: Path) -> None:
        """Write its files."""


class RawTokens:
    """A tokenizer over raw text, run without transformers."""

    def __init__(self, backend: Any, frame: Frame) -> None:
        from tokenizers import decoders, pre_tokenizers

        backend.no_padding()
        backend.no_truncation()
        if backend.decoder is None and isinstance(backend.pre_tokenizer, pre_tokenizers.Metaspace):
            backend.decoder = decoders.Metaspace()
        self.backend, self.frame = backend, frame

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of texts."""
        return [e.ids for e in self.backend.encode_batch_fast(list(texts), add_special_tokens=False)]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of ids."""
        return str(self.backend.decode(list(ids), skip_special_tokens=True)).strip()

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` and the frame."""
        self.backend.save(str(folder / "tokenizer.json"))
        _save_frame(self.frame, folder)


class WordTokens:
    """A PhoBERT-style tokenizer over segmented words."""

    def __init__(self, tokens: Any, frame: Frame) -> None:
        self.tokens, self.frame = tokens, frame

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of texts, segmented as recorded."""
        ids: list[list[int]] = self.tokens.ids(list(texts))
        return ids

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of ids, the segmentation undone."""
        from phongtrao.corpus.vietnews import desegment

        return desegment(self.tokens.tokenizer.decode(list(ids), skip_special_tokens=True))

    def save(self, folder: Path) -> None:
        """Write the tokenizer's files, who segments for it, and the frame."""
        from phongtrao.language.tokenizer import write_segmenter

        self.tokens.tokenizer.save_pretrained(folder)
        if self.tokens.segmenter:
            write_segmenter(folder, self.tokens.segmenter)
        _save_frame(self.frame, folder)


def encoder_tokens(tokens: Any) -> SummaryTokens:
    """Return the tokens of an encoder (``language.encoders.TextTokens``); its decoder starts as inputs do."""
    frame = Frame(tuple(tokens.begin), tokens.end, tokens.pad, tokens.begin[0])
    if tokens.segmenter is None:
        return RawTokens(tokens.tokenizer.backend_tokenizer, frame)
    return WordTokens(tokens, frame)


def seq2seq_tokens(folder: Path, config: Any) -> SummaryTokens:
    """Return the tokens of a whole encoder-decoder's folder.

    Args:
        folder: with ``tokenizer.json``, or with the SentencePiece files of BARTpho or T5.
        config: the network's.

    Raises:
        ModelError: the files are missing, or hold more pieces than the network has rows.
    """
    from tokenizers import Tokenizer

    from phongtrao.summary.abstractive.sentencepieces import bartpho_tokenizer, t5_tokenizer

    is_t5 = config.model_type == "t5"
    try:
        if (folder / "tokenizer.json").is_file():
            backend = Tokenizer.from_file(str(folder / "tokenizer.json"))
        elif (folder / "dict.txt").is_file():
            backend = bartpho_tokenizer(folder / "sentencepiece.bpe.model", folder / "dict.txt")
        elif (folder / "spiece.model").is_file():
            backend = t5_tokenizer(folder / "spiece.model")
        else:
            raise ModelError(
                f"{folder} has no tokenizer: expected tokenizer.json, or dict.txt and "
                "sentencepiece.bpe.model (BARTpho), or spiece.model (T5)"
            )
    except ModelError:
        raise
    except Exception as error:  # the tokenizers library raises plain Exception
        raise ModelError(f"{folder}: its tokenizer cannot be read: {error}") from error
    if backend.get_vocab_size() > config.vocab_size:
        raise ModelError(
            f"{folder}: the tokenizer has {backend.get_vocab_size()} pieces, the network {config.vocab_size} "
            "rows; the tokenizer files belong to another model"
        )
    begin = () if is_t5 else (config.bos_token_id,)
    start = config.decoder_start_token_id
    return RawTokens(backend, Frame(begin, config.eos_token_id, config.pad_token_id, start))


def load_tokens(folder: Path) -> SummaryTokens:
    """Read what ``save`` wrote; transformers is needed for segmented words alone.

    Raises:
        ModelError: a file is missing or damaged.
    """
    from tokenizers import Tokenizer

    try:
        about = json.loads((folder / FRAME_FILE).read_text(encoding="utf-8"))
        frame = Frame(**{**about, "begin": tuple(about["begin"])})
        if not (folder / "bpe.codes").exists():
            return RawTokens(Tokenizer.from_file(str(folder / "tokenizer.json")), frame)
    except Exception as error:  # the tokenizers library raises plain Exception
        raise ModelError(f"{folder} holds no tokenizer: {error}") from error
    from phongtrao.language.encoders import open_tokens

    return WordTokens(open_tokens(folder), frame)


def _save_frame(frame: Frame, folder: Path) -> None:
    (folder / FRAME_FILE).write_text(json.dumps(asdict(frame)) + "\n", encoding="utf-8")
