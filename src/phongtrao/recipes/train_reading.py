"""Train the boilerplate classifier of ``phongtrao.reading`` and measure what pages are read as.

The training split's articles are laid on many varied pages; a logistic regression learns each line's role. It
is measured by reading whole pages of the other splits: the passages, titles, dates and authors that come out.

phongtrao train configs/reading.yaml [key=value ...]
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from phongtrao.config import ReadingRecipe
from phongtrao.corpus.articles import LabelledArticle
from phongtrao.corpus.dataset import load_dataset
from phongtrao.reading.features import BUCKETS, dense, hashed
from phongtrao.reading.lines import split_lines
from phongtrao.reading.roles import ROLES, LineModel
from phongtrao.recipes.evaluate_reading import measure
from phongtrao.recipes.reading_pages import RolesPage, plain_page, varied_page
from phongtrao.tracking.runs import start_run


def run(settings: ReadingRecipe) -> dict[str, Any]:
    """Train on the training split, measure on validation and test, record the run.

    Same settings, same numbers. The model is saved to ``settings.out`` where one is given, and with the run.

    Returns:
        ``run`` (MLflow's id, None with tracking switched off), ``folder`` (None where ``out`` names none) and
        ``metrics``: for seed_validation and seed_test, the figures of each kind of page (``measure``).
    """
    config = settings.model_dump(mode="json")
    with start_run(
        settings.tracking, settings.name, recipe="reading", config=config, seed=settings.seed
    ) as tracked:
        # single press passages make no page
        data = load_dataset(settings.data.model_copy(update={"real": None}))
        tracked.log_data(data_hash=data.data_hash, split_hash=data.split_hash, topics=data.topics)
        train = list(data.seed["train"])
        model = train_model(train, pages_each=settings.pages_each, C=settings.C, seed=settings.seed)
        metrics = {
            f"seed_{split}": measure(model, data.seed[split], seed=settings.seed)
            for split in ("validation", "test")
            if data.seed[split]
        }
        tracked.log_metrics(metrics)
        if settings.out is not None:
            model.save(settings.out)
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder))
            tracked.log_folder(Path(folder), "model")
        return {
            "run": tracked.id,
            "folder": str(settings.out) if settings.out else None,
            "metrics": metrics,
        }


def train_model(articles: Sequence[LabelledArticle], *, pages_each: int, C: float, seed: int) -> LineModel:
    """Fit the regression on ``pages_each`` varied pages of each article, and its plain one.

    Args:
        articles: what to learn from; they also lend each other their boilerplate.
        pages_each: varied pages for each article.
        C: inverse regularization strength over standardized numbers and 0/1 words.
        seed: of the variations.
    """
    rng = random.Random(seed)
    lenders = [a for a in articles if a.noise]
    pages = [page for a in articles for page in _pages(a, lenders, pages_each, rng)]
    return _fit([page for page in pages if len(split_lines(page.text)) == len(page.lines)], C)


def _pages(
    article: LabelledArticle, lenders: Sequence[LabelledArticle], count: int, rng: random.Random
) -> list[RolesPage]:
    varied = [varied_page(article, lenders, rng) for _ in range(count)]
    plain = [plain_page(article, gap=gap) for gap in ("\n", "\n\n")]
    return [*varied, *plain]


def _fit(pages: Sequence[RolesPage], C: float) -> LineModel:
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    lines = [split_lines(page.text) for page in pages]
    numbers = np.concatenate([dense(page) for page in lines])  # (all lines, features)
    roles = np.array([ROLES.index(role) for page in pages for _, role in page.lines])
    mean, spread = numbers.mean(axis=0), numbers.std(axis=0)
    spread[spread < 1e-6] = 1.0
    parts = [hashed(page) for page in lines]
    buckets = np.concatenate([b for b, _ in parts])
    sizes = np.concatenate([np.diff([*starts, len(b)]) for b, starts in parts])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    words = sparse.csr_matrix((np.ones(len(buckets), np.float32), buckets, ends), (len(roles), BUCKETS))
    X = sparse.hstack([sparse.csr_matrix((numbers - mean) / spread), words]).tocsr()
    fitted = LogisticRegression(C=C, max_iter=300, tol=1e-3).fit(X, roles)
    scaled = fitted.coef_[:, : numbers.shape[1]].T / spread[:, None]  # (features, roles)
    return LineModel(
        numbers=scaled.astype(np.float32),
        words=fitted.coef_[:, numbers.shape[1] :].T.astype(np.float32),
        bias=(fitted.intercept_ - mean @ scaled).astype(np.float32),
    )
