"""The demo as a newcomer runs it: from an empty folder, with nothing but the package."""

import json


def test_the_demo_trains_measures_classifies_and_reports(phongtrao, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    ran = phongtrao("demo")
    assert ran.status == 0, ran.err
    rows = [json.loads(line) for line in (tmp_path / "runs/demo/rows.jsonl").read_text("utf-8").splitlines()]
    assert len(rows) == 12
    assert all(row["summary"] for row in rows)
    assert sum(bool(row["topics"]) for row in rows) >= 9
    page = (tmp_path / "runs/demo/report.html").read_text(encoding="utf-8")
    for row in rows:
        assert json.dumps(row["id"]) in page
        assert row["title"][:20] in ran.out
    last = ran.out.splitlines()[-1]
    assert last.startswith("demo: 12 of 12 pages, 0 rejected -> runs/demo/report.html (")
    assert (tmp_path / "mlflow.db").exists()
    assert (tmp_path / "runs/demo/model/model.json").exists()
