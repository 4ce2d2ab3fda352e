import json
import re
from html.parser import HTMLParser

import pytest

from phongtrao.errors import InputError, PhongtraoError
from phongtrao.report import write_report
from phongtrao.report.charts import topic_chart, year_chart
from phongtrao.report.overview import Overview, name_topics

EVIL = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> & \u2028 ]]> ' \""


class Page(HTMLParser):
    """What a browser would find in the page."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self.open.append(tag)

    def handle_endtag(self, tag):
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(rows, tmp_path, **options) -> tuple[str, Page, dict]:
    path = tmp_path / "report.html"
    assert write_report(rows, path, **{"title": "Báo cáo"} | options) == len(rows)
    text = path.read_text(encoding="utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    return text, Page(text), json.loads(data[1])


def test_the_page_carries_the_rows(row, tmp_path):
    _, _, data = page_of([row(1), row(2, topics=[], primary=None, summary=None)], tmp_path)
    first, second = data["articles"]
    assert data["topics"][1] == {"vi": "Mô hình, điển hình", "en": "Models and exemplary units"}
    assert first == {
        "id": "tin-1",
        "source": "báo/tin-1.txt",
        "title": "Bài số 1",
        "date": "2021-07-13",
        "topics": [1],
        "primary": 1,
        "scores": [0.1, 0.9, 0.1, 0.1],
        "passages": [[["Tổ gồm 12 người.", 1], [" Hết."]]],
        "summary": "Tổ gồm 12 người.",
        "uncertain": False,
    }
    assert (second["topics"], second["primary"], second["summary"]) == ([], None, "")


def test_nothing_in_an_article_becomes_markup(row, tmp_path):
    passages = [{"text": EVIL, "topics": [], "scores": {}, "evidence": {"models": [[0, 20]]}}]
    evil = row(
        1, id=EVIL, title=EVIL, source=EVIL, summary=EVIL, passages=passages, model=EVIL, published=EVIL
    )
    evil["scores"] = evil["scores"] | {EVIL: 0.5}
    text, page, data = page_of([evil, row(2)], tmp_path, title=EVIL, note=EVIL)
    plain, _, _ = page_of([row(1), row(2, published="2020-01-01")], tmp_path, note="x")
    assert len(page.all("script")) == len(Page(plain).all("script")) == 2
    assert not page.all("img")
    assert "<!--" not in text
    assert data["articles"][0]["title"] == EVIL
    assert "".join(piece[0] for piece in data["articles"][0]["passages"][0]) == EVIL
    assert page.texts["h1"] == [EVIL]


def test_the_page_asks_nothing_of_the_network(row, tmp_path):
    text, page, _ = page_of([row(1)], tmp_path)
    for tag in ("link", "img", "iframe", "object", "embed", "base", "audio", "video"):
        assert not page.all(tag), tag
    assert not [a for _, attributes in page.elements for a in attributes if a in ("src", "onclick", "onload")]
    assert not re.findall(r"https?://(?!www\.w3\.org)|url\(|@import|fetch\(|XMLHttpRequest", text)
    policy = next(a["content"] for a in page.all("meta") if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_the_head_tells_what_there_is(row, tmp_path):
    rows = [
        row(1),
        row(2, uncertain=True, published="2019-01-01"),
        row(3, topics=[], primary=None, published=None),
    ]
    _, page, _ = page_of(rows, tmp_path, note="Ghi chú")
    figures = dict(zip(page.texts["dt"], page.texts["dd"], strict=True))
    assert figures == {
        "articles": "3",
        "passages": "3",
        "without a topic": "1",
        "uncertain": "1",
        "published": "2019\u20132021",
    }
    assert [s["aria-label"].split(".")[0] for s in page.all("svg")] == [
        "Articles by topic",
        "Articles by topic and year, highest bar 1",
    ]
    labels = [s["aria-label"] for s in page.all("svg")]
    assert "Mô hình, điển hình: 2 articles, 2 as primary topic" in labels[0]
    assert "Mô hình, điển hình: 2019 1, 2021 1" in labels[1]


def test_every_control_has_a_name_and_the_page_a_language(row, tmp_path):
    _, page, _ = page_of([row(1), row(2, published="2020-02-02")], tmp_path)
    assert page.all("html")[0]["lang"] == "en"
    chips = [a for a in page.all("button") if "data-topic" in a]
    assert [c["data-topic"] for c in chips] == ["0", "1", "2", "3", "none"]
    assert all(c["aria-pressed"] == "false" and c["type"] == "button" for c in chips)
    assert len(page.all("label")) == len(page.all("input")) + len(page.all("select"))


def overview(*rows) -> Overview:
    counted = Overview()
    for each in rows:
        counted.count(each)
    return counted


def test_bars_are_as_long_as_their_counts(row):
    counted = overview(
        row(1), row(2), row(3, topics=["awards", "models"], primary="awards"), row(4, topics=["awards"])
    )
    chart = topic_chart(name_topics(counted.carried), counted)
    weak = [float(w) for w in re.findall(r'class="weak"[^>]*width="([\d.]+)"', chart)]
    strong = [float(w) for w in re.findall(r'class="strong"[^>]*width="([\d.]+)"', chart)]
    assert weak[1] / weak[0] == pytest.approx(2 / 3, abs=0.001)  # models 3, awards 2
    assert [s / weak[0] for s in strong] == pytest.approx([3 / 3, 1 / 3], abs=0.001)


def test_years_without_articles_keep_their_place(row):
    counted = overview(row(1, published="2018-01-01"), row(2, published="2021-05-05"))
    chart = year_chart(name_topics(["models"]), counted)
    assert re.findall(r'class="year"[^>]*>(\d+)<', chart) == ["2018", "2019", "2020", "2021"]
    assert chart.count("<rect") == 2


def test_one_year_or_none_makes_no_chart(row):
    assert year_chart(name_topics(["models"]), overview(row(1), row(2))) == ""
    assert year_chart(name_topics(["models"]), overview(row(1, published=None))) == ""


def test_a_wild_date_does_not_stretch_the_chart(row):
    counted = overview(row(1, published="0021-01-01"), row(2), row(3, published="2020-01-01"))
    chart = year_chart(name_topics(["models"]), counted)
    assert re.findall(r'class="year"[^>]*>(\d+)<', chart) == ["0021", "2020", "2021"]


def test_unknown_topics_are_named_by_their_key():
    [topic] = name_topics(["fire_safety"])
    assert (topic.vi, topic.en) == ("fire safety", "")


def test_rows_of_another_kind_are_refused(tmp_path):
    with pytest.raises(InputError, match="row 1: topics, primary, scores missing"):
        write_report([{"id": "x", "title": "T", "passages": []}], tmp_path / "r.html", title="T")
    with pytest.raises(InputError, match="no row to report"):
        write_report([], tmp_path / "r.html", title="T")
    assert not (tmp_path / "r.html").exists()


def test_a_page_that_cannot_be_written_is_named(row, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(PhongtraoError, match="cannot be written"):
        write_report([row()], tmp_path / "file" / "r.html", title="T")
