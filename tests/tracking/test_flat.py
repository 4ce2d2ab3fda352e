import csv
import io

from phongtrao.tracking.flat import as_csv, flatten_metrics, flatten_settings


def test_an_interval_becomes_three_names():
    nested = {"seed_test": {"passages": {"macro_f1": {"value": 0.5, "low": 0.4, "high": 0.6}}, "ece": 0.02}}
    assert flatten_metrics(nested) == {
        "seed_test.passages.macro_f1": 0.5,
        "seed_test.passages.macro_f1.low": 0.4,
        "seed_test.passages.macro_f1.high": 0.6,
        "seed_test.ece": 0.02,
    }


def test_what_is_no_number_is_left_out_of_metrics():
    assert flatten_metrics({"a": None, "b": "text", "n": 3}) == {"n": 3.0}


def test_settings_keep_text_as_it_is_and_write_the_rest_as_json():
    config = {
        "name": "tuyến tính",
        "model": {"C": 4.0, "kind": "linear"},
        "extra": [],
        "out": None,
        "on": True,
    }
    assert flatten_settings(config) == {
        "name": "tuyến tính",
        "model.C": "4.0",
        "model.kind": "linear",
        "extra": "[]",
        "out": "null",
        "on": "true",
    }


def test_csv_has_the_columns_of_all_rows_and_quotes_what_needs_it():
    text = as_csv([{"topic": "khen, thưởng", "f1": 0.5}, {"topic": "b", "n": 3}])
    assert text.splitlines()[0] == "topic,f1,n"
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"topic": "khen, thưởng", "f1": "0.5", "n": ""},
        {"topic": "b", "f1": "", "n": "3"},
    ]
