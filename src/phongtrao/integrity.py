"""A model folder -> whether it still is what was saved, told before any of its files is opened.

What saves a model writes ``manifest.json`` beside it: size and SHA-256 of every file but the model card,
which people edit and nothing reads. What opens a model checks it: a file that is missing, changed or was put
there later is named, and the folder refused. So a copy that broke off, a disk that failed and two models
mixed in one folder are found at once, not as scores that are a little wrong.

A manifest is no signature: who can write into the folder can write it anew. Where that is to be feared, note
``fingerprint(folder)`` elsewhere and compare; models on a tracking server are compared so by ``fetch_model``.

Folders that phongtrao 0.1 saved before there were manifests are opened all the same: they are users' own
trained models, which nothing could replace, and to refuse them would only teach to write manifests without
looking. A folder whose ``model.json`` says that it has a manifest is refused without it.

After changing a folder on purpose: ``python -m phongtrao.integrity FOLDER...`` writes its manifest again.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from phongtrao.errors import ModelError

MANIFEST = "manifest.json"
CARD = "README.md"
FORMAT = 1
_MOST_BYTES = 1_000_000
"""Of a manifest; a folder has a dozen files."""
_SHA256 = re.compile(r"[0-9a-f]{64}")
_AGAIN = "copy or fetch the folder again"

Listed = dict[str, tuple[int, str]]
"""Path in the folder, with forward slashes -> size in bytes and SHA-256."""


def write_manifest(folder: Path) -> str:
    """List what a model folder holds, in its ``manifest.json``; return the folder's fingerprint."""
    files = {}
    for name in sorted(_names(folder)):
        path = folder / name
        files[name] = {"bytes": path.stat().st_size, "sha256": _sha256(path)}
    text = json.dumps({"format": FORMAT, "files": files}, indent=1, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_bytes(text.encode())
    return fingerprint(folder)


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of a folder's manifest, which changes with any file listed there.

    Empty where there is no manifest.
    """
    path = folder / MANIFEST
    return _sha256(path) if path.is_file() else ""


def check_folder(folder: Path) -> None:
    """See that a model folder is as it was saved; one saved without a manifest passes.

    Raises:
        ModelError: there is no such folder, its manifest is missing or is none, or a file is missing, was
            changed or is not listed.
    """
    if not folder.is_dir():
        raise ModelError(f"no model folder {folder}; check the path")
    if not (folder / MANIFEST).is_file():
        if _had_manifest(folder):
            raise ModelError(f"{folder}: {MANIFEST} is missing, so nothing here can be checked; {_AGAIN}")
        return
    listed = _read(folder)
    found = set(_names(folder))
    if missing := sorted(listed.keys() - found):
        raise ModelError(f"{folder}: {', '.join(missing)} missing; the copy is incomplete: {_AGAIN}")
    if strange := sorted(found - listed.keys()):
        raise ModelError(
            f"{folder}: {', '.join(strange)} was not saved with the model; remove it, or {_AGAIN}"
        )
    for name, (size, digest) in listed.items():
        _check_file(folder / name, size, digest)


def _check_file(path: Path, size: int, digest: str) -> None:
    found = path.stat().st_size
    if found != size:  # before hashing: what was put in its place may be of any size
        raise ModelError(
            f"{path}: expected {size} bytes, found {found}; damaged or changed since it was saved: {_AGAIN}"
        )
    if _sha256(path) != digest:
        raise ModelError(
            f"{path}: expected content of SHA-256 {digest[:12]}..., found another; "
            f"damaged or changed since it was saved: {_AGAIN}"
        )


def _names(folder: Path) -> Iterator[str]:
    """Yield the files of a folder that count: all but manifest, model card and hidden files of the system."""
    for where, folders, files in os.walk(folder):
        below = Path(where)
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in folders:
            if (below / name).is_symlink():
                raise ModelError(
                    f"{below / name}: expected a folder, found a link to one; copy the folder there"
                )
        for name in files:
            path = below / name
            known = below == folder and name in (MANIFEST, CARD)
            if known or name.startswith("."):
                continue
            if not path.is_file():
                raise ModelError(
                    f"{path}: expected a file, found a link that leads nowhere or a device; {_AGAIN}"
                )
            yield path.relative_to(folder).as_posix()


def _read(folder: Path) -> Listed:
    path = folder / MANIFEST
    if path.stat().st_size > _MOST_BYTES:
        raise ModelError(
            f"{path}: expected at most {_MOST_BYTES} bytes, found {path.stat().st_size}; {_AGAIN}"
        )
    try:
        about: dict[str, Any] = json.loads(path.read_bytes())
        if about["format"] != FORMAT:
            raise ModelError(f"{path}: expected format {FORMAT}, found {about['format']}; update phongtrao")
        return {name: _entry(name, entry) for name, entry in about["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path} is no manifest ({error!r}); {_AGAIN}") from error


def _entry(name: str, entry: Any) -> tuple[int, str]:
    size, digest = entry["bytes"], entry["sha256"]
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts or "\\" in name or ":" in name or not pure.parts:
        raise ValueError(f"{name!r} is no path inside of the folder")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError(f"{name}: expected a size, found {size!r}")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise ValueError(f"{name}: expected a SHA-256, found {digest!r}")
    return size, digest


def _had_manifest(folder: Path) -> bool:
    """Tell whether ``model.json`` says that there is a manifest; what opens it says what else is wrong."""
    try:
        about = json.loads((folder / "model.json").read_bytes())
        return bool(about.get("manifest"))
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    for given in sys.argv[1:]:
        print(f"{given}: {write_manifest(Path(given))}")
