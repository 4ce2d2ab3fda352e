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

_PIECE_BYTES = 1 << 18
_HEAD_BYTES = 4096

Line = bytes | None
"""A line with its end; None for one that was longer than allowed."""


def read_lines(stream: BinaryIO, longest: int) -> Iterator[Line]:
    """Yield the lines of a stream; they end with a line feed, a carriage return, or both.

    Args:
        stream: of bytes; the lines of a pipe come as they are written.
        longest: bytes of a line that is let through.

    Raises:
        InputError: at the first line: zero bytes, and not where UTF-16 has them; or no text.
    """
    return _cut(_pieces(stream), longest)


def too_long(what: str, longest: int) -> str:
    """Return why ``what`` is rejected for its length."""
    return f"{what} of more than {longest / 1e6:g} MB: expected one article; split it up"


def _cut(pieces: Iterator[bytes], longest: int) -> Iterator[Line]:
    rest, skipping = b"", False
    for piece in pieces:
        lines = (rest + piece).splitlines(keepends=True)
        # The last may go on in the next piece; so may a line end, from its first byte to its second.
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            yield None if skipping or len(line) > longest else line
            skipping = False
        if (skipping or len(rest) > longest) and not rest.endswith(b"\r"):
            rest, skipping = b"", True
    if rest or skipping:
        yield None if skipping or len(rest) > longest else rest


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
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")  # half a letter, where it was cut off


def _read(stream: BinaryIO) -> bytes:
    # What a pipe holds now, rather than waiting for a piece to be full.
    read1 = getattr(stream, "read1", stream.read)
    data: bytes = read1(_PIECE_BYTES)
    return data
