"""Blocks of ids -> masked blocks -> the loss of guessing what was masked (Devlin et al. 2019).

The head is laid on masked positions alone: a projection to 16,000 pieces at every position would cost as much
as six layers. Each block has the same number of masked tokens, so that every step has the same shapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch

MEASURED_SHARE = 0.15
"""Share of tokens guessed when perplexity is measured, whatever share is trained with."""


@dataclass(frozen=True)
class Vocabulary:
    """What masking must know of a tokenizer."""

    size: int
    mask: int
    special: tuple[int, ...]
    """Ids that are neither guessed nor given as a wrong guess."""


@dataclass(frozen=True)
class Masked:
    """A batch to be guessed."""

    ids: torch.Tensor
    """(B, T) with masked, changed and kept tokens."""
    places: torch.Tensor
    """(M,) guessed positions in the flat (B * T) order."""
    wanted: torch.Tensor
    """(M,) what stood there."""


def mask_blocks(
    ids: torch.Tensor, vocabulary: Vocabulary, share: float, generator: torch.Generator
) -> Masked:
    """Choose tokens to guess; of ten, eight become the mask, one another token and one stays.

    Args:
        ids: (B, T), all positions in use.
        vocabulary: special tokens are never chosen while others are left.
        share: of T, rounded, at least one a block.
        generator: on the device of ``ids``.
    """
    import torch

    batch, length = ids.shape
    many = max(1, round(share * length))
    draw = torch.rand(ids.shape, generator=generator, device=ids.device)
    special = torch.isin(ids, torch.tensor(vocabulary.special, device=ids.device))
    chosen = draw.masked_fill(special, -1.0).topk(many, dim=1).indices  # (B, many)
    rows = torch.arange(batch, device=ids.device)[:, None] * length
    places = (rows + chosen).flatten()
    flat = ids.flatten()
    wanted = flat[places]
    fate = torch.rand(len(places), generator=generator, device=ids.device)
    other = torch.randint(vocabulary.size, wanted.shape, generator=generator, device=ids.device)
    shown = torch.where(fate < 0.8, vocabulary.mask, torch.where(fate < 0.9, other, wanted))
    return Masked(flat.scatter(0, places, shown).view(batch, length), places, wanted)


def guess_loss(network: Any, masked: Masked) -> torch.Tensor:
    """Return the mean cross-entropy (nats) over the guessed positions.

    Args:
        network: a BERT or RoBERTa with its masked-language head.
        masked: blocks without padding.
    """
    from torch.nn.functional import cross_entropy

    hidden = network.base_model(input_ids=masked.ids).last_hidden_state  # (B, T, H)
    guessed = hidden.flatten(0, 1)[masked.places]  # (M, H)
    head = network.lm_head if hasattr(network, "lm_head") else network.cls
    return cross_entropy(head(guessed).float(), masked.wanted)  # logits (M, V)


def perplexity(
    network: Any,
    blocks: np.ndarray | Iterable[np.ndarray],
    vocabulary: Vocabulary,
    *,
    autocast: Any,
    device: str,
    batch: int = 32,
) -> float:
    """Return exp(mean cross-entropy) of guessing 15 % of held-out tokens, the same ones each time.

    Args:
        network: as for ``guess_loss``; its dropout is off meanwhile.
        blocks: (blocks, T).
        vocabulary: of the network.
        autocast: makes the context to run it in.
        device: where the network is.
        batch: blocks at once.
    """
    import numpy as np
    import torch

    held = torch.from_numpy(np.asarray(blocks).astype(np.int64))
    generator = torch.Generator().manual_seed(20_000)
    was_training = network.training
    network.eval()
    total, guessed = 0.0, 0
    for start in range(0, len(held), batch):
        # Masked on the CPU: the same tokens are guessed whatever the device.
        masked = mask_blocks(held[start : start + batch], vocabulary, MEASURED_SHARE, generator)
        masked = Masked(masked.ids.to(device), masked.places.to(device), masked.wanted.to(device))
        with torch.inference_mode(), autocast():
            loss = guess_loss(network, masked)
        total += float(loss) * len(masked.wanted)
        guessed += len(masked.wanted)
    network.train(was_training)
    return float(np.exp(total / guessed))
