import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.corpus import unlabelled
from phongtrao.corpus.unlabelled import UnlabelledTexts
from phongtrao.errors import InputError
from tests.tiny_encoders import news_folder


@pytest.fixture(scope="module")
def news(tmp_path_factory):
    return news_folder(tmp_path_factory.mktemp("news"))


def test_segmentation_of_vietnews_is_undone_and_all_cells_are_read(news):
    texts = UnlabelledTexts(news, ["vietnews"])
    place = next(p for p in [*texts.training, *texts.held] if p[1] == 7)
    lines = texts.text(place).split("\n")
    assert lines[0] == "Công an tỉnh" and lines[1] == "Phong trào."
    assert lines[2].endswith("(số 7).") and lines[3] == "Hết."


def test_held_out_texts_are_not_learned_from_and_nothing_is_lost(news, monkeypatch):
    monkeypatch.setattr(unlabelled, "HELD_ONE_IN", 10)
    texts = UnlabelledTexts(news)
    assert not set(texts.held) & set(texts.training)
    assert len(texts.held) + len(texts.training) == 180
    assert 6 <= len(texts.held) <= 36  # a tenth of 180 by hash
    assert {name for name, _ in texts.training[:30]} == {"vietnews", "vntc", "baomoi"}  # shuffled together


def test_the_order_depends_on_ids_alone(news, tmp_path):
    first = UnlabelledTexts(news, ["baomoi"])
    table = pq.read_table(news / "baomoi" / "part-1-of-1.parquet")
    (tmp_path / "baomoi").mkdir()
    pq.write_table(table.slice(30), tmp_path / "baomoi" / "a.parquet")
    pq.write_table(table.slice(0, 30), tmp_path / "baomoi" / "b.parquet")
    again = UnlabelledTexts(tmp_path, ["baomoi"])
    assert list(first.texts()) == list(again.texts())
    assert first.fingerprint != UnlabelledTexts(news, ["vntc"]).fingerprint


def test_matching_keeps_what_it_finds_case_aside(news):
    texts = UnlabelledTexts(news, ["vietnews"])
    assert len(list(texts.texts(matching="SỐ 7"))) == len({p for p in texts.training if p[1] == 7})
    assert list(texts.texts(matching="không có")) == []


def test_empty_texts_are_left_out(tmp_path):
    (tmp_path / "baomoi").mkdir()
    rows = {"id": ["1", "2", "3"], "text": ["\ufeff một hai ", "", None]}
    pq.write_table(pa.table(rows), tmp_path / "baomoi" / "part.parquet")
    texts = UnlabelledTexts(tmp_path, ["baomoi"])
    assert list(texts.texts([*texts.training, *texts.held])) == ["một hai"]


def test_what_is_missing_is_named(tmp_path, news):
    with pytest.raises(InputError, match=r"vntc/train\*\.parquet: set data_dir"):
        UnlabelledTexts(tmp_path, ["vntc"])
    (tmp_path / "vntc").mkdir()
    pq.write_table(pa.table({"id": ["1"], "body": ["x"]}), tmp_path / "vntc" / "train.parquet")
    with pytest.raises(InputError, match="columns text are missing; found id, body"):
        UnlabelledTexts(tmp_path, ["vntc"])
    (tmp_path / "vntc" / "train.parquet").write_bytes(b"no parquet")
    with pytest.raises(InputError, match="readable parquet"):
        UnlabelledTexts(tmp_path, ["vntc"])
