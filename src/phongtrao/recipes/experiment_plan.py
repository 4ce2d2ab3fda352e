"""An experiment's YAML file -> the runs it asks for: every configuration, on every data, with every seed.

A run is known by a key of what decides its figures: the experiment, its resolved settings, the bytes of its
data and its split. The code's commit is left out, so that a comment does not train everything again; after a
change that matters, say ``--again``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from phongtrao.config import (
    DataSettings,
    OneTopicRecipe,
    Settings,
    SummaryRecipe,
    TopicsRecipe,
    load_config,
    shipped,
)
from phongtrao.corpus.dataset import load_dataset
from phongtrao.errors import InputError, UsageError

Planned = TopicsRecipe | SummaryRecipe | OneTopicRecipe
TINY_FRACTION, TINY_BOOTSTRAP, TINY_SEEDS = 0.2, 20, 2
TINY_SUFFIX = "-tiny"


class Configuration(Settings):
    """One row of the experiment's table."""

    config: str
    """File of the configuration."""
    settings: tuple[str, ...] = ()
    """``key=value`` laid over it."""
    seeds: tuple[int, ...] | None = Field(None, min_length=1)
    """Instead of the experiment's, for what no chance decides."""
    minutes: float = Field(1.0, gt=0)
    """Of one run on two cores, until a run has shown how long it takes."""
    needs: str = ""
    """What not every machine has; such runs wait for ``--all``."""


class Experiment(Settings):
    """An experiment's file."""

    name: str = Field(pattern=r"^[\w.-]+$")
    """Also of the MLflow experiment that its runs go to."""
    about: str = ""
    """What is asked, for the parent run's page."""
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    settings: tuple[str, ...] = ()
    """``key=value`` for every configuration; its own settings are laid over these."""
    data: dict[str, tuple[str, ...]] = Field({"": ()}, min_length=1)
    """Name of a data set -> ``key=value``; run names carry it as ``NAME@DATA``."""
    baseline: str
    """Configuration that the others are held against."""
    configurations: dict[str, Configuration] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class PlannedRun:
    """One training."""

    configuration: str
    settings: Planned
    key: str
    minutes: float
    needs: str

    def __str__(self) -> str:
        """Return the run's name."""
        return f"{self.configuration} seed={self.settings.seed}"


def read_experiment(path: str | Path) -> Experiment:
    """Read an experiment's file.

    Raises:
        UsageError: no such file, not YAML, an unknown key, or a baseline that is no configuration.
    """
    where = shipped(path)
    try:
        experiment = Experiment.model_validate(yaml.safe_load(where.read_text(encoding="utf-8")))
    except (yaml.YAMLError, OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{where} is not a readable YAML file: {error}") from error
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc'])) or 'top'}: {p['msg']}" for p in error.errors()]
        raise UsageError(f"{where}: {'; '.join(problems)}") from error
    names = names_of(experiment)
    if experiment.baseline not in names:
        raise UsageError(f"{where}: the baseline {experiment.baseline!r} is none of {', '.join(names)}")
    return experiment


def names_of(experiment: Experiment) -> list[str]:
    """Return the names of its configurations, the data set's with them."""
    return [_named(name, data) for data in experiment.data for name in experiment.configurations]


def plan(experiment: Experiment, *, tiny: bool = False) -> list[PlannedRun]:
    """Return the runs, configuration by configuration.

    Args:
        experiment: as read.
        tiny: a part of the data, few resamples, no press, two seeds: does it run at all, in minutes.

    Raises:
        UsageError: a setting is wrong, or the configurations are of several recipes.
        InputError: labelled data is absent.
    """
    runs = []
    for data, data_settings in experiment.data.items():
        for name, one in experiment.configurations.items():
            seeds = one.seeds or experiment.seeds
            for seed in seeds[:TINY_SEEDS] if tiny else seeds:
                laid_over = [*experiment.settings, *data_settings, *one.settings, f"seed={seed}"]
                settings = _settings(one.config, laid_over, _named(name, data), tiny=tiny)
                where = experiment_name(experiment, tiny=tiny)
                key = _key(where, settings)
                runs.append(PlannedRun(_named(name, data), settings, key, one.minutes, one.needs))
    recipes = sorted({run.settings.recipe for run in runs})
    if len(recipes) > 1:
        raise UsageError(f"an experiment compares runs of one recipe; found {', '.join(recipes)}")
    return runs


def experiment_name(experiment: Experiment, *, tiny: bool) -> str:
    """Return the MLflow experiment's name; tiny runs stay out of the real ones' table."""
    return experiment.name + (TINY_SUFFIX if tiny else "")


def _named(configuration: str, data: str) -> str:
    return f"{configuration}@{data}" if data else configuration


def _settings(config: str, laid_over: Sequence[str], name: str, *, tiny: bool) -> Planned:
    settings = load_config(config, laid_over)
    if not isinstance(settings, Planned):
        raise UsageError(f"{config}: an experiment is of topics, one_topic or summary, not {settings.recipe}")
    changes: dict[str, Any] = {"name": name, "out": None}
    if tiny:
        changes["bootstrap"] = min(settings.bootstrap, TINY_BOOTSTRAP)
        if isinstance(settings, OneTopicRecipe):
            changes["share"] = settings.share * TINY_FRACTION
        else:
            fraction = settings.data.fraction * TINY_FRACTION
            changes["data"] = settings.data.model_copy(update={"real": None, "fraction": fraction})
        if isinstance(settings, SummaryRecipe):
            changes["vietnews"] = None
    return settings.model_copy(update=changes)


def _key(experiment: str, settings: Planned) -> str:
    told = settings.model_dump(mode="json", exclude={"tracking", "out"})
    facts = [experiment, told, *_data_hashes(settings)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def _data_hashes(settings: Planned) -> tuple[str, ...]:
    """Return what changes with any byte of the data, and with any id of a split."""
    if isinstance(settings, OneTopicRecipe):
        return _files_hash(tuple(file for file in (settings.train, settings.test) if file))
    hashes: tuple[str, ...] = _dataset_hashes(
        settings.data.model_dump_json(exclude={"fraction", "learn_press"})
    )
    if isinstance(settings, SummaryRecipe) and settings.vietnews and settings.vietnews.is_dir():
        hashes += _files_hash(tuple(sorted(settings.vietnews.glob("*.parquet"))))
    return hashes


@cache
def _dataset_hashes(settings: str) -> tuple[str, str]:
    data = load_dataset(DataSettings.model_validate_json(settings))
    return data.data_hash, data.split_hash


@cache
def _files_hash(files: Sequence[Path]) -> tuple[str]:
    digest = hashlib.sha256()
    for file in files:
        if not file.exists():
            raise InputError(f"{file}: the experiment learns from this file, and it is not there")
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return (digest.hexdigest()[:16],)
