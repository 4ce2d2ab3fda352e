"""A stream of bytes -> its lines, none longer than an article can be.

UTF-16 becomes UTF-8 on the way; other encodings pass as they are, for each row is decoded by itself. Memory
is that of the longest line that is let through.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from phongtrao.errors import InputError
from phongtrao.reading.encodings import is_binary, utf16_order

LONGEST_BYTES = 8_000_000
"""Of a page or a row. A long press page has 100 kB; reading this much takes two seconds."""

_PIECE_BYTES = 1 << 18
_HEAD_BYTES = 4096

Line = bytes | None
"""A line with its end; None for one that was longer than allowed."""


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the lines of a stream; they end with a line feed, a carriage return, or both.

    Raises:
        InputError: at the first line: zero bytes, and not where UTF-16 has them; or no text.
    """
    return _cut(_pieces(stream))


def too_long(what: str) -> str:
    """Return why ``what`` is rejected for its length."""
    return f"{what} of more than {LONGEST_BYTES // 1_000_000} MB: expected one article; split it up"


def _cut(pieces: Iterator[bytes]) -> Iterator[Line]:
    rest, skipping = b"", False
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True)
        # The last may go on in the next piece; so may a line end, from its first byte to its second.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            yield None if skipping or len(line) > LONGEST_BYTES else line
            skipping = False
        if len(rest) > LONGEST_BYTES and not rest.endswith(b"\r"):
            rest, skipping = b"", True
    if rest or skipping:
        yield None if skipping or len(rest) > LONGEST_BYTES else rest


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the bytes of a stream, UTF-16 as UTF-8, without byte order mark."""
    head = b""
    while len(head) < _HEAD_BYTES and (piece := _read(stream)):
        head += piece
    encoding = None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif b"\0" in head[:_HEAD_BYTES]:
        encoding = utf16_order(head[:_HEAD_BYTES])
    if is_binary(head[:_HEAD_BYTES].decode(encoding or "utf-8", "replace")):
        raise InputError("binary data")
    if encoding is None:
        yield head.removeprefix(codecs.BOM_UTF8)
        while piece := _read(stream):
            yield piece
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    piece = head
    while piece:
        yield decoder.decode(piece).encode("utf-8", "replace")
        piece = _read(stream)


def _read(stream: BinaryIO) -> bytes:
    # What a pipe holds now, rather than waiting for a piece to be full.
    read1 = getattr(stream, "read1", stream.read)
    data: bytes = read1(_PIECE_BYTES)
    return data
