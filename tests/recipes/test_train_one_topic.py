"""The recipe of one topic a text, through the real commands: train, evaluate, classify."""

import json
from pathlib import Path

import mlflow
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.cli import main
from phongtrao.config import OneTopicRecipe, TrackingSettings, load_config
from phongtrao.errors import InputError
from phongtrao.recipes.train_one_topic import run
from phongtrao.topics.model import TopicModel
from tests.tiny_encoders import word_folder

WORDS = {
    "Kinh doanh": "ngân hàng lãi suất doanh nghiệp xuất khẩu cổ phiếu thị trường giá vàng đầu tư lợi nhuận",
    "Pháp luật": "công an điều tra bị cáo tòa án tuyên phạt trộm cắp khởi tố lừa đảo truy nã hung khí",
    "Thể thao": "đội bóng cầu thủ bàn thắng trận đấu huấn luyện viên sân cỏ giải vô địch chung kết",
}
EACH = 40


def rows():
    """Forty texts of each topic, drawn from its words by a fixed rule, their numbers their own."""
    for topic, known in WORDS.items():
        words = known.split()
        for n in range(EACH):
            said = [words[(n * (j + 3) + j * j) % len(words)] for j in range(12)]
            yield f"{topic[:2]}-{n}", topic, f"Tin số {n}\n{' '.join(said)} {n} {n + 1000} {n + 2000}."


def write(path: Path, given) -> Path:
    ids, labels, texts = (list(column) for column in zip(*given, strict=True))
    pq.write_table(pa.table({"id": ids, "label": labels, "text": texts}), path)
    return path


@pytest.fixture(scope="module")
def train(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("vntc") / "train.parquet", rows())


def command(*arguments) -> int | str | None:
    with pytest.raises(SystemExit) as left:
        main([str(a) for a in arguments])
    return left.value.code


def test_train_evaluate_classify(train, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    folder = tmp_path / "model"
    overrides = [f"train={train}", "bootstrap=50", "model.min_articles=1", f"out={folder}"]
    assert not command("train", "configs/topics/vntc-linear.yaml", *overrides)
    told = capsys.readouterr().out
    assert told.startswith("trained vntc-linear; held-out accuracy 1.000") and told.count("\n") == 1

    (stored,) = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow.db").search_runs(["1"])
    assert stored.info.status == "FINISHED"
    assert stored.data.tags["recipe"] == "one_topic"
    assert stored.data.tags["taxonomy"] == "Kinh doanh,Pháp luật,Thể thao"
    assert stored.data.metrics["held_test.passages.accuracy"] == 1
    assert {"held_test.passages.accuracy.low", "held_test.passages.macro_f1"} <= set(stored.data.metrics)
    card = (folder / "README.md").read_text("utf-8")
    assert "| accuracy | 1.000 [1.000, 1.000]" in card and "which one of 3 topics" in card
    kinds = {p.suffix for p in folder.rglob("*") if p.is_file()}
    assert kinds == {".json", ".txt", ".md", ".safetensors"}

    # Swapped labels of two of twelve texts: the model is right on ten.
    given = list(rows())[::10]
    (a, first, x), (b, second, y) = given[0], given[4]
    given[0], given[4] = (a, second, x), (b, first, y)
    gold, report = write(tmp_path / "gold.parquet", given), tmp_path / "report.json"
    assert not command("evaluate", "topics", gold, "--model", folder, "--json", report, "--bootstrap", 20)
    passages = json.loads(report.read_text("utf-8"))["metrics"]["passages"]
    assert passages["accuracy"]["value"] == pytest.approx(10 / 12)
    assert passages["accuracy"]["low"] < passages["accuracy"]["high"]
    assert "on 12 articles: accuracy 0.833" in capsys.readouterr().out

    out = tmp_path / "out.jsonl"
    assert not command("classify", gold, "--model", folder, "--out", out)
    said = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row["topics"] for row in said][1:4] == [["Kinh doanh"]] * 3
    assert all(row["primary"] == row["topics"][0] and sum(row["scores"].values()) > 0.999 for row in said)


def settings(train: Path, **changes) -> OneTopicRecipe:
    recipe = load_config("configs/topics/vntc-linear.yaml", [f"train={train}", "model.min_articles=1"])
    return recipe.model_copy(update={"tracking": TrackingSettings(enabled=False), "bootstrap": 0} | changes)


def test_near_duplicates_of_what_was_learned_are_measured_with_and_without(train, tmp_path):
    given = list(rows())
    fresh = [
        ("new-1", "Thể thao", "Cầu thủ ghi bàn thắng ở sân cỏ"),
        ("new-2", "Pháp luật", "Tòa án tuyên phạt bị cáo"),
    ]
    copied = [(f"copy-{i}", label, f"{text} Hết.") for i, label, text in given[::20]]
    test = write(tmp_path / "test.parquet", fresh + copied)
    outcome = run(settings(train, test=test))
    assert outcome["sizes"] == {
        "train": 108,
        "tuning": 12,
        "file_test": 2 + len(copied),
        "file_distinct_test": 2,
    }
    assert outcome["metrics"]["file_test"]["passages"]["accuracy"]["value"] == 1
    assert outcome["run"] is None and outcome["folder"] is None


def test_the_same_settings_give_the_same_figures(train):
    once, again = (run(settings(train, share=0.5)) for _ in range(2))
    assert once["metrics"] == again["metrics"]
    assert (once["sizes"]["train"], once["sizes"]["tuning"], once["sizes"]["held_test"]) == (48, 6, 12)


def test_mistakes_in_the_files_are_told(train, tmp_path):
    one = write(tmp_path / "one.parquet", [r for r in rows() if r[1] == "Thể thao"])
    with pytest.raises(InputError, match="two topics or more"):
        run(settings(one))
    other = write(tmp_path / "other.parquet", [("1", "Du lịch", "Biển xanh.")])
    with pytest.raises(InputError, match=r"other\.parquet: topics \['Du lịch'\] are unknown"):
        run(settings(train, test=other))


def test_an_encoder_reads_the_heads_of_the_articles(train, tmp_path):
    words = sorted({w for known in WORDS.values() for w in known.split()} | {"tin", "số"})
    start = word_folder(tmp_path / "start", words, width=16, layers=1, positions=32)
    recipe = load_config(
        "configs/topics/vntc-encoder.yaml",
        [
            f"train={train}",
            f"model.start={start}",
            "share=1",
            "model.window_tokens=24",
            "model.batch_tokens=128",
            "model.learning_rate=0.01",
            "model.epochs=25",
            "model.patience=25",
            "model.precision=float32",
            f"out={tmp_path / 'model'}",
            "tracking.enabled=false",
            "bootstrap=0",
        ],
    )
    outcome = run(recipe)
    assert outcome["metrics"]["held_test"]["passages"]["accuracy"]["value"] >= 10 / 12
    model = TopicModel.load(tmp_path / "model")
    head = "Cầu thủ bàn thắng trận đấu sân cỏ giải vô địch chung kết cầu thủ bàn thắng."
    more = f"{head} Công an điều tra bị cáo tòa án tuyên phạt."  # begins the second window, which is not read
    assert model.classifier.predict_proba([head]) == pytest.approx(model.classifier.predict_proba([more]))
    assert model.classifier.predict_proba([head])[0].argmax() == 2
