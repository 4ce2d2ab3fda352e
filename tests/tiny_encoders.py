"""Encoders of 8 or 16 dimensions, each in a layout that models come in, and a few dozen unlabelled texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast, RobertaConfig, RobertaModel

_WORDS = "công an phong trào toàn dân bảo vệ tổ quốc xã hội trật tự khen thưởng tỉnh huyện"
SYLLABLES = _WORDS.split()
LETTERS = "abcdefghiklmnopqrstuvxyăâđêôơưáàảãạ"
PIECES = ("▁", *(f"▁{s}" for s in SYLLABLES), *LETTERS)
_SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")


def start_folder(
    folder: Path, *, pieces: Sequence[str] = PIECES, layers: int = 4, seed: int = 0, norm_eps: float = 1e-12
) -> Path:
    """Write a BERT with a SentencePiece-like unigram tokenizer, as the start weights have them."""
    known = [*_SPECIAL, *pieces, "<mask>"]
    scores = [(p, 0.0 if p.startswith("<") else -1.0 - (len(p) == 1)) for p in known]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    _save_tokenizer(folder, tokenizer, cls_token="<s>", sep_token="</s>", mask_token="<mask>")
    network = _bert(len(known), layers=layers, inner=32, positions=40, layer_norm_eps=norm_eps)
    random_weights(network, seed).save_pretrained(folder)
    return folder


def word_folder(folder: Path, words: Sequence[str], *, width: int, layers: int, positions: int) -> Path:
    """Write an untrained BERT that knows these words, case aside, and takes others for unknown."""
    vocabulary = {word: i for i, word in enumerate([*_SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer, tokenizer.normalizer = pre_tokenizers.Whitespace(), normalizers.Lowercase()
    _save_tokenizer(folder, tokenizer)
    torch.manual_seed(0)
    network = _bert(len(vocabulary), width=width, layers=layers, inner=16, positions=positions)
    network.save_pretrained(folder)
    return folder


def write_roberta(
    folder: Path, tokens: int, *, width: int = 16, layers: int = 2, positions: int = 34
) -> None:
    """Write the weights of an untrained RoBERTa, which leaves two of its positions unused."""
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=tokens,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=2 * width,
        max_position_embeddings=positions,
        type_vocab_size=1,
        pad_token_id=1,
    )
    RobertaModel(config, add_pooling_layer=False).save_pretrained(folder)


def random_weights(network: Any, seed: int = 0) -> Any:
    """Draw all weights of a network: biases and norms, too, must not be what a fresh one has."""
    torch.manual_seed(seed)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network


def _save_tokenizer(folder: Path, tokenizer: Tokenizer, **more: str) -> None:
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names, **more).save_pretrained(folder)


def _bert(
    tokens: int, *, layers: int, inner: int, positions: int, width: int = 16, **settings: float
) -> BertModel:
    config = BertConfig(
        vocab_size=tokens,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=inner,
        max_position_embeddings=positions,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
        **settings,
    )
    return BertModel(config, add_pooling_layer=False)


def news_folder(folder: Path, texts: int = 60) -> Path:
    """Write the three sources, with words that follow one another in a way that can be learned."""

    def text(number: int) -> str:
        start = number % len(SYLLABLES)
        return " ".join((SYLLABLES[start:] + SYLLABLES[:start]) * 4)

    ids = [f"{number:03d}" for number in range(texts)]
    tables = {
        "vietnews/train-1-of-1": {
            "id": ids,
            "title": ["Công_an tỉnh"] * texts,
            "abstract": ["Phong_trào ."] * texts,
            "body": [f"{text(n)} ( số {n} ) .\nHết ." for n in range(texts)],
        },
        "vntc/train": {"id": ids, "label": ["x"] * texts, "text": [text(n + 3) for n in range(texts)]},
        "baomoi/part-1-of-1": {"id": ids, "text": [text(n + 5) for n in range(texts)]},
    }
    for name, columns in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), path)
    return folder
