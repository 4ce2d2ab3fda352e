"""A fine-tuned encoder -> one ONNX graph with int8 weights, and back."""

from __future__ import annotations

import os
import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from phongtrao.errors import ModelError

if TYPE_CHECKING:
    from phongtrao.topics.encoder import TokenHeads


KNOWN_WINDOWS = 4096
"""Windows whose values are remembered: of usual length some 8 MB, at worst (256 tokens, 4 topics) 42 MB."""


class OnnxHeads:
    """A saved network (see ``TokenHeads``), run by ONNX Runtime on the CPU.

    It reads a window at a time. In int8, what stands between two layers is rounded by a scale that the whole
    batch shares: together, windows would change each other's values. By itself a window always has the same,
    whatever else there is to read, so one that comes again (boilerplate, reprints) need not be read again.
    It costs nothing: on a core of a CPU a batch is no faster, and nothing is padded.
    """

    batch_tokens = 1

    def __init__(self, graph: bytes) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # As many threads as the caller's other libraries were told to take; workers of a batch say one.
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", "0"))
        # Idle threads sleep: between one small window and the next they would only burn time.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.graph = graph
        self.session = onnxruntime.InferenceSession(
            graph,
            options,
            providers=["CPUExecutionProvider"],
            # The fused layer is not vectorized: sum and normalization by themselves are five times faster.
            disabled_optimizers=["SkipLayerNormFusion"],
        )
        self._read = lru_cache(KNOWN_WINDOWS)(self._values)

    @classmethod
    def load(cls, path: Path) -> OnnxHeads:
        """Open a graph.

        Raises:
            ModelError: there is none, or it is damaged.
        """
        try:
            return cls(path.read_bytes())
        except OSError as error:
            raise ModelError(f"{path.parent} holds no network: {error}") from error
        except Exception as error:  # ONNX Runtime has many, of no common class
            raise ModelError(f"{path} is damaged: {error}; copy the folder again") from error

    def __call__(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Return (windows, tokens, 2 × topics) float32; 0 on padding."""
        lengths = mask.sum(axis=1)
        read = [self._read(row[:n].tobytes()) for row, n in zip(ids, lengths, strict=True)]
        values = np.zeros((*ids.shape, read[0].shape[-1]), np.float32)
        for row, one, n in zip(values, read, lengths, strict=True):
            row[:n] = one
        return values

    def _values(self, window: bytes) -> np.ndarray:
        """Return (tokens, 2 × topics) of one window's ids, int64."""
        ids = np.frombuffer(window, np.int64)[None]
        (values,) = self.session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        return np.asarray(values[0])


def save_network(network: TokenHeads, path: Path) -> None:
    """Write a network as ONNX; a fine-tuned one is exported with its weights in int8."""
    if isinstance(network, OnnxHeads):
        path.write_bytes(network.graph)
        return
    with tempfile.TemporaryDirectory() as folder:
        full = Path(folder) / "full.onnx"
        export(network, full)
        quantize(full, path)


def export(network: Any, path: Path) -> None:
    """Write a fine-tuned network (``TorchHeads``) as a float32 graph with free batch and length."""
    import torch

    ids = torch.tensor([[0, 5, 6, 2], [0, 5, 2, 1]])
    names = ["input_ids", "attention_mask"]
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the tracing exporter is old, but forty times quicker than the new one
        torch.onnx.export(
            network.model.eval(),
            (ids, (ids != 1).long()),
            str(path),
            input_names=names,
            output_names=["values"],
            dynamic_axes={name: {0: "windows", 1: "tokens"} for name in (*names, "values")},
            opset_version=17,
            dynamo=False,
        )


def quantize(full: Path, path: Path) -> None:
    """Write ``full`` with the weights of its matrix products and embeddings in int8, scaled by channel."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        full, path, weight_type=QuantType.QInt8, per_channel=True, op_types_to_quantize=["MatMul", "Gather"]
    )
