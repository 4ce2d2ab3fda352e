"""``model.json`` of a topic model's folder -> what it says, if it says what it must."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError, model_validator

from phongtrao.errors import ModelError
from phongtrao.topics.primary import FEATURES

FORMAT = 1


class About(BaseModel):
    """What ``TopicModel.save`` writes into ``model.json``."""

    model_config = ConfigDict(frozen=True, strict=True)  # keys of later versions do no harm

    format: Literal[1]
    name: str
    version: str
    topics: tuple[str, ...]
    primary_weights: tuple[FiniteFloat, ...]
    bands: tuple[tuple[FiniteFloat, FiniteFloat], ...]
    """Low and high for each topic."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.topics or len(set(self.topics)) != len(self.topics):
            raise ValueError(f"topics: expected different names, found {list(self.topics)}")
        if len(self.primary_weights) != len(FEATURES):
            raise ValueError(f"primary_weights: expected {len(FEATURES)}, found {len(self.primary_weights)}")
        if len(self.bands) != len(self.topics):
            raise ValueError(f"bands: expected {len(self.topics)}, one a topic, found {len(self.bands)}")
        return self


def read_about(folder: Path) -> About:
    """Read ``model.json``.

    Raises:
        ModelError: it is missing, of another format, or does not say what it must.
    """
    path = folder / "model.json"
    try:
        text = path.read_bytes()
        found = json.loads(text)["format"]
        if found != FORMAT:
            raise ModelError(
                f"{folder}: expected format {FORMAT}, found {found}; install the phongtrao that wrote it"
            )
        return About.model_validate_json(text)
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is not a model folder: it has no {path.name}") from error
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc']))} {e['msg']}".strip() for e in error.errors())
        raise ModelError(f"{path}: {said[:500]}; copy the folder again") from error
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{folder} is not a model folder: {path.name}: {error!r}") from error
