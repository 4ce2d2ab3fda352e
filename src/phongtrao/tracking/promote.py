"""A finished run -> the champion that ``phongtrao.load("models:/NAME@champion")`` opens, if the gate lets it.

The champion is an alias in MLflow's model registry. Who moved it, when and why stands on the version; earlier
champions stand on the registered model, so that one command goes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.configurations import check_comparable
from phongtrao.tracking.gate import Check, check_splits
from phongtrao.tracking.registry import Move, Registry
from phongtrao.tracking.server import connect
from phongtrao.tracking.stored import StoredRun, find_runs, read_predictions

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME = "phongtrao-topics"
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Promotion:
    """What came of it."""

    name: str
    run: StoredRun
    champion: StoredRun | None
    """The one before; None where there was none, or its run cannot be compared."""
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
    """Why the gate is shut; empty where it is open."""
    version: str | None
    """The new champion's version; None where it was refused."""


def promote(
    run_id: str, *, name: str = NAME, force: bool = False, why: str = "", resamples: int = RESAMPLES
) -> Promotion:
    """Register a run's model and make it the champion where it is better beyond doubt.

    The gate: on every test split that both it and the present champion predicted, the lower bound of the
    paired difference in macro-F1 of passages is above zero and no topic falls by more than 0.02. The first
    champion passes. A refusal changes nothing.

    Args:
        run_id: a finished run (at least eight digits of its id).
        name: the registered model.
        force: promote whatever the gate says; that is recorded on the version and the run.
        why: the reason, recorded with who and when.
        resamples: draws behind the interval.

    Raises:
        UsageError: no such run.
        PhongtraoError: it logged no model, is the champion already, or was measured on another split or other
            topics than the champion (both are named; ``force`` goes on).
    """
    with connect() as client:
        [run] = find_runs(client, [run_id])
        registry = Registry(client, name)
        model_id = _model_of(client, run)
        now = registry.champion()
        if now is not None and now.run_id == run.id:
            raise PhongtraoError(f"{run} is the champion of {name} already (version {now.version})")
        champion, checks, reasons = _judge(
            client, now.run_id if now else None, run, force=force, resamples=resamples
        )
        version = None
        if force or not reasons:
            move = Move(run, model_id, checks, reasons, forced=bool(reasons), why=why)
            version = registry.crown(move)
    return Promotion(name, run, champion, checks, reasons, version)


def roll_back(name: str = NAME) -> tuple[str, str]:
    """Make the champion before the present one the champion again; return the versions (from, to).

    Raises:
        PhongtraoError: there was none before.
    """
    with connect() as client:
        return Registry(client, name).uncrown()


def _judge(
    client: MlflowClient, champion_id: str | None, run: StoredRun, *, force: bool, resamples: int
) -> tuple[StoredRun | None, tuple[Check, ...], tuple[str, ...]]:
    """Return the champion's run, what the gate saw, and why it is shut."""
    if champion_id is None:
        return None, (), ()
    try:
        champion = _champion_run(client, champion_id)
        check_comparable([champion, run])
        before, after = (read_predictions(client, one) for one in (champion, run))
        checks = check_splits(before, after, run.taxonomy, resamples=resamples, seed=0)
    except PhongtraoError as error:
        if not force:
            raise PhongtraoError(f"not promoted: {error}; or give --force, which is recorded") from error
        return None, (), (str(error),)
    return champion, checks, _reasons(checks)


def _champion_run(client: MlflowClient, run_id: str) -> StoredRun:
    try:
        [champion] = find_runs(client, [run_id])
    except UsageError as error:
        raise PhongtraoError(f"the champion cannot be compared with: {error}") from error
    return champion


def _reasons(checks: Sequence[Check]) -> tuple[str, ...]:
    if not checks:
        return ("the two have no test split in common whose predictions were recorded",)
    return tuple(reason for check in checks for reason in check.reasons)


def _model_of(client: MlflowClient, run: StoredRun) -> str:
    """Return the id of the model that a run logged."""
    outputs = client.get_run(run.id).outputs
    if not outputs or not outputs.model_outputs:
        raise PhongtraoError(f"{run} logged no model, so there is nothing to promote; train it again")
    return str(outputs.model_outputs[-1].model_id)
