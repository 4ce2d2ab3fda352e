from hypothesis import given
from hypothesis import strategies as st

from phongtrao.report.segments import segments

PLACE = {"a": 0, "b": 1}


def test_a_passage_is_cut_where_evidence_begins_and_ends():
    assert segments("Một. Hai. Ba.", {"a": [[5, 9]]}, PLACE) == [["Một. "], ["Hai.", 0], [" Ba."]]


def test_overlapping_evidence_gives_pieces_with_several_topics():
    assert segments("0123456789", {"b": [[2, 6]], "a": [[4, 8]]}, PLACE) == [
        ["01"],
        ["23", 1],
        ["45", 0, 1],
        ["67", 0],
        ["89"],
    ]


def test_spans_count_characters_and_not_utf16_units():
    assert segments("😀 Hai.", {"a": [[2, 6]]}, PLACE) == [["😀 "], ["Hai.", 0]]


def test_unknown_topics_and_empty_spans_mark_nothing():
    assert segments("Một.", {"x": [[0, 4]], "a": [[2, 2], [9, 12]]}, PLACE) == [["Một."]]
    assert segments("", {"a": [[0, 0]]}, PLACE) == []


SPAN = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(sorted)


@given(st.text(max_size=25), st.dictionaries(st.sampled_from("ab"), st.lists(SPAN, max_size=4)))
def test_pieces_join_to_the_text_and_carry_what_the_spans_say(text, evidence):
    pieces = segments(text, evidence, PLACE)
    assert "".join(piece[0] for piece in pieces) == text
    said = [set(piece[1:]) for piece in pieces for _ in piece[0]]
    wanted = [
        {PLACE[topic] for topic, spans in evidence.items() if any(a <= at < b for a, b in spans)}
        for at in range(len(text))
    ]
    assert said == wanted
