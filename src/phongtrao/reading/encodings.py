"""Bytes -> Vietnamese text: the encoding is detected, the text comes out composed (NFC).

UTF-8 and UTF-16 prove themselves. The one-byte encodings (Windows-1258, TCVN3, TCVN 5712, VNI) accept any
bytes, so each is tried and scored by how many of the words with a mark are well-formed Vietnamese syllables.
charset-normalizer, the library for this, knows neither TCVN3 nor VNI; it decides only what none of ours
explains.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from phongtrao.errors import InputError
from phongtrao.language.normalize import compose
from phongtrao.reading.charmaps import from_cp1252, from_tcvn3, from_tcvn5712, from_vni, to_cp1252
from phongtrao.reading.marks import apart
from phongtrao.reading.syllables import count_marked, vietnamese_share

_SAMPLE_BYTES = 20_000
_SAMPLE_CHARS = 100_000
"""Enough of a page to tell whether it was mis-decoded."""
_SURE = 0.8
"""Least share of well-formed syllables that proves an encoding; real text has 0.96, a wrong one 0.4."""
_MARGIN = 0.3
"""By how much text that is valid as it stands must gain before it is taken for mis-decoded."""
_FEWEST_MARKED = 4
"""Different words with a mark that it takes to call text that is valid as it stands mis-decoded."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NEWLINES = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Letters that Unicode has for Vietnamese and Western code pages lack.
_OURS = re.compile(
    r"[\u0102\u0103\u0110\u0111\u01a0\u01a1\u01af\u01b0\u0300\u0301\u0303\u0309\u0323\u1ea0-\u1ef9]"
)
_WESTERN = re.compile("[\xa1-\xff]")


def decode(data: bytes) -> str:
    """Decode a page: composed, its line ends line feeds, without byte order mark.

    Raises:
        InputError: binary data, UTF-8 cut off or broken, or no encoding explains the bytes.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return tidy(_utf16(data, "utf-16"))
    if b"\0" in data:
        return tidy(_utf16(data, utf16_order(data)))
    try:
        return tidy(repair(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        _refuse_broken_utf8(data, error)
    return tidy(_legacy(data))


def repair(text: str) -> str:
    """Undo a decoding as Windows-1252 of what was TCVN3 or VNI (pages written with those fonts).

    Text with a letter that only Vietnamese has, or whose words are well formed as they are, is left alone.
    """
    if text.isascii() or _OURS.search(text) or not _WESTERN.search(text):
        return text
    try:
        data = to_cp1252(text)
    except UnicodeEncodeError:
        return text
    sample = data[:_SAMPLE_CHARS]  # a byte is a character
    as_it_is = vietnamese_share(text[:_SAMPLE_CHARS])
    readings = (from_tcvn3, from_vni)
    score, best = max(((vietnamese_share(read(sample)), read) for read in readings), key=_score)
    if score < _SURE or score < as_it_is + _MARGIN or count_marked(best(sample)) < _FEWEST_MARKED:
        return text
    return best(data)


def is_binary(text: str) -> bool:
    """Tell whether decoded text is no text: more than one control character in fifty."""
    return len(_CONTROL.findall(text)) * 50 > len(text)


def tidy(text: str) -> str:
    """Return decoded text composed, with line feeds for line ends and without byte order mark.

    Raises:
        InputError: it is full of control characters.
    """
    text = _NEWLINES.sub("\n", compose(apart(text.removeprefix("\ufeff"))))
    if is_binary(text):
        raise InputError("expected text, found binary data; give the page as .txt or .html")
    return text


def utf16_order(data: bytes) -> str:
    """Return which UTF-16 it is, ``utf-16-le`` or ``utf-16-be``, where zero bytes but no mark tell.

    Raises:
        InputError: the zero bytes stand where no UTF-16 has them.
    """
    # Half of Vietnamese letters and all blanks are below U+0100: their high byte is zero.
    low, high = data[0::2].count(0), data[1::2].count(0)
    if max(low, high) * 10 < len(data) or min(low, high) * 4 > max(low, high):
        raise InputError("expected text, found binary data (zero bytes); give the page as .txt or .html")
    return "utf-16-le" if high > low else "utf-16-be"


def _utf16(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise InputError(
            f"broken UTF-16 at byte {error.start} of {len(data)}: the file is cut off; fetch it again"
        ) from error


def _refuse_broken_utf8(data: bytes, error: UnicodeDecodeError) -> None:
    """Raise where the bytes are UTF-8 but for some: a legacy decoding would turn them into noise."""
    text = data.decode("utf-8", "replace")
    valid, broken = len(_OURS.findall(text)) + len(_WESTERN.findall(text)), text.count("\ufffd")
    if error.end == len(data) and "end of data" in error.reason and (valid or data[: error.start].isascii()):
        raise InputError(
            f"UTF-8 cut off in its last character (byte {error.start} of {len(data)}): "
            "the file is incomplete; fetch it again"
        )
    if valid > 2 * broken:
        raise InputError(
            f"broken UTF-8: {broken} damaged places, the first at byte {error.start} of {len(data)}; "
            "save the file as UTF-8 again"
        )


def _legacy(data: bytes) -> str:
    sample = data[:_SAMPLE_BYTES]
    readings: tuple[Callable[[bytes], str], ...] = (_cp1258, from_tcvn3, from_tcvn5712, from_vni)
    score, read = max(((vietnamese_share(read(sample)), read) for read in readings), key=_score)
    if score >= _SURE:
        return read(data)
    if is_binary(from_cp1252(sample)):
        raise InputError("expected text, found binary data; give the page as .txt or .html")
    return _other(data)


def _other(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data[:_SAMPLE_BYTES]).best()
    try:
        if best is not None:
            return data.decode(best.encoding)
    except (UnicodeDecodeError, LookupError):
        pass  # the sample's encoding does not hold for the rest: as if none had been found
    raise InputError(
        "unknown encoding: expected UTF-8, UTF-16, Windows-1258, TCVN3 or VNI; save the file as UTF-8"
    )


def _cp1258(data: bytes) -> str:
    return compose(apart(data.decode("cp1258", "replace")))


def _score(scored: tuple[float, Callable[[bytes], str]]) -> float:
    return scored[0]
