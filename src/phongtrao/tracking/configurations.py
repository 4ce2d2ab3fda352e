"""Runs -> configurations: which runs compare, and which are repeats of one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from phongtrao.errors import PhongtraoError, UsageError
from phongtrao.tracking.stored import StoredRun

_NOT_COMPARED = ("seed", "out", "name", "bootstrap", "tracking.")
"""Settings that change nothing about what was learned, or are shown otherwise."""


def check_comparable(runs: Sequence[StoredRun]) -> None:
    """Raise PhongtraoError where recipe, test split or topics differ, naming both runs."""
    first = runs[0]
    for what, value_of in (
        ("recipe", lambda run: run.recipe),
        ("split hash", lambda run: run.split_hash),
        ("topics", lambda run: ", ".join(run.taxonomy)),
    ):
        for run in runs[1:]:
            ours, theirs = value_of(first), value_of(run)
            if ours != theirs:
                raise PhongtraoError(
                    f"these runs do not compare: {first} has {what} {ours or 'unknown'}, "
                    f"{run} has {theirs or 'unknown'}. Name runs that share it, or train one of them again "
                    "on the other's data"
                )


def keep_newest(runs: Sequence[StoredRun]) -> list[StoredRun]:
    """Keep the newest of the runs that share settings and seed; runs come oldest first."""
    newest = {(_key(run), run.seed): run for run in runs}
    return [run for run in runs if newest[(_key(run), run.seed)] is run]


def group_by_settings(runs: Sequence[StoredRun]) -> list[list[StoredRun]]:
    """Gather the runs that differ only in their seed; where a seed comes twice, each run stands alone."""
    groups: dict[Any, list[StoredRun]] = {}
    for run in runs:
        groups.setdefault(_key(run), []).append(run)
    apart: list[list[StoredRun]] = []
    for group in groups.values():
        repeated = len({run.seed for run in group}) < len(group)
        apart += [[run] for run in group] if repeated else [group]
    return apart


def _key(run: StoredRun) -> tuple[Any, ...]:
    return (run.model, *sorted(_compared(run).items()))


def _compared(run: StoredRun) -> dict[str, str]:
    return {key: value for key, value in run.settings.items() if not key.startswith(_NOT_COMPARED)}


def differing_settings(runs: Sequence[StoredRun]) -> tuple[str, ...]:
    """Return the names of the settings in which runs differ.

    A setting that only one kind of model has is no difference; that the kinds differ tells it already.
    """
    settings = [_compared(run) for run in runs]
    kinds = [one.get("model.kind") for one in settings]
    names = dict.fromkeys(name for one in settings for name in one)

    def differ(name: str) -> bool:
        having = {kind for one, kind in zip(settings, kinds, strict=True) if name in one}
        values = {one.get(name) for one, kind in zip(settings, kinds, strict=True) if kind in having}
        return len(values) > 1

    return tuple(name for name in names if differ(name))


def find_baseline(groups: Sequence[list[StoredRun]], wanted: str | None) -> list[StoredRun]:
    """Return the group of the run ``wanted`` (id, run name or model name); the oldest where it is None."""
    if wanted is None:
        return min(groups, key=lambda group: group[0].started)
    for group in groups:
        for run in group:
            if wanted in (run.name, run.model) or (len(wanted) >= 8 and run.id.startswith(wanted)):
                return group
    names = ", ".join(str(run) for group in groups for run in group)
    raise UsageError(f"no run here is the baseline {wanted!r}; the runs are {names}")


def name_of(group: Sequence[StoredRun]) -> str:
    """Return the model's name, or the run's where somebody gave it one of its own."""
    first = group[0]
    return first.name if len(group) == 1 and not first.name.startswith(first.model) else first.model
