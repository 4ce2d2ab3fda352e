"""PhoBERT's files as a fast tokenizer of transformers: batches, padding, truncation, offsets.

Equal, id by id, to transformers' ``PhobertTokenizer``, which is slow and knows no offsets. The input is
word-segmented: the syllables of a word joined by ``_``, words parted by blanks.

``BatchEncoding.tokens()`` shows the symbols of ``bpe.codes`` (``an</w>``); ``convert_ids_to_tokens`` gives
the pieces of ``vocab.txt``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import PreTrainedTokenizerFast

from phongtrao.errors import UsageError
from phongtrao.language.tokenizer.backend import build
from phongtrao.language.tokenizer.files import (
    CODES_FILE,
    CONTINUED,
    MASK,
    SPECIALS,
    UNKNOWN,
    VOCABULARY_FILE,
    PhobertFiles,
)


class PhobertTokenizerFast(PreTrainedTokenizerFast):  # type: ignore[misc]
    """A PhoBERT's tokenizer; saved folders open with transformers' own ``PhobertTokenizer`` as well."""

    vocab_files_names = {"vocab_file": VOCABULARY_FILE, "merges_file": CODES_FILE}  # noqa: RUF012
    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012

    def __init__(self, vocab_file: str | Path, merges_file: str | Path, **settings: Any) -> None:
        """Read the two files.

        Args:
            vocab_file: PhoBERT's ``vocab.txt``.
            merges_file: its ``bpe.codes``.
            settings: what every tokenizer of transformers takes, such as ``model_max_length``.

        Raises:
            ModelError: a file is missing, or is not a PhoBERT's.
        """
        self._files = PhobertFiles.read(Path(vocab_file), Path(merges_file))
        backend = build(self._files)
        self._tokenizer, self._ids, self._outside = backend.tokenizer, backend.ids, backend.outside
        self._base_size = len(self._ids) - 1  # without <mask>, as in the slow tokenizer
        self._pieces = list(self._ids)
        # from_pretrained offers its own reading of the two files, which is not PhoBERT's.
        for name in ("vocab", "merges", "tokenizer_file", "tokenizer_object", "post_processor"):
            settings.pop(name, None)
        begin, pad, end, unknown = SPECIALS
        named = {"bos_token": begin, "cls_token": begin, "eos_token": end, "sep_token": end}
        named |= {"pad_token": pad, "unk_token": unknown, "mask_token": MASK}
        super().__init__(**named | settings)

    @property
    def vocab_size(self) -> int:
        """The number of pieces without ``<mask>``."""
        return self._base_size

    def __len__(self) -> int:
        return len(self._ids)

    def get_vocab(self) -> dict[str, int]:
        """Return the pieces, as in ``vocab.txt``, with their ids."""
        return dict(self._ids)

    def convert_ids_to_tokens(
        self, ids: int | Sequence[int], skip_special_tokens: bool = False
    ) -> str | list[str]:
        """Return the piece of an id, or those of several; ids outside the vocabulary give ``<unk>``."""
        if isinstance(ids, int):
            return self._convert_id_to_token(ids)
        skipped = set(self.all_special_ids) if skip_special_tokens else set()
        return [self._convert_id_to_token(int(index)) for index in ids if int(index) not in skipped]

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """Join pieces to word-segmented text."""
        return " ".join(tokens).replace(f"{CONTINUED} ", "").strip()

    def tokenize(
        self, text: str, pair: str | None = None, add_special_tokens: bool = False, **settings: Any
    ) -> Any:
        """Return the pieces of a text; what is outside the vocabulary is ``<unk>``."""
        encoded = self(text, pair, add_special_tokens=add_special_tokens, **settings)
        return self.convert_ids_to_tokens(encoded["input_ids"])

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """Write ``vocab.txt`` and ``bpe.codes`` as they were read; a prefix is not supported."""
        if filename_prefix:
            raise UsageError("PhoBERT's files have fixed names: leave filename_prefix out")
        return tuple(str(path) for path in self._files.write(Path(save_directory)))

    def _save_pretrained(
        self,
        save_directory: str | Path,
        file_names: tuple[str, ...],
        legacy_format: bool | None = None,  # noqa: ARG002
        filename_prefix: str | None = None,
    ) -> tuple[str, ...]:
        written = self.save_vocabulary(str(save_directory), filename_prefix)
        fast = Path(save_directory) / "tokenizer.json"
        if self._outside:
            # The library's own file cannot say what the surplus ids stand for: who opened it would get wrong
            # ids.
            fast.unlink(missing_ok=True)
            return (*file_names, *written)
        self.backend_tokenizer.no_truncation()
        self.backend_tokenizer.no_padding()
        self.backend_tokenizer.save(str(fast))
        return (*file_names, *written, str(fast))

    def _convert_id_to_token(self, index: int) -> str:
        return self._pieces[index] if 0 <= index < len(self._pieces) else SPECIALS[UNKNOWN]

    def _convert_token_to_id_with_added_voc(self, token: str) -> int:
        return self._ids.get(token, UNKNOWN)

    def _convert_encoding(self, encoding: Any, **settings: Any) -> Any:
        columns, encodings = super()._convert_encoding(encoding, **settings)
        if self._outside:
            columns["input_ids"] = [self._inside(ids) for ids in columns["input_ids"]]
        return columns, encodings

    def _inside(self, ids: list[int]) -> list[int]:
        size = len(self._ids)
        if max(ids, default=0) < size:
            return ids
        return [index if index < size else self._outside[index - size] for index in ids]

    def _decode(self, token_ids: Any, skip_special_tokens: bool = False, **settings: Any) -> str:  # noqa: ARG002
        ids = [token_ids] if isinstance(token_ids, int) else list(token_ids)
        return self.convert_tokens_to_string(list(self.convert_ids_to_tokens(ids, skip_special_tokens)))

    def _add_tokens(self, new_tokens: list[Any], special_tokens: bool = False) -> int:
        new = [str(token) for token in new_tokens if str(token) not in self._ids]
        if new and self._outside:
            raise UsageError(
                f"cannot add {new}: this PhoBERT's merges go through symbols outside its vocabulary, whose "
                "ids stand where the new ones would; put the pieces into vocab.txt instead"
            )
        added: int = super()._add_tokens(new_tokens, special_tokens)
        for index, token in sorted(self._tokenizer.get_added_tokens_decoder().items()):
            if self._ids.setdefault(token.content, index) == len(self._pieces):
                self._pieces.append(token.content)
        return added
