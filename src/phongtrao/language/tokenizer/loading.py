"""A model folder -> its tokenizer, the right one or none.

transformers' ``AutoTokenizer`` takes a PhoBERT folder without ``tokenizer_class`` for a RoBERTa's, and gives
other ids without a word. Here the files decide, and what they say is checked against the model's
``config.json``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.language.tokenizer.files import CODES_FILE, VOCABULARY_FILE

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

_PHOBERT = ("PhobertTokenizer", "PhobertTokenizerFast")
_FAST_FILE = "tokenizer.json"


def load_tokenizer(folder: str | Path) -> PreTrainedTokenizerFast:
    """Return the fast tokenizer of a model folder.

    A folder with ``vocab.txt`` and ``bpe.codes`` is read as PhoBERT's, even if it has a ``tokenizer.json``
    too; any other folder needs a ``tokenizer.json``, which is taken as it is.

    Args:
        folder: where the files lie; a hub name, such as ``vinai/phobert-base``, is fetched or found in the
            cache.

    Raises:
        ModelError: the files are missing, contradict each other, or do not fit the model's ``config.json``.
    """
    place = _folder(folder)
    model = _json(place / "config.json")
    settings = _json(place / "tokenizer_config.json")
    named = settings.get("tokenizer_class") or model.get("tokenizer_class")
    found = [name for name in (VOCABULARY_FILE, CODES_FILE) if (place / name).exists()]
    if len(found) == 2:
        tokenizer = _phobert(place, named, settings, model)
    elif named in _PHOBERT or CODES_FILE in found:
        missing = [name for name in (VOCABULARY_FILE, CODES_FILE) if name not in found]
        raise ModelError(
            f"{place} is a PhoBERT folder without {' and '.join(missing)}; put them beside the model"
        )
    elif (place / _FAST_FILE).exists():
        tokenizer = _as_it_is(place)
    else:
        raise ModelError(
            f"{place} has no tokenizer: expected {VOCABULARY_FILE} and {CODES_FILE} (PhoBERT), or "
            f"{_FAST_FILE}"
        )
    _check(place, tokenizer, model)
    return tokenizer


def _phobert(
    place: Path, named: str | None, settings: dict[str, Any], model: dict[str, Any]
) -> PreTrainedTokenizerFast:
    from phongtrao.language.tokenizer.fast import PhobertTokenizerFast

    if named is not None and named not in _PHOBERT:
        raise ModelError(
            f"{place} has PhoBERT's files, but its settings name the tokenizer {named}; correct "
            "tokenizer_class in tokenizer_config.json or config.json (PhobertTokenizer), "
            f"or remove {CODES_FILE}"
        )
    kept = {
        name: settings[name]
        for name in ("model_max_length", "padding_side", "truncation_side")
        if name in settings
    }
    if "max_position_embeddings" in model:
        # RoBERTa counts positions from the pad id + 1: 258 of them hold 256 pieces.
        usable = model["max_position_embeddings"] - model.get("pad_token_id", 1) - 1
        kept["model_max_length"] = min(usable, kept.get("model_max_length", usable))
    return PhobertTokenizerFast(place / VOCABULARY_FILE, place / CODES_FILE, **kept)


def _as_it_is(place: Path) -> PreTrainedTokenizerFast:
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(str(place), local_files_only=True)
    if tokenizer.pad_token is None:
        raise ModelError(
            f"{place}: no pad_token is named in tokenizer_config.json, so batches cannot be padded"
        )
    return tokenizer


def _check(place: Path, tokenizer: PreTrainedTokenizerFast, model: dict[str, Any]) -> None:
    size, rows = len(tokenizer), model.get("vocab_size")
    if rows is not None and size > rows:
        raise ModelError(
            f"{place}: the tokenizer has {size} pieces, the model (config.json) {rows} embedding rows; "
            "the tokenizer files belong to another model"
        )
    pad = model.get("pad_token_id")
    if pad is not None and pad != tokenizer.pad_token_id:
        raise ModelError(
            f"{place}: config.json says pad_token_id {pad}, the tokenizer pads with "
            f"{tokenizer.pad_token_id}; correct the one that is wrong"
        )


def _folder(folder: str | Path) -> Path:
    place = Path(folder)
    if place.is_dir():
        return place
    if place.is_absolute() or len(place.parts) != 2 or place.parts[0] in (".", ".."):
        raise ModelError(f"no model folder at {place}")
    from huggingface_hub import snapshot_download

    wanted = ["config.json", "tokenizer_config.json", VOCABULARY_FILE, CODES_FILE, _FAST_FILE]
    try:
        return Path(snapshot_download(str(folder), allow_patterns=wanted))
    except Exception as error:
        raise ModelError(
            f"{folder} is no folder here, and the hub does not give it ({type(error).__name__}: {error}); "
            "name a folder, or go online once to fetch it"
        ) from error


def _json(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is not JSON: {error}") from error
    if not isinstance(read, dict):
        raise ModelError(f"{path}: expected an object, found {type(read).__name__}")
    return read
