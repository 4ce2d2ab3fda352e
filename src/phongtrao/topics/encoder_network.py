"""The network of an encoder with two linear heads on every token, and its loss."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

UNMARKED = -100.0
"""Truth of a sentence that nobody marked."""


class TokenHeadsModel(nn.Module):
    """Encoder with a passage head and a sentence head on every token."""

    def __init__(self, encoder: PreTrainedModel, topics: int, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.heads = nn.Linear(encoder.config.hidden_size, 2 * topics)

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Return (windows, tokens, 2 × topics)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        values: torch.Tensor = self.heads(self.dropout(hidden))
        return values


class TorchHeads:
    """A fine-tuned model as EncoderScorer uses it."""

    batch_tokens = 4096

    def __init__(self, model: TokenHeadsModel) -> None:
        self.model = model.eval()

    @torch.inference_mode()
    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return (windows, tokens, 2 × topics) float32."""
        device = next(self.model.parameters()).device
        values = self.model(*(torch.from_numpy(a).to(device) for a in (ids, mask)))
        return np.asarray(values.float().cpu())


def three_view_loss(
    values: torch.Tensor,
    inputs: dict[str, torch.Tensor],
    positive_weight: torch.Tensor,
    sentence_loss: float,
    *,
    one_topic: bool = False,
) -> torch.Tensor:
    """Return the loss of token values (windows, tokens, 2 × topics) against a collated batch.

    Args:
        values: of the two heads.
        inputs: the batch.
        positive_weight: (topics,) weight of a topic where it is carried.
        sentence_loss: weight of the marked sentences.
        one_topic: texts carry exactly one topic each: cross-entropy of a softmax, not of a sigmoid each.
    """
    topics = inputs["truth"].shape[1]
    mask = inputs["attention_mask"].unsqueeze(-1).to(values.dtype)
    whole = (values[..., :topics] * mask).sum(dim=1) / mask.sum(dim=1)  # (windows, topics)
    count = inputs["sentence_truth"].shape[1]
    member = functional.one_hot(inputs["sentences"] + 1, count + 1)[..., 1:].to(values.dtype)
    tokens = member.sum(dim=1).unsqueeze(-1)  # (windows, sentences, 1)
    sentences = torch.einsum("wts,wtk->wsk", member, values[..., topics:]) / tokens.clamp(min=1)
    best = sentences.masked_fill(tokens == 0, float("-inf")).amax(dim=1)

    def cross_entropy(said: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        if one_topic:
            return -(functional.log_softmax(said, dim=-1) * truth * positive_weight).sum(dim=-1, keepdim=True)
        return functional.binary_cross_entropy_with_logits(
            said, truth, pos_weight=positive_weight, reduction="none"
        )

    weight = inputs["weight"].unsqueeze(-1)
    loss = ((cross_entropy(whole, inputs["truth"]) + cross_entropy(best, inputs["truth"])) * weight).mean()
    marked = inputs["sentence_truth"] != UNMARKED
    if sentence_loss and marked.any():
        each = cross_entropy(sentences, inputs["sentence_truth"].clamp(min=0))
        loss = loss + sentence_loss * each.expand_as(marked)[marked].mean()
    return loss
