"""Passages -> windows of tokens for an encoder, each token knowing its sentence.

A passage is read as a run of whole sentences; one longer than a window goes on in the next. So nothing is cut
off, every sentence is read in the context of its neighbours, and its tokens can be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from phongtrao.article import Span
from phongtrao.language.sentences import sentence_spans

NO_SENTENCE = -1
"""Sentence of the special tokens and of padding."""


@dataclass(frozen=True)
class Window:
    """A run of tokens of one text."""

    text: int
    """Index of the text."""
    ids: list[int]
    """With the special tokens."""
    sentences: list[int]
    """For each token the index of its sentence in the text, or NO_SENTENCE."""


@dataclass(frozen=True)
class Frame:
    """How an encoder wants its input: what stands before and after the sentences' tokens."""

    before: list[int]
    after: list[int]
    pad: int
    window_tokens: int
    """Longest window, special tokens included."""
    windows: int | None = None
    """Only the first so many windows of a text are read; None: all."""

    @property
    def room(self) -> int:
        """Tokens of sentences that a window holds."""
        return self.window_tokens - len(self.before) - len(self.after)


def cut_windows(
    texts: Sequence[str], encode: Callable[[list[str]], list[list[int]]], frame: Frame
) -> tuple[list[list[Span]], list[Window]]:
    """Return the spans of the sentences read of each text, and all windows in the order of the texts.

    Args:
        texts: passages.
        encode: sentences -> their token ids, without special tokens.
        frame: what surrounds them. A sentence longer than a window is cut into several.
    """
    spans = [sentence_spans(text) for text in texts]
    encoded = iter(encode([t[a:b] for t, own in zip(texts, spans, strict=True) for a, b in own]))
    windows: list[Window] = []
    for index, own in enumerate(spans):
        read = list(_windows(index, [next(encoded) for _ in own], frame))[: frame.windows]
        windows += read
        if frame.windows is not None:
            spans[index] = own[: 1 + max((max(w.sentences) for w in read), default=-1)]
    return spans, windows


def _windows(text: int, sentences: Sequence[list[int]], frame: Frame) -> Iterable[Window]:
    ids: list[int] = []
    owner: list[int] = []
    parts = [
        (index, tokens[start : start + frame.room])
        for index, tokens in enumerate(sentences)
        for start in range(0, len(tokens), frame.room)
    ]
    for index, tokens in parts:
        if ids and len(ids) + len(tokens) > frame.room:
            yield _framed(text, ids, owner, frame)
            ids, owner = [], []
        ids, owner = ids + tokens, owner + [index] * len(tokens)
    if ids:
        yield _framed(text, ids, owner, frame)


def _framed(text: int, ids: list[int], owner: list[int], frame: Frame) -> Window:
    outside_before, outside_after = ([NO_SENTENCE] * len(part) for part in (frame.before, frame.after))
    return Window(text, [*frame.before, *ids, *frame.after], [*outside_before, *owner, *outside_after])


def batches(windows: Sequence[Window], batch_tokens: int) -> list[list[int]]:
    """Return positions of windows in batches of like length, each at most ``batch_tokens`` with padding."""
    order = sorted(range(len(windows)), key=lambda i: len(windows[i].ids))
    found: list[list[int]] = []
    for i in order:
        longest = len(windows[i].ids)
        if not found or (len(found[-1]) + 1) * longest > batch_tokens:
            found.append([])
        found[-1].append(i)
    return found


def padded(windows: Sequence[Window], pad: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ids, attention mask and sentences, each (windows, longest) int64."""
    longest = max(len(w.ids) for w in windows)
    ids = np.full((len(windows), longest), pad, np.int64)
    mask = np.zeros_like(ids)
    sentences = np.full_like(ids, NO_SENTENCE)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
        sentences[row, : len(window.ids)] = window.sentences
    return ids, mask, sentences
