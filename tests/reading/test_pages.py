from __future__ import annotations

import datetime
import json
import unicodedata
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from phongtrao.article import Article
from phongtrao.corpus.dataset import load_seed_corpus
from phongtrao.corpus.splits import read_splits
from phongtrao.errors import InputError, ModelError
from phongtrao.integrity import write_manifest
from phongtrao.reading import read_page
from phongtrao.reading.authors import author_name
from phongtrao.reading.lines import split_lines
from phongtrao.reading.passages import with_answers, without_repeats
from phongtrao.reading.roles import ROLES, LineModel, decode_roles, shipped_model
from phongtrao.recipes.evaluate_reading import figures
from phongtrao.recipes.reading_pages import plain_page

from . import legacy

TITLE = "Xã Đông Khê tổng kết mười năm phong trào toàn dân bảo vệ an ninh Tổ quốc"
FIRST = (
    "Sáng 12/3, Ủy ban nhân dân xã Đông Khê tổ chức hội nghị tổng kết mười năm thực hiện phong trào, "
    "có đại diện các thôn cùng lực lượng công an, dân quân và hơn một trăm hộ dân tham dự. "
    "Báo cáo cho thấy số vụ vi phạm giảm một phần ba."
)
SECOND = (
    "Từ hai tổ tự quản ban đầu, đến nay cả chín thôn đều có tổ liên gia, mỗi tổ từ mười lăm đến hai mươi hộ, "
    "luân phiên trực đêm và báo tin cho công an xã. "
    "Người dân đã cung cấp bốn mươi tin có giá trị, giúp làm rõ mười hai vụ trộm cắp."
)
THIRD = (
    "Kết thúc hội nghị, Chủ tịch xã trao giấy khen cho sáu tập thể và mười cá nhân, đồng thời đề nghị "
    "các thôn duy trì lịch trực, rà soát những hộ khó khăn để giúp đỡ. "
    "Năm tới, xã đặt mục tiêu nhân rộng mô hình ra hai trường học."
)
BODY = [FIRST, SECOND, THIRD]
PAGE = "\n".join(
    [
        *(
            "CỔNG THÔNG TIN ĐIỆN TỬ XÃ ĐÔNG KHÊ",
            "Trang chủ | Giới thiệu | Tin tức | Liên hệ",
            "Thứ Ba, 13/03/2018, 08:15",
        ),
        *(TITLE, "", FIRST, "", "Quang cảnh hội nghị. Ảnh: T.H", "", SECOND, "", THIRD, "", "Thu Hà", ""),
        *(
            "Chia sẻ Facebook  Zalo",
            "Tin liên quan",
            "» Lịch tiếp công dân tháng 4",
            "Số lượt truy cập: 1.204.551",
        ),
    ]
)


def passages(article):
    return [p.text for p in article.passages]


def check(article):
    assert article.title == TITLE
    assert passages(article) == BODY
    assert article.published == datetime.date(2018, 3, 13)
    assert article.author == "Thu Hà"


def test_a_dump_is_read():
    check(read_page(PAGE))


@pytest.mark.parametrize(
    "encode", [str.encode, legacy.vni, legacy.cp1258], ids=["utf-8", "vni", "windows-1258"]
)
def test_a_dump_in_bytes_is_read(encode):
    page = PAGE.replace("Kết thúc", "Khi kết thúc")
    check(read_page(encode(page).replace(encode("Khi kết thúc"), encode("Kết thúc"))))


def test_decomposed_text_in_memory_is_composed():
    check(read_page(unicodedata.normalize("NFD", PAGE)))


def test_a_servers_error_before_the_title_is_cut_off():
    broken = PAGE.replace(TITLE, "Warning: cannot connect to the database server. " + TITLE)
    check(read_page(broken))


def test_repeated_paragraphs_come_once_and_apart():
    joined = " ".join(BODY[:2])
    check(read_page(PAGE.replace(THIRD, f"{joined}\n\n{SECOND}\n\n{THIRD}")))


def test_a_page_broken_at_eighty_columns_is_joined():
    import textwrap

    wrapped = "\n".join(textwrap.fill(line, 80) if len(line) > 120 else line for line in PAGE.split("\n"))
    assert passages(read_page(wrapped)) == BODY


def html_page(body):
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{TITLE} - Cổng thông tin</title>'
        '<meta property="article:published_time" content="2018-03-13T08:15:00+07:00">'
        "<style>p {color: red}</style></head><body><div><ul><li><a href='/'>Trang chủ</a></li>"
        f"<li><a href='/t'>Tin tức</a></li></ul></div><h1>{TITLE}</h1>{body}<p><b>Thu Hà</b></p>"
        "<div>Tin liên quan</div><ul><li><a href='/x'>Lịch tiếp công dân tháng 4</a></li></ul>"
        "<script>var x = 'Phong trào';</script></body></html>"
    )


@pytest.mark.parametrize(
    "body",
    [
        "".join(f"<p>{escape(p)}</p>\n" for p in BODY),
        "".join(f"<div><span>{p[:40]}</span>{p[40:]}</div>" for p in BODY),
        "<div>" + "<br><br>".join(p.replace(" ", "\n", 3) for p in BODY) + "</div>",
        f"<p>{FIRST}</p><figure><img src='a.jpg'><figcaption>Quang cảnh hội nghị.</figcaption></figure>"
        f"<p>{SECOND.replace('tổ liên gia', '<a href=/>tổ liên gia</a>')}</p><p>{THIRD}</p>",
    ],
    ids=["p", "div", "br", "figure and link"],
)
def test_html_is_read(body):
    check(read_page(html_page(body)))
    check(read_page(html_page(body).encode("utf-16")))


@pytest.mark.parametrize("text", [FIRST, f"{FIRST}\n{SECOND}"])
def test_text_without_a_title_is_all_body(text):
    article = read_page(text)
    assert (article.title, passages(article)) == ("", text.split("\n"))


@pytest.mark.parametrize("text", ["Bắt hai đối tượng", "Tin vắn\nBắt hai đối tượng"])
def test_a_note_is_taken_as_it_is(text):
    article = read_page(text)
    assert article.text == text
    assert article.passages


@pytest.mark.parametrize("text", ["", " \n\u200b\n", "\ufeff"])
def test_a_blank_page_is_refused(text):
    with pytest.raises(InputError, match="empty page"):
        read_page(text)


def test_a_page_of_menus_is_refused():
    menus = "Trang chủ\nGiới thiệu\nLiên hệ\nĐăng nhập\nSơ đồ cổng\nRSS\nTìm kiếm\nLÊN ĐẦU TRANG"
    with pytest.raises(InputError, match="no article: expected a title and paragraphs, found 8 lines"):
        read_page(menus)


def read_or_refused(page):
    try:
        article = read_page(page)
    except InputError as error:
        assert str(error)
        return
    assert isinstance(article, Article)
    assert article.text.strip()
    json.dumps([article.title, article.lead, article.author, passages(article)])


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
@example(b"<html>")
@example(b"<!doctype html><p>\x00</p><p></p><p>")
@example(b"<?xml version='1.0' encoding='utf-8'?><html><body><p>x</p></html>")
def test_any_bytes_are_read_or_refused(data):
    read_or_refused(data)


PIECES = [
    "<p>",
    "</p>",
    "<br>",
    "<html>",
    "\n",
    "\n\n",
    " ",
    TITLE,
    FIRST,
    "13/07/2021",
    "99/99/9999",
    "Ảnh: A.",
    "?",
]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=12).map("".join))
@example("<p>\ud800</p>" * 4)
def test_any_text_is_read_or_refused(text):
    read_or_refused(text)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Thu Hồng", "Thu Hồng"),
        ("Tác giả bài viết: Phạm Mỹ Hạnh", "Phạm Mỹ Hạnh"),
        ("Tác giả: Lò Hạnh", "Lò Hạnh"),
        ("Bài, ảnh: P.THẢO - ANH DŨNG", "P.THẢO - ANH DŨNG"),
        ("Tin và ảnh: K.ANH", "K.ANH"),
        ("(BTV Hội LHPN huyện)", "BTV Hội LHPN huyện"),
        ("M. Nương", "M. Nương"),
        ("Theo dõi: x", "Theo dõi: x"),
    ],
)
def test_author_names(line, name):
    assert author_name(line) == name


def test_questions_take_their_answers():
    lines = ["Mở đầu.", "* Vì sao?", "- Vì thế.", "- Còn nữa.", "- Ai?", "Không gạch."]
    assert with_answers(lines) == ["Mở đầu.", "* Vì sao?\n- Vì thế.", "- Còn nữa.", "- Ai?", "Không gạch."]


def test_repeats_go_whatever_their_blanks_and_case():
    assert without_repeats(["A  b c", "x y", "a b C", "title"], said=["Title"]) == ["A  b c", "x y"]
    assert without_repeats(["một hai ba bốn", "năm sáu bảy", "một hai ba bốn năm sáu bảy"]) == [
        "một hai ba bốn",
        "năm sáu bảy",
    ]
    long = "một hai ba bốn và còn rất nhiều điều khác chưa nói đến"
    assert without_repeats(["một hai ba bốn", long]) == ["một hai ba bốn", long]


def test_lines_know_the_blanks_before_them():
    assert [(line.text, line.after_blank) for line in split_lines("a\n b\u00a0\n\n \nc")] == [
        ("a", True),
        ("b", False),
        ("c", True),
    ]


def test_roles_keep_their_order():
    import numpy as np

    def sure(*roles):
        return np.log(np.array([[0.96 if r == role else 0.01 for r in ROLES] for role in roles]))

    good = ("other", "title", "author", "lead", "other", "body", "body", "author", "other")
    assert [ROLES[i] for i in decode_roles(sure(*good))] == list(good)
    # a second lead and a title can't come after the body has begun
    late = [ROLES[i] for i in decode_roles(sure("title", "body", "body", "body", "lead", "title", "body"))]
    assert late[:4] == ["title", "body", "body", "body"]
    assert set(late[4:6]).isdisjoint({"lead", "title"})


def test_a_model_comes_back_as_it_was_saved(tmp_path):
    lines = split_lines(PAGE)
    model = shipped_model()
    model.save(tmp_path)
    assert (LineModel.load(tmp_path).scores(lines) == model.scores(lines)).all()
    (tmp_path / "model.json").write_text("{}")
    write_manifest(tmp_path)
    with pytest.raises(ModelError, match="other features"):
        LineModel.load(tmp_path)
    with pytest.raises(ModelError, match="no model folder"):
        LineModel.load(tmp_path / "nowhere")


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
@pytest.mark.parametrize("which", ["all", "with boilerplate"])
def test_held_out_articles_are_read_above_the_bars(root, gap, which):
    held = set(read_splits(root / "seeds" / "splits.json", "seed")["test"])
    articles = [a for a in load_seed_corpus(root / "seeds") if a.id in held and (which == "all" or a.noise)]
    pages = [plain_page(a, gap=gap) for a in articles]
    found = figures((page, read_page(page.text)) for page in pages)
    assert found["pages"] > 50
    assert found["dated_pages"] >= 15
    assert found["passage_precision"] >= 0.98
    assert found["passage_recall"] >= 0.98
    assert found["title"] >= 0.97
    assert found["date"] >= 0.97
