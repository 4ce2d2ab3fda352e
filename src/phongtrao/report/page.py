"""Classified rows -> one self-contained HTML page.

The rows travel inside the page as JSON that cannot end its own script element, and the page's script puts
every text in as text, never as markup: an article that contains ``<script>`` is shown. A content security
policy allows the page's own script and style by their hashes and nothing else, no request included.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from phongtrao.errors import InputError, PhongtraoError
from phongtrao.report.charts import topic_chart, year_chart
from phongtrao.report.overview import Overview, ReportTopic, name_topics
from phongtrao.report.segments import segments

_HERE = Path(__file__).parent
_NEEDED = ("id", "title", "topics", "primary", "scores", "passages")


def write_report(
    rows: Iterable[Mapping[str, Any]] | Path, html_path: Path, *, title: str, note: str | None = None
) -> int:
    """Write a page about classified rows and return how many articles it shows.

    Args:
        rows: what ``classify`` gave, or a file of it (.jsonl, .parquet, .csv).
        html_path: where to write; its folder is made where it is missing.
        title: heading of the page.
        note: a line beneath it, for what the reader should know of the collection.

    Raises:
        InputError: there is no row, or a row is not one that ``classify`` wrote.
        PhongtraoError: the page cannot be written.
    """
    if isinstance(rows, Path):
        from phongtrao.batch.formats import read_rows

        rows = read_rows(rows)
    topics: list[ReportTopic] = []
    overview = Overview()
    articles = []
    for number, row in enumerate(rows, 1):
        _check(row, number)
        topics = topics or name_topics(row["scores"])
        overview.count(row)
        articles.append(_embedded(_compact(row, topics)))
    if not articles:
        raise InputError("there is no row to report; give a file that phongtrao classify wrote")
    page = _render(title, note, overview, topics, articles)
    try:
        html_path.parent.mkdir(parents=True, exist_ok=True)
        html_path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise PhongtraoError(f"{html_path}: cannot be written ({error.strerror or error})") from error
    return len(articles)


def _check(row: Mapping[str, Any], number: int) -> None:
    missing = [key for key in _NEEDED if key not in row]
    if missing:
        raise InputError(
            f"row {number}: {', '.join(missing)} missing; expected rows that phongtrao classify wrote, "
            f"found keys {', '.join(map(str, row))[:200]}"
        )


def _compact(row: Mapping[str, Any], topics: list[ReportTopic]) -> dict[str, Any]:
    """Return what the page's script needs of a row; topics are numbers in the topics' order."""
    place = {topic.key: index for index, topic in enumerate(topics)}
    passages = row["passages"] or []
    return {
        "id": row["id"],
        "source": row.get("source") or "",
        "title": row["title"] or "",
        "date": row.get("published") or "",
        "topics": [place[key] for key in row["topics"] if key in place],
        "primary": place.get(row["primary"]) if row["primary"] else None,
        "scores": [(row["scores"] or {}).get(topic.key) or 0 for topic in topics],
        "passages": [segments(p["text"], p.get("evidence") or {}, place) for p in passages],
        "summary": row.get("summary") or "",
        "uncertain": bool(row.get("uncertain")),
    }


def _embedded(value: Any) -> str:
    """Return JSON that is safe inside a script element: no ``</script>`` or ``<!--`` can stand in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode("utf-8", "replace").decode()


def _render(
    title: str, note: str | None, overview: Overview, topics: list[ReportTopic], articles: list[str]
) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    style = (_HERE / "report.css").read_text(encoding="utf-8")
    script = (_HERE / "report.js").read_text(encoding="utf-8")
    lines = ",\n".join(articles)
    names = [{"vi": topic.vi, "en": topic.en} for topic in topics]
    return environment.get_template("report.html.j2").render(
        title=title,
        note=note,
        overview=overview,
        topics=topics,
        topic_chart=Markup(topic_chart(topics, overview)),
        year_chart=Markup(year_chart(topics, overview)),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
        # Joined, not dumped as one value: ten thousand articles would be held three times over.
        data=Markup(f'{{"topics":{_embedded(names)},"articles":[\n{lines}\n]}}'),
    )


def _hash(text: str) -> str:
    """Return the hash of an inline script or style, as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
