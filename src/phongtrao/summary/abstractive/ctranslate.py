"""An encoder-decoder -> int8 weights in CTranslate2's format, and summaries from them without torch.

Ids go in and out as the words "0", "1", …: the tokenizer stays ours, whatever the network.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from phongtrao.errors import ModelError
from phongtrao.summary.abstractive.tokens import Frame
from phongtrao.summary.abstractive.writers import (
    NETWORK,
    Decoding,
    Draft,
    Order,
    load_decoding,
    save_decoding,
)

WEIGHTS = "model.bin"
_FILES = (WEIGHTS, "config.json", "shared_vocabulary.json")


def is_installed() -> bool:
    """Tell whether CTranslate2 is."""
    return find_spec("ctranslate2") is not None


class CTranslateWriter:
    """Runs the network in CTranslate2, as many articles at a time as there are cores."""

    def __init__(self, files: dict[str, bytes], decoding: Decoding) -> None:
        self.files, self.decoding = files, decoding
        # As many threads as the caller's other libraries were told to take; workers of a batch say one.
        threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1
        self.translator: Any = import_module("ctranslate2").Translator(
            NETWORK, device="cpu", files=files, inter_threads=threads, intra_threads=1
        )

    @classmethod
    def converted(
        cls, network: Any, frame: Frame, decoding: Decoding, *, quantization: str | None = "int8"
    ) -> CTranslateWriter:
        """Return a writer of a transformers network, its weights rounded as ``quantization`` says.

        Raises:
            ModelError: CTranslate2 is not installed.
        """
        _require()
        with TemporaryDirectory() as folder:
            _convert(network, frame, quantization, folder)
            return cls(_read(Path(folder)), decoding)

    def write(self, orders: Sequence[Order]) -> list[Draft]:
        """Return a draft for each order."""
        decoding = self.decoding
        jobs = [
            self.translator.translate_batch(
                [[str(i) for i in order.source]],
                asynchronous=True,
                beam_size=decoding.beams,
                length_penalty=decoding.length_penalty,
                no_repeat_ngram_size=decoding.repeat_ban,
                min_decoding_length=min(order.min_tokens, decoding.max_tokens),
                max_decoding_length=decoding.max_tokens,
                max_input_length=0,
                suppress_sequences=[[str(i) for i in run] for run in order.banned],
            )[0]
            for order in orders
        ]
        drafts = [[int(word) for word in job.result().hypotheses[0]] for job in jobs]
        return [Draft(ids, len(ids) < decoding.max_tokens) for ids in drafts]

    def save(self, folder: Path) -> None:
        """Write the converted network and how to decode."""
        place = folder / NETWORK
        place.mkdir(exist_ok=True)
        for name, content in self.files.items():
            (place / name).write_bytes(content)
        save_decoding(self.decoding, place)

    @classmethod
    def load(cls, folder: Path) -> CTranslateWriter:
        """Read what ``save`` wrote; neither torch nor transformers is needed.

        Raises:
            ModelError: a file is missing or damaged, or CTranslate2 is not installed.
        """
        _require()
        decoding = load_decoding(folder / NETWORK)
        try:
            return cls(_read(folder / NETWORK), decoding)
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError(f"{folder / NETWORK} is damaged: {error}; copy the folder again") from error


def _read(place: Path) -> dict[str, bytes]:
    return {name: (place / name).read_bytes() for name in _FILES}


def _require() -> None:
    if not is_installed():
        raise ModelError(
            "this summarizer runs on CTranslate2, which is not installed: pip install ctranslate2; "
            "or train with model.runtime=torch"
        )


def _convert(network: Any, frame: Frame, quantization: str | None, folder: str) -> None:
    """Write the files; the library's own reader of each architecture is used, its tokenizer handling not."""
    converters: Any = import_module("ctranslate2.converters.transformers")
    config = network.config
    # Published configurations say these; a configuration made in memory leaves them out.
    if config.model_type in ("bart", "mbart"):
        config.normalize_before = config.model_type == "mbart"
        config.normalize_embedding = True
    loader = converters._MODEL_LOADERS[type(config).__name__]
    spec = loader.get_model_spec(network)
    words = [str(number) for number in range(config.vocab_size)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.config.bos_token = spec.config.decoder_start_token = str(frame.start)
    spec.config.eos_token = str(frame.end)
    spec.config.unk_token = str(frame.pad)
    if config.model_type == "t5":
        spec.config.layer_norm_epsilon = config.layer_norm_epsilon
    spec.validate()
    spec.optimize(quantization=quantization)
    spec.save(folder)
