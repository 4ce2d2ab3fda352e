"""Any bytes give rows or rejects with a reason: hypothesis looks for what atheris looks for longer."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import seeds, targets

few = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

marks = st.text(st.characters(min_codepoint=0x300, max_codepoint=0x33F), max_size=60)
tags = st.sampled_from(
    ["<p>", "</p>", "<div>", "</div>", "<table>", "<td>", "<script>", "<!--", "-->", "<title>", "<b", "<br/>"]
)
words = st.sampled_from(
    ["công an", "xã", "\n", " ", "13/07/2021", "&nbsp;", "&#0;", "\ud800", "\ufffe", "\0"]
)
markup = st.lists(st.one_of(tags, words, st.text(max_size=10), marks), max_size=60).map("".join)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30)),
    lambda inside: st.one_of(
        st.lists(inside, max_size=4),
        st.dictionaries(st.sampled_from(["text", "page", "topics", "given"]), inside, max_size=3),
    ),
    max_leaves=12,
)
rows = st.dictionaries(
    st.sampled_from(["id", "text", "title", "lead", "passages", "published", "author", "other"]), values
)


@few
@given(st.binary(max_size=400))
def test_any_bytes_are_a_page_or_refused(data):
    targets.page(data)


@few
@given(markup, st.sampled_from(["utf-8", "utf-16", "cp1258", "latin-1"]))
def test_any_markup_in_any_encoding_is_a_page_or_refused(text, encoding):
    targets.page(text.encode(encoding, "ignore"))
    targets.markup(text.encode("utf-8", "ignore"))


@few
@given(rows)
def test_any_row_is_an_article_or_refused(row):
    targets.row(json.dumps(row).encode())


@few
@given(st.binary(max_size=200), st.sampled_from(["jsonl", "csv", "parquet"]))
def test_any_bytes_are_a_table_or_refused(data, name):
    targets.TARGETS[name](data)


@few
@given(
    st.lists(st.sampled_from([b",", b'"', b"\n", b"\r", b";", b"\xff", b"text", b"\0", b"\t"]), max_size=60)
)
def test_any_csv_is_read_to_its_end(parts):
    targets.csv(b"id,text\n" + b"".join(parts))


@pytest.mark.parametrize("name", seeds.NAMES)
def test_what_fuzzing_begins_with_passes(name):
    assert set(seeds.NAMES) == set(targets.TARGETS)
    begun = [data for _, data in seeds.seeds(name)]
    assert begun
    for data in begun:
        targets.TARGETS[name](data)


def test_a_target_notices_what_must_not_happen(monkeypatch):
    monkeypatch.setattr(targets, "read_record", lambda record: None)
    with pytest.raises(targets.Finding, match="neither an article nor a reason"):
        targets.page(b"x")
    with pytest.raises(targets.Finding, match=r"took \d"), targets.in_time():
        monkeypatch.setattr(targets, "LONGEST_SECONDS", -1.0)
