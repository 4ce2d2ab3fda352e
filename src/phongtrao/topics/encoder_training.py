"""Passages with topics -> a fine-tuned encoder (transformers Trainer).

The loss of a passage is binary cross-entropy on three views: the passage head's mean, the best sentence of
the sentence head, and, where evidence is marked, every single sentence. Lower layers learn slower, rare
topics weigh more, batches hold like lengths.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset
from transformers import EarlyStoppingCallback, Trainer, TrainingArguments, set_seed

from phongtrao.config import EncoderSettings
from phongtrao.language.shuffled_batches import ShuffledBatches
from phongtrao.topics.encoder import SentenceTokenizer
from phongtrao.topics.encoder_network import UNMARKED, TokenHeadsModel, TorchHeads, three_view_loss
from phongtrao.topics.encoder_tokens import open_encoder
from phongtrao.topics.lengthening import lengthened
from phongtrao.topics.passages import PassageSet, sentence_truth
from phongtrao.topics.windows import Window, batches, cut_windows, padded


def fine_tune(
    topics: Sequence[str],
    settings: EncoderSettings,
    seed: int,
    train: PassageSet,
    validation: PassageSet | None,
    *,
    one_topic: bool = False,
) -> tuple[SentenceTokenizer, TorchHeads, list[dict[str, float]]]:
    """Return tokenizer, network and the loss of each epoch. Deterministic for a seed on one kind of machine.

    Raises:
        ModelError: ``settings.start`` cannot be opened.
    """
    set_seed(seed)
    tokenizer, encoder = open_encoder(settings)
    if not torch.cuda.is_available():
        encoder.set_attn_implementation("eager")  # on a CPU the fused kernel's way back is slower
    model = TokenHeadsModel(encoder, len(topics), settings.dropout)
    if settings.lengthened:
        train = PassageSet.joined([train, lengthened(train, settings.lengthened, seed)])
    examples = WindowSet(train, tokenizer, topics, settings)
    held = None if validation is None else WindowSet(validation, tokenizer, topics, settings)
    with tempfile.TemporaryDirectory() as folder:
        trainer = WindowTrainer(
            model=model,
            args=_arguments(folder, settings, seed, watched=held is not None),
            train_dataset=examples,
            eval_dataset=held,
            callbacks=[] if held is None else [EarlyStoppingCallback(settings.patience)],
            settings=settings,
            positive_weight=_positive_weight(train.Y, settings.positive_weight),
            one_topic=one_topic,
        )
        trainer.train()
        history = _history(trainer.state.log_history)
        # Without Trainer's wrapper: its mixed precision would be exported with the network.
        model = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    return tokenizer, TorchHeads(model.float().cpu()), history


class WindowSet(Dataset):  # type: ignore[type-arg]
    """Windows of passages, with the truth of the passage and of each of its sentences."""

    def __init__(
        self,
        passages: PassageSet,
        tokenizer: SentenceTokenizer,
        topics: Sequence[str],
        settings: EncoderSettings,
    ) -> None:
        spans, self.windows = cut_windows(passages.texts, tokenizer.encode, tokenizer.frame)
        self.pad = tokenizer.frame.pad
        self.Y = passages.Y.astype(np.float32)
        self.weight = passages.weights(settings).astype(np.float32)
        self.sentence_truth = [
            np.full((len(own), len(topics)), UNMARKED, np.float32)
            if evidence is None
            else sentence_truth([text[a:b] for a, b in own], evidence, topics).astype(np.float32)
            for text, own, evidence in zip(passages.texts, spans, passages.evidence, strict=True)
        ]

    def __len__(self) -> int:
        """Return the number of windows."""
        return len(self.windows)

    def __getitem__(self, index: int) -> Window:
        """Return a window."""
        return self.windows[index]

    def collate(self, windows: list[Window]) -> dict[str, torch.Tensor]:
        """Return a batch: ids, mask, sentences (windows, tokens); truth (windows, topics); sentence truth."""
        ids, mask, sentences = padded(windows, self.pad)
        # A passage read in several windows: each answers for the sentences that it holds.
        truths = [self.sentence_truth[w.text] for w in windows]
        most = max(len(t) for t in truths)
        marked = np.full((len(windows), most, self.Y.shape[1]), UNMARKED, np.float32)
        for row, (window, truth) in enumerate(zip(windows, truths, strict=True)):
            held = sorted(set(window.sentences) - {-1})
            marked[row, held] = truth[held]
        owners = [w.text for w in windows]
        arrays = {
            "input_ids": ids,
            "attention_mask": mask,
            "sentences": sentences,
            "truth": self.Y[owners],
            "weight": self.weight[owners],
            "sentence_truth": marked,
        }
        return {name: torch.from_numpy(array) for name, array in arrays.items()}


class WindowTrainer(Trainer):  # type: ignore[misc]
    """Trainer with length batches, the three-view loss, and layer-wise learning rates."""

    def __init__(
        self, *, settings: EncoderSettings, positive_weight: torch.Tensor, one_topic: bool, **options: Any
    ) -> None:
        super().__init__(**options)
        self.settings = settings
        self.positive_weight = positive_weight
        self.one_topic = one_topic

    def get_train_dataloader(self) -> DataLoader:  # type: ignore[type-arg]
        """Return batches of like lengths."""
        examples: Any = self.train_dataset
        made = batches(examples.windows, self.settings.batch_tokens)
        order = ShuffledBatches(made, self.args.seed)
        return DataLoader(examples, batch_sampler=order, collate_fn=examples.collate)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader:  # type: ignore[type-arg]
        """Return batches of like lengths, in their order."""
        examples: Any = eval_dataset or self.eval_dataset
        order = batches(examples.windows, self.settings.batch_tokens)
        return DataLoader(examples, batch_sampler=order, collate_fn=examples.collate)

    def compute_loss(
        self,
        model: nn.Module,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: torch.Tensor | int | None = None,  # noqa: ARG002
    ) -> Any:
        """Return the mean loss of a batch's windows."""
        inputs = {name: tensor.to(self.args.device) for name, tensor in inputs.items()}
        values = model(inputs["input_ids"], inputs["attention_mask"]).float()
        loss = three_view_loss(
            values,
            inputs,
            self.positive_weight.to(values.device),
            self.settings.sentence_loss,
            one_topic=self.one_topic,
        )
        return (loss, values) if return_outputs else loss

    def prediction_step(self, model: nn.Module, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
        """Return the loss alone."""
        with torch.inference_mode(), self.compute_loss_context_manager():
            return self.compute_loss(model, inputs).detach(), None, None

    def create_optimizer(self, *_: Any) -> torch.optim.Optimizer:
        """Return AdamW with a learning rate that falls from layer to layer downwards."""
        groups = list(layer_groups(self.model, self.settings))
        self.optimizer = torch.optim.AdamW(groups, weight_decay=self.settings.weight_decay)
        return self.optimizer


def layer_groups(model: Any, settings: EncoderSettings) -> Iterator[dict[str, Any]]:
    """Yield parameters with their learning rate: heads and last layer full, each layer below decayed."""
    depth = model.encoder.config.num_hidden_layers
    by_height: dict[int, list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        parts = name.split(".")
        at = parts.index("layer") if "layer" in parts else -1
        height = int(parts[at + 1]) + 1 if at >= 0 else (0 if "embeddings" in parts else depth)
        by_height.setdefault(height, []).append(parameter)
    for height, parameters in by_height.items():
        yield {"params": parameters, "lr": settings.learning_rate * settings.layer_decay ** (depth - height)}


def _positive_weight(Y: np.ndarray, exponent: float) -> torch.Tensor:
    carried = np.maximum(Y.sum(axis=0), 1)
    return torch.tensor(((len(Y) - carried) / carried) ** exponent, dtype=torch.float32).clamp(min=1)


def _arguments(folder: str, settings: EncoderSettings, seed: int, *, watched: bool) -> TrainingArguments:
    return TrainingArguments(
        output_dir=folder,
        num_train_epochs=settings.epochs,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup,
        max_grad_norm=1.0,
        seed=seed,
        data_seed=seed,
        bf16=settings.precision == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="epoch" if watched else "no",
        save_strategy="epoch" if watched else "no",
        save_only_model=True,
        save_total_limit=1,
        load_best_model_at_end=watched,
        metric_for_best_model="eval_loss" if watched else None,
        greater_is_better=False if watched else None,
        logging_strategy="epoch",
        report_to=[],
        remove_unused_columns=False,
        disable_tqdm=False,
    )


def _history(log: Sequence[dict[str, Any]]) -> list[dict[str, float]]:
    epochs: dict[float, dict[str, float]] = {}
    for row in log:
        for key in ("loss", "eval_loss"):
            if key in row:
                epochs.setdefault(float(row["epoch"]), {"epoch": float(row["epoch"])})[key] = float(row[key])
    return [epochs[epoch] for epoch in sorted(epochs)]
