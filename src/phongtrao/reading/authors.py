"""An author's line -> the name: what introduces it (``Tác giả: ``, ``Bài, ảnh: ``) is taken off."""

from __future__ import annotations

import re

_INTRODUCES = re.compile(
    r"^(?:(?:tác giả|người viết|người đăng|đăng bởi|thực hiện|nguồn|theo|bài|tin|ảnh|và|viết|gửi"
    r"|cộng tác viên|ctv|pv)"
    r"(?:\s+(?:tin|bài|viết|bài viết|bởi|thực hiện))?[\s,&+/-]*){1,6}\s*[:：]\s*",
    re.I,
)
# A word may be read as the first of a pair or the second: without a bound, in two to the power of ways.


def author_name(line: str) -> str:
    """Return the name in an author's line, as written."""
    name = _INTRODUCES.sub("", line.strip()).strip()
    if name.startswith("(") and name.endswith(")"):
        name = _INTRODUCES.sub("", name[1:-1]).strip()
    return " ".join(name.strip("-–—|/*").split()) or line.strip()
