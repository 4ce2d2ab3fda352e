import pytest

from phongtrao.errors import UsageError
from phongtrao.language.segmentation import segmenter, segmenter_version


def test_syllables_are_the_written_ones():
    assert segmenter("syllables")("Phòng, chống tội phạm.") == ["phòng", "chống", "tội", "phạm"]
    assert segmenter_version("syllables") == "1"


@pytest.mark.parametrize("name", ["pyvi", "underthesea"])
def test_segmenters_join_the_syllables_of_a_word_and_drop_punctuation(name):
    pytest.importorskip(name)
    tokens = segmenter(name)("Công an tỉnh tuyên truyền pháp luật.")
    assert "công_an" in tokens
    assert "pháp_luật" in tokens
    assert "." not in tokens
    assert segmenter_version(name) not in {"", "not installed"}


def test_an_unknown_segmenter_is_named_with_those_there_are():
    with pytest.raises(UsageError, match=r"'java'.*syllables, pyvi, underthesea"):
        segmenter("java")
