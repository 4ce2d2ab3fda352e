"""``phongtrao train configs/summary/abstractive.yaml`` and what is done with its folder, on tiny data."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from phongtrao.analyser import SHIPPED_TOPICS, Analyser
from phongtrao.cli import main
from phongtrao.config import SummaryRecipe, load_config, shipped
from phongtrao.corpus.vietnews import as_summary_dataset, load_vietnews
from phongtrao.errors import ModelError, UsageError
from phongtrao.summary import evaluate, load_summarizer, missing_numbers
from phongtrao.summary.abstractive.repair import WAYS
from phongtrao.topics.model import TopicModel
from tests.summary.conftest import article_of

from .conftest import needs_ctranslate2, settings_of

ARTICLE = article_of(
    "Tối 12/8, Công an phường Bình An ra mắt mô hình tại khu phố 3. Tổ có 15 thành viên.",
    "Công an phường cho biết địa bàn xảy ra 24 vụ trộm cắp, giảm 17,5% so với cùng kỳ.",
    title="Phường Bình An ra mắt tổ tuần tra",
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Twelve articles of the seed corpus and eight of VietNews."""
    folder = tmp_path_factory.mktemp("data")
    seeds = folder / "seeds"
    seeds.mkdir()
    shutil.copyfile(shipped("seeds/topics.yaml"), seeds / "topics.yaml")
    lines = shipped("seeds/north.jsonl").read_text(encoding="utf-8").splitlines()[:12]
    (seeds / "north.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ids = [json.loads(line)["id"] for line in lines]
    splits = {"train": ids[:8], "validation": ids[8:10], "test": ids[10:]}
    empty = {"train": [], "validation": [], "test": []}
    (seeds / "splits.json").write_text(json.dumps({"seed": splits, "press": empty}))
    news = folder / "vietnews"
    news.mkdir()
    for split, count in (("train-1-of-1", 8), ("validation", 3)):
        rows = {
            "id": [f"{split}{i}" for i in range(count)],
            "title": ["Bắt trộm ở phường"] * count,
            "abstract": [f"Công_an phường {split} {i} bắt đối_tượng trộm_cắp ." for i in range(count)],
            "body": ["Công_an phường bắt 3 đối_tượng .\nNgười dân cung_cấp nguồn tin ."] * count,
        }
        pq.write_table(pa.table(rows), news / f"{split}.parquet")
    return folder


def recipe(data, out, start, *, tracked=False, **changed):
    return SummaryRecipe(
        name="abstractive",
        data={"seeds": data / "seeds", "real": None},
        vietnews=data / "vietnews",
        train_articles=8,
        validation_articles=3,
        bootstrap=10,
        out=out,
        model=settings_of(start, rounds=1, target_tokens=16, **changed),
        tracking={"enabled": tracked, "experiment": "s"},
    )


@pytest.fixture(scope="module")
def trained(data, encoder_start, tmp_path_factory):
    """The folder of a tiny run, recorded in MLflow, its run and metrics."""
    mlflow = pytest.importorskip("mlflow")
    from phongtrao.recipes.train_summary import run

    place = tmp_path_factory.mktemp("trained")
    uri = f"sqlite:///{place / 'runs.db'}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", uri)
        patch.chdir(place)
        result = run(recipe(data, place / "model", encoder_start, tracked=True))
        recorded = mlflow.MlflowClient(uri).get_run(result["run"])
        names = {file.path for file in mlflow.MlflowClient(uri).list_artifacts(result["run"])}
    return place / "model", result, recorded, names


def test_a_run_trains_measures_keeps_and_records(trained):
    folder, result, recorded, names = trained
    assert set(result["metrics"]) == {"seed_validation", "seed_test", "vietnews_validation"}
    for metrics in result["metrics"].values():
        assert (metrics["missing_numbers"], metrics["missing_claims"]) == (0, 0)
        assert sum(metrics["ways"].values()) == pytest.approx(1)
        assert metrics["metrics"]["whole_end"]["value"] == 1
    assert recorded.data.metrics["train.loss"] > 0
    assert "seed_test.ways.extracted" in recorded.data.metrics
    assert recorded.data.params["model.kind"] == "abstractive"
    assert any("summaries" in name for name in names) or "tables" in names
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "encoder-decoder that began as" in card
    assert "learned from\n8 seed, 8 VietNews articles" in card
    assert "| written | rewritten | mended | extracted |" in card


def test_the_folder_gives_the_summaries_again(trained):
    folder = trained[0]
    opened = load_summarizer(folder)
    again = load_summarizer(str(folder))
    articles = [ARTICLE, article_of(), article_of("Tổ có 15 thành viên.")]
    together = opened.summarize(articles)
    assert together == [again.summarize([article])[0] for article in articles]
    assert [s.method for s in together] == ["abstractive"] * 3
    assert together[0].way in WAYS
    assert together[1].text == ""
    short = opened.summarize([ARTICLE], length="short")[0]
    assert 0 < len(short.text) <= len(ARTICLE.text)


def test_commands_take_the_folder(trained, data, tmp_path, capfd):
    folder = trained[0]
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "title": "T", "passages": [ARTICLE.text]}))
    command = [
        "summarize",
        str(tmp_path / "a.jsonl"),
        "--method",
        str(folder),
        "-o",
        str(tmp_path / "o.jsonl"),
    ]
    with pytest.raises(SystemExit) as left:
        main([*command, "--length", "short", "--workers", "1"])
    assert not left.value.code
    row = json.loads((tmp_path / "o.jsonl").read_text(encoding="utf-8"))
    assert row["method"].removeprefix("abstractive/") in WAYS
    assert missing_numbers(row["summary"], ARTICLE.text) == []
    gold = str(data / "vietnews" / "validation.parquet")
    with pytest.raises(SystemExit) as left:
        main(["evaluate", "summary", gold, "--method", str(folder), "--bootstrap", "5"])
    assert not left.value.code
    assert "evaluated abstractive on 3 articles" in capfd.readouterr().out


def test_an_analyser_takes_it(trained):
    analyse = Analyser(TopicModel.load(SHIPPED_TOPICS), load_summarizer(trained[0]))
    said = analyse(ARTICLE)
    assert said.summary is not None
    assert said.summary.method == "abstractive"
    assert missing_numbers(said.summary.text, ARTICLE.text) == []


def test_a_changed_folder_is_refused(trained, tmp_path):
    shutil.copytree(trained[0], tmp_path / "m")
    (tmp_path / "m" / "frame.json").write_text("{}")
    with pytest.raises(ModelError, match="changed since it was saved"):
        load_summarizer(tmp_path / "m")


@needs_ctranslate2
@pytest.mark.parametrize("layout", ["bartpho_start", "vit5_start"])
def test_whole_encoder_decoders_are_trained_and_kept_in_int8(layout, data, tmp_path, request):
    from phongtrao.recipes.train_summary import run

    start = request.getfixturevalue(layout)
    result = run(recipe(data, tmp_path / "m", start, runtime="ctranslate2", steps=2, seed_epochs=0))
    opened = load_summarizer(tmp_path / "m")
    said = evaluate(data / "vietnews" / "validation.parquet", opened, bootstrap=0)
    trained_value = result["metrics"]["vietnews_validation"]["metrics"]["rouge1_syllable"]["value"]
    assert said["metrics"]["rouge1_syllable"]["value"] == pytest.approx(trained_value)
    assert sorted(p.name for p in (tmp_path / "m" / "network").iterdir()) == [
        "config.json",
        "decoding.json",
        "model.bin",
        "shared_vocabulary.json",
    ]


def test_the_seed_corpus_alone_is_enough(data, encoder_start, tmp_path):
    from phongtrao.recipes.train_summary import run

    told = recipe(data, tmp_path / "m", encoder_start, freeze_encoder=True)
    result = run(told.model_copy(update={"vietnews": None}))
    assert set(result["metrics"]) == {"seed_validation", "seed_test"}


def test_vietnews_is_a_dataset_too(data):
    articles = load_vietnews(data / "vietnews", "validation")
    rows = as_summary_dataset(articles)
    assert rows.column_names == ["id", "title", "text", "summary"]
    assert rows[0]["text"] == "Công an phường bắt 3 đối tượng.\nNgười dân cung cấp nguồn tin."
    assert rows["summary"] == [a.summary for a in articles]


def test_lengths_of_training_are_one(tmp_path):
    path = shipped("configs/summary/abstractive.yaml")
    assert load_config(path, ["model.epochs=null", "model.minutes=20"]).model.epochs is None
    with pytest.raises(UsageError, match="one of epochs, steps and minutes"):
        load_config(path, ["model.minutes=20"])
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert SummaryRecipe(**{**told, "model": {"kind": "abstractive", "steps": 5}}).model.epochs is None
