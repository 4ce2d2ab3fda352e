"""MLflow's model registry: versions of one model, which of them is the champion, and which were before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError
from phongtrao.tracking.gate import Check
from phongtrao.tracking.provenance import user_name
from phongtrao.tracking.server import shown, tracking_uri
from phongtrao.tracking.stored import StoredRun
from phongtrao.tracking.topic_cards import SPLITS

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

CHAMPION = "champion"
HISTORY = "champion.history"
"""Tag of the registered model: the versions that were champion, oldest first, the present one last."""
_HISTORY_LENGTH = 100
_ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")  # no such name; no such alias


@dataclass(frozen=True, slots=True)
class Move:
    """A run's model that becomes champion, and on what grounds."""

    run: StoredRun
    model_id: str
    checks: tuple[Check, ...]
    reasons: tuple[str, ...]
    """Why the gate was shut."""
    forced: bool
    why: str


class Registry:
    """The versions of one registered model."""

    def __init__(self, client: MlflowClient, name: str) -> None:
        self.name = name
        self._client = client

    def champion(self) -> ModelVersion | None:
        """Return the present champion, None where there is none."""
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_model_version_by_alias(self.name, CHAMPION)
        except MlflowException as error:
            if error.error_code not in _ABSENT:
                raise
            return None

    def crown(self, move: Move) -> str:
        """Make the run's model the champion (registered first, if new), say why; return its version."""
        before = self.champion()
        history = self._history(self._model())
        version = self._version(move)
        over = str(before.version) if before else ""  # a number from a database, a text from a server
        by, when = user_name(), _now()
        tags = {"promoted.by": by, "promoted.at": when, "promoted.over": over or "none"}
        tags |= {"model": move.run.model, "seed": move.run.seed, "split.hash": move.run.split_hash}
        tags |= {f"{check.split}.gain": _gain(check) for check in move.checks}
        if move.forced:
            tags["forced"] = _forced(move, by, when)
            self._client.set_tag(move.run.id, "forced", tags["forced"])
        for key, value in tags.items():
            self._client.set_model_version_tag(self.name, version, key, value)
        self._client.update_model_version(self.name, version, _description(move, over, by, when))
        self._client.set_tag(move.run.id, "promoted", f"{self.name} version {version}, {when} by {by}")
        self._keep_history([*(v for v in history if v != over), *([over] if over else []), version])
        self._client.set_registered_model_alias(self.name, CHAMPION, version)
        return version

    def uncrown(self) -> tuple[str, str]:
        """Give the alias back to the champion before; return the versions (from, to)."""
        now = self.champion()
        if now is None:
            raise PhongtraoError(
                f"{self.name} has no champion at {shown(tracking_uri())}; promote a run first"
            )
        last = str(now.version)
        earlier = [v for v in self._history(self._client.get_registered_model(self.name)) if v != last]
        while earlier and not self._exists(earlier[-1]):
            earlier.pop()
        if not earlier:
            raise PhongtraoError(f"version {last} of {self.name} is its first champion; there is no way back")
        self._client.set_registered_model_alias(self.name, CHAMPION, earlier[-1])
        self._keep_history(earlier)
        told = f"to version {earlier[-1]}, {_now()} by {user_name()}"
        self._client.set_model_version_tag(self.name, last, "rolled.back", told)
        return last, earlier[-1]

    def _model(self) -> RegisteredModel:
        from mlflow.exceptions import MlflowException

        try:
            return self._client.get_registered_model(self.name)
        except MlflowException as error:
            if error.error_code not in _ABSENT:
                raise
        return self._client.create_registered_model(self.name, description=_about(self.name))

    def _history(self, model: RegisteredModel) -> list[str]:
        return [version for version in model.tags.get(HISTORY, "").split(",") if version]

    def _keep_history(self, versions: list[str]) -> None:
        kept = ",".join(versions[-_HISTORY_LENGTH:])
        self._client.set_registered_model_tag(self.name, HISTORY, kept)

    def _exists(self, version: str) -> bool:
        return any(str(v.version) == version for v in self._versions(f"name = '{self.name}'"))

    def _versions(self, query: str) -> Iterator[ModelVersion]:
        token = None
        while True:
            page = self._client.search_model_versions(query, page_token=token)
            yield from page
            token = page.token
            if not token:
                return

    def _version(self, move: Move) -> str:
        """Return the version that holds the run's model: one of an earlier promotion, else a new one."""
        for known in self._versions(f"run_id = '{move.run.id}'"):
            if known.name == self.name:
                return str(known.version)
        source = f"models:/{move.model_id}"
        made = self._client.create_model_version(
            self.name, source, move.run.id, model_id=move.model_id
        ).version
        self._link(move.model_id, str(made))
        return str(made)

    def _link(self, model_id: str, version: str) -> None:
        """Let the page of the logged model name the version, as ``mlflow.register_model`` does."""
        from mlflow.utils.mlflow_tags import MLFLOW_MODEL_VERSIONS

        known = json.loads(self._client.get_logged_model(model_id).tags.get(MLFLOW_MODEL_VERSIONS, "[]"))
        value = json.dumps([*known, {"name": self.name, "version": version}])
        self._client.set_logged_model_tags(model_id, {MLFLOW_MODEL_VERSIONS: value})


def _about(name: str) -> str:
    return (
        "Says which topics the passages of Vietnamese press articles carry.\n\n"
        f'`phongtrao.load("models:/{name}@{CHAMPION}")` opens the champion. '
        "`phongtrao promote RUN_ID` moves it only to a model that is better beyond doubt on every test "
        f"split, `phongtrao promote --rollback --name {name}` moves it back."
    )


def _description(move: Move, over: str, by: str, when: str) -> str:
    place = f"in place of version {over}" if over else "as the first champion"
    parts = [f"Run `{move.run.name}`, promoted {place}, {when} by {by}."]
    if move.forced:
        parts.append(f"**Forced**: {_forced(move, by, when)}")
    if move.checks:
        rows = [
            f"- {SPLITS[c.split]}: **{c.after:.3f}**, the champion before {c.before:.3f}, gain {_gain(c)}"
            for c in move.checks
        ]  # a list, for MLflow's page crams the columns of a table
        parts.append("Macro-F1 of passages:\n\n" + "\n".join(rows))
    else:
        metrics = {split: move.run.metrics.get(f"{split}.passages.macro_f1") for split in SPLITS}
        figures = [f"{SPLITS[split]} {value:.3f}" for split, value in metrics.items() if value is not None]
        parts += [f"Macro-F1 of passages: {', '.join(figures)}."] if figures else []
    return "\n\n".join(parts)


def _forced(move: Move, by: str, when: str) -> str:
    """Return who, when and why, and what the gate had said."""
    return f"{by}, {when}: {move.why or 'no reason given'}. The gate said: {'; '.join(move.reasons)}"


def _gain(check: Check) -> str:
    return f"{check.gain.value:+.3f} [{check.gain.low:+.3f}, {check.gain.high:+.3f}]"


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
