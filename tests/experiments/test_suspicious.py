"""The list of doubtful labels, on a small corpus of its own with labels planted wrong."""

import json
import shutil

import pytest
import suspicious

from phongtrao.config import shipped

SAID = {
    "awards": "Chủ tịch tỉnh tặng bằng khen và giấy khen cho tập thể số {n}.",
    "crime_prevention": "Công an bắt giữ đối tượng trộm cắp, ma túy trong vụ thứ {n}.",
    "models": "Khu phố {n} ra mắt mô hình camera an ninh, tổ tự quản.",
}
EACH = 20


@pytest.fixture
def seeds(tmp_path, monkeypatch):
    """Sixty passages of one topic each; of awards-3 the topic is missing, models-5 has one too many."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    shutil.copy(shipped("seeds/topics.yaml"), folder / "topics.yaml")
    rows = [
        {"id": f"{topic}-{n}", "text": said.format(n=n), "topics": [topic]}
        for topic, said in SAID.items()
        for n in range(EACH)
    ]
    by_id = {row["id"]: row for row in rows}
    by_id["awards-3"]["topics"] = []
    by_id["models-5"]["topics"] = ["models", "crime_prevention"]
    by_id["awards-19"]["topics"] = []  # held out: nothing is learned from it, so it is not listed
    (folder / "few.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    held = ("awards-19", "models-19")
    splits = {"train": [i for i in by_id if i not in held], "validation": held[:1], "test": held[1:]}
    (folder / "splits.json").write_text(json.dumps({"seed": splits}), encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("seeds")
def test_planted_mistakes_are_listed_without_their_texts(tmp_path, capsys):
    out = tmp_path / "suspicious.jsonl"
    suspicious.main(out)
    rows = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert [row.keys() for row in rows] == [{"id", "passage", "topic", "annotated", "probability"}] * len(
        rows
    )
    found = {(row["id"], row["topic"]): row for row in rows}
    assert found.keys() == {("awards-3", "awards"), ("models-5", "crime_prevention")}
    missing, much = found["awards-3", "awards"], found["models-5", "crime_prevention"]
    assert (missing["annotated"], much["annotated"]) == (False, True)
    assert missing["probability"] > 0.5 > much["probability"]
    assert all(row["passage"] == 0 for row in rows)
    doubt = [row["probability"] if not row["annotated"] else 1 - row["probability"] for row in rows]
    assert doubt == sorted(doubt, reverse=True)
    assert capsys.readouterr().out == f"2 doubtful labels of 58 articles and passages -> {out}\n"
