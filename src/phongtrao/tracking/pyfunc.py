"""Rows -> classify rows, behind MLflow: the file that is logged as the model's code ("models from code").

MLflow runs this file when the model is logged and again wherever it is loaded: by ``mlflow models serve``,
``mlflow.pyfunc.load_model`` or ``spark_udf``. So nothing is pickled; the model is the folder beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

# MLflow resolves the annotations of predict when this file runs, so what they name is imported here.
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel, PythonModelContext

if TYPE_CHECKING:
    from phongtrao.article import Article


class ServedTopicModel(PythonModel):  # type: ignore[misc]
    """The topic model that lies in the artifact ``model``."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the model folder."""
        from phongtrao.topics.model import TopicModel

        self.model_ = TopicModel.load(Path(context.artifacts["model"]))

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> list[dict[str, Any]]:
        """Return one classify row for each row of ``model_input``.

        Raises:
            MlflowException: a row has no text or is no row; the message names it (HTTP 400 when served).
        """
        from phongtrao.rows import classify_row

        articles = [_article(number, row) for number, row in enumerate(model_input.to_dict("records"), 1)]
        return [classify_row(prediction) for prediction in self.model_.predict(articles)]


def _article(number: int, row: Mapping[Any, Any]) -> Article:
    from phongtrao.errors import InputError
    from phongtrao.reading.rows import read_row

    given = {key: value for key, value in row.items() if not _missing(value)}
    try:
        return read_row(given, id=f"row-{number}", source=str(given.get("source", "")))
    except InputError as error:
        raise MlflowException(f"row {number}: {error}", INVALID_PARAMETER_VALUE) from error


def _missing(value: Any) -> bool:
    """Tell what a DataFrame puts where a row had nothing: None, NaN or NA."""
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


set_model(ServedTopicModel())
