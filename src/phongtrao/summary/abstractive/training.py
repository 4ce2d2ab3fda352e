"""Pairs of ids and an encoder-decoder -> the trained network (transformers Seq2SeqTrainer).

Batches hold like lengths. With ``minutes``, learning rate and end follow the clock, so that a rented machine
is used to its last minute; with ``epochs`` or ``steps``, the same seed gives the same network on one kind of
machine. Knows no settings: it also runs where only torch, transformers and accelerate are installed.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import DataLoader
from transformers import (
    PrinterCallback,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
    set_seed,
)

from phongtrao.language.shuffled_batches import ShuffledBatches
from phongtrao.summary.abstractive.encoded import EncodedSet, fits, is_frozen
from phongtrao.summary.abstractive.pairs import Pairs, PairSet, token_batches
from phongtrao.summary.abstractive.tokens import Frame

Point = dict[str, float]
_NEVER = 10**9
LOGGED = 50
"""The curve has one point for so many steps."""


@dataclass(frozen=True)
class Schedule:
    """How to learn; one of ``epochs``, ``steps`` and ``minutes``. See ``config.AbstractiveSettings``."""

    seed: int = 0
    epochs: float | None = None
    steps: int | None = None
    minutes: float | None = None
    learning_rate: float = 3e-4
    warmup: float = 0.05
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    dropout: float = 0.1
    batch_tokens: int = 8192
    precision: str = "bfloat16"
    logged: int = LOGGED
    keep_best: bool = False
    """End with the weights of the epoch with the least loss on held pairs, not with the last."""

    def share(self, done: float) -> float:
        """Return which part of the learning rate is used when the part ``done`` of the run is over."""
        if done < self.warmup:
            return max(done / self.warmup, 0.01)  # the first step, too, moves something
        return max(0.0, 1 - done) / (1 - self.warmup)


def train(
    network: Any,
    frame: Frame,
    pairs: Pairs,
    schedule: Schedule,
    *,
    held: Pairs | None = None,
    report: Callable[[Point], None] | None = None,
) -> list[Point]:
    """Train ``network`` in place, on a GPU where there is one; a frozen encoder reads each article once.

    Args:
        network: an encoder-decoder; parameters that need no gradient stay as they are.
        frame: of its tokens.
        pairs: to learn from.
        schedule: how long and how fast.
        held: to measure the loss on after each epoch.
        report: called with each point of the curve.

    Returns:
        The curve: points with ``step``, ``minutes`` and ``loss`` or ``held_loss`` (smoothed, nats a token).
    """
    set_seed(schedule.seed)
    set_dropout(network, schedule.dropout)
    learned = _examples(network, pairs, frame, schedule)
    watched = _examples(network, held, frame, schedule) if held is not None else None
    if not torch.cuda.is_available() and network.config.model_type != "t5":
        network.set_attn_implementation("eager")  # on a CPU the fused kernel's way back is slower
    clock = _Clock(schedule)
    curve = _Curve(clock, report)
    best = _Best() if schedule.keep_best and held is not None and len(held) else None
    with tempfile.TemporaryDirectory() as folder:
        trainer = PairTrainer(
            model=network,
            args=_arguments(folder, schedule, watched=held is not None and len(held) > 0),
            train_dataset=learned,
            eval_dataset=watched,
            callbacks=[clock, curve, *([best] if best else [])],
            clock=clock,
        )
        trainer.remove_callback(PrinterCallback)  # standard output is for the result
        trainer.train()
        trained = trainer.accelerator.unwrap_model(trainer.model, keep_fp32_wrapper=False)
    if best and best.state is not None:
        trained.load_state_dict(best.state)
    trained.float().cpu().eval()
    return curve.points


def _examples(network: Any, pairs: Pairs, frame: Frame, schedule: Schedule) -> PairSet:
    if not is_frozen(network) or not fits(network, pairs):
        return PairSet(pairs, frame)
    bfloat16 = schedule.precision == "bfloat16"
    return EncodedSet.read(network, pairs, frame, batch_tokens=schedule.batch_tokens, bfloat16=bfloat16)


def set_dropout(network: Any, dropout: float) -> None:
    """Give all of a network's dropouts one rate: published ones say theirs in many ways."""
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropout
        elif isinstance(getattr(module, "dropout", None), float) and module.dropout:
            module.dropout = dropout


class PairTrainer(Seq2SeqTrainer):  # type: ignore[misc]
    """Seq2SeqTrainer with batches of like lengths and a learning rate that follows steps or the clock."""

    def __init__(self, *, clock: _Clock, **options: Any) -> None:
        super().__init__(**options)
        self.clock = clock

    def get_train_dataloader(self) -> DataLoader:  # type: ignore[type-arg]
        """Return batches of like lengths."""
        examples: Any = self.train_dataset
        sampler = ShuffledBatches(self._batches(examples), self.args.seed)
        return DataLoader(examples, batch_sampler=sampler, collate_fn=examples.collate)

    def get_eval_dataloader(self, eval_dataset: Any = None) -> DataLoader:  # type: ignore[type-arg]
        """Return batches of like lengths, in their order."""
        examples: Any = eval_dataset or self.eval_dataset
        return DataLoader(examples, batch_sampler=self._batches(examples), collate_fn=examples.collate)

    def _batches(self, examples: PairSet) -> list[list[int]]:
        lengths = [len(source) for source in examples.pairs.sources]
        return token_batches(lengths, self.clock.schedule.batch_tokens)

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> Any:
        """Return a linear rise and fall over steps, or over the time there is."""
        self.clock.steps = num_training_steps
        used = optimizer or self.optimizer
        self.lr_scheduler: Any = torch.optim.lr_scheduler.LambdaLR(used, self.clock.rate)
        return self.lr_scheduler

    def prediction_step(self, model: Any, inputs: dict[str, Any], *_: Any, **__: Any) -> Any:
        """Return the loss alone: summaries are measured elsewhere, as they are used."""
        inputs = self._prepare_inputs(inputs)
        with torch.inference_mode(), self.compute_loss_context_manager():
            return self.compute_loss(model, inputs).detach(), None, None


class _Clock(TrainerCallback):  # type: ignore[misc]
    """Knows how much of the run is over, and ends it when its minutes are."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.steps = 1
        self.began = time.monotonic()

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self.began) / 60

    def rate(self, step: int) -> float:
        whole = self.schedule.minutes
        return self.schedule.share(self.minutes / whole if whole else step / self.steps)

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        self.began = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:  # noqa: ARG002
        if self.schedule.minutes and self.minutes >= self.schedule.minutes:
            control.should_training_stop = True


class _Curve(TrainerCallback):  # type: ignore[misc]
    """Keeps what the trainer logs."""

    def __init__(self, clock: _Clock, report: Callable[[Point], None] | None) -> None:
        self.clock, self.report = clock, report
        self.points: list[Point] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:  # noqa: ARG002
        named = {"loss": "loss", "eval_loss": "held_loss", "learning_rate": "learning_rate"}
        said = {named[key]: float(value) for key, value in (logs or {}).items() if key in named}
        if not said:
            return
        self.points.append({"step": float(state.global_step), "minutes": self.clock.minutes, **said})
        if self.report:
            self.report(self.points[-1])


class _Best(TrainerCallback):  # type: ignore[misc]
    """Keeps the weights with the least loss on held pairs."""

    def __init__(self) -> None:
        self.loss = float("inf")
        self.state: dict[str, torch.Tensor] | None = None

    def on_evaluate(
        self,
        args: Any,  # noqa: ARG002
        state: Any,  # noqa: ARG002
        control: Any,  # noqa: ARG002
        metrics: Any = None,
        model: Any = None,
        **_: Any,
    ) -> None:
        if metrics["eval_loss"] < self.loss:
            self.loss = metrics["eval_loss"]
            self.state = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}


def _arguments(folder: str, schedule: Schedule, *, watched: bool) -> Seq2SeqTrainingArguments:
    return Seq2SeqTrainingArguments(
        output_dir=folder,
        num_train_epochs=_NEVER if schedule.epochs is None else schedule.epochs,
        max_steps=_NEVER if schedule.minutes else schedule.steps or -1,
        learning_rate=schedule.learning_rate,
        weight_decay=schedule.weight_decay,
        max_grad_norm=1.0,
        label_smoothing_factor=schedule.label_smoothing,
        seed=schedule.seed,
        data_seed=schedule.seed,
        bf16=schedule.precision == "bfloat16",
        use_cpu=not torch.cuda.is_available(),
        eval_strategy="epoch" if watched else "no",
        save_strategy="no",
        logging_steps=schedule.logged,
        logging_first_step=True,
        report_to=[],
        remove_unused_columns=False,
        disable_tqdm=True,
    )
