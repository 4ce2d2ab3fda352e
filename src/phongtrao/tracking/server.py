"""The environment -> a connection to MLflow that is quiet, checked, and fails in words a person can act on.

The server is ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` in the working folder. MLflow keeps its address in a
process-wide place; a connection sets it only for its own length and puts back what was there, so that a
notebook's own tracking is not moved.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from phongtrao.errors import PhongtraoError

if TYPE_CHECKING:
    from mlflow import MlflowClient

_CHATTY = (
    "alembic",
    "mlflow.store.db.utils",
    "mlflow.tracking.fluent",
    "mlflow.models.model",
    "mlflow.models.signature",
    "mlflow.pyfunc",
    "mlflow.store.model_registry.abstract_store",
)
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # standard output is the command's own
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3",  # MLflow's own 7 retries take over four minutes
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "60",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_REACH_SECONDS = 5.0


def tracking_uri() -> str:
    """Return where runs are recorded: ``MLFLOW_TRACKING_URI``, else a database in the working folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{Path('mlflow.db').absolute()}"


def shown(uri: str) -> str:
    """Return ``uri`` without a password, for messages."""
    return re.sub(r"//[^/@]*@", "//***@", uri)


@contextmanager
def connect() -> Iterator[MlflowClient]:
    """Give a client of the tracking server, for the length of a ``with`` block.

    Raises:
        PhongtraoError: the server or the database cannot be reached, at the start or later in the block.
    """
    uri = tracking_uri()
    _reach(uri)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    import mlflow

    if "MLFLOW_LOGGING_LEVEL" not in os.environ:
        for name in _CHATTY:
            logging.getLogger(name).setLevel(logging.WARNING)
    before = os.environ.get("MLFLOW_TRACKING_URI")
    if mlflow.get_tracking_uri() != uri:
        mlflow.set_tracking_uri(uri)
    try:
        with in_words(uri):
            yield mlflow.MlflowClient(uri)
    finally:
        if os.environ.get("MLFLOW_TRACKING_URI") != before:
            mlflow.set_tracking_uri(before)


@contextmanager
def in_words(uri: str) -> Iterator[None]:
    """Turn MLflow's and the database's own errors into a ``PhongtraoError`` that names the server."""
    from mlflow.exceptions import MlflowException
    from requests.exceptions import RequestException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, RequestException, SQLAlchemyError) as error:
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        advice = ""
        if "out-of-date database schema" in str(error):
            advice = (
                f"; it was made by an older MLflow: keep a copy, then run 'mlflow db upgrade {shown(uri)}'"
            )
        elif "Max retries exceeded" in str(error) or isinstance(error, RequestException):
            advice = "; the server went away: start it again, or unset MLFLOW_TRACKING_URI to record locally"
        raise PhongtraoError(f"MLflow at {shown(uri)} did not do what was asked: {first}{advice}") from error


def is_away(error: Exception) -> bool:
    """Tell whether an error means that the server, or the disk of its database, does not answer.

    Not so where it answered and refused what was sent: that would be refused again.
    """
    from mlflow.exceptions import MlflowException
    from requests.exceptions import HTTPError, RequestException
    from sqlalchemy.exc import SQLAlchemyError

    if isinstance(error, HTTPError) and error.response is not None:
        return bool(error.response.status_code >= 500)
    if isinstance(error, MlflowException):
        return error.error_code in ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")
    return isinstance(error, RequestException | SQLAlchemyError)


def _reach(uri: str) -> None:
    """Fail within seconds where a server does not answer; any HTTP answer will do."""
    import requests

    if not uri.startswith(("http://", "https://")):
        return
    try:
        requests.get(f"{uri.rstrip('/')}/health", timeout=_REACH_SECONDS)
    except requests.RequestException as error:
        raise PhongtraoError(
            f"no MLflow server answers at {shown(uri)} (MLFLOW_TRACKING_URI; {type(error).__name__}). "
            "Start it ('mlflow server --backend-store-uri sqlite:///mlflow.db'), mend the address, unset the "
            "variable to record in ./mlflow.db, or train without recording: tracking.enabled=false"
        ) from error
