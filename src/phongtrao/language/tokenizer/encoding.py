"""Raw texts -> the ids of their pieces, with offsets into the raw texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from phongtrao.language.segmentation import Segmenter
from phongtrao.language.tokenizer.alignment import Alignment, align

if TYPE_CHECKING:
    from transformers import BatchEncoding, PreTrainedTokenizerFast


def encode_raw(
    tokenizer: PreTrainedTokenizerFast, texts: Sequence[str], segment: Segmenter | None, **settings: Any
) -> BatchEncoding:
    """Segment and encode texts as written; ``offset_mapping`` holds places in them.

    Args:
        tokenizer: of ``load_tokenizer``.
        texts: raw texts, in any Unicode form.
        segment: of ``word_segmenter``; None for a tokenizer that reads raw text.
        settings: of the tokenizer's call: ``padding``, ``truncation``, ``return_overflowing_tokens`` and
            others.

    Returns:
        What the tokenizer gives, always with ``offset_mapping``: (start, end) in the raw text for each piece,
        (0, 0) for special ones. A piece of ``công_an`` that ends with the ``_`` covers the blank in its
        place.
    """
    kind = settings.pop("return_tensors", None)
    aligned = [align(text, segment(text)) for text in texts] if segment else None
    inputs = [one.text for one in aligned] if aligned is not None else list(texts)
    encoded = tokenizer(inputs, **settings | {"return_offsets_mapping": True})
    if aligned is not None:
        owners = encoded.get("overflow_to_sample_mapping", range(len(inputs)))
        encoded["offset_mapping"] = [
            _raw_offsets(aligned[owner], offsets)
            for owner, offsets in zip(owners, encoded["offset_mapping"], strict=True)
        ]
    return encoded.convert_to_tensors(kind) if kind else encoded


def _raw_offsets(alignment: Alignment, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    return [alignment.raw_span(start, end) if end > start else (0, 0) for start, end in offsets]
