import json

import pytest


@pytest.fixture
def article_rows():
    """Make rows that ``read`` takes as they are: passages given, no page to clean."""

    def make(count: int) -> list[dict]:
        return [
            {
                "id": f"bài-{n}",
                "title": f"Tiêu đề {n}",
                "lead": "",
                "published": "2021-07-13" if n % 3 else None,
                "passages": [{"text": f"Đoạn {k} của bài {n}.", "k": k} for k in range(n % 4 + 1)],
            }
            for n in range(count)
        ]

    return make


@pytest.fixture
def write_jsonl():
    def write(path, rows):
        path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
        return path

    return write
