from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.config import DataSettings
from phongtrao.corpus.dataset import load_dataset
from phongtrao.errors import InputError, UsageError
from phongtrao.summary import LeadSummarizer, evaluate, evaluate_articles, load_summarizer
from phongtrao.summary.references import read_references

ROWS = [
    {
        "id": "1",
        "kind": "portal",
        "title": "T",
        "passages": ["Một hai. Ba bốn. Năm 9."],
        "summary": "Một hai.",
    },
    {"id": "2", "kind": "brief", "title": "T", "passages": [{"text": "Sáu bảy."}], "summary": "Tám."},
]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "gold.jsonl"
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS), encoding="utf-8")
    return path


def test_every_metric_by_hand(file):
    said = evaluate(file, LeadSummarizer(1), bootstrap=50)
    assert (said["file"], said["summarizer"], said["articles"]) == ("gold.jsonl", "lead-1", 2)
    metrics = said["metrics"]
    # Of the first article all, of the second nothing: the mean is a half, and resamples range from 0 to 1.
    assert metrics["rouge1_syllable"] == {"value": 0.5, "low": 0.0, "high": 1.0}
    assert metrics["words"]["value"] == 2
    assert metrics["novelty"]["value"] == 0
    assert said["missing_numbers"] == 0
    assert said["articles_per_second"] > 0
    # Lead-2 says "Một hai. Ba bốn." and "Sáu bảy.": 2 of 4 words against 2 of 2 is 2/3, so 1/3 in the mean.
    assert said["lead-2"]["rouge1_syllable"]["value"] == pytest.approx(1 / 3)
    assert said["over_lead-2"]["rouge1_syllable"]["value"] == pytest.approx(1 / 2 - 1 / 3)
    assert said["slices"]["portal"]["articles"] == 1
    assert said["slices"]["portal"]["metrics"]["rouge1_syllable"]["value"] == 1
    assert said["slices"]["brief"]["metrics"]["rouge1_syllable"]["value"] == 0


def test_lead_2_is_not_compared_with_itself(file):
    said = evaluate(file, LeadSummarizer(2), bootstrap=0, limit=1)
    assert said["articles"] == 1
    assert "lead-2" not in said
    assert json.loads(json.dumps(said)) == said


class Inventor:
    """Says a number that no article holds."""

    name = "inventor"

    def summarize(self, articles, *, length="standard", predictions=None):
        from phongtrao.article import Summary

        return [Summary("Có 777 vụ và 9.", self.name) for _ in articles]


def test_invented_numbers_are_counted(file):
    said = evaluate(file, Inventor(), bootstrap=0)
    assert said["missing_numbers"] == 3  # 777 twice, and 9 that only the first article holds
    assert said["metrics"]["missing_numbers"]["value"] == 1.5
    assert said["metrics"]["novelty"]["value"] == 1
    # 777 twice; 9 once as a number. "vụ" behind 777 is not asked for, as 777 itself is missing.
    assert said["missing_claims"] == 3
    assert said["metrics"]["whole_end"]["value"] == 1
    assert "ways" not in said


class Rewriter(Inventor):
    """Tells which way its summaries went."""

    name = "rewriter"

    def summarize(self, articles, *, length="standard", predictions=None):
        from phongtrao.article import Summary

        return [Summary("Có một", self.name, way) for way in ("written", "mended")]


def test_ways_and_broken_ends_are_counted(file):
    said = evaluate(file, Rewriter(), bootstrap=0)
    assert said["ways"] == {"written": 0.5, "rewritten": 0, "mended": 0.5, "extracted": 0}
    assert said["metrics"]["whole_end"]["value"] == 0
    assert said["metrics"]["repetition"]["value"] == 0


def test_vietnews_files_are_read_as_printed(tmp_path):
    row = {
        "id": ["v"],
        "title": ["T"],
        "abstract": ["Công_an bắt ."],
        "body": ["Công_an bắt ( hai ) .\nHết ."],
    }
    pq.write_table(pa.table(row), tmp_path / "v.parquet")
    (gold,) = read_references(tmp_path / "v.parquet")
    assert gold.summary == "Công an bắt."
    assert [p.text for p in gold.article.passages] == ["Công an bắt (hai).", "Hết."]
    said = evaluate(tmp_path / "v.parquet", LeadSummarizer(1), bootstrap=0)
    assert said["metrics"]["rouge1_syllable"]["value"] == pytest.approx(2 * 3 / 7)
    assert "slices" not in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1: not JSON"),
        ("[1]", "expected an object, found list"),
        ('{"passages": []}', "expected passages, a list of texts"),
        ('{"passages": ["a"]}', "expected a reference summary, found none"),
        (
            '{"passages": [3], "summary": "a"}',
            "text: expected a text, found NoneType|text: expected a text, found int",
        ),
        ("", "found none"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(tmp_path, text, message):
    path = tmp_path / "gold.jsonl"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_references(path)


def test_a_wrong_path_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="no file"):
        read_references(tmp_path / "none.jsonl")
    (tmp_path / "gold.csv").write_text("a")
    with pytest.raises(UsageError, match=r"expected \.parquet or \.jsonl, found \.csv"):
        read_references(tmp_path / "gold.csv")


def test_the_shipped_summarizer_beats_lead_2_on_articles_it_did_not_learn_from():
    held = load_dataset(DataSettings(real=None)).seed["validation"]
    said = evaluate_articles(held, load_summarizer(), bootstrap=200)
    gain = said["over_lead-2"]
    assert gain["rouge1_syllable"]["low"] > 0
    assert said["metrics"]["rouge1_syllable"]["value"] == pytest.approx(0.395, abs=0.01)
    assert said["metrics"]["rouge1_default"]["value"] == pytest.approx(0.658, abs=0.01)
    assert said["missing_numbers"] == 0
    assert 35 <= said["metrics"]["words"]["value"] <= 90
