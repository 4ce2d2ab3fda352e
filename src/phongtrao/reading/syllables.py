"""Text -> how Vietnamese it looks: the share of its words with a mark that are well-formed syllables.

A syllable is an optional initial, a rhyme and at most one tone; rhymes that end in c, ch, p or t take only
the acute and the dot below (Đoàn Thiện Thuật, Ngữ âm tiếng Việt, 1977). Names and loan words fall outside,
rarely.
"""

from __future__ import annotations

import re
import unicodedata

_TONES = "\u0300\u0309\u0303\u0301\u0323"
_WORD = re.compile(r"[^\W\d_]+")
_SYLLABLE = re.compile(
    r"(?:ngh?|[cgknpt]h|tr|qu|gi|[bcdđghklmnprstvx])?"
    r"(?:"
    r"(?:uyê|iê|yê|uô|ươ|oă|uâ|oa|oe|uê|uy|oo|[aăâeêioôơuưy])(?P<stop>ch?|p|t)"
    r"|(?:uyê|iê|yê|uô|ươ|oă|uâ|oa|oe|uê|uy|oo|[aăâeêioôơuưy])(?:ng|nh|[mn])"
    r"|uya|iêu|yêu|uôi|ươ[iu]|oa[iyo]|oeo|uây|uyu|uêu?|uơ|ia|ua|ưa|a[iyou]|âu|ây|eo|êu|iu|o[aei]|ôi|ơi|u[iyê]|ưi|ưu"
    r"|[aâăeêioôơuưy]"
    r")"
)
_CHECKED = "\u0301\u0323"
_DOUBT = 0.2
"""Words of doubt added below the line, so that one well-formed word proves less than ten."""


def vietnamese_share(text: str) -> float:
    """Return the share, 0 to 1, of well-formed syllables among the distinct words with a non-ASCII letter.

    Words of one letter do not count; 0 where there are no others.
    """
    marked = _marked(text)
    if not marked:
        return 0.0
    well_formed = sum(is_syllable(word) for word in marked)
    return well_formed / (len(marked) + _DOUBT)


def count_marked(text: str) -> int:
    """Return how many distinct words of ``text``, of two letters or more, have a non-ASCII letter."""
    return len(_marked(text))


def _marked(text: str) -> set[str]:
    # A letter by itself proves nothing: what is a dash in one encoding is a capital vowel in another.
    return {word for word in _WORD.findall(text) if len(word) > 1 and not word.isascii()}


def is_syllable(word: str) -> bool:
    """Tell whether ``word`` is a well-formed Vietnamese syllable, in one case or with a capital initial."""
    if not (word.islower() or word.isupper() or word.istitle()):
        return False
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = [char for char in decomposed if char in _TONES]
    plain = unicodedata.normalize("NFC", "".join(char for char in decomposed if char not in _TONES))
    match = _SYLLABLE.fullmatch(plain)
    if match is None or len(tones) > 1:
        return False
    return not match["stop"] or (bool(tones) and tones[0] in _CHECKED)
