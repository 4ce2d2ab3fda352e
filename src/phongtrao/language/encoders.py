"""A folder or a hub name -> an encoder: tokenizer, network, and the facts of how to use the two together.

The facts are what a transformers folder does not say: who segments words for its tokenizer, how tokens are
pooled, what an input begins with. Our own folders carry them; for others they are read off files and name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import ModelError
from phongtrao.language.tokenizer import load_tokenizer, read_segmenter, word_segmenter

if TYPE_CHECKING:
    import numpy as np
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

FACTS_FILE = "encoder.json"
_HUB_FILES = ("*.json", "*.txt", "bpe.codes", "*.safetensors", "pytorch_model.bin", "*.model")
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "camembert"})  # positions start at pad_id + 1
SHIPPED = {"phongtrao-mini": Path(__file__).parents[1] / "weights" / "encoder"}
"""Encoders that come with the package, by name."""
ORIGINS = {"phongtrao-mini": "intfloat/multilingual-e5-small (MIT; Wang et al. 2024)"}
"""Encoders that come with the package -> published weights and licence that they go back to."""
HUB_SEGMENTER = "underthesea"
"""For PhoBERTs that record none: theirs is RDRSegmenter, which needs Java; this is the nearest to be had."""
_PREFIXES = {r"\be5\b": "query: "}  # Wang et al. 2024: symmetric tasks take "query: "


@dataclass(frozen=True)
class EncoderFacts:
    """How an encoder is used; the segmenter is recorded beside it (``segmenter.json``)."""

    prefix: str = ""
    """What every input begins with."""
    pooling: str = "mean"
    """How a text's vector is made of its tokens'."""

    def save(self, folder: Path) -> None:
        """Write ``encoder.json``."""
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        (folder / FACTS_FILE).write_text(text + "\n", encoding="utf-8")


class TextTokens:
    """Raw texts -> ids as an encoder reads them: segmented as recorded, then cut into pieces.

    ``tokenizer`` is a fast tokenizer of transformers, ``segmenter`` the segmenter's name or None where the
    tokenizer reads raw text.
    """

    def __init__(
        self, tokenizer: PreTrainedTokenizerFast, facts: EncoderFacts, segmenter: str | None
    ) -> None:
        self.tokenizer, self.facts, self.segmenter = tokenizer, facts, segmenter
        framed: list[int] = tokenizer(facts.prefix.strip())["input_ids"]
        self.begin: tuple[int, ...] = tuple(framed[:-1])
        """Ids before each text: the start token and the prefix."""
        self.end: int = framed[-1]
        self.pad = int(tokenizer.pad_token_id)
        self.size = len(tokenizer)

    def without_prefix(self) -> TextTokens:
        """Return the same for inputs that begin with nothing."""
        return TextTokens(self.tokenizer, replace(self.facts, prefix=""), self.segmenter)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of raw texts, without begin and end; nothing is cut off."""
        if not texts:
            return []
        if self.segmenter:
            words = word_segmenter(self.segmenter)
            texts = [" ".join(words(text)) for text in texts]
        ids: list[list[int]] = self.tokenizer(
            list(texts), add_special_tokens=False, padding=False, truncation=False, verbose=False
        )["input_ids"]
        return ids


class Encoder:
    """A tokenizer and a network that belong together.

    ``network`` is a transformers model (float32, in evaluation mode), ``tokens`` makes its input.
    """

    def __init__(self, network: PreTrainedModel, tokens: TextTokens, folder: Path) -> None:
        self.network, self.tokens, self.folder = network, tokens, folder
        offset = tokens.pad + 1 if network.config.model_type in _OFFSET_POSITIONS else 0
        self.max_tokens: int = network.config.max_position_embeddings - offset
        """Longest input, begin and end included."""

    def vectors(self, texts: Sequence[str], batch: int = 32) -> np.ndarray:
        """Return mean vectors (texts, hidden) of raw texts, float32; what is too long is cut off."""
        import numpy as np
        import torch

        tokens = self.tokens
        room = self.max_tokens - len(tokens.begin) - 1
        rows = [[*tokens.begin, *ids[:room], tokens.end] for ids in tokens.ids(texts)]
        made = np.zeros((len(rows), self.network.config.hidden_size), dtype=np.float32)
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        for start in range(0, len(order), batch):
            group = order[start : start + batch]
            width = max(len(rows[i]) for i in group)
            ids = torch.tensor([rows[i] + [tokens.pad] * (width - len(rows[i])) for i in group])
            mask = torch.tensor([[1] * len(rows[i]) + [0] * (width - len(rows[i])) for i in group])
            with torch.inference_mode():
                hidden = self.network(input_ids=ids, attention_mask=mask).last_hidden_state  # (B, T, H)
            weight = mask[..., None].float()
            made[group] = ((hidden * weight).sum(1) / weight.sum(1)).numpy()
        return made


def open_encoder(name: str | Path) -> Encoder:
    """Open an encoder to be used or fine-tuned.

    Args:
        name: ``phongtrao-mini``, which comes with the package; a folder (transformers files; ``vocab.txt``
            and ``bpe.codes`` as PhoBERT has them); or a name on the model hub such as ``vinai/phobert-base``,
            fetched once and then taken from the hub's cache.

    Raises:
        ModelError: there is no such folder, the hub can't be reached, or files are missing or damaged.
    """
    folder = encoder_folder(name)
    return Encoder(_network(folder), open_tokens(folder, str(name)), folder)


def encoder_folder(name: str | Path) -> Path:
    """Return the folder of an encoder, fetched from the hub where ``name`` is no folder.

    Raises:
        ModelError: it is neither there nor to be had.
    """
    folder = SHIPPED.get(str(name), Path(name))
    if folder.is_dir():
        return folder
    if not re.fullmatch(r"[\w-][\w.-]*/[\w.-]+", str(name)):
        raise ModelError(f"no encoder folder {name}: give a folder, or a hub name such as vinai/phobert-base")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(name), allow_patterns=list(_HUB_FILES)))
    except Exception as error:  # the hub's client raises many kinds, network ones among them
        offline = "HF_HUB_OFFLINE is set; " if os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0") else ""
        raise ModelError(
            f"the encoder {name} is no folder here and could not be fetched from the model hub "
            f"({offline}{type(error).__name__}). Where there is a network, fetch it: hf download {name}; "
            "then set HF_HOME to that cache, or name the folder itself. Or name an encoder folder you have"
        ) from error


def open_tokens(folder: Path, name: str = "") -> TextTokens:
    """Open the tokenizer of an encoder folder with its segmenter.

    Args:
        folder: of the encoder.
        name: what it is called elsewhere; tells an E5 by it.

    Raises:
        ModelError: the folder holds no tokenizer that can be read.
    """
    record = read_segmenter(folder)
    segmenter = record.name if record else None
    if record is None and (folder / "bpe.codes").is_file():
        segmenter = HUB_SEGMENTER
    return TextTokens(load_tokenizer(folder), facts_of(folder, name), segmenter)


def facts_of(folder: Path, name: str = "") -> EncoderFacts:
    """Return the facts of an encoder folder: from ``encoder.json``, else read off its name.

    Raises:
        ModelError: ``encoder.json`` is damaged.
    """
    path = folder / FACTS_FILE
    if path.is_file():
        try:
            return EncoderFacts(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError, OSError) as error:
            raise ModelError(f"{path}: expected the facts of an encoder: {error}") from error
    called = f"{name} {folder.name}".replace("_", "-")
    for pattern, prefix in _PREFIXES.items():
        if re.search(pattern, called):
            return EncoderFacts(prefix=prefix)
    return EncoderFacts()


def _network(folder: Path) -> PreTrainedModel:
    from transformers import AutoModel

    with quiet():
        try:
            network: Any = AutoModel.from_pretrained(folder, dtype="float32", local_files_only=True)
        except Exception as error:
            raise ModelError(f"{folder}: expected a transformers encoder: {error}") from error
    encoder: PreTrainedModel = network.eval()
    return encoder


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from bars and from news that are none here (a fresh pooler, an unused head)."""
    from transformers import utils

    logging: Any = utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
