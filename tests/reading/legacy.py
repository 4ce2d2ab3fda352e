"""Encoders of the old Vietnamese encodings, written apart from the decoders they test."""

from __future__ import annotations

import unicodedata

_TONES = "\u0300\u0309\u0303\u0301\u0323"
# Letters in the order a, ă, â, e, ê, i, o, ô, ơ, u, ư, y, each with grave, hook, tilde, acute, dot.
_VOWELS = "aăâeêioôơuưy"
_TCVN3_TONED = (
    "b5b6b7b8b9 bbbcbdbec6 c7c8c9cacb cccecfd0d1 d2d3d4d5d6 d7d8dcddde "
    "dfe1e2e3e4 e5e6e7e8e9 eaebecedee eff1f2f3f4 f5f6f7f8f9 fafbfcfdfe"
)
_TCVN3_PLAIN = {"ă": 0xA8, "â": 0xA9, "ê": 0xAA, "ô": 0xAB, "ơ": 0xAC, "ư": 0xAD, "đ": 0xAE}
_TCVN3_PLAIN |= {"Ă": 0xA1, "Â": 0xA2, "Ê": 0xA3, "Ô": 0xA4, "Ơ": 0xA5, "Ư": 0xA6, "Đ": 0xA7}
_VNI_MARKS = {"": "øûõùï", "ă": "èúüéë", "â": "àåãáä", "ê": "àåãáä", "ô": "àåãáä"}
_VNI_ALONE = {"ơ": "ô", "ư": "ö", "đ": "ñ", "ă": "aê", "â": "aâ", "ê": "eâ", "ô": "oâ"}
_VNI_ALONE |= dict(zip("ìỉĩíịỵ", "ìæóíòî", strict=True))


def _parts(char: str) -> tuple[str, str]:
    """Vowel without tone, tone."""
    decomposed = unicodedata.normalize("NFD", char)
    tone = "".join(mark for mark in decomposed if mark in _TONES)
    return unicodedata.normalize("NFC", "".join(m for m in decomposed if m not in _TONES)), tone


def tcvn3(text: str) -> bytes:
    """Encode as the ABC fonts have it: capitals with a tone take the small letter's byte."""
    out = bytearray()
    for char in text:
        vowel, tone = _parts(char.lower())
        if tone:
            row = bytes.fromhex(_TCVN3_TONED.split()[_VOWELS.index(vowel)])
            out.append(row[_TONES.index(tone)])
        elif char in _TCVN3_PLAIN:
            out.append(_TCVN3_PLAIN[char])
        else:
            out += char.encode("cp1252")
    return bytes(out)


def vni(text: str) -> bytes:
    out = []
    for char in text:
        low = char.lower()
        vowel, tone = _parts(low)
        if low in _VNI_ALONE:
            written = _VNI_ALONE[low]
        elif tone:
            base = _VNI_ALONE.get(vowel, vowel)[0]
            written = base + _VNI_MARKS.get(vowel, _VNI_MARKS[""])[_TONES.index(tone)]
        else:
            written = low
        out.append(written.upper() if char != low else written)
    return "".join(out).encode("cp1252")


def cp1258(text: str) -> bytes:
    return "".join("".join(_parts(char)) for char in text).encode("cp1258")
