"""Folder or hub name -> tokens and an encoder-decoder to be trained.

An encoder (BERT, RoBERTa) becomes the encoder of a BART: their layers compute the same, so its weights are
copied as they are. The decoder's layers begin as copies of the encoder's (Rothe et al. 2020), their attention
to the article as a copy of that to the words before; one matrix of embeddings serves input and output.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.language.encoder_init import spread_layers
from phongtrao.language.encoders import Encoder, encoder_folder, open_encoder, quiet
from phongtrao.summary.abstractive.tokens import Frame, SummaryTokens, encoder_tokens, seq2seq_tokens

if TYPE_CHECKING:
    from phongtrao.config import AbstractiveSettings

SEQ2SEQ = ("bart", "mbart", "t5")
"""Kinds of whole encoder-decoders that are understood."""
_ENCODERS = ("bert", "roberta", "xlm-roberta", "camembert")
_OFFSET = 2
"""BART leaves so many rows of its positions unused, as fairseq did."""


def open_start(settings: AbstractiveSettings) -> tuple[SummaryTokens, Any]:
    """Return tokens and network (float32) of ``settings.start``; nothing is drawn.

    Raises:
        ModelError: it cannot be opened, is of another kind, or has fewer layers or positions.
    """
    folder = encoder_folder(settings.start)
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, ValueError, AttributeError) as error:
        raise ModelError(f"{folder}: expected a transformers model with config.json: {error}") from error
    if kind in SEQ2SEQ:
        network = open_network(folder)
        tokens = seq2seq_tokens(folder, network.config)
        _check_positions(network.config, settings, str(folder))
    elif kind in _ENCODERS:
        opened = open_encoder(settings.start)
        tokens = encoder_tokens(opened.tokens)
        network = warm_started(opened, settings, tokens.frame.start)
    else:
        raise ModelError(
            f"{folder} is of the kind {kind}; expected one of {', '.join((*_ENCODERS, *SEQ2SEQ))}"
        )
    return tokens, network


def warm_started(encoder: Encoder, settings: AbstractiveSettings, start: int) -> Any:
    """Return a BART whose encoder computes what ``encoder`` does, on the layers that are kept.

    Raises:
        ModelError: the encoder has fewer layers.
    """
    import torch
    from transformers import BartForConditionalGeneration

    source = encoder.network
    there = source.config.num_hidden_layers
    kept = spread_layers(there, settings.encoder_layers or there)
    above = spread_layers(len(kept), settings.decoder_layers)
    with torch.random.fork_rng():  # what is drawn here is overwritten below
        network: Any = BartForConditionalGeneration(_bart_config(encoder, settings, len(kept), start))
    state = {name: tensor.detach() for name, tensor in source.state_dict().items()}
    model = network.model
    _copy_embeddings(model, state, encoder)
    layers: Any = source.encoder.layer
    for target, index in zip(model.encoder.layers, kept, strict=True):
        _copy_layer(target, layers[index])
    for target, index in zip(model.decoder.layers, above, strict=True):
        _copy_layer(target, layers[kept[index]])
        target.encoder_attn.load_state_dict(target.self_attn.state_dict())
        target.encoder_attn_layer_norm.load_state_dict(target.self_attn_layer_norm.state_dict())
    network.tie_weights()
    _prepare_generation(network)
    return network.eval()


def _bart_config(encoder: Encoder, settings: AbstractiveSettings, layers: int, start: int) -> Any:
    from transformers import BartConfig

    source, tokens = encoder.network.config, encoder.tokens
    heads, width = source.num_attention_heads, source.intermediate_size
    return BartConfig(
        vocab_size=source.vocab_size,
        d_model=source.hidden_size,
        encoder_layers=layers,
        decoder_layers=settings.decoder_layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=width,
        decoder_ffn_dim=width,
        max_position_embeddings=max(settings.input_tokens, settings.target_tokens + 2),
        activation_function=source.hidden_act,
        dropout=settings.dropout,
        attention_dropout=0.0,
        activation_dropout=0.0,
        scale_embedding=False,
        pad_token_id=tokens.pad,
        bos_token_id=tokens.begin[0],
        eos_token_id=tokens.end,
        decoder_start_token_id=start,
        forced_bos_token_id=None,
        forced_eos_token_id=None,
        warm_started=True,
    )


def begin_with_frequencies(network: Any, frame: Frame, targets: Iterable[Sequence[int]]) -> None:
    """Let a warm-started decoder begin with how often each token stands in ``targets``; leave others alone.

    It need not learn that through embeddings which are not its own: with a frozen encoder 75 steps of 40
    articles came to 6.45 nats a token so, 150 to 7.96 without.
    """
    import torch

    if not getattr(network.config, "warm_started", False):
        return
    counts = torch.full((network.config.vocab_size,), 0.1)  # what was not seen is rare, not impossible
    for target in targets:
        ids = torch.tensor([*target, frame.end])
        counts.index_add_(0, ids, torch.ones(len(ids)))
    network.final_logits_bias = (counts / counts.sum()).log()[None]
    network.config.warm_started = False  # it is once: a network that has learned keeps what it has


def _copy_embeddings(model: Any, state: dict[str, Any], encoder: Encoder) -> None:
    """Copy words, positions (with the token type that every token had) and their norm.

    Positions that the encoder lacks repeat those it has from the start (Beltagy et al. 2020).
    """
    import torch

    words = state["embeddings.word_embeddings.weight"]
    positions = state["embeddings.position_embeddings.weight"][-encoder.max_tokens :]
    if "embeddings.token_type_embeddings.weight" in state:
        positions = positions + state["embeddings.token_type_embeddings.weight"][0]
    rows = torch.arange(model.config.max_position_embeddings) % len(positions)
    with torch.no_grad():
        model.shared.weight.copy_(words)
        for stack in (model.encoder, model.decoder):
            stack.embed_positions.weight[_OFFSET:].copy_(positions[rows])
            stack.layernorm_embedding.weight.copy_(state["embeddings.LayerNorm.weight"])
            stack.layernorm_embedding.bias.copy_(state["embeddings.LayerNorm.bias"])


def _copy_layer(target: Any, layer: Any) -> None:
    attention, own = layer.attention, target.self_attn
    for to, of in (
        (own.q_proj, attention.self.query),
        (own.k_proj, attention.self.key),
        (own.v_proj, attention.self.value),
        (own.out_proj, attention.output.dense),
        (target.self_attn_layer_norm, attention.output.LayerNorm),
        (target.fc1, layer.intermediate.dense),
        (target.fc2, layer.output.dense),
        (target.final_layer_norm, layer.output.LayerNorm),
    ):
        to.load_state_dict(of.state_dict())


def open_network(folder: Path) -> Any:
    """Open an encoder-decoder (float32) that generates as it is told.

    Raises:
        ModelError: files are missing or damaged.
    """
    from transformers import AutoModelForSeq2SeqLM

    with quiet():
        try:
            network = AutoModelForSeq2SeqLM.from_pretrained(folder, dtype="float32", local_files_only=True)
        except Exception as error:  # damaged files raise many kinds
            raise ModelError(f"{folder}: expected an encoder-decoder of transformers: {error}") from error
    _prepare_generation(network)
    return network.eval()


def _check_positions(config: Any, settings: AbstractiveSettings, where: str) -> None:
    positions = getattr(config, "max_position_embeddings", None)
    if positions is not None and settings.input_tokens > positions:
        raise ModelError(
            f"input_tokens={settings.input_tokens}, but {where} reads {positions}; "
            f"set model.input_tokens={positions}"
        )


def _prepare_generation(network: Any) -> None:
    """Let generation take nothing but what it is told: published settings force tokens and lengths."""
    from transformers import GenerationConfig

    config = network.config
    network.generation_config = GenerationConfig(
        pad_token_id=config.pad_token_id,
        eos_token_id=config.eos_token_id,
        decoder_start_token_id=config.decoder_start_token_id,
    )
