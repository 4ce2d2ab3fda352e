"""This process -> the tags that say which code made a run."""

from __future__ import annotations

import getpass
import subprocess
from pathlib import Path

import phongtrao


def code_tags() -> dict[str, str]:
    """Return version, user and, where the package runs from a checkout, its git commit and cleanness."""
    tags = {"phongtrao.version": phongtrao.__version__, "mlflow.source.type": "LOCAL"}
    tags["mlflow.user"] = user_name()
    commit = _git("rev-parse", "HEAD")
    # An installed package may lie in somebody else's repository (under its .venv); only a tracked file tells.
    if commit and _git("ls-files", "--error-unmatch", "__init__.py"):
        dirty = bool(_git("status", "--porcelain", "--untracked-files=no", ":/"))
        tags |= {"git.commit": commit, "git.dirty": str(dirty).lower(), "mlflow.source.git.commit": commit}
    return tags


def user_name() -> str:
    """Return who runs this process."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no name for this user id: a container
        return "unknown"


def _git(*arguments: str) -> str:
    """Return what git prints in the package's folder; empty where it fails or is not there."""
    folder = Path(phongtrao.__file__).parent
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=folder, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
