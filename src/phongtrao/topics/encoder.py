"""A transformer encoder with one linear head on every token: its scores of passages and their sentences.

A head's value for a sentence is the mean over the sentence's tokens, for a passage over all its tokens; since
the heads are linear, that equals a head on the mean vector. So a saved model is one graph, tokens in, token
values out (ONNX), and everything else is sums in numpy.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np

from phongtrao.article import Span
from phongtrao.config import EncoderSettings
from phongtrao.errors import ModelError
from phongtrao.topics.passages import PassageSet
from phongtrao.topics.scores import RawScores
from phongtrao.topics.windows import Frame, Window, batches, cut_windows, padded


class SentenceTokenizer(Protocol):
    """Sentences -> token ids, and what stands around them."""

    frame: Frame

    def encode(self, sentences: list[str]) -> list[list[int]]:
        """Return the ids of each sentence, without special tokens."""
        ...

    def save(self, folder: Path) -> None:
        """Write its files."""
        ...


class TokenHeads(Protocol):
    """The network: token ids -> values of the two heads."""

    batch_tokens: int
    """Tokens, padding included, that it reads at once; 1: each window by itself."""

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return (windows, tokens, 2 × topics): the passage head's values, then the sentence head's."""
        ...


class EncoderScorer:
    """Scores by an encoder.

    Fitted attributes: ``tokenizer_`` (SentenceTokenizer), ``network_`` (TokenHeads), ``history_`` (one row an
    epoch: training and validation loss; empty after ``load``).
    """

    kind: ClassVar[str] = "encoder"
    dear: ClassVar[bool] = True

    def __init__(
        self,
        topics: Sequence[str],
        settings: EncoderSettings | None = None,
        seed: int = 0,
        *,
        one_topic: bool = False,
    ) -> None:
        self.topics = tuple(topics)
        self.settings = settings or EncoderSettings()
        self.seed = seed
        self.one_topic = one_topic

    tokenizer_: SentenceTokenizer
    network_: TokenHeads
    history_: list[dict[str, float]]

    def fit(self, train: PassageSet, validation: PassageSet | None = None) -> Self:
        """Fine-tune on passages and marked sentences; stop early where ``validation`` says so."""
        from phongtrao.topics.encoder_training import fine_tune

        self.tokenizer_, self.network_, self.history_ = fine_tune(
            self.topics, self.settings, self.seed, train, validation, one_topic=self.one_topic
        )
        self.read_in(self.settings.read_tokens)
        return self

    def read_in(self, window_tokens: int | None) -> None:
        """Read passages in windows of so many tokens from now on; None changes nothing."""
        if window_tokens is not None:
            frame = self.tokenizer_.frame
            self.tokenizer_.frame = replace(frame, window_tokens=min(window_tokens, frame.window_tokens))

    def cross_fit(self, train: PassageSet) -> tuple[PassageSet, RawScores]:
        """Refuse: training five times more would cost too much."""
        raise NotImplementedError(f"{len(train)} passages: an encoder is calibrated on validation alone")

    def decide(self, texts: Sequence[str]) -> RawScores:
        """Score each text and its sentences."""
        spans, windows = cut_windows(texts, self.tokenizer_.encode, self.tokenizer_.frame)
        values: list[np.ndarray] = [np.empty(0)] * len(windows)
        for batch in batches(windows, self.network_.batch_tokens):
            ids, mask, _ = padded([windows[i] for i in batch], self.tokenizer_.frame.pad)
            for i, row in zip(batch, self.network_(ids, mask), strict=True):
                values[i] = row[: len(windows[i].ids)]
        return pool(spans, windows, values, len(self.topics))

    def save(self, folder: Path) -> None:
        """Write ``scorer.json``, the tokenizer and ``network.onnx`` (int8 weights)."""
        from phongtrao.topics.encoder_onnx import save_network

        about = {
            "topics": self.topics,
            "settings": self.settings.model_dump(),
            "seed": self.seed,
            "one_topic": self.one_topic,
        }
        (folder / "scorer.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
        self.tokenizer_.save(folder)
        save_network(self.network_, folder / "network.onnx")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; neither torch nor transformers is needed.

        Raises:
            ModelError: a file is missing or damaged.
        """
        from phongtrao.topics.encoder_onnx import OnnxHeads
        from phongtrao.topics.encoder_tokens import load_sentence_tokenizer

        try:
            about: dict[str, Any] = json.loads((folder / "scorer.json").read_text(encoding="utf-8"))
            settings = EncoderSettings(**about["settings"])
            model = cls(about["topics"], settings, about["seed"], one_topic=about.get("one_topic", False))
        except (OSError, KeyError, ValueError) as error:
            raise ModelError(f"{folder} holds no encoder scorer: {error}") from error
        model.tokenizer_ = load_sentence_tokenizer(folder)
        model.network_ = OnnxHeads.load(folder / "network.onnx")
        model.history_ = []
        return model


def pool(
    spans: list[list[Span]], windows: Sequence[Window], values: Sequence[np.ndarray], topics: int
) -> RawScores:
    """Return the means of token values over passages and over sentences.

    Args:
        spans: sentences of each text.
        windows: of all texts.
        values: for each window (tokens, 2 × topics).
        topics: how many.
    """
    whole = np.zeros((len(spans), topics))
    tokens = np.zeros(len(spans))
    sentences = [np.zeros((len(own), topics)) for own in spans]
    lengths = [np.zeros(len(own)) for own in spans]
    for window, value in zip(windows, values, strict=True):
        whole[window.text] += value[:, :topics].sum(axis=0)
        tokens[window.text] += len(value)
        owner = np.array(window.sentences)
        inside = owner >= 0
        np.add.at(sentences[window.text], owner[inside], value[inside, topics:])
        np.add.at(lengths[window.text], owner[inside], 1)
    return RawScores(
        (whole / np.maximum(tokens, 1)[:, None])[..., None],
        spans,
        [(s / np.maximum(n, 1)[:, None])[..., None] for s, n in zip(sentences, lengths, strict=True)],
    )
