"""``seeds/topics.yaml`` -> the topics, in the order that holds everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from phongtrao.config import shipped
from phongtrao.errors import InputError


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic and how to speak of it."""

    key: str
    vi: str
    en: str
    definition: str


@cache
def load_topics(folder: Path = Path("seeds")) -> tuple[Topic, ...]:
    """Return the topics of a corpus folder, in the fixed order.

    Raises:
        InputError: ``topics.yaml`` lacks a name or names a topic twice.
    """
    path = shipped(folder / "topics.yaml")
    try:
        topics = tuple(Topic(**entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["topics"])
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise InputError(f"{path}: expected topics, each with key, vi, en, definition: {error}") from error
    keys = [topic.key for topic in topics]
    if len(set(keys)) != len(keys):
        raise InputError(f"{path}: a topic stands twice: {keys}")
    return topics


def topic_keys(folder: Path = Path("seeds")) -> tuple[str, ...]:
    """Return the topics' keys, in the fixed order."""
    return tuple(topic.key for topic in load_topics(folder))
