"""Settings -> the labelled data of a run: seed corpus and press passages, split, with their hashes."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.config import DataSettings, shipped
from phongtrao.corpus.articles import LabelledArticle, read_labelled
from phongtrao.corpus.press_labels import add_evidence, load_press_labels
from phongtrao.corpus.splits import SPLITS, SplitName, divide, ids_hash, read_splits
from phongtrao.corpus.topics import topic_keys
from phongtrao.errors import InputError

if TYPE_CHECKING:
    from datasets import DatasetDict

Parts = Mapping[SplitName, Sequence[LabelledArticle]]

PRESS_LABELS = Path("press/labels.jsonl")
"""In the seeds: further press passages to learn from, named by their place (see ``corpus.press_labels``)."""

EVIDENCE = Path("press/evidence.jsonl")
"""In the seeds: which stretches of press passages to learn from carry their topics."""

WRITTEN = Path("press/written.jsonl")
"""In the seeds: invented passages in the press's register, to learn from."""


@dataclass(frozen=True)
class LabelledData:
    """Everything a recipe learns from and is measured on."""

    topics: tuple[str, ...]
    seed: Parts
    press: Parts
    """Press passages (articles of one passage); every split empty where the file is absent."""
    labels: Sequence[LabelledArticle]
    """Further press passages, to learn from only: most were drawn for what they carry."""
    written: Sequence[LabelledArticle]
    """Invented passages in the press's register, to learn from only."""
    data_hash: str
    """Changes with any byte of any file read."""
    split_hash: str
    """Changes with any id of a validation or test split; runs compare only where it is equal."""

    @property
    def train(self) -> Mapping[str, Sequence[LabelledArticle]]:
        """All that is learned from, by source."""
        return {
            "seed": self.seed["train"],
            "press": self.press["train"],
            "labels": self.labels,
            "written": self.written,
        }


def load_seed_corpus(folder: Path = Path("seeds")) -> list[LabelledArticle]:
    """Return the articles of the seed corpus, file by file, checked.

    Raises:
        InputError: a row breaks the schema, or the folder holds no ``*.jsonl``.
    """
    where = shipped(folder)
    files = sorted(where.glob("*.jsonl"))
    if not files:
        raise InputError(f"{where}: no .jsonl files; expected the seed corpus")
    topics = topic_keys(folder)
    return [article for file in files for article in read_labelled(file, topics)]


def load_dataset(settings: DataSettings) -> LabelledData:
    """Load and split what the settings name; what lies beside the project is passed over where absent."""
    folder = shipped(settings.seeds)
    topics = topic_keys(settings.seeds)
    split_file = folder / "splits.json"
    files = [*sorted(folder.glob("*.jsonl")), folder / "topics.yaml", split_file, *settings.extra]
    articles = load_seed_corpus(settings.seeds)
    for path in settings.extra:
        articles += read_labelled(path, topics)
    seed = divide(articles, read_splits(split_file, "seed"), where=str(folder))
    press: Parts = {name: [] for name in SPLITS}
    if settings.real is not None and not settings.real.exists():
        print(f"no press passages at {settings.real}: learning goes on without", file=sys.stderr, flush=True)
    elif settings.real is not None:
        passages = list(read_labelled(settings.real, topics))
        press = divide(passages, read_splits(split_file, "press"), where=str(settings.real))
        files.append(settings.real)
    held = {
        f"{source}_{name}": [a.id for a in parts[name]]
        for source, parts in (("seed", seed), ("press", press))
        for name in ("validation", "test")
    }
    labels: list[LabelledArticle] = []
    if not settings.learn_press:
        press = {name: press[name] if name == "test" else [] for name in SPLITS}
    elif press["train"] and settings.labels and settings.collections.exists():
        labels = load_press_labels(folder / PRESS_LABELS, settings.collections, topics)
        files.append(folder / PRESS_LABELS)
    if press["train"] and (folder / EVIDENCE).exists():
        press = {**press, "train": add_evidence(press["train"], folder / EVIDENCE, topics)}
        labels = add_evidence(labels, folder / EVIDENCE, topics)
        files.append(folder / EVIDENCE)
    written: list[LabelledArticle] = []
    if settings.written and (folder / WRITTEN).exists():
        written = list(read_labelled(folder / WRITTEN, topics))
        files.append(folder / WRITTEN)
    return LabelledData(
        topics,
        {**seed, "train": a_part(seed["train"], settings.fraction)},
        {**press, "train": a_part(press["train"], settings.fraction)},
        a_part(labels, settings.fraction),
        a_part(written, settings.fraction),
        _files_hash(files),
        ids_hash(held),
    )


def a_part(articles: Sequence[LabelledArticle], fraction: float) -> list[LabelledArticle]:
    """Return ``fraction`` of the articles of each slice (at least one), in their order.

    Chosen by the hash of their id: the same ones everywhere, and a larger part holds every smaller one.
    """
    slices: dict[str, list[LabelledArticle]] = {}
    for article in articles:
        slices.setdefault(article.slice, []).append(article)
    kept: set[str] = set()
    for members in slices.values():
        members.sort(key=lambda a: hashlib.sha256(a.id.encode()).digest())
        kept.update(a.id for a in members[: max(1, round(fraction * len(members)))])
    return [article for article in articles if article.id in kept]


def as_dataset_dict(data: LabelledData) -> DatasetDict:
    """Return the data as a ``datasets.DatasetDict``: one row a passage, splits train, validation, test.

    Columns: article_id, source (``seed`` or ``press``), kind, slice, passage (index), text, topics.
    """
    from datasets import Dataset, DatasetDict, Features, List, Value

    features = Features(
        {name: Value("string") for name in ("article_id", "source", "kind", "slice")}
        | {"passage": Value("int32"), "text": Value("string"), "topics": List(Value("string"))}
    )
    return DatasetDict(
        {
            name: Dataset.from_list(
                [
                    {
                        "article_id": a.id,
                        "source": source,
                        "kind": a.kind,
                        "slice": a.slice,
                        "passage": index,
                        "text": passage.text,
                        "topics": list(passage.topics),
                    }
                    for source, parts in (("seed", data.seed), ("press", data.press))
                    for a in parts[name]
                    for index, passage in enumerate(a.passages)
                ],
                features=features,
            )
            for name in SPLITS
        }
    )


def _files_hash(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:16]
