"""The logged model in Spark answers as by itself. Needs Java, pyspark and pandas < 3: make spark."""

import os
import shutil
import sys

import pandas as pd
import pytest

from phongtrao.article import Article, Passage
from phongtrao.config import TrackingSettings
from phongtrao.rows import classify_row
from phongtrao.topics.model import TopicModel
from phongtrao.tracking.runs import start_run

SAID = (
    "id string, topics array<string>, primary string, scores map<string, double>, uncertain boolean, "
    "passages array<struct<text: string, topics: array<string>, evidence: map<string, array<array<bigint>>>>>"
)
TEXTS = {"a": "Công an xã tuyên truyền pháp luật.", "b": "Ra mắt mô hình tự quản.", "c": "Thời tiết đẹp."}


@pytest.fixture
def spark(monkeypatch):
    if int(pd.__version__.split(".")[0]) >= 3:
        pytest.skip(f"Spark takes no pandas {pd.__version__} yet; make spark brings an older one")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("no Java on this machine")
    session = pytest.importorskip("pyspark.sql", reason="pyspark is not installed; make spark brings it")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    builder = session.SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
    spark = builder.getOrCreate()
    yield spark
    spark.stop()


def test_as_a_function_of_spark_it_answers_as_by_itself(spark, store, model_folder):
    import mlflow
    from pyspark.sql.functions import array, col, struct

    example = {"passages": ["Ra mắt mô hình."]}
    with start_run(TrackingSettings(experiment="spark"), "tiny", recipe="topics", config={}, seed=0) as run:
        address = run.log_model(model_folder, name="tiny", example=[example])
    classify = mlflow.pyfunc.spark_udf(spark, address, result_type=SAID, env_manager="local")
    frame = spark.createDataFrame(list(TEXTS.items()), "id string, said string")
    given = struct("id", array(col("said")).alias("passages"))
    said = {
        row["id"]: row["row"].asDict(recursive=True)
        for row in frame.select("id", classify(given).alias("row")).collect()
    }
    model = TopicModel.load(model_folder)
    assert [said[name]["topics"] for name in TEXTS] == [["propaganda"], ["models"], []]
    for name, text in TEXTS.items():
        expected = classify_row(model.predict([Article(name, "", "", "", (Passage(text),))])[0])
        for passage in expected["passages"]:
            del passage["scores"]  # not asked for
        expected["primary"] = str(expected["primary"])  # MLflow writes null texts so
        assert said[name] == {key: expected[key] for key in said[name]}
