"""SentencePiece files -> a tokenizer of the ``tokenizers`` library, without the sentencepiece package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from phongtrao.errors import ModelError

_SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
_UNKNOWN_KIND = 2
T5_EXTRA = 96
"""ViT5 has so many ``<extra_id_N>`` after its pieces (Phan et al. 2022)."""


def bartpho_tokenizer(model: Path, pieces: Path) -> Any:
    """Return BARTpho's tokenizer: ids by ``dict.txt``, scores by the multilingual model it is part of.

    The original reads a piece that BARTpho left out of its dictionary as unknown; here the text is cut into
    pieces that are in it.

    Raises:
        ModelError: a file is missing, or is none of SentencePiece's.
    """
    read = _read(model)
    scores = {piece.piece: piece.score for piece in read.pieces}
    lowest = min(scores.values()) - 10
    try:
        lines = pieces.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ModelError(f"{pieces} cannot be read: {error}") from error
    kept = [line.split()[0] for line in lines if line.split()]
    names = dict.fromkeys((*_SPECIALS, *kept, "<mask>"))
    vocabulary = [(name, 0.0 if name in _SPECIALS else scores.get(name, lowest)) for name in names]
    return _unigram(read, vocabulary, _SPECIALS.index("<unk>"), (*_SPECIALS, "<mask>"))


def t5_tokenizer(model: Path) -> Any:
    """Return T5's tokenizer: the model's pieces in their order, and the ``<extra_id_N>`` after them.

    Raises:
        ModelError: the file is missing, or is none of SentencePiece's.
    """
    read = _read(model)
    extra = [f"<extra_id_{number}>" for number in reversed(range(T5_EXTRA))]
    vocabulary = [(piece.piece, piece.score) for piece in read.pieces] + [(name, 0.0) for name in extra]
    unknown = next((i for i, piece in enumerate(read.pieces) if piece.type == _UNKNOWN_KIND), None)
    if unknown is None:
        raise ModelError(f"{model}: no piece stands for what is unknown")
    specials = [piece.piece for piece in read.pieces if piece.piece in ("<pad>", "</s>", "<unk>")]
    return _unigram(read, vocabulary, unknown, (*specials, *extra))


def _read(path: Path) -> Any:
    # transformers brings the message's description; protobuf comes with MLflow.
    from transformers.convert_slow_tokenizer import import_protobuf

    message = import_protobuf().ModelProto()
    try:
        message.ParseFromString(path.read_bytes())
    except Exception as error:  # protobuf's own error has no stable home
        raise ModelError(f"{path}: expected a SentencePiece model: {error}") from error
    if not message.pieces:
        raise ModelError(f"{path}: expected a SentencePiece model, found no pieces")
    return message


def _unigram(read: Any, vocabulary: list[tuple[str, float]], unknown: int, specials: tuple[str, ...]) -> Any:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=unknown))
    charsmap = read.normalizer_spec.precompiled_charsmap
    steps = [normalizers.Precompiled(charsmap)] if charsmap else [normalizers.NFKC()]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(list(specials))
    return tokenizer
