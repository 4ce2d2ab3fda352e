import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from phongtrao.corpus.text_columns import read_text_columns
from phongtrao.errors import InputError


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.parquet"
    columns = {"extra": [[1], [2, 3]], "text": ["một", None], "id": [7, 8]}
    pq.write_table(pa.table(columns), path)
    return path


def test_columns_come_as_text_in_the_order_asked_for(file):
    table = read_text_columns(file, ("id", "text"))
    assert table.to_pydict() == {"id": ["7", "8"], "text": ["một", None]}
    assert table.column_names == ["id", "text"]
    assert set(table.schema.types) == {pa.large_string()}


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("id", "body", "title"), r"rows\.parquet: columns body, title are missing; found extra, text, id"),
        (("extra",), r"rows\.parquet: expected a readable parquet file with text columns: .*list"),
    ],
)
def test_what_is_wrong_with_columns_is_said(file, columns, message):
    with pytest.raises(InputError, match=message):
        read_text_columns(file, columns)


def test_a_damaged_file_is_an_input_error(file):
    content = file.read_bytes()
    file.write_bytes(content[:-4] + b"PAR0")
    with pytest.raises(InputError, match=r"rows\.parquet: expected a readable parquet file"):
        read_text_columns(file, ("id",))
    file.unlink()
    with pytest.raises(InputError, match=r"rows\.parquet: expected a readable parquet file"):
        read_text_columns(file, ("id",))
