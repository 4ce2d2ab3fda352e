"""Ids of articles -> ids of summaries: what runs the network, and how it is told what it may not say.

Articles are decoded one by one, so that an article gets the same summary alone and in any batch; beams are
what is done together. On a GPU, ``TorchWriter`` can take many at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from phongtrao.errors import ModelError
from phongtrao.summary.abstractive.tokens import Frame

NETWORK = "network"
"""Folder of the network within a model folder."""
DECODING_FILE = "decoding.json"


@dataclass(frozen=True)
class Decoding:
    """How summaries are sought; ``config.AbstractiveSettings`` says what each means."""

    beams: int = 4
    length_penalty: float = 1.0
    repeat_ban: int = 3
    max_tokens: int = 128


@dataclass(frozen=True)
class Order:
    """One summary to be written."""

    source: Sequence[int]
    min_tokens: int = 0
    banned: Sequence[Sequence[int]] = ()
    """Runs of ids that may not stand in it; none is empty."""


@dataclass(frozen=True)
class Draft:
    """What was written."""

    ids: list[int]
    """Without start and end."""
    finished: bool
    """Whether it ended of itself; else it was cut at its greatest length."""


class Writer(Protocol):
    """Runs the network."""

    def write(self, orders: Sequence[Order]) -> list[Draft]:
        """Return a draft for each order."""

    def save(self, folder: Path) -> None:
        """Write the network into ``folder``, which exists."""


class TorchWriter:
    """Runs the network in torch, with cached keys and values."""

    def __init__(self, network: Any, frame: Frame, decoding: Decoding, *, batch: int = 1) -> None:
        self.network, self.frame, self.decoding, self.batch = network.eval(), frame, decoding, batch

    def write(self, orders: Sequence[Order]) -> list[Draft]:
        """Return a draft for each order; ``batch`` of like length are decoded together."""
        by_length = sorted(range(len(orders)), key=lambda i: len(orders[i].source))
        drafts: dict[int, Draft] = {}
        for start in range(0, len(by_length), self.batch):
            group = by_length[start : start + self.batch]
            drafts.update(zip(group, self._write([orders[i] for i in group]), strict=True))
        return [drafts[i] for i in range(len(orders))]

    def _write(self, orders: Sequence[Order]) -> list[Draft]:
        import torch

        from phongtrao.summary.abstractive.bans import Limits

        frame, decoding = self.frame, self.decoding
        width = max(len(order.source) for order in orders)
        rows = [[*order.source, *[frame.pad] * (width - len(order.source))] for order in orders]
        mask = [[1] * len(order.source) + [0] * (width - len(order.source)) for order in orders]
        device = self.network.device
        with torch.inference_mode():
            written = self.network.generate(
                input_ids=torch.tensor(rows, device=device),
                attention_mask=torch.tensor(mask, device=device),
                num_beams=decoding.beams,
                length_penalty=decoding.length_penalty,
                no_repeat_ngram_size=decoding.repeat_ban,
                max_new_tokens=decoding.max_tokens,
                early_stopping=decoding.beams > 1,
                do_sample=False,
                logits_processor=[Limits(orders, decoding.beams, frame.end)],
            )
        return [self._draft(row) for row in written.tolist()]

    def _draft(self, row: list[int]) -> Draft:
        row = row[1:]  # the start
        finished = self.frame.end in row
        ids = row[: row.index(self.frame.end)] if finished else row
        return Draft([i for i in ids if i != self.frame.pad], finished)

    def save(self, folder: Path) -> None:
        """Write configuration, float16 weights and how to decode."""
        import torch

        place = folder / NETWORK
        self.network.to(torch.float16).save_pretrained(place)
        self.network.float()
        save_decoding(self.decoding, place)

    @classmethod
    def load(cls, folder: Path, frame: Frame) -> TorchWriter:
        """Read what ``save`` wrote.

        Raises:
            ModelError: a file is missing or damaged.
        """
        from phongtrao.summary.abstractive.start import open_network

        return cls(open_network(folder / NETWORK), frame, load_decoding(folder / NETWORK))


def save_decoding(decoding: Decoding, place: Path) -> None:
    """Write how to decode beside a network."""
    (place / DECODING_FILE).write_text(json.dumps(asdict(decoding)) + "\n", encoding="utf-8")


def load_decoding(place: Path) -> Decoding:
    """Read how to decode.

    Raises:
        ModelError: the file is missing or damaged.
    """
    try:
        return Decoding(**json.loads((place / DECODING_FILE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ModelError(f"{place}: expected the network of a summarizer: {error}") from error
