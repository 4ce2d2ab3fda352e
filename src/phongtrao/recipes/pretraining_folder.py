"""A pretrained network and its tokenizer -> the folder that ``language.encoders`` opens, with model card."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from phongtrao.config import PretrainRecipe
from phongtrao.language.encoders import EncoderFacts
from phongtrao.recipes.pretraining_data import PretrainingData

FINE_TUNING_DROPOUT = 0.1  # as the start weights have it
_TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "bpe.codes",
    "segmenter.json",
)
_SOURCES = {
    "vietnews": "VietNews/VNDS, training split (online news 2016-2019)",
    "vntc": "VNTC, training split (news in ten sections)",
    "baomoi": "Báo Mới (news 2016-2017)",
}


def save_encoder(
    folder: Path, network: Any, data: PretrainingData, rows: Mapping[str, int], metrics: Mapping[str, float]
) -> str:
    """Write weights (float16 safetensors, head included), configuration, tokenizer, facts and model card.

    Returns:
        The model card.
    """
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    network.config.hidden_dropout_prob = network.config.attention_probs_dropout_prob = FINE_TUNING_DROPOUT
    network.to("cpu").to(torch.float16).save_pretrained(folder)
    network.float()
    for name in _TOKENIZER_FILES:
        if (data.tokenizer_folder / name).is_file():
            shutil.copyfile(data.tokenizer_folder / name, folder / name)
    EncoderFacts().save(folder)
    card = encoder_card(network, data, rows, metrics)
    (folder / "README.md").write_text(card, encoding="utf-8")
    return card


def encoder_card(
    network: Any, data: PretrainingData, rows: Mapping[str, int], metrics: Mapping[str, float]
) -> str:
    """Return the model card, Markdown."""
    settings, config = data.settings, network.config
    segmenter = data.tokens.segmenter
    reads = f"words segmented by {segmenter}" if segmenter else "raw text, not segmented into words"
    how = {
        "mini": f"{config.num_hidden_layers} of its layers, evenly spread, and a new vocabulary of "
        f"{config.vocab_size} pieces; "
        + "their rows: "
        + ", ".join(f"{count} {_HOW[how]}" for how, count in rows.items() if count),
        "adapt": f"{config.num_hidden_layers} of its layers and its own {config.vocab_size} pieces",
    }[settings.init]
    sources = "\n".join(f"- {_SOURCES[name]}" for name in settings.sources)
    only = f"\n\nOnly texts in which `{settings.matching}` is found." if settings.matching else ""
    size = sum(parameter.numel() for parameter in network.parameters()) / 1e6
    return f"""# {settings.name}

A {config.model_type} encoder of Vietnamese news: {config.num_hidden_layers} layers,
hidden size {config.hidden_size}, {size:.1f} million parameters with the masked-language head.
It reads {reads}. A text's vector is the mean of its tokens'; inputs take no prefix.

Started from {settings.start_card}: {how}.

## Pretraining
Masked language modelling, {settings.mask_share:.0%} of tokens, blocks of {settings.block_tokens}:
{metrics["tokens"] / 1e6:.2f} million tokens, {metrics["steps"]:.0f} steps, {metrics["minutes"]:.0f} minutes,
learning rate {settings.learning_rate:g}, seed {settings.seed}, {settings.precision}.

{sources}{only}

| on {metrics["held_tokens"]:.0f} held-out tokens, 15 % masked | perplexity |
| --- | --- |
| before | {metrics["perplexity_before"]:.2f} |
| after | {metrics["perplexity_after"]:.2f} |

Perplexities of different vocabularies don't compare.

Made and measured by `phongtrao train configs/pretrain.yaml {_given(settings)}`.

## Limits
News prose of 2004-2019 alone; what such text is biased in, the encoder is. Not fine-tuned for any task.
"""


def _given(settings: PretrainRecipe) -> str:
    """Return the settings that are not the defaults, as one gives them to the command."""
    fields = type(settings).model_fields
    kept = [
        f"{key}={value}"
        for key, value in settings
        if key not in {"recipe", "name", "tracking", "out"} and value != fields[key].default
    ]
    return " ".join(f"'{one}'" if " " in one else one for one in kept)


_HOW = {
    "special": "of special tokens",
    "same": "copied",
    "mean": "as means of several",
    "random": "drawn at random",
}
