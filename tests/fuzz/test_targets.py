"""Any bytes give rows or rejects with a reason: hypothesis looks for what atheris looks for longer."""

import datetime
import decimal
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz import seeds, targets
from phongtrao.reading.rows import KNOWN_COLUMNS

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


MOMENT = datetime.datetime(2021, 7, 13, 8, tzinfo=datetime.UTC)
CELLS = {  # of every kind that Parquet keeps
    pa.string(): "Công an xã.",
    pa.large_string(): "Một.",
    pa.string_view(): "Hai.",
    pa.binary(): b"Ba\xff",
    pa.binary(3): b"Ba.",
    pa.int8(): -1,
    pa.uint64(): 2**64 - 1,
    pa.float16(): 1.5,
    pa.float64(): float("inf"),
    pa.bool_(): True,
    pa.date32(): MOMENT.date(),
    pa.timestamp("ns", "Asia/Ho_Chi_Minh"): MOMENT,
    pa.timestamp("s"): MOMENT.replace(tzinfo=None),
    pa.time64("us"): MOMENT.time(),
    pa.duration("ms"): datetime.timedelta(1),
    pa.decimal128(9, 2): decimal.Decimal("1.25"),
    pa.null(): None,
    pa.json_(): "{}",
    pa.uuid(): b"0123456789abcdef",
    pa.dictionary(pa.int32(), pa.string()): "Tin.",
    pa.list_(pa.string()): ["Một.", None],
    pa.large_list(pa.int64()): [1, 2],
    pa.list_(pa.string(), 2): ["Một.", "Hai."],
    pa.map_(pa.string(), pa.string()): [("text", "Một.")],
    pa.struct([("text", pa.string())]): {"text": "Một."},
    pa.list_(pa.struct([("text", pa.string()), ("at", pa.timestamp("us"))])): [{"text": "Một.", "at": None}],
}


@few
@given(st.dictionaries(st.sampled_from(sorted(KNOWN_COLUMNS)), st.sampled_from(list(CELLS)), min_size=1))
def test_parquet_of_any_types_is_read_or_refused(columns):
    table = pa.table({name: pa.array([CELLS[kind], None], kind) for name, kind in columns.items()})
    file = io.BytesIO()
    pq.write_table(table, file)
    targets.parquet(file.getvalue())


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
