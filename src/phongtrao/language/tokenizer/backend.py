"""PhoBERT's files -> a tokenizer of the tokenizers library, and what its surplus ids stand for.

The library wants every symbol of a merge in the vocabulary. PhoBERT's vocabulary lacks some: rare results of
merges, kept out of ``vocab.txt``, which become ``<unk>`` when a word ends with them but can be merged further
before that. Such symbols get ids after the last real one here, and ``Backend.outside`` says which id each of
them comes to in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from phongtrao.language.tokenizer.files import (
    MASK,
    SPECIALS,
    UNKNOWN,
    WORD_END,
    PhobertFiles,
    piece_of,
    symbol_of,
)

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# A word of the reference takes a line feed that follows it along. What is whitespace is what Python says it
# is, which has four separators more than the library's \s.
_WORD = r"[^\s\x1c-\x1f]+\n?"


@dataclass
class Backend:
    """A tokenizer whose ids from ``len(ids)`` on stand for symbols outside the vocabulary."""

    tokenizer: Tokenizer
    ids: dict[str, int]
    """Piece, as in ``vocab.txt``, to id."""
    outside: list[int]
    """The real id of each surplus one, mostly that of ``<unk>``."""


def build(files: PhobertFiles) -> Backend:
    """Build the fast tokenizer of a PhoBERT's two files; see ``PhobertFiles`` for the errors."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

    ids, merges = files.ids(), files.merges()
    reserved = {*SPECIALS, MASK}
    # Where a text spells out a special piece, it is one before any merge: what merges to one is never
    # reached.
    merges = [
        pair for pair in merges if not any(_spells(symbol, reserved) for symbol in (*pair, "".join(pair)))
    ]
    symbols, outside = _symbols(ids, merges, reserved)
    tokenizer = Tokenizer(
        models.BPE(vocab=symbols, merges=merges, unk_token=SPECIALS[UNKNOWN], end_of_word_suffix=WORD_END)
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(_WORD), behavior="removed", invert=True)
    tokenizer.decoder = decoders.BPEDecoder(suffix=WORD_END)
    tokenizer.post_processor = _frame()
    tokenizer.add_special_tokens(
        [AddedToken(name, normalized=False, special=True) for name in (*SPECIALS, MASK)]
    )
    return Backend(tokenizer, ids, outside)


def _spells(symbol: str, reserved: set[str]) -> bool:
    return symbol in reserved or piece_of(symbol) in reserved


def _symbols(
    ids: dict[str, int], merges: list[tuple[str, str]], reserved: set[str]
) -> tuple[dict[str, int], list[int]]:
    symbols = {name: ids[name] for name in reserved}
    for piece, index in ids.items():
        if piece not in reserved:
            symbols.setdefault(symbol_of(piece), index)
    outside: list[int] = []
    for left, right in merges:
        for symbol in (left, right, left + right):
            if symbol not in symbols:
                symbols[symbol] = len(ids) + len(outside)
                outside.append(ids.get(piece_of(symbol), UNKNOWN))
    return symbols, outside


def _frame() -> Any:
    """Return the step that adds ``<s> A </s>``, or ``<s> A </s></s> B </s>``; all are of type 0."""
    from tokenizers import processors

    begin, end = SPECIALS[0], SPECIALS[2]
    return processors.TemplateProcessing(
        single=f"{begin} $A {end}",
        pair=f"{begin} $A {end} {end} $B:0 {end}",
        special_tokens=[(begin, 0), (end, 2)],
    )
