import csv
import json
import os
import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-m", "phongtrao"]
TOPICS = ["propaganda", "models", "awards", "crime_prevention"]
CLASSIFY = [
    "id",
    "source",
    "title",
    "published",
    "topics",
    "primary",
    "scores",
    "passages",
    "model",
    "uncertain",
]
READ = ["id", "source", "title", "lead", "published", "author", "passages"]


def load(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_read_gives_articles_of_pages(phongtrao, tmp_path, root):
    out = tmp_path / "articles.jsonl"
    ran = phongtrao("read", root / "seeds" / "pages", "--out", out)
    assert ran.status == 0, ran.err
    rows = load(out)
    assert len(rows) == 12
    assert ran.out.startswith(f"read 12 of 12, 0 rejected -> {out} (")
    assert ran.out.count("\n") == 1
    assert all(list(row) == READ for row in rows)
    assert [row["source"] for row in rows] == sorted(row["source"] for row in rows)
    assert all(row["id"] == row["source"].rpartition(".")[0] for row in rows)
    assert all(row["title"] and row["passages"] for row in rows)


def test_classify_follows_the_contract(phongtrao, tmp_path, passages_jsonl):
    out = tmp_path / "rows.jsonl"
    ran = phongtrao("classify", passages_jsonl, "--out", out)
    assert ran.status == 0, ran.err
    crime, power = load(out)
    assert list(crime) == CLASSIFY
    assert (crime["id"], crime["source"], crime["published"]) == ("tin-1", "given.jsonl", "2022-11-18")
    assert crime["topics"] == ["crime_prevention"]
    assert crime["primary"] == "crime_prevention"
    assert list(crime["scores"]) == TOPICS
    assert all(0 <= p <= 1 and round(p, 4) == p for p in crime["scores"].values())
    assert (power["topics"], power["primary"], power["published"]) == ([], None, None)


def test_given_passages_come_back_as_they_were_with_evidence_in_them(phongtrao, passages_jsonl):
    crime = phongtrao("classify", passages_jsonl).rows[0]
    first, second = crime["passages"]
    assert first["text"] == "Đêm 17/11, Công an xã bắt quả tang hai đối tượng trộm cắp xe máy.  "
    assert (first["page"], second["page"]) == (1, 2)
    assert list(first) == ["text", "topics", "scores", "evidence", "page"]
    [[start, end]] = first["evidence"]["crime_prevention"]
    assert first["text"][start:end] == first["text"].strip()


def test_summarize_option_adds_a_summary(phongtrao, passages_jsonl):
    crime, _ = phongtrao("classify", passages_jsonl, "--summarize").rows
    assert list(crime) == [*CLASSIFY[:8], "summary", *CLASSIFY[8:]]
    assert crime["summary"]


def test_without_out_rows_go_to_stdout_and_the_rest_to_stderr(phongtrao, passages_jsonl, tmp_path):
    (tmp_path / "empty.txt").touch()
    ran = phongtrao("read", tmp_path)
    assert ran.status == 0
    assert [row["id"] for row in ran.rows] == ["tin-1", "tin-2"]
    reject, line = ran.err.splitlines()
    assert json.loads(reject)["source"] == "empty.txt"
    assert line.startswith("read 2 of 3, 1 rejected (")


def test_summarize_rows(phongtrao, passages_jsonl):
    ran = phongtrao("summarize", passages_jsonl, "--length", "short", "--method", "lead-1")
    assert list(ran.rows[0]) == ["id", "source", "title", "published", "summary", "method"]
    assert ran.rows[0]["method"] == "lead-1"
    assert ran.rows[0]["summary"]


def test_formats_hold_the_same(phongtrao, tmp_path, passages_jsonl):
    import pyarrow.parquet as pq

    outs = {kind: tmp_path / f"rows.{kind}" for kind in ("jsonl", "parquet", "csv")}
    for out in outs.values():
        assert phongtrao("classify", passages_jsonl, "--out", out).status == 0
    rows = load(outs["jsonl"])
    table = pq.read_table(outs["parquet"])
    assert table.column_names == CLASSIFY
    assert table["scores"].to_pylist() == [row["scores"] for row in rows]
    assert table["topics"].to_pylist() == [row["topics"] for row in rows]
    with outs["csv"].open(encoding="utf-8", newline="") as file:
        assert [json.loads(row["passages"]) for row in csv.DictReader(file)] == [r["passages"] for r in rows]


def test_read_then_classify_is_classify(phongtrao, tmp_path, passages_jsonl):
    articles = tmp_path / "articles.parquet"
    phongtrao("read", passages_jsonl, "--out", articles)
    direct, by_way = phongtrao("classify", passages_jsonl).rows, phongtrao("classify", articles).rows
    for row in by_way:
        row["source"] = "given.jsonl"
        # A column of a table holds something for every passage: null for what it had not.
        row["passages"] = [{k: v for k, v in p.items() if v is not None} for p in row["passages"]]
    assert direct == by_way


def test_evaluate_topics_writes_every_metric_with_its_interval(phongtrao, tmp_path, root):
    gold, metrics = tmp_path / "gold.jsonl", tmp_path / "metrics.json"
    lines = (root / "seeds" / "north.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    gold.write_text("".join(lines[:12]), encoding="utf-8")
    ran = phongtrao("evaluate", "topics", gold, "--json", metrics, "--bootstrap", 50)
    assert ran.status == 0, ran.err
    figure = json.loads(metrics.read_text())["metrics"]["passages"]["macro_f1"]
    assert figure["low"] <= figure["value"] <= figure["high"]
    assert figure["value"] > 0.5
    assert ran.out.splitlines()[-1].startswith("evaluated ")
    assert f"macro-F1 of passages {figure['value']:.3f}" in ran.out


def test_evaluate_summary_writes_both_scales(phongtrao, tmp_path, root):
    metrics = tmp_path / "metrics.json"
    gold = root / "seeds" / "north.jsonl"
    ran = phongtrao(
        *("evaluate", "summary", gold, "--limit", 8, "--method", "lead-2"),
        "--json",
        metrics,
        "--bootstrap",
        50,
    )
    assert ran.status == 0, ran.err
    found = json.loads(metrics.read_text())
    assert found["articles"] == 8
    scales = [f"rouge{n}_{scale}" for n in "12L" for scale in ("syllable", "default")]
    assert set(scales) <= set(found["metrics"])
    assert ran.out.splitlines()[-1].startswith("evaluated lead-2 on 8 articles: ROUGE-1 of syllables 0.")


def test_report_is_made_of_rows(phongtrao, tmp_path, passages_jsonl):
    rows, page = tmp_path / "rows.parquet", tmp_path / "site" / "report.html"
    phongtrao("classify", passages_jsonl, "--out", rows)
    ran = phongtrao("report", rows, "--html", page)
    assert (ran.status, ran.out) == (0, f"reported 2 articles -> {page}\n")
    assert "Công an xã bắt hai đối tượng trộm cắp xe máy" in page.read_text(encoding="utf-8")


def test_train_compare_and_use_what_was_trained(
    phongtrao, tmp_path, root, few_seeds, passages_jsonl, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    config = root / "configs" / "topics" / "linear.yaml"
    folder = tmp_path / "mine"
    tiny = [
        "data.real=null",
        f"data.seeds={few_seeds}",
        "bootstrap=20",
        "model.ngrams=1",
        "model.pooling=passage",
    ]
    ran = phongtrao("train", config, "name=tiny", f"out={folder}", *tiny)
    assert ran.status == 0, ran.err
    [line] = ran.out.splitlines()
    assert line.startswith("trained tiny; seed test macro-F1 0.")
    assert f"model in {folder}" in line

    said = phongtrao("classify", passages_jsonl, "--model", folder).rows
    assert said[0]["model"].startswith("tiny")
    run_id = line.partition("; run ")[2].partition(";")[0]
    assert phongtrao("classify", passages_jsonl, "--model", f"runs:/{run_id}/tiny").rows == said

    table = tmp_path / "compare.md"
    ran = phongtrao("compare", "--out", table)
    assert ran.status == 0, ran.err
    assert ran.out.splitlines()[-1] == f"compared 1 run -> {table}"
    assert "tiny" in table.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("config", "settings", "told"),
    [
        ("summary/extractive.yaml", ["vietnews=null", "bootstrap=20"], ["seed test ROUGE-1 0."]),
        ("reading.yaml", ["pages_each=1"], ["passage precision", "recall", "title", "date"]),
    ],
)
def test_the_result_line_of_a_recipe_tells_its_main_figures(
    phongtrao, root, few_seeds, monkeypatch, tmp_path, config, settings, told
):
    monkeypatch.chdir(tmp_path)
    settings += ["tracking.enabled=false", "data.real=null", f"data.seeds={few_seeds}"]
    ran = phongtrao("train", root / "configs" / config, *settings)
    assert ran.status == 0, ran.err
    [line] = ran.out.splitlines()
    assert all(words in line for words in told), line


def test_version_and_module_entry():
    ran = subprocess.run([*PROGRAM, "--version"], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("phongtrao 0.")


@pytest.mark.parametrize("name", ["read", "classify", "summarize", "train", "compare", "report", "demo"])
def test_each_command_explains_itself_with_an_example(phongtrao, name):
    ran = phongtrao(name, "--help")
    assert ran.status == 0
    assert f"Example: phongtrao {name}" in ran.out


def test_help_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys\nfrom phongtrao.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "heavy = {'numpy', 'sklearn', 'mlflow', 'torch', 'pandas', 'pyarrow', 'trafilatura', 'jinja2'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert ran.stderr == "[]\n"
    assert "classify" in ran.stdout


def test_completion_is_offered():
    environment = {"_PHONGTRAO_COMPLETE": "complete_bash", "COMP_WORDS": "phongtrao cla", "COMP_CWORD": "1"}
    ran = subprocess.run(PROGRAM, check=False, capture_output=True, text=True, env=os.environ | environment)
    assert ran.stdout.split() == ["classify"]


def test_progress_is_shown_on_a_terminal_and_nowhere_else(phongtrao, tmp_path, passages_jsonl, monkeypatch):
    assert phongtrao("read", passages_jsonl, "--out", tmp_path / "a.jsonl").err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    shown = phongtrao("read", passages_jsonl, "--out", tmp_path / "b.jsonl")
    assert "read 2" in shown.err
    assert phongtrao("read", passages_jsonl).err.count("\n") == 1  # rows go to what may be the same terminal
