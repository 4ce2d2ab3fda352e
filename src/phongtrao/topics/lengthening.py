"""Passages with one telling part -> longer ones, in which it stands among sentences that carry nothing.

Long official paragraphs tell of a topic in one sentence of ten. They are rare in what is labelled, so an
encoder learns to judge by the whole and lets the neighbours drown that sentence. Made-up long passages teach
it not to.
"""

from __future__ import annotations

import numpy as np

from phongtrao.language.sentences import sentence_spans
from phongtrao.topics.passages import PassageSet

WORDS = (120, 220)
"""A made passage has between so many words, drawn evenly."""


def lengthened(train: PassageSet, count: int, seed: int) -> PassageSet:
    """Return ``count`` long passages made of marked ones and of sentences of passages that carry nothing.

    The telling passage stays whole and keeps its topics and evidence; what is around it comes from its own
    source, and so does what it weighs. Fewer, down to none, where nothing is marked or nothing is empty.
    """
    rng = np.random.default_rng(seed)
    carried = train.Y.any(axis=1)
    telling = [i for i in np.flatnonzero(carried) if train.evidence[i]]
    around: dict[str, list[str]] = {}
    for i in np.flatnonzero(~carried):
        text = train.texts[i]
        around.setdefault(str(train.sources[i]), []).extend(text[a:b] for a, b in sentence_spans(text))
    telling = [i for i in telling if around.get(str(train.sources[i]))]
    chosen = rng.permutation(telling)[:count].astype(int)
    longer = train.take(chosen)
    for k, i in enumerate(chosen):
        longer.texts[k] = _among(
            train.texts[i], around[str(train.sources[i])], int(rng.integers(*WORDS)), rng
        )
    return longer


def _among(text: str, sentences: list[str], words: int, rng: np.random.Generator) -> str:
    parts = [text]
    have = len(text.split())
    while have < words:
        sentence = sentences[int(rng.integers(len(sentences)))]
        parts.insert(0 if rng.random() < 0.5 else len(parts), sentence)
        have += len(sentence.split())
    return " ".join(parts)
