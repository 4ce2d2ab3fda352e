"""Pairs of ids and an encoder that stays as it is -> pairs whose articles the encoder has read, once.

A step then costs the decoder alone. The vectors are kept in memory at half precision, ``2 * width`` bytes a
token: 20,000 articles of 190 tokens and width 384 take 2.9 GB.
"""

from __future__ import annotations

from typing import Any

import torch

from phongtrao.summary.abstractive.pairs import Pairs, PairSet, padded, token_batches
from phongtrao.summary.abstractive.tokens import Frame

KEPT_BYTES = 8e9
"""Where the vectors would take more, the encoder reads each article at each step."""


def is_frozen(network: Any) -> bool:
    """Tell whether no weight of the encoder will be learned."""
    return not any(parameter.requires_grad for parameter in network.get_encoder().parameters())


def fits(network: Any, pairs: Pairs) -> bool:
    """Tell whether the vectors of all articles may be kept."""
    width: int = network.config.hidden_size
    return 2 * width * sum(map(len, pairs.sources)) <= KEPT_BYTES


class EncodedSet(PairSet):
    """Pairs with their articles' vectors, and how they become a batch."""

    def __init__(self, pairs: Pairs, frame: Frame, vectors: list[torch.Tensor]) -> None:
        super().__init__(pairs, frame)
        self.vectors = vectors
        """(S, width) of each article, float16, on the CPU."""

    @classmethod
    def read(
        cls, network: Any, pairs: Pairs, frame: Frame, *, batch_tokens: int, bfloat16: bool
    ) -> EncodedSet:
        """Let the encoder read every article, without dropout."""
        device = "cuda" if torch.cuda.is_available() else "cpu"
        encoder = network.get_encoder().to(device).eval()
        vectors = [torch.empty(0)] * len(pairs)
        for batch in token_batches([len(source) for source in pairs.sources], batch_tokens):
            sources = [list(pairs.sources[index]) for index in batch]
            ids = padded(sources, frame.pad).to(device)
            mask = padded([[1] * len(source) for source in sources], 0).to(device)
            with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bfloat16):
                states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state.half().cpu()
            for index, source, state in zip(batch, sources, states, strict=True):
                vectors[index] = state[: len(source)].clone()
        return cls(pairs, frame, vectors)

    def __getitem__(self, index: int) -> Any:
        """Return an article's vectors (S, width) and the ids of its reference."""
        return self.vectors[index], list(self.pairs.targets[index])

    def collate(self, rows: Any) -> dict[str, Any]:
        """Return what ``PairSet`` does, with ``encoder_outputs`` ((B, S, width),) in place of ids."""
        vectors = [vector.float() for vector, _ in rows]
        batch = super().collate([([0] * len(vector), target) for vector, target in rows])
        del batch["input_ids"]
        states = torch.nn.utils.rnn.pad_sequence(vectors, batch_first=True)
        return {"encoder_outputs": (states,), **batch}
