"""PhoBERT's two tokenizer files -> pieces with ids, and merges in their order.

``vocab.txt`` (fairseq): one ``piece count`` a line, no special pieces; a piece that does not end its word
ends in ``@@``. ``bpe.codes`` (fastBPE): one ``left right count`` a line; a symbol that ends its word ends in
``</w>``. The ids are those of fairseq: four special pieces, the lines of ``vocab.txt`` in order, and
``<mask>``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from phongtrao.errors import ModelError

VOCABULARY_FILE = "vocab.txt"
CODES_FILE = "bpe.codes"
SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
PAD, UNKNOWN = 1, 3
MASK = "<mask>"
WORD_END = "</w>"
CONTINUED = "@@"


@dataclass(frozen=True)
class PhobertFiles:
    """What stands in the two files, unparsed, so that saving writes the very same lines."""

    vocabulary: str
    codes: str
    origin: str = "the tokenizer"

    @classmethod
    def read(cls, vocabulary: Path, codes: Path) -> PhobertFiles:
        """Read both files.

        Raises:
            ModelError: a file is missing or is not UTF-8.
        """
        return cls(_text(vocabulary), _text(codes), str(vocabulary.parent))

    def write(self, folder: Path) -> tuple[Path, Path]:
        """Write both files into ``folder`` and return their paths."""
        paths = folder / VOCABULARY_FILE, folder / CODES_FILE
        for path, text in zip(paths, (self.vocabulary, self.codes), strict=True):
            path.write_bytes(text.encode())
        return paths

    def ids(self) -> dict[str, int]:
        """Return the id of every piece, special ones included, in order of ids.

        Raises:
            ModelError: a line has no count, or a piece stands twice.
        """
        ids = {piece: index for index, piece in enumerate(SPECIALS)}
        for number, line in enumerate(_lines(self.vocabulary), start=1):
            piece, blank, _ = line.strip().rpartition(" ")
            if not blank:
                raise ModelError(
                    f"{self.origin}/{VOCABULARY_FILE}, line {number}: expected `piece count`, found "
                    f"{line!r}; this is not the vocabulary of a PhoBERT"
                )
            if piece in ids:
                raise ModelError(
                    f"{self.origin}/{VOCABULARY_FILE}, line {number}: {piece!r} stands here twice"
                )
            ids[piece] = len(ids)
        ids.setdefault(MASK, len(ids))
        return ids

    def merges(self) -> list[tuple[str, str]]:
        """Return the pairs to merge, first to last.

        Lines that are not ``left right count`` (a version line, say) and a last line without a line end are
        left out, as the reference tokenizer never applies them.

        Raises:
            ModelError: most lines are of another form, or a merge comes after one that needs it.
        """
        lines = self.codes.split("\n")[:-1]
        fields = [line.split() for line in lines]
        whole = [entry for entry in fields if len(entry) == 3]
        if 2 * len(whole) < len(fields) or not whole:
            example = next((line for line in lines if len(line.split()) != 3), "")
            raise ModelError(
                f"{self.origin}/{CODES_FILE}: expected lines of `left right count`, each ended by a line "
                f"feed, found {example!r}; these are not the merges of a PhoBERT"
            )
        ranks = {(left, right): rank for rank, (left, right, _) in enumerate(whole)}
        merges = sorted(ranks, key=ranks.__getitem__)
        self._check_order(merges)
        return merges

    def _check_order(self, merges: list[tuple[str, str]]) -> None:
        # With every merge before those that use its result, merging pair by pair (transformers) and place by
        # place (tokenizers) come to the same end. Merges learned from text always stand so; only a file put
        # together by hand can break it, and then ids could differ without a word.
        used: dict[str, int] = {}
        for rank, pair in enumerate(merges):
            for symbol in pair:
                used.setdefault(symbol, rank)
        for rank, (left, right) in enumerate(merges):
            if used.get(left + right, rank) < rank:
                user = " ".join(merges[used[left + right]])
                raise ModelError(
                    f"{self.origin}/{CODES_FILE}: the merge `{left} {right}` comes after `{user}`, which "
                    "uses its result; keep the merges in the order in which they were learned"
                )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except FileNotFoundError as error:
        raise ModelError(
            f"{path} is missing: a PhoBERT folder has {VOCABULARY_FILE} and {CODES_FILE}"
        ) from error
    except UnicodeDecodeError as error:
        raise ModelError(f"{path} is not UTF-8 ({error}); a PhoBERT folder's text files are") from error


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def piece_of(symbol: str) -> str:
    """Return the piece of ``vocab.txt`` for a symbol of ``bpe.codes``, as ``an@@`` for ``an``."""
    return symbol.removesuffix(WORD_END) if symbol.endswith(WORD_END) else symbol + CONTINUED


def symbol_of(piece: str) -> str:
    """Return the symbol of ``bpe.codes`` for a piece of ``vocab.txt``, as ``an</w>`` for ``an``."""
    continued = piece.endswith(CONTINUED) and piece != CONTINUED
    return piece.removesuffix(CONTINUED) if continued else piece + WORD_END
