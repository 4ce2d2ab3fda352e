"""Text -> the ids that a PhoBERT-style encoder reads, each with its place in the text as written.

``words`` cuts raw text into words, ``alignment`` keeps track of where they stood, ``loading`` and
``training`` give the tokenizer. Nothing here imports transformers before a tokenizer is asked for.
"""

from phongtrao.language.tokenizer.alignment import Alignment, align
from phongtrao.language.tokenizer.encoding import encode_raw
from phongtrao.language.tokenizer.loading import load_tokenizer
from phongtrao.language.tokenizer.records import SegmenterRecord, read_segmenter, write_segmenter
from phongtrao.language.tokenizer.training import train_tokenizer
from phongtrao.language.tokenizer.words import word_segmenter

__all__ = [
    "Alignment",
    "SegmenterRecord",
    "align",
    "encode_raw",
    "load_tokenizer",
    "read_segmenter",
    "train_tokenizer",
    "word_segmenter",
    "write_segmenter",
]
