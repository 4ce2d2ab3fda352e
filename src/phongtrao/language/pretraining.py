"""A network and a stream of blocks -> a pretrained network, its loss curve, and checkpoints to go on from.

Knows torch and nothing of MLflow or of settings files, so that it also runs where only torch,
transformers and numpy are installed.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from phongtrao.errors import PhongtraoError
from phongtrao.language.masked_language import Vocabulary, guess_loss, mask_blocks

if TYPE_CHECKING:
    import numpy as np
    import torch

LOGGED = 20
"""The curve has one point for so many steps."""


@dataclass(frozen=True)
class Schedule:
    """How to learn; ``phongtrao.config.PretrainRecipe`` says what each means."""

    seed: int = 0
    minutes: float | None = None
    steps: int | None = None
    batch_blocks: int = 32
    accumulate: int = 1
    mask_share: float = 0.15
    learning_rate: float = 5e-4
    decay: str = "linear"
    warmup: float = 0.06
    weight_decay: float = 0.01
    precision: str = "bfloat16"
    device: str = "cpu"
    checkpoint_minutes: float = 10.0
    logged: int = LOGGED

    @property
    def blocks_a_step(self) -> int:
        """Blocks that one step learns from."""
        return self.batch_blocks * self.accumulate

    def autocast(self) -> AbstractContextManager[Any]:
        """Return a fresh context in which matrix products have the wanted precision."""
        import torch

        return torch.autocast(
            torch.device(self.device).type, torch.bfloat16, enabled=self.precision == "bfloat16"
        )

    def rate(self, done: float) -> float:
        """Return the learning rate when the part ``done`` (0 to 1) of the run is over."""
        if done < self.warmup:
            return self.learning_rate * max(done / self.warmup, 0.01)  # the first step, too, moves something
        left = (1 - min(done, 1.0)) / (1 - self.warmup)
        shape = left if self.decay == "linear" else 0.5 - 0.5 * math.cos(math.pi * left)
        return self.learning_rate * shape

    def done(self, progress: Progress) -> float:
        """Return which part of the run is over, 1 or more at its end."""
        if self.steps is not None:
            return progress.step / self.steps
        return progress.seconds / (60 * (self.minutes or 0))


@dataclass
class Progress:
    """Where a run stands; with the weights and the optimizer's moments, all that is needed to go on."""

    step: int = 0
    blocks: int = 0
    tokens: int = 0
    seconds: float = 0.0
    curve: list[dict[str, float]] = field(default_factory=list)
    """A point for each ``Schedule.logged`` steps: the mean loss since the last one, and when that was."""

    def figures(self) -> dict[str, float]:
        """Return what is recorded of a run that is over: its last loss, and what it took."""
        return {
            "loss": self.curve[-1]["loss"],
            "steps": self.step,
            "tokens": self.tokens,
            "minutes": self.seconds / 60,
        }


Report = Callable[[dict[str, float]], None]
Stream = Callable[[int], Iterator["np.ndarray"]]


def pretrain(
    network: Any,
    stream: Stream,
    vocabulary: Vocabulary,
    schedule: Schedule,
    *,
    checkpoint: Path | None = None,
    report: Report | None = None,
) -> Progress:
    """Train ``network`` in place until the time or the steps are over.

    With ``steps``, a run that was stopped and goes on gives the losses of an undisturbed one: masks and
    dropout are drawn anew from seed and step. With ``minutes``, the learning rate follows the clock.

    Args:
        network: on the schedule's device.
        stream: number of blocks to leave out -> (batch_blocks, T) int64 batches from there on.
        vocabulary: of the network.
        schedule: how to learn.
        checkpoint: folder of the checkpoint; one that lies there is gone on from.
        report: called with each point of the curve.

    Raises:
        PhongtraoError: the checkpoint is of other settings, or there is not one batch of text.
    """
    if schedule.device == "cpu":
        # The fused kernel's backward pass is slow there: 6 layers learn a third faster without it.
        network.set_attn_implementation("eager")
    optimizer = _optimizer(network, schedule)
    progress = _resume(network, optimizer, schedule, checkpoint) or Progress()
    learner = _Learner(network, optimizer, stream(progress.blocks), vocabulary, schedule, progress)
    network.train()
    began = time.perf_counter() - progress.seconds  # the clock goes on where the stopped run's stood
    saved = progress.seconds
    while (done := schedule.done(progress)) < 1:
        learner.step(done)
        progress.seconds = time.perf_counter() - began
        if progress.step % schedule.logged and schedule.done(progress) < 1:
            continue
        point = learner.point(done, lambda: time.perf_counter() - began)
        if report:
            report(point)
        # Only where the curve has a point, so that no loss is lost between two of them.
        if checkpoint and progress.seconds - saved > schedule.checkpoint_minutes * 60:
            save_checkpoint(checkpoint, network, optimizer, schedule, progress)
            saved = progress.seconds
    network.eval()
    return progress


class _Learner:
    """One step after another."""

    def __init__(  # noqa: PLR0917 -- what a step needs, made in one place
        self,
        network: Any,
        optimizer: torch.optim.Optimizer,
        batches: Iterator[np.ndarray],
        vocabulary: Vocabulary,
        schedule: Schedule,
        progress: Progress,
    ) -> None:
        self.network, self.optimizer, self.batches = network, optimizer, batches
        self.vocabulary, self.schedule, self.progress = vocabulary, schedule, progress
        self._losses: list[torch.Tensor] = []  # since the last point
        self._since = progress.seconds

    def step(self, done: float) -> None:
        """Learn from the next batches, the part ``done`` of the run being over."""
        import torch

        seed, step, device = self.schedule.seed, self.progress.step, self.schedule.device
        torch.manual_seed(seed * 1_000_003 + step)  # dropout
        generator = torch.Generator(device).manual_seed(seed * 1_000_033 + step)
        for group in self.optimizer.param_groups:
            group["lr"] = self.schedule.rate(done)
        total = torch.zeros((), device=device)
        for _ in range(self.schedule.accumulate):
            ids = torch.from_numpy(self._next()).to(device)  # (B, T)
            masked = mask_blocks(ids, self.vocabulary, self.schedule.mask_share, generator)
            with self.schedule.autocast():
                loss = guess_loss(self.network, masked) / self.schedule.accumulate
            loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
            self.progress.blocks += len(ids)
            self.progress.tokens += ids.numel()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.progress.step += 1
        self._losses.append(total)

    def point(self, done: float, clock: Callable[[], float]) -> dict[str, float]:
        """Add a point to the curve and return it."""
        import torch

        progress, steps = self.progress, len(self._losses)
        loss = float(torch.stack(self._losses).mean())  # waits for the device: the clock is right after it
        progress.seconds = clock()
        point = {
            "step": float(progress.step),
            "tokens": float(progress.tokens),
            "loss": loss,
            "learning_rate": self.schedule.rate(done),
            "tokens_a_second": steps * progress.tokens / progress.step / (progress.seconds - self._since),
            "minutes": progress.seconds / 60,
        }
        progress.curve.append(point)
        self._losses, self._since = [], progress.seconds
        return point

    def _next(self) -> np.ndarray:
        batch = next(self.batches, None)
        if batch is None:
            raise PhongtraoError(
                f"there is less text than one batch of {self.schedule.batch_blocks} blocks: "
                "give more texts, or a smaller batch_blocks"
            )
        return batch


def _optimizer(network: Any, schedule: Schedule) -> torch.optim.Optimizer:
    """Return AdamW with RoBERTa's betas and epsilon (Liu et al. 2019); biases and norms don't decay."""
    import torch

    parameters = list(network.parameters())
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": schedule.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=schedule.learning_rate, betas=(0.9, 0.98), eps=1e-6, fused=True)


def _identity(schedule: Schedule) -> dict[str, Any]:
    """Return what a run that goes on must share with the stopped one; how long it takes may change."""
    free = ("minutes", "checkpoint_minutes", "device")
    return {key: value for key, value in asdict(schedule).items() if key not in free}


def save_checkpoint(
    folder: Path, network: Any, optimizer: torch.optim.Optimizer, schedule: Schedule, progress: Progress
) -> None:
    """Write weights, moments and progress; a checkpoint that lies there is replaced at once or not at all."""
    from safetensors.torch import save_file

    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    weights = {name: p.detach().contiguous() for name, p in network.named_parameters()}
    moments = {}
    for name, p in network.named_parameters():
        for key in ("exp_avg", "exp_avg_sq"):
            moments[f"{name}/{key}"] = optimizer.state[p][key].contiguous()
    save_file(weights, part / "weights.safetensors")
    save_file(moments, part / "moments.safetensors")
    state = {"schedule": _identity(schedule), "progress": asdict(progress)}
    (part / "progress.json").write_text(json.dumps(state) + "\n", encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)


def _resume(
    network: Any, optimizer: torch.optim.Optimizer, schedule: Schedule, folder: Path | None
) -> Progress | None:
    """Load a checkpoint into network and optimizer, if there is one."""
    import torch
    from safetensors.torch import load_file

    if folder is None or not (folder / "progress.json").is_file():
        return None
    state = json.loads((folder / "progress.json").read_text(encoding="utf-8"))
    now = _identity(schedule)
    other = [
        f"{key} {value}, now {now.get(key)}"
        for key, value in state["schedule"].items()
        if now.get(key) != value
    ]
    if other:
        raise PhongtraoError(
            f"{folder} is the checkpoint of a run with other settings ({'; '.join(other)}): "
            "remove it to begin anew, or give the settings it was made with"
        )
    weights = load_file(folder / "weights.safetensors", device=schedule.device)
    moments = load_file(folder / "moments.safetensors", device=schedule.device)
    progress = Progress(**state["progress"])
    for name, p in network.named_parameters():
        with torch.no_grad():
            p.copy_(weights[name])
        optimizer.state[p] = {
            "step": torch.tensor(float(progress.step), device=schedule.device),
            "exp_avg": moments[f"{name}/exp_avg"],
            "exp_avg_sq": moments[f"{name}/exp_avg_sq"],
        }
    return progress
