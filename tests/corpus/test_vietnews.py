from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phongtrao.corpus.vietnews import body_passages, desegment, load_vietnews, read_vietnews
from phongtrao.errors import InputError


@pytest.mark.parametrize(
    ("segmented", "printed"),
    [
        ("Công_an huyện ( SN 1992 , ngụ Đắk_Mil ) .", "Công an huyện (SN 1992, ngụ Đắk Mil)."),
        ("“ ngáo đá ” truy_sát", "“ngáo đá” truy sát"),
        ('nghi bị " ngáo đá " , cầm dao', 'nghi bị "ngáo đá", cầm dao'),
        ('Ông nói : " Tôi đi .', 'Ông nói: "Tôi đi.'),
        ('Tôi về " , ông nói .', 'Tôi về", ông nói.'),
        ('bỏ trốn " - nữ chủ_nhân', 'bỏ trốn" - nữ chủ nhân'),
        ("huyện M ’ Đrắk , Ea_T ' Ling", "huyện M’Đrắk, Ea T'Ling"),
        ("là ‘ có trộm à ’ , thì", "là ‘có trộm à’, thì"),
        ("' mày tránh ra '", "'mày tránh ra'"),
        ("105 triệu đồng / tháng , tăng 7,5 %", "105 triệu đồng/tháng, tăng 7,5%"),
        ("T X.Phú Mỹ và TP. HCM", "TX.Phú Mỹ và TP. HCM"),
        ("cháu Tr .. Sau đó ...", "cháu Tr.. Sau đó..."),
        ("Bà_Rịa – Vũng_Tàu 18-20 năm", "Bà Rịa – Vũng Tàu 18-20 năm"),
        ("hòa\u0300 bi\u0300nh".replace("ò", "o"), "hoà bình"),
        ("", ""),
    ],
)
def test_desegment_writes_as_printed(segmented, printed):
    assert desegment(segmented) == printed


@given(st.text(alphabet="aĐ_ .,;:!?()\"'“”‘’/-%1\n", max_size=40))
def test_desegment_keeps_the_letters_and_is_idempotent(text):
    once = desegment(text)
    assert [c for c in once if c.isalnum()] == [c for c in text if c.isalnum()]
    assert desegment(once) == once


def test_lines_broken_after_an_initial_are_joined():
    body = "Tiến và chị Tr .\n( SN 1997 ) kết_hôn .\nChị Tr .\nbỏ chạy .\n\nÔng ở TP .\nHà_Nội .\n( còn nữa )"
    assert body_passages(body) == [
        "Tiến và chị Tr. (SN 1997) kết hôn.",
        "Chị Tr. bỏ chạy.",
        "Ông ở TP. Hà Nội.",
        "(còn nữa)",
    ]


@pytest.fixture
def folder(tmp_path):
    def write(name, rows):
        table = {key: [row[i] for row in rows] for i, key in enumerate(("id", "title", "abstract", "body"))}
        pq.write_table(pa.table(table), tmp_path / name)

    write("train-1-of-2.parquet", [("1", "Tin một", "Tóm_tắt một .", "Thân một .")])
    write("train-2-of-2.parquet", [("2", "Tin hai", "Tóm_tắt hai .", "Thân hai .")])
    rows = [(f"v{i}", f"Tin {i}", f"Tóm_tắt số {i} .", f"Câu đầu {i} .\nCâu sau {i} .") for i in range(20)]
    leak = ("leak", "Tin", "Tóm_tắt  hai .", "Thân khác .")
    empty = ("none", "Tin", None, "Thân .")
    write("validation.parquet", [*rows[:10], leak, empty, *rows[10:]])
    return tmp_path


def test_load_reads_articles_with_references(folder):
    first = load_vietnews(folder, "train")[0]
    assert first.article.title == "Tin một"
    assert [p.text for p in first.article.passages] == ["Thân một."]
    assert first.summary == "Tóm tắt một."
    assert first.topics == ()


def test_validation_drops_leaks_and_rows_without_reference(folder):
    ids = [a.id for a in load_vietnews(folder, "validation")]
    assert ids == [f"v{i}" for i in range(20)]
    assert len(load_vietnews(folder, "train")) == 2
    for path in folder.glob("train*"):
        path.unlink()
    assert "leak" in [a.id for a in read_vietnews(folder / "validation.parquet")]


def test_samples_are_fixed_and_nested(folder):
    five = [a.id for a in load_vietnews(folder, "validation", limit=5)]
    nine = [a.id for a in read_vietnews(folder / "validation.parquet", limit=9)]
    assert five == nine[:5]
    assert len(set(nine)) == 9
    # In the order of `printf vietnews:v10 | sha256sum` (0a44...), v15 (1f4c...), v2 (1f74...), v8, v17.
    assert five == ["v10", "v15", "v2", "v8", "v17"]


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(InputError, match=r"expected VietNews files validation\*\.parquet"):
        load_vietnews(tmp_path / "nowhere", "validation")
    pq.write_table(pa.table({"id": ["1"], "text": ["a"]}), tmp_path / "rows.parquet")
    with pytest.raises(InputError, match="title, abstract, body are missing; found id, text"):
        read_vietnews(tmp_path / "rows.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="readable parquet"):
        read_vietnews(tmp_path / "broken.parquet")
