"""A page, a row or an article -> everything the toolkit says about it, for use in a notebook or a batch."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from phongtrao.article import Article, Prediction
from phongtrao.errors import ModelError

if TYPE_CHECKING:
    from phongtrao.summary import Summarizer
    from phongtrao.topics.model import TopicModel

Page = str | bytes | Article | Mapping[str, Any]
"""A page's text or bytes, an article, or a row with ``text`` or ``title``, ``lead``, ``passages``."""

SHIPPED_TOPICS = Path(__file__).parent / "weights" / "topics"


@dataclasses.dataclass(frozen=True)
class Analyser:
    """Reads, classifies and summarizes. Made by ``phongtrao.load``."""

    topics: TopicModel
    summarizer: Summarizer

    @overload
    def __call__(self, page: Page) -> Prediction: ...
    @overload
    def __call__(self, page: list[Page] | tuple[Page, ...]) -> list[Prediction]: ...
    def __call__(self, page: Page | list[Page] | tuple[Page, ...]) -> Prediction | list[Prediction]:
        """Analyse one page, or several in one go (faster than one by one, and equal).

        Raises:
            InputError: a page has no article text, or a row has neither ``text`` nor ``passages``.
            TypeError: it is none of these.
        """
        if isinstance(page, (str, bytes, Article, Mapping)):
            return self.analyse([_article(page)])[0]
        if not isinstance(page, Iterable):
            raise TypeError(_expected(page))
        return self.analyse([_article(one, index) for index, one in enumerate(page)])

    def analyse(
        self,
        articles: Sequence[Article],
        *,
        summarize: bool = True,
        length: Literal["short", "standard"] = "standard",
    ) -> list[Prediction]:
        """Classify articles and, unless told otherwise, summarize them."""
        predictions = self.topics.predict(articles)
        if not summarize:
            return predictions
        summaries = self.summarizer.summarize(articles, length=length, predictions=predictions)
        return [dataclasses.replace(p, summary=s) for p, s in zip(predictions, summaries, strict=True)]


def load(model: str | Path | None = None, *, summarizer: str | Path = "extractive") -> Analyser:
    """Open a topic model and a summarizer.

    Args:
        model: a model folder, an MLflow address (``runs:/…``, ``models:/name@alias``), or None for the model
            that ships with the package.
        summarizer: ``extractive`` (as shipped), ``lead-3``, or the folder of one.

    Raises:
        ModelError: there is no such model, or it is not of this kind.
        UsageError: there is no such summarizer.
    """
    from phongtrao.summary import load_summarizer
    from phongtrao.topics.model import TopicModel

    return Analyser(TopicModel.load(model_folder(model)), load_summarizer(summarizer))


def model_folder(model: str | Path | None) -> Path:
    """Return the folder of a model named as for ``load``; one on a tracking server is fetched."""
    if model is None:
        return SHIPPED_TOPICS
    if isinstance(model, str) and model.startswith(("runs:/", "models:/")):
        from phongtrao.tracking.models import fetch_model

        return fetch_model(model)
    if not Path(model).is_dir():
        raise ModelError(f"no model folder {model}; give a folder, runs:/ID or models:/NAME@ALIAS")
    return Path(model)


def _article(page: Page, index: int = 0) -> Article:
    from phongtrao.reading import Record, read_page, read_record

    if isinstance(page, Article):
        return page
    if isinstance(page, Mapping):
        return read_record(Record(source="", line=None, id=f"row-{index + 1}", payload=page))
    if isinstance(page, str | bytes):
        return read_page(page, id=f"page-{index + 1}")
    raise TypeError(_expected(page))


def _expected(page: object) -> str:
    found = type(page).__name__
    return f"expected a page's text or bytes, an Article, a row (dict) or a list of these; found {found}"
