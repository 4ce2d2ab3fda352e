"""Networks write, and keep to what they are told."""

from __future__ import annotations

import pytest

from phongtrao.errors import ModelError
from phongtrao.summary.abstractive import ctranslate
from phongtrao.summary.abstractive.ctranslate import CTranslateWriter
from phongtrao.summary.abstractive.start import open_start
from phongtrao.summary.abstractive.writers import Decoding, Order, TorchWriter

from .conftest import needs_ctranslate2, settings_of

DECODING = Decoding(beams=2, max_tokens=10)
SOURCES = [[0, 10, 11, 12, 2], [0, 30, 31, 32, 33, 34, 35, 2], [0, 7, 2]]


def opened(start, decoding=DECODING, **options):
    tokens, network = open_start(settings_of(start))
    return TorchWriter(network, tokens.frame, decoding, **options)


def runs(ids, length):
    return [tuple(ids[i : i + length]) for i in range(len(ids) - length + 1)]


def test_limits_and_bans_hold(start):
    writer = opened(start, Decoding(beams=2, max_tokens=12, repeat_ban=2))
    first = writer.write([Order(source, 8) for source in SOURCES])
    for draft in first:
        assert 8 <= len(draft.ids) <= 12
        assert len(set(runs(draft.ids, 2))) == len(runs(draft.ids, 2))
    banned = [[draft.ids[:1], draft.ids[2:5]] for draft in first]
    again = writer.write([Order(s, 8, bans) for s, bans in zip(SOURCES, banned, strict=True)])
    for draft, bans in zip(again, banned, strict=True):
        assert bans[0][0] not in draft.ids
        assert tuple(bans[1]) not in runs(draft.ids, 3)


def test_each_order_of_a_batch_gets_its_own(start):
    one, many = opened(start), opened(start, batch=3)
    drafts = one.write([Order(source) for source in SOURCES])
    assert many.write([Order(source) for source in SOURCES]) == drafts
    bans = [[], [drafts[1].ids[:1]], []]
    mixed = many.write([Order(s, 2, b) for s, b in zip(SOURCES, bans, strict=True)])
    assert mixed == [one.write([Order(s, 2, b)])[0] for s, b in zip(SOURCES, bans, strict=True)]
    assert drafts[1].ids[0] not in mixed[1].ids


def test_a_torch_network_is_saved_and_opened(start, tmp_path):
    writer = opened(start)
    writer.network.half().float()
    writer.save(tmp_path)
    again = TorchWriter.load(tmp_path, writer.frame)
    orders = [Order(source) for source in SOURCES]
    assert again.decoding == DECODING
    assert again.write(orders) == writer.write(orders)


@needs_ctranslate2
def test_ctranslate2_writes_what_torch_does(start):
    writer = opened(start)
    same = CTranslateWriter.converted(writer.network, writer.frame, DECODING, quantization=None)
    greedy = Decoding(beams=1, max_tokens=10, repeat_ban=0)
    torch_greedy = TorchWriter(writer.network, writer.frame, greedy)
    same.decoding = greedy
    orders = [Order(source, 10) for source in SOURCES]
    assert [d.ids for d in same.write(orders)] == [d.ids for d in torch_greedy.write(orders)]


@needs_ctranslate2
def test_int8_is_saved_and_opened_and_keeps_to_bans(start, tmp_path):
    writer = opened(start)
    small = CTranslateWriter.converted(writer.network, writer.frame, DECODING)
    first = small.write([Order(source, 6) for source in SOURCES])
    orders = [Order(s, 6, [d.ids[:1], d.ids[2:4]]) for s, d in zip(SOURCES, first, strict=True)]
    again = small.write(orders)
    for draft, order in zip(again, orders, strict=True):
        assert order.banned[0][0] not in draft.ids
        assert tuple(order.banned[1]) not in runs(draft.ids, 2)
        assert len(draft.ids) >= 6
    small.save(tmp_path)
    assert CTranslateWriter.load(tmp_path).write(orders) == again
    (tmp_path / "network" / "model.bin").write_bytes(b"")
    with pytest.raises(ModelError, match="damaged"):
        CTranslateWriter.load(tmp_path)


def test_without_ctranslate2_its_folder_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(ctranslate, "is_installed", lambda: False)
    with pytest.raises(ModelError, match="pip install ctranslate2"):
        CTranslateWriter.load(tmp_path)
