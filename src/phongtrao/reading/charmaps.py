"""The two Vietnamese font encodings that no Python codec knows: TCVN3 (ABC fonts) and VNI Windows.

Both put letters where Windows-1252 has other ones, and keep Windows-1252 for the rest (quotes, dashes).
TCVN3 is TCVN 5712:1993, third form: one byte a letter; capitals with a tone share the byte of the small
letter and were set in a font of capitals. VNI writes the vowel and then one byte for its marks.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from itertools import chain

from phongtrao.language.normalize import compose
from phongtrao.reading.marks import apart

_TONES = "\u0300\u0309\u0303\u0301\u0323"  # grave, hook, tilde, acute, dot: the order of all tables


def _toned(vowel: str) -> list[str]:
    return [unicodedata.normalize("NFC", vowel + tone) for tone in _TONES]


def _tcvn3() -> dict[int, str]:
    """Byte -> letter, for the bytes that are not as in Windows-1252."""
    table = dict(zip(range(0xA1, 0xAF), "ĂÂÊÔƠƯĐăâêôơưđ", strict=True))
    # Runs of letters with grave, hook, tilde, acute and dot, each from its first byte on.
    runs = {
        **{0xB5: "àảãáạ", 0xBB: "ằẳẵắ", 0xC6: "ặầẩẫấậè", 0xCE: "ẻẽéẹềểễếệìỉ", 0xDC: "ĩíịò"},
        **{0xE1: "ỏõóọồổỗốộờởỡớợù", 0xF1: "ủũúụừửữứựỳỷỹýỵ"},
        # Capitals that only the full standard has.
        **{0xAF: "Ằ", 0xBA: "Ẳ", 0xBF: "ẴẮẦẨẪẤỀ", 0xCD: "Ể", 0xD9: "ỄẾỒ", 0xE0: "Ổ", 0xF0: "Ỗ", 0xFF: "Ố"},
    }
    for first, letters in runs.items():
        table.update(zip(range(first, 0x100), letters, strict=False))
    return table


def _tcvn_capitals() -> dict[int, str]:
    """The control bytes that TCVN 5712, first form, gives to the remaining capitals."""
    table = dict(zip(range(0x80, 0xA0), "ÀẢÃÁẠẶẬÈẺẼÉẸỆÌỈĨÍỊÒỎÕÓỌỘỜỞỠỚỢÙỦŨ", strict=True))
    table.update(zip(range(0xB0, 0xB5), _TONES, strict=True))
    for first, letters in {0x01: "ÚỤ", 0x04: "ỪỬỮ", 0x11: "ỨỰỲỶỸÝỴ"}.items():
        table.update(zip(range(first, 0x20), letters, strict=False))
    return table


def _vni() -> dict[str, str]:
    """One or two Windows-1252 letters -> letter."""
    plain = "øûõùï"  # marks for grave, hook, tilde, acute and dot on a plain vowel
    marks = {
        **dict.fromkeys("aeouy", ("", plain)),
        "ơ": ("ô", plain),
        "ư": ("ö", plain),
        **dict.fromkeys("âêô", ("", "àåãáä")),
        "ă": ("", "èúüéë"),
    }
    table = {"ô": "ơ", "ö": "ư", "ñ": "đ", "aâ": "â", "eâ": "ê", "oâ": "ô", "aê": "ă", "î": "ỵ"}
    table |= dict(zip("ìæóíò", _toned("i"), strict=True))
    for vowel, (written, tones) in marks.items():
        base = written or unicodedata.normalize("NFD", vowel)[0]
        pairs = zip(tones, _toned(vowel), strict=True)
        table |= {base + mark: letter for mark, letter in pairs if letter != "ỵ"}
    capitals = {key.upper(): letter.upper() for key, letter in table.items()}
    # A capital initial with a small mark ("Yù") is common too.
    mixed = {key[0].upper() + key[1:]: letter.upper() for key, letter in table.items() if len(key) == 2}
    return table | mixed | capitals


_VNI = _vni()
_VNI_LETTERS = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
# The five bytes that Windows-1252 leaves open become the control characters of that number.
_CP1252 = {b: bytes([b]).decode("cp1252", "replace").replace("\ufffd", chr(b)) for b in range(256)}
_TCVN3 = _CP1252 | _tcvn3()
_TABLES = {
    name: "".join(table[b] for b in range(256))
    for name, table in {"cp1252": _CP1252, "tcvn3": _TCVN3, "tcvn5712": _TCVN3 | _tcvn_capitals()}.items()
}
_CP1252_BYTES = {ord(char): byte for byte, char in _CP1252.items()} | {byte: byte for byte in range(256)}
_WORDS = re.compile(r"[^\W\d_]+")
_BEGINS = re.compile(r"(?:\A|[.!?…][”\"’)]*\s+|\n\s*\n\s*)[“\"‘(*–-]*\s?\Z")


def from_cp1252(data: bytes) -> str:
    """Decode Windows-1252; never fails."""
    return codecs.charmap_decode(data, "strict", _TABLES["cp1252"])[0]


def to_cp1252(text: str) -> bytes:
    """Undo ``from_cp1252``; letters below U+0100 are taken for the byte of their number.

    Raises:
        UnicodeEncodeError: there are others.
    """
    return codecs.charmap_encode(text, "strict", _CP1252_BYTES)[0]


def from_tcvn3(data: bytes) -> str:
    """Decode TCVN3; capitals with a tone are restored in words written in capitals."""
    return _restore_capitals(codecs.charmap_decode(data, "strict", _TABLES["tcvn3"])[0])


def from_tcvn5712(data: bytes) -> str:
    """Decode TCVN 5712, first form: TCVN3 with a byte for each capital and for combining marks."""
    return compose(apart(codecs.charmap_decode(data, "strict", _TABLES["tcvn5712"])[0]))


def from_vni(data: bytes) -> str:
    """Decode VNI Windows."""
    return _VNI_LETTERS.sub(lambda m: _VNI[m[0]], from_cp1252(data))


def _restore_capitals(text: str) -> str:
    """``HéI NGHị`` -> ``HỘI NGHỊ``: raise the toned letters of words that are in capitals otherwise.

    One capital proves nothing (``Uỷ ban``) unless the word before or after is in capitals. A sentence that
    begins with such a letter gets its capital too; names (``chị út``) cannot be told.
    """
    parts, end = [], 0
    for word, could_be, beside in _beside_capitals(text):
        between, written = text[end : word.start()], word[0]
        if could_be and beside:
            written = written.upper()
        elif written[0] in _SHARED_BYTE and _BEGINS.search(text, max(0, word.start() - 6), word.start()):
            written = written[0].upper() + written[1:]
        parts += [between, written]
        end = word.end()
    return "".join([*parts, text[end:]])


def _beside_capitals(text: str) -> Iterator[tuple[re.Match[str], bool, bool]]:
    """Yield each word, whether it may be in capitals, and whether it or a neighbour surely is.

    Three words are held at a time, for a page of eight megabytes has millions.
    """
    nothing: tuple[re.Match[str] | None, bool, bool] = (None, False, False)  # word, could be, sure
    before = here = nothing
    for word in chain(_WORDS.finditer(text), (None,)):
        could_be = word is not None and all(c.isupper() or c in _SHARED_BYTE for c in word[0])
        sure = could_be and word is not None and sum(c.isupper() for c in word[0]) > 1
        after = (word, could_be, sure)
        if here[0] is not None:
            yield here[0], here[1], before[2] or here[2] or after[2]
        before, here = here, after


_SHARED_BYTE = frozenset(
    letter
    for vowel in "aăâeêioôơuưy"
    for letter in (unicodedata.normalize("NFC", vowel + tone) for tone in _TONES)
)
