"""What every store promises."""

from __future__ import annotations

import threading
from concurrent.futures import wait

import pytest

from bandeau.errors import StoreUnavailable
from bandeau.ledger.receiptcode import read_code, receipt_code
from bandeau.ledger.store import Store
from tests.storage.records import a_record


def test_an_acknowledged_record_is_found_by_its_code(store: Store) -> None:
    """The code that the reader is shown leads to the whole record."""
    entry = store.submit(a_record(), key="k1").result(10)
    assert a_record() == store.find(entry.code)
    assert a_record().canonical() == entry.record


def test_codes_are_read_as_people_write_them(store: Store) -> None:
    """Small letters, spaces and the letter O for a zero do no harm."""
    entry = store.submit(a_record(), key="k1").result(10)
    assert store.find(entry.code.lower().replace("-", " ").replace("0", "o")) == a_record()


@pytest.mark.parametrize("code", ["", "x", "'; DROP TABLE record; --", "0" * 16, "é" * 16, "A" * 100_000])
def test_what_is_no_code_finds_nothing(store: Store, code: str) -> None:
    """A hostile code is not an error and not a record (CVE-2022-44727)."""
    store.submit(a_record(), key="k1").result(10)
    assert store.find(code) is None
    assert store.count() == 1


def test_the_same_key_adds_no_second_record(store: Store) -> None:
    """Sending again gives the first entry, marked as a duplicate."""
    first = store.submit(a_record(1), key="k1").result(10)
    again = store.submit(a_record(2), key="k1").result(10)
    assert (first.index, first.code, first.record) == (again.index, again.code, again.record)
    assert (first.duplicate, again.duplicate) == (False, True)
    assert store.count() == 1


def test_a_thousand_identical_posts_at_once_make_one_record(store: Store) -> None:
    """Threat 2: the key is settled by the store, not by a look before the write."""
    futures = []
    collect = threading.Lock()

    def post() -> None:
        for number in range(100):
            future = store.submit(a_record(number), key="the-same")
            with collect:
                futures.append(future)

    threads = [threading.Thread(target=post) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait(futures, 30)
    entries = [future.result(0) for future in futures]
    assert len(entries) == 1000
    assert [entry.duplicate for entry in entries].count(False) == 1
    assert len({entry.record for entry in entries}) == 1
    assert store.count() == 1


def test_entries_are_numbered_without_gaps(store: Store) -> None:
    """The order of the log is the order of acknowledgement."""
    indexes = [store.submit(a_record(number), key=f"k{number // 2}").result(10).index for number in range(6)]
    assert indexes == [1, 1, 2, 2, 3, 3]


def test_a_subject_gets_its_own_records_in_order(store: Store) -> None:
    """Another subject's records are never among them."""
    for number in range(6):
        record = a_record(number, subject="odd" if number % 2 else "even")
        store.submit(record, key=f"k{number}").result(10)
    assert [record.record_id for record in store.of_subject("odd")] == ["record-1", "record-3", "record-5"]
    assert store.of_subject("nobody") == []


def test_values_come_back_as_they_were(store: Store) -> None:
    """Quotes, other scripts and control characters are data."""
    strange = a_record(subject="'; DROP TABLE record; --\x01é\U0001f4f0")
    entry = store.submit(strange, key="'\"\x02").result(10)
    assert store.find(entry.code) == strange


def test_a_closed_store_acknowledges_nothing(store: Store) -> None:
    """Closing twice is harmless; submitting later fails as unavailable."""
    store.close()
    store.close()
    with pytest.raises(StoreUnavailable):
        store.submit(a_record(), key="k1").result(10)


def test_codes_are_of_eighty_bits_and_stable() -> None:
    """A code is 16 characters of an alphabet without look-alikes; it is written in four groups."""
    codes = {receipt_code(f"record-{number}") for number in range(10_000)}
    assert len(codes) == 10_000
    assert all(read_code(code) == code and len(code) == 19 for code in codes)
    assert not set("ILOU") & set("".join(codes))
