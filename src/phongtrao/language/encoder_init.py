"""Start weights -> a network for masked language modelling, with or without a new vocabulary.

The start weights are a BERT over syllables. Under a new vocabulary its layers are kept and each new piece
begins at the mean of the start tokenizer's rows that spell it. WECHSEL (Minixhofer et al. 2022) and FOCUS
(Dobler & de Melo 2023) do more for pieces that the start vocabulary can't spell in its own language; here
both are Vietnamese and nearly all can be spelt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.language.encoders import quiet

if TYPE_CHECKING:
    import torch
    from transformers import BertForMaskedLM, RobertaForMaskedLM

CONTINUES = "@@"  # fastBPE's mark on a piece that its word goes on after
_METASPACE = "▁"


def spread_layers(there: int, kept: int) -> list[int]:
    """Return which of ``there`` layers a network of ``kept`` takes: evenly spread, first and last among them.

    For 6 of 12 these are 0, 2, 4, 7, 9, 11, as DistilBERT has them (Sanh et al. 2019).

    Raises:
        ModelError: more are wanted than there are.
    """
    if not 1 <= kept <= there:
        raise ModelError(f"layers={kept}: the start weights have {there}")
    if kept == 1:
        return [there - 1]
    return [round(i * (there - 1) / (kept - 1)) for i in range(kept)]


def adapted(start: Path, layers: int | None, dropout: float) -> BertForMaskedLM:
    """Return the start weights with a masked-language head on top, all layers or some.

    The head's transform starts at the identity, its bias at nothing, its matrix is the embedding.
    """
    from transformers import BertForMaskedLM

    source = _bert(start)
    state = source.state_dict()
    kept = spread_layers(source.config.num_hidden_layers, layers or source.config.num_hidden_layers)
    config = source.config.__class__.from_dict(source.config.to_dict())
    config.num_hidden_layers = len(kept)
    _set_dropout(config, dropout)
    network = BertForMaskedLM(config)
    _copy(network.bert, {**_layers(state, kept), **_embeddings(state)})
    head: Any = network.cls
    _identity(head.predictions.transform.dense)
    network.tie_weights()
    return network


def mini(
    start: Path, pieces: Sequence[str], layers: int | None, dropout: float, *, seed: int
) -> tuple[RobertaForMaskedLM, dict[str, int]]:
    """Return a RoBERTa over ``pieces`` that starts from a BERT over other pieces.

    Args:
        start: folder of the BERT, with its ``tokenizer.json``.
        pieces: of the new tokenizer, in the order of their ids, ``<s> <pad> </s> <unk>`` first.
        layers: how many are kept; None keeps 6.
        dropout: of the network.
        seed: of the rows that nothing is known about.

    Returns:
        The network, and how many rows were ``special`` or ``same`` (copied), ``mean`` (of several rows) and
        ``random``.
    """
    import torch
    from tokenizers import Tokenizer
    from transformers import RobertaConfig, RobertaForMaskedLM

    source = _bert(start)
    state = source.state_dict()
    kept = spread_layers(source.config.num_hidden_layers, layers or 6)
    positions = source.config.max_position_embeddings
    config = RobertaConfig(
        vocab_size=len(pieces),
        hidden_size=source.config.hidden_size,
        num_hidden_layers=len(kept),
        num_attention_heads=source.config.num_attention_heads,
        intermediate_size=source.config.intermediate_size,
        hidden_act=source.config.hidden_act,
        max_position_embeddings=positions + 2,  # RoBERTa's positions start at pad_id + 1
        type_vocab_size=1,
        layer_norm_eps=source.config.layer_norm_eps,
        pad_token_id=1,
    )
    _set_dropout(config, dropout)
    torch.manual_seed(seed)
    network = RobertaForMaskedLM(config)
    embeddings = dict(_embeddings(state))
    word = state["embeddings.word_embeddings.weight"]
    rows, counts = start_rows(pieces, Tokenizer.from_file(str(start / "tokenizer.json")), word, seed=seed)
    embeddings["embeddings.word_embeddings.weight"] = rows
    shifted = torch.zeros(positions + 2, config.hidden_size)
    shifted[2:] = embeddings["embeddings.position_embeddings.weight"]
    embeddings["embeddings.position_embeddings.weight"] = shifted
    # News knows one kind of input: the first of BERT's two token types is the only one here.
    types = "embeddings.token_type_embeddings.weight"
    embeddings[types] = embeddings[types][:1]
    _copy(network.roberta, {**_layers(state, kept), **embeddings})
    _identity(network.lm_head.dense)
    network.tie_weights()
    return network, counts


def start_rows(
    pieces: Sequence[str], tokenizer: Any, source: torch.Tensor, *, seed: int
) -> tuple[torch.Tensor, dict[str, int]]:
    """Return embedding rows for new pieces: the mean of the start tokenizer's rows of the same surface.

    A surface that the start tokenizer can't spell gets a random row of its rows' mean and spread.

    Args:
        pieces: ``trật_tự``, ``ngh@@``, ``<mask>`` and so on.
        tokenizer: the start tokenizer (SentencePiece marks: ``▁`` begins a word).
        source: its rows (V, H).
        seed: of the random rows.

    Returns:
        (pieces, H), and how many rows came about which way.
    """
    import torch

    counts = {"special": 0, "same": 0, "mean": 0, "random": 0}
    noise = torch.Generator().manual_seed(seed)
    mean, spread = source.mean(0), source.std(0)
    rows = torch.empty(len(pieces), source.shape[1])
    for row, piece in enumerate(pieces):
        special = tokenizer.token_to_id(piece) if piece.startswith("<") and piece.endswith(">") else None
        ids = [special] if special is not None else spelt(piece, tokenizer)
        if ids:
            rows[row] = source[ids].mean(0)
        else:
            rows[row] = mean + spread * torch.randn(source.shape[1], generator=noise)
        how = "special" if special is not None else ("random", "same", "mean")[min(len(ids), 2)]
        counts[how] += 1
    return rows, counts


def spelt(piece: str, tokenizer: Any) -> list[int]:
    """Return the start tokenizer's ids that spell a piece; none if one of them is unknown.

    ``_`` parts syllables as a blank does. Whether a piece begins its syllable can't be seen from it; it is
    taken to, since most do: words that BPE splits are rare ones.
    """
    surface = piece.removesuffix(CONTINUES)
    inner = surface.replace("_", " ")
    if tokenizer.normalizer is not None:
        inner = tokenizer.normalizer.normalize_str(inner)
    unknown = tokenizer.token_to_id("<unk>")
    ids: list[int] = []
    for syllable in inner.split():
        ids += [token.id for token in tokenizer.model.tokenize(_METASPACE + syllable)]
    # "▁" alone before a piece it can't be joined to carries no meaning of the piece.
    blank = tokenizer.token_to_id(_METASPACE)
    ids = [i for i in ids if i != blank] or ids
    return [] if unknown in ids else ids


def set_output_bias(network: Any, counts: Sequence[int]) -> None:
    """Start the head's bias at the log frequency of each token, add-one smoothed.

    The first thing such a head learns is how frequent tokens are; it may as well be told.
    """
    import torch

    seen = torch.tensor(counts, dtype=torch.float32) + 1
    bias = network.get_output_embeddings().bias
    with torch.no_grad():
        bias.copy_((seen / seen.sum()).log())


def _bert(start: Path) -> Any:
    from transformers import AutoConfig, BertModel

    try:
        kind = AutoConfig.from_pretrained(start, local_files_only=True).model_type
        if kind != "bert":
            raise ModelError(f"{start}: expected the weights of a BERT to start from, found {kind}")
        with quiet():
            network = BertModel.from_pretrained(
                start, dtype="float32", local_files_only=True, add_pooling_layer=False
            )
    except (OSError, ValueError) as error:
        raise ModelError(f"{start}: expected transformers weights: {error}") from error
    return network


def _set_dropout(config: Any, dropout: float) -> None:
    config.hidden_dropout_prob = config.attention_probs_dropout_prob = dropout


def _layers(state: Mapping[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """Return the weights of the kept layers under their new numbers."""
    return {
        f"encoder.layer.{new}.{name.removeprefix(f'encoder.layer.{old}.')}": tensor
        for new, old in enumerate(kept)
        for name, tensor in state.items()
        if name.startswith(f"encoder.layer.{old}.")
    }


def _embeddings(state: Mapping[str, Any]) -> dict[str, Any]:
    weights = ("word_embeddings", "position_embeddings", "token_type_embeddings", "LayerNorm")
    names = tuple(f"embeddings.{name}." for name in weights)
    return {name: tensor for name, tensor in state.items() if name.startswith(names)}


def _copy(network: Any, state: Mapping[str, Any]) -> None:
    """Load every weight; one that has no source is a bug here, not a user's mistake."""
    missing, unexpected = network.load_state_dict(dict(state), strict=False)
    left = [name for name in missing if not name.endswith("position_ids")]
    if left or unexpected:
        raise ModelError(f"start weights do not fit: missing {left}, unexpected {list(unexpected)}")


def _identity(dense: Any) -> None:
    import torch

    with torch.no_grad():
        dense.weight.copy_(torch.eye(len(dense.weight)))
        dense.bias.zero_()
