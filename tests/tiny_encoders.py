"""Start weights and unlabelled news, small enough for tests: a BERT of 16 dimensions, a few dozen texts."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

_WORDS = "công an phong trào toàn dân bảo vệ tổ quốc xã hội trật tự khen thưởng tỉnh huyện"
SYLLABLES = _WORDS.split()
LETTERS = "abcdefghiklmnopqrstuvxyăâđêôơưáàảãạ"


def start_folder(folder: Path, *, layers: int = 4, seed: int = 0) -> Path:
    """Write a BERT with a SentencePiece-like unigram tokenizer, as the start weights have them."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>", "▁", *(f"▁{s}" for s in SYLLABLES), *LETTERS, "<mask>"]
    scores = [(p, 0.0 if p.startswith("<") else -1.0 - (len(p) == 1)) for p in pieces]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    names = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "pad": "<pad>", "unk": "<unk>"}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        mask_token="<mask>",
        **{f"{name}_token": piece for name, piece in names.items()},
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=layers,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=40,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    model = BertModel(config, add_pooling_layer=False)
    for parameter in model.parameters():  # biases and norms, too, must not be what a fresh model has
        torch.nn.init.normal_(parameter, std=0.3)
    model.save_pretrained(folder)
    return folder


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
