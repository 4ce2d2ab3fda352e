"""Model folders into MLflow and out again.

In goes a model folder, wrapped as a pyfunc model that carries its code, signature and an example; out comes
the same folder, which ``phongtrao.load`` opens without running any code that was logged.
"""

from __future__ import annotations

import atexit
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from importlib.metadata import requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phongtrao
from phongtrao.errors import ModelError
from phongtrao.integrity import check_folder, fingerprint
from phongtrao.tracking.server import connect, shown, tracking_uri

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models.model import ModelInfo
    from mlflow.models.signature import ModelSignature

FINGERPRINT = "phongtrao.fingerprint"
"""Tag of a logged model: the fingerprint of its folder (``phongtrao.integrity``)."""
_ADDRESSES = ("runs:/", "models:/")


def log_model(folder: Path, *, name: str, example: Sequence[Mapping[str, Any]], run_id: str) -> ModelInfo:
    """Log a model folder to a run, so that ``mlflow models serve`` answers with classify rows.

    Args:
        folder: what ``TopicModel.save`` wrote.
        name: the model's name on the run's page.
        example: input rows shown with the model; it is asked about them once, as a check.
        run_id: a run of the server that is connected.
    """
    import mlflow.pyfunc
    import pandas as pd
    from mlflow.models import Model

    client = mlflow.MlflowClient()
    model_id = _begin(client, run_id, name)
    client.set_logged_model_tags(model_id, {FINGERPRINT: fingerprint(folder)})
    with tempfile.TemporaryDirectory() as temporary:
        return Model.log(
            None,
            flavor=mlflow.pyfunc,
            run_id=run_id,
            model_id=model_id,
            python_model=str(Path(__file__).with_name("pyfunc.py")),
            artifacts={"model": str(folder)},
            code_paths=[str(_code(Path(temporary)))],
            signature=_signature(),
            input_example=pd.DataFrame([dict(row) for row in example], dtype=object),
            pip_requirements=_requirements(),
        )


def fetch_model(address: str, into: Path | None = None) -> Path:
    """Return the model folder at ``runs:/ID`` or ``models:/NAME@ALIAS`` (or ``/VERSION``), on this disk.

    ``runs:/ID/NAME`` does where a run logged several models. Without ``into`` it lies in a temporary folder
    for as long as this process lives.

    Raises:
        ModelError: there is no such model, or phongtrao did not log it.
        PhongtraoError: the server cannot be reached.
    """
    import mlflow.artifacts
    from mlflow.exceptions import MlflowException
    from mlflow.models import Model

    if into is None:
        into = Path(tempfile.mkdtemp(prefix="phongtrao-model-"))
        atexit.register(shutil.rmtree, into, ignore_errors=True)
    into.mkdir(parents=True, exist_ok=True)
    with connect() as client:
        try:
            if re.fullmatch("runs:/[0-9a-f]{32}/?", address):
                outputs = client.get_run(address.split("/")[1]).outputs.model_outputs
                if not outputs:
                    raise ModelError(f"{address} logged no model")
                address = f"models:/{outputs[-1].model_id}"
            here = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=str(into)))
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND"):
                raise
            raise ModelError(f"no model {address} at {shown(tracking_uri())}: {error.message}") from error
        try:
            about = Model.load(str(here))
            inside = here / str(about.flavors["python_function"]["artifacts"]["model"]["path"])
        except (MlflowException, KeyError, TypeError) as error:
            raise ModelError(f"{address} is no phongtrao model: it holds no model folder") from error
        _check(client, address, about.model_id, inside, within=here)
    return inside


def _check(client: MlflowClient, address: str, model_id: str | None, folder: Path, *, within: Path) -> None:
    """See that a fetched folder is what was logged.

    The server's database knows the fingerprint, so that files changed in its store are noticed with their
    manifest. Models logged by versions that noted none pass, as do the folders they saved.

    Raises:
        ModelError: it is not, or what came with it leads out of what was fetched.
    """
    if not folder.resolve().is_relative_to(within.resolve()):
        raise ModelError(f"{address} names a folder outside of itself ({folder.name}); it is not opened")
    check_folder(folder)
    logged = client.get_logged_model(model_id).tags.get(FINGERPRINT) if model_id else None
    if logged and logged != fingerprint(folder):
        raise ModelError(
            f"{address}: expected the model folder that was logged ({logged[:12]}...), found another "
            f"({fingerprint(folder)[:12] or 'no manifest'}); it was changed where it is stored: log it again"
        )


def _begin(client: MlflowClient, run_id: str, name: str) -> str:
    """Return the id of the model to be filled: one whose logging broke off, else a new one.

    Made here, for ``Model.log`` would put it into the default experiment, where ``runs:/`` does not find it.
    """
    run = client.get_run(run_id)
    where = run.info.experiment_id
    broken_off = [
        model
        for model in client.search_logged_models([where], f"source_run_id = '{run_id}'")
        if model.name == name and str(model.status) != "READY"
    ]
    if broken_off:
        return str(broken_off[0].model_id)
    made = client.create_logged_model(where, name, run_id, params=run.data.params, model_type="topics")
    return str(made.model_id)


def _code(folder: Path) -> Path:
    """Copy this package, so that the model runs where phongtrao is not installed; other models stay here."""
    package = Path(phongtrao.__file__).parent
    models = {str(package / "weights" / name) for name in ("topics", "summary")}

    def passed_over(where: str, names: list[str]) -> set[str]:
        return {n for n in names if n in ("__pycache__", "_shipped") or str(Path(where) / n) in models}

    return Path(shutil.copytree(package, folder / "phongtrao", ignore=passed_over))


def _requirements() -> list[str]:
    """Return what phongtrao needs, in the versions that are installed."""
    from packaging.requirements import Requirement

    needed = (Requirement(line) for line in requires("phongtrao") or ())
    names = sorted(r.name for r in needed if not (r.marker and "extra" in str(r.marker)))
    return [f"{name}=={version(name)}" for name in names]


def _signature() -> ModelSignature:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, Schema
    from mlflow.types.schema import AnyType, Array, Map, Object, Property

    text, scores = DataType.string, Map(DataType.double)
    # AnyType where a row may hold more than one kind: ids are texts or numbers, passages texts or objects.
    given = {"text": text, "title": text, "lead": text, "passages": AnyType(), "id": AnyType()}
    given |= {"source": text, "published": text, "author": text}
    passage = {"text": text, "topics": Array(text), "scores": scores}
    passage["evidence"] = Map(Array(Array(DataType.long)))
    said = {"id": text, "source": text, "title": text, "published": text, "topics": Array(text)}
    said |= {"primary": text, "scores": scores}
    said |= {"passages": Array(Object([Property(name, kind) for name, kind in passage.items()]))}
    said |= {"model": text, "uncertain": DataType.boolean}
    return ModelSignature(
        inputs=Schema([ColSpec(kind, name, required=False) for name, kind in given.items()]),
        outputs=Schema(
            [ColSpec(kind, name, name not in ("published", "primary")) for name, kind in said.items()]
        ),
    )
