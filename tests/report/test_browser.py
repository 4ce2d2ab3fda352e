"""The page in a real browser, where one is installed."""

import base64
import hashlib
import json
import re
import shutil
import subprocess

import pytest

from phongtrao.report import write_report

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None
)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--virtual-time-budget=5000",
]


def dom(path, profile) -> str:
    words = [BROWSER, *FLAGS, f"--user-data-dir={profile}", "--dump-dom", path.as_uri()]
    return subprocess.run(
        words, capture_output=True, text=True, check=True, timeout=120, encoding="utf-8"
    ).stdout


def ask(page, profile, script: str):
    """Run ``script`` after the page's own, allowed by its hash, and return what it returns."""
    code = f"""(async () => {{
      const $ = (q) => document.querySelector(q), all = (q) => [...document.querySelectorAll(q)];
      const tick = () => new Promise((done) => setTimeout(done, 50));
      const answer = await (async () => {{ {script} }})();
      const out = document.createElement("output"); out.id = "answer";
      out.textContent = JSON.stringify(answer); document.body.append(out);
    }})();"""
    allowed = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    text = page.read_text(encoding="utf-8")
    text = text.replace("script-src ", f"script-src 'sha256-{allowed}' ", 1)
    asked = page.with_name("asked.html")
    asked.write_text(text.replace("</body>", f"<script>{code}</script></body>"), encoding="utf-8")
    found = re.search(r'<output id="answer">(.*?)</output>', dom(asked, profile), re.S)
    assert found, "the page's script failed"
    return json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


EVIL = "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">"


def test_an_article_with_a_script_is_shown_and_not_run(row, tmp_path):
    page = tmp_path / "r.html"
    evidence = {"models": [[0, 8]], "awards": [[0, 8]]}
    passage = {"text": EVIL, "topics": [], "scores": {}, "evidence": evidence}
    write_report([row(1, title=EVIL, summary=EVIL, id=EVIL, passages=[passage])], page, title="An toàn")
    shown = dom(page, tmp_path / "profile")
    assert "<title>An toàn</title>" in shown
    assert shown.count("<script") == 2  # the data and the page's own
    assert "<img" not in shown
    assert shown.count("&lt;script&gt;document.title='taken'&lt;/script&gt;") >= 3
    assert '<mark class="t1"><span class="under t2">&lt;script&gt;'[:40] in shown


def test_filters_search_order_and_articles(row, tmp_path):
    rows = [
        row(1, title="Cũ", published="2015-01-01"),
        row(2, title="Mới", published="2023-01-01", topics=["awards"], primary="awards", uncertain=True),
        row(3, title="Không ngày", published=None, topics=[], primary=None),
    ]
    rows[1]["passages"][0]["text"] = "Trao GIẤY KHEN cho 😀 tổ."
    page = tmp_path / "r.html"
    write_report(rows, page, title="Lọc")
    answer = ask(
        page,
        tmp_path / "profile",
        """
        const titles = () => all("#list .title").map((t) => t.textContent);
        const said = { start: titles(), open: all("details[open]").length, shown: $("#shown").textContent };
        $('[data-topic="2"]').click(); said.awards = titles(); said.count = $("#shown").textContent;
        $('[data-topic="none"]').click(); said.either = titles();
        $("#reset").click(); await tick(); said.reset = titles();
        const set = (q, v) => { const e = $(q); if (e.type === "checkbox") e.checked = v; else e.value = v;
          e.dispatchEvent(new Event("input", { bubbles: true })); };
        set("#search", "giấy khen"); said.search = titles(); set("#search", "");
        set("#uncertain", true); said.uncertain = titles(); set("#uncertain", false);
        set("#from", "2023"); said.year = titles(); set("#from", "2015");
        set("#order", "newest"); said.newest = titles();
        const head = all("summary")[0]; head.click(); await tick();
        said.evidence = all("details[open] mark").map((m) => [m.className, m.textContent]);
        said.scores = all("details[open] .number").map((n) => n.textContent);
        all("summary")[0].focus();
        all("summary")[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
        said.focused = document.activeElement.querySelector(".title").textContent;
        let saved = null; URL.createObjectURL = (blob) => { saved = blob; return "#"; };
        $("#export").click(); said.csv = (await saved.text()).split("\\r\\n").length - 2;
        return said;
        """,
    )
    assert answer == {
        "start": ["Cũ", "Mới", "Không ngày"],
        "open": 1,
        "shown": "All 3 articles",
        "awards": ["Mới"],
        "count": "1 of 3 articles",
        "either": ["Mới", "Không ngày"],
        "reset": ["Cũ", "Mới", "Không ngày"],
        "search": ["Mới"],
        "uncertain": ["Mới"],
        "year": ["Mới"],
        "newest": ["Mới", "Cũ", "Không ngày"],
        "evidence": [["t1", "Trao GIẤY KHEN c"]],
        "scores": ["0.10", "0.90", "0.10", "0.10"],
        "focused": "Cũ",
        "csv": 3,
    }


def test_ten_thousand_articles_are_listed_a_part_at_a_time(row, tmp_path):
    page = tmp_path / "r.html"
    write_report([row(n) for n in range(10_000)], page, title="Nhiều")
    answer = ask(
        page,
        tmp_path / "profile",
        """
        const began = performance.now();
        $("#search").value = "bài số 9999"; $("#search").dispatchEvent(new Event("input", { bubbles: true }));
        const found = all("#list details").length, ms = performance.now() - began;
        $("#search").value = ""; $("#search").dispatchEvent(new Event("input", { bubbles: true }));
        const listed = all("#list details").length;
        return { shown: $("#shown").textContent, listed, found, quick: ms < 3000 };
        """,
    )
    assert answer == {"shown": "All 10,000 articles", "listed": 60, "found": 1, "quick": True}
