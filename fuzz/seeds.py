"""What a fuzzer begins with: sample pages in every encoding, rows of every shape, tables of a few rows."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

NAMES = ("page", "markup", "row", "jsonl", "csv", "parquet")
"""The targets; named here too, for they must not be imported before atheris is."""

PAGES = Path(__file__).parents[1] / "seeds" / "pages"
_ROWS: tuple[dict[str, object], ...] = (
    {"text": "Công an xã tuyên truyền pháp luật cho nhân dân.\nNgày 13/07/2021"},
    {"id": 7, "title": "Một tin", "lead": "Mở đầu.", "passages": ["Ra mắt mô hình tự quản."]},
    {
        "id": "b",
        "published": "2024-05-01",
        "author": "A",
        "passages": [{"text": "Đoạn.", "page": [1, {"x": None}]}],
    },
    {"id": 1.5, "text": None, "title": float("nan"), "passages": []},
)


def seeds(target: str) -> Iterator[tuple[str, bytes]]:
    """Yield the names and bytes that fuzzing of ``target`` begins with."""
    made = {"page": _pages, "markup": _markup, "row": _rows}.get(target)
    if made is not None:
        yield from made()
    else:
        yield "seed", {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}[target]()


def _pages() -> Iterator[tuple[str, bytes]]:
    from phongtrao.reading import decode

    for path in sorted(PAGES.iterdir()):
        text = decode(path.read_bytes())[:3000]
        yield f"seed-{path.name}", text.encode()
        for encoding in ("utf-16", "cp1258", "latin-1"):
            yield f"seed-{path.name}-{encoding}", text[:1500].encode(encoding, "ignore")


def _markup() -> Iterator[tuple[str, bytes]]:
    for path in sorted(PAGES.glob("*.html")):
        yield f"seed-{path.name}", path.read_bytes()[:5000]
    head = b"<head><title>Tin</title><meta property='article:published_time' content='2021-07-13'>"
    yield "seed-json", head + b'<script type=\'application/ld+json\'>{"@type":"NewsArticle"}</script><p>Tin.'
    yield "seed-table", b"<table><tr><td>&nbsp;a<td>b<pre> c\n\n d</pre><ul><li>e<time datetime='x'>2/3/2020"


def _rows() -> Iterator[tuple[str, bytes]]:
    for number, row in enumerate(_ROWS):
        yield f"seed-{number}", json.dumps(row, ensure_ascii=False).encode()


def _jsonl() -> bytes:
    return b"\n".join(data for _, data in _rows())


def _csv() -> bytes:
    return 'id,title,text,passages\n1,Tin,"Công an, ""xã""\nhai dòng",\n2,,,"[""Đoạn.""]"\n;\t\n'.encode()


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"id": [1, 2], "text": ["Công an xã.", None], "passages": [["Đoạn một.", "Hai."], None]})
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()
