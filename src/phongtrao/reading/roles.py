"""Lines of a page -> the role of each: a multinomial logistic regression, then the likeliest order.

The regression scores each line by itself (``features``); the decoding (Viterbi) picks the likeliest sequence
in which the title and its copies come first, then the lead and its copies, then the body, with other lines
anywhere between. A copy of the lead, as a teaser, may stand above the title.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from phongtrao.errors import ModelError
from phongtrao.integrity import MANIFEST, check_folder, write_manifest
from phongtrao.reading.features import BUCKETS, Floats, dense, hashed
from phongtrao.reading.lines import Line

Role = Literal["other", "title", "lead", "body", "author"]
ROLES: tuple[Role, ...] = get_args(Role)
_OTHER, _TITLE, _LEAD, _BODY, _AUTHOR = range(len(ROLES))

# What has been seen so far: nothing, the title, the lead, the body. Role -> {from: to}.
_ORDER = (
    {0: 0, 1: 1, 2: 2, 3: 3},  # other
    {0: 1, 1: 1, 2: 2},  # title
    {0: 0, 1: 2, 2: 2},  # lead
    {0: 3, 1: 3, 2: 3, 3: 3},  # body
    {1: 1, 2: 2, 3: 3},  # author
)
_NO_TITLE = -4.0
"""Log odds paid for a body without a title before it."""
_LONGEST_TITLE_WORDS = 45
_NEVER = -30.0
SHIPPED = Path(__file__).parents[1] / "weights" / "reading"


@dataclass(frozen=True)
class LineModel:
    """The regression's weights; ``scores`` gives log probabilities."""

    numbers: Floats
    """(features of ``features.dense``, roles)"""
    words: Floats
    """(buckets, roles)"""
    bias: Floats
    """(roles,)"""

    def scores(self, lines: Sequence[Line]) -> Floats:
        """Return the log probability of each role for each line, shape (lines, roles)."""
        buckets, starts = hashed(lines)
        silent = np.diff(starts, append=len(buckets)) == 0  # long lines without a word
        # reduceat needs an element at every start, and takes one where there is none to add up.
        said = np.add.reduceat(
            np.concatenate([self.words[buckets], np.zeros_like(self.bias)[None]]), starts, axis=0
        )
        said[silent] = 0
        logits = dense(lines) @ self.numbers + said + self.bias
        logits -= logits.max(axis=1, keepdims=True)
        normalized: Floats = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
        normalized[[len(line.text.split()) > _LONGEST_TITLE_WORDS for line in lines], _TITLE] = _NEVER
        return normalized

    def save(self, folder: Path) -> None:
        """Write ``model.safetensors``, ``model.json`` and the manifest into ``folder``."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        tensors = {"numbers": self.numbers, "words": self.words, "bias": self.bias}
        halves = {name: np.ascontiguousarray(values, np.float16) for name, values in tensors.items()}
        save_file(halves, folder / "model.safetensors")
        (folder / "model.safetensors").chmod(0o644)  # safetensors makes files that only their owner reads
        about = {"roles": ROLES, "numbers": len(self.numbers), "buckets": BUCKETS, "manifest": MANIFEST}
        (folder / "model.json").write_text(json.dumps(about) + "\n", encoding="utf-8")
        write_manifest(folder)

    @classmethod
    def load(cls, folder: Path = SHIPPED) -> LineModel:
        """Open a saved model.

        Raises:
            ModelError: files are missing, were changed, or were made for other features.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        check_folder(folder)
        try:
            about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            tensors = load_file(folder / "model.safetensors")
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(
                f"{folder}: no line model ({error}); train one: phongtrao train reading"
            ) from error
        seen = dense([Line("a", True)]).shape[1]
        expected = {"roles": list(ROLES), "numbers": seen, "buckets": BUCKETS}
        if not isinstance(about, dict) or {key: about.get(key) for key in expected} != expected:
            raise ModelError(f"{folder}: made for other features ({about}); train it again")
        return cls(**{name: values.astype(np.float32) for name, values in tensors.items()})


@cache
def shipped_model() -> LineModel:
    """Return the model that comes with the package, opened once."""
    return LineModel.load()


def decode_roles(scores: npt.NDArray[np.floating]) -> list[int]:
    """Return the likeliest sequence of roles (indices into ``ROLES``) that keeps the order."""
    best: dict[int, float] = {0: 0.0}
    steps: list[dict[int, tuple[int, int]]] = []  # per line: state -> (state before, role)
    for line in scores.tolist():
        reached: dict[int, float] = {}
        came: dict[int, tuple[int, int]] = {}
        for role, moves in enumerate(_ORDER):
            for before, after in moves.items():
                if before not in best:
                    continue
                score = best[before] + line[role] + (_NO_TITLE if after == 3 and before == 0 else 0.0)
                if score > reached.get(after, -1e30):
                    reached[after], came[after] = score, (before, role)
        best = reached
        steps.append(came)
    state = max(best, key=lambda s: best[s])
    roles = []
    for came in reversed(steps):
        state, role = came[state]
        roles.append(role)
    return roles[::-1]
