"""Shared by all tests: no network, no tracking left behind, the press passages where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def press_file() -> Path:
    """Real labelled press passages; they are not ours to publish, so they may be absent."""
    path = ROOT.parent / "shared" / "real" / "passages.jsonl"
    if not path.exists():
        pytest.skip("the real press passages (../shared/real) are not on this machine")
    return path
