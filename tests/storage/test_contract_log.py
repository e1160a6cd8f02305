"""What every store promises of its logs."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from bandeau.core.record import ConsentRecord
from bandeau.errors import StoreError
from bandeau.ledger.bodies import LogOpened, Tombstone, key_body, read_body
from bandeau.ledger.checkpoint import open_checkpoint
from bandeau.ledger.commitment import commit
from bandeau.ledger.proofs import inclusion_proof, verify_inclusion
from bandeau.ledger.sequencer import log_time
from bandeau.ledger.store import Entry, Kept, LogHead, Store
from bandeau.ledger.tiles import hash_reader
from bandeau.ledger.tree import Frontier, leaf_hash
from bandeau.storage.memory import MemoryStore
from tests.storage.checking import assert_one_history, assert_verified
from tests.storage.records import NOW, SITE, TestSigner, a_record

ORIGIN = "news.example/gazette/test/2026"
NEXT = "news.example/gazette/test/2027"
#: 2027-01-01T00:00:00Z
NEW_YEAR = 1_798_761_600


def put(store: Store, *records: ConsentRecord) -> list[Entry]:
    """Submit records at once, each under its own key, and wait for all."""
    futures = [store.submit(record, key=f"key of {record.record_id}") for record in records]
    return [future.result(30) for future in futures]


def head_of(store: Store, origin: str = ORIGIN) -> LogHead:
    """Return the head of a log."""
    (head,) = [head for head in store.logs() if head.origin == origin]
    return head


def bodies(store: Store, origin: str = ORIGIN) -> list[object]:
    """Return what the rows of a log say."""
    return [read_body(row.body) for row in store.rows(origin)]


def assert_proven(store: Store, entry: Entry) -> None:
    """The entry's row is what its leaf commits to, under the checkpoint that the store has now."""
    head = head_of(store, entry.origin)
    checkpoint, _ = open_checkpoint(head.checkpoint, TestSigner().verifiers(entry.origin))
    (row,) = store.rows(entry.origin, entry.index, entry.index + 1)
    (leaf,) = store.leaves(entry.origin, entry.index, entry.index + 1)
    assert commit(row.salt, row.body) == leaf
    assert row.body == entry.record
    read = hash_reader(lambda level, number, _: store.tile(entry.origin, level, number), checkpoint.size)
    proof = inclusion_proof(entry.index, checkpoint.size, read)
    verify_inclusion(leaf_hash(leaf), entry.index, checkpoint.size, proof, checkpoint.root)


def test_a_log_begins_with_a_row_that_says_so(store: Store) -> None:
    """So a log is never empty, and one that is gone is missed."""
    head = head_of(store)
    assert (head.site_id, head.environment, head.year, head.size) == (*SITE, 2026, 1)
    assert bodies(store) == [LogOpened(ORIGIN, log_time(NOW), None)]


def test_the_checkpoint_covers_every_acknowledged_leaf_at_once(store: Store) -> None:
    """A receipt can be made the moment the reader has an answer."""
    for number in range(5):
        (entry,) = put(store, a_record(number))
        assert_proven(store, entry)
        assert entry.origin == ORIGIN


def test_rows_come_back_with_everything_that_is_kept(store: Store) -> None:
    """By code, by subject and by place."""
    (entry,) = put(store, a_record(7, subject="S" * 22))
    (row,) = store.kept_of_subject("S" * 22)
    assert row == store.kept(entry.code) == next(iter(store.rows(ORIGIN, entry.index)))
    assert row == Kept(ORIGIN, 1, "consent", entry.code, "key of record-7", "S" * 22, row.salt, entry.record)
    assert row.record() == a_record(7, subject="S" * 22)


def test_every_row_has_a_salt_of_its_own(store: Store) -> None:
    """Erasing one row must say nothing about another."""
    put(store, *map(a_record, range(100)))
    salts = {row.salt for row in store.rows(ORIGIN)}
    assert len(salts) == 101
    assert {len(salt) for salt in salts} == {32}


def test_tiles_are_those_of_the_leaves(store: Store) -> None:
    """At each level, full and partial, whatever the sizes of commits were."""
    size = 1
    for batch in (1, 254, 1, 300, 256, 3):
        put(store, *(a_record(size + number) for number in range(batch)))
        size += batch
        hashes = [leaf_hash(leaf) for leaf in store.leaves(ORIGIN, 0, size)]
        assert len(hashes) == size == head_of(store).size
        assert head_of(store).frontier == Frontier.empty().extend(hashes)
        for number in range(size // 256 + 1):
            part = hashes[number * 256 : number * 256 + 256]
            assert store.tile(ORIGIN, 0, number) == b"".join(part)
            parent = Frontier.empty().extend(part).root() if len(part) == 256 else b""
            assert store.tile(ORIGIN, 1, 0)[number * 32 : number * 32 + 32] == parent
    assert store.tile(ORIGIN, 0, 99) == store.tile("nowhere", 0, 0) == b""
    assert_verified(store)


def test_a_clock_that_is_set_back_never_sets_the_log_back(store: Store, clock: list[float]) -> None:
    """Log time is the later of the clock and the last row; the record says so too."""
    put(store, a_record(1, at="2026-11-23T09:00:00Z"))
    (entry,) = put(store, a_record(2, at="2016-11-23T09:00:00Z"))
    assert read_body(entry.record) == a_record(2, at="2026-11-23T09:00:00Z")
    clock[0] = NOW - 10 * 365 * 86_400
    assert store.erase("nobody").result(10) == 0
    put(store, a_record(3, at="2026-11-23T09:00:01Z"))
    assert [body.at for body in bodies(store)] == [  # type: ignore[attr-defined]
        "2026-11-23T08:00:00Z",
        "2026-11-23T09:00:00Z",
        "2026-11-23T09:00:00Z",
        "2026-11-23T09:00:01Z",
    ]
    assert_verified(store)


@pytest.mark.parametrize("at", ["", "2026-11-23", "2026-11-23T08:00:00+01:00", "2026-11-23T08:00:00Z\n", "x"])
def test_a_time_in_another_form_is_refused(store: Store, at: str) -> None:
    """The order of times is that of their texts, so there is one form."""
    with pytest.raises(ValueError, match="time of a record"):
        store.submit(a_record(at=at), key="k")
    assert head_of(store).size == 1


def test_a_new_year_begins_a_log_that_follows_the_old_one(store: Store) -> None:
    """Its first row holds the old one's last checkpoint; what comes late goes into the new one."""
    old, late, new = put(
        store,
        a_record(1, at="2026-12-31T23:59:59Z"),
        a_record(2, at="2027-01-01T00:00:00Z"),
        a_record(3, at="2026-12-31T23:59:59Z"),
    )
    assert [(e.origin, e.index) for e in (old, late, new)] == [(ORIGIN, 1), (NEXT, 1), (NEXT, 2)]
    opened = bodies(store, NEXT)[0]
    assert opened == LogOpened(NEXT, "2027-01-01T00:00:00Z", head_of(store).checkpoint)
    assert [head.origin for head in store.logs()] == [ORIGIN, NEXT]
    assert store.find(old.code) == a_record(1, at="2026-12-31T23:59:59Z")
    assert_proven(store, old)
    assert_proven(store, new)
    assert_verified(store)


def test_sites_and_environments_have_logs_of_their_own(store: Store) -> None:
    """In one commit, in one store."""
    store.begin("gazette", "staging").result(10)
    store.begin("courrier", "test").result(10)
    sites = [("gazette", "test"), ("courrier", "test"), ("gazette", "staging")]
    entries = put(store, *(a_record(number, site=sites[number % 3]) for number in range(9)))
    assert [entry.index for entry in entries] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert {entry.origin for entry in entries} == {f"news.example/{site}/{env}/2026" for site, env in sites}
    assert_verified(store)


def test_a_log_is_begun_once(store: Store) -> None:
    """What is there is left alone."""
    put(store, a_record(1))
    with pytest.raises(StoreError, match="already"):
        store.begin(*SITE).result(10)
    assert head_of(store).size == 2


def test_a_row_about_the_log_is_made_with_its_origin_and_time(store: Store) -> None:
    """So the announcement of a key names the log that it will sign."""
    entry = store.append(*SITE, "key", _announcement).result(10)
    assert (entry.index, entry.code, entry.origin) == (1, "", ORIGIN)
    (row,) = store.rows(ORIGIN, 1)
    assert (row.kind, row.code, row.key, row.subject_id) == ("key", "", "", "")
    assert row.body == _announcement(ORIGIN, log_time(NOW))
    assert store.count() == 0
    assert_verified(store)


def test_erasing_removes_a_subject_and_says_so(store: Store) -> None:
    """Rows and salts go, leaves stay, a dated tombstone names the places and nobody."""
    entries = put(store, *(a_record(n, subject="leaving" if n in (2, 3, 5) else f"s{n}") for n in range(8)))
    before = head_of(store)
    assert store.erase("leaving").result(10) == 3
    assert store.of_subject("leaving") == []
    assert [store.find(entry.code) is None for entry in entries] == [n in (2, 3, 5) for n in range(8)]
    assert store.count() == 5
    assert [row.index for row in store.rows(ORIGIN)] == [0, 1, 2, 5, 7, 8, 9]
    assert bodies(store)[-1] == Tombstone(ORIGIN, ((3, 4), (6, 6)), "erasure", log_time(NOW))
    assert b"leaving" not in b"".join(row.body for row in store.rows(ORIGIN))
    assert_proven(store, entries[0])
    assert_one_history(store, [before])
    assert_verified(store)


def test_erasing_nobody_changes_nothing(store: Store) -> None:
    """Rows about the log are no subject's."""
    put(store, a_record(1))
    assert store.erase("nobody").result(10) == store.erase("").result(10) == 0
    assert head_of(store).size == 2


def test_erasing_in_the_midst_of_a_commit_leaves_nothing(store: Store) -> None:
    """What was submitted before it goes, what was submitted after it stays, whoever shares the commit."""
    futures = [store.submit(a_record(n, subject="x"), key=f"k{n}") for n in range(20)]
    erased = store.erase("x")
    again = store.submit(a_record(99, subject="x"), key="k3")
    assert erased.result(10) == 20
    assert [future.result(10).duplicate for future in [*futures, again]] == [False] * 21
    assert [record.record_id for record in store.of_subject("x")] == ["record-99"]
    assert_verified(store)


def test_erasing_reaches_the_logs_of_other_years_and_sites(store: Store) -> None:
    """Each log gets a tombstone in the current log of its site."""
    store.begin("courrier", "test").result(10)
    put(store, a_record(1, subject="x"), a_record(2, subject="x", at="2027-01-01T00:00:00Z"))
    put(store, a_record(3, subject="x", site=("courrier", "test")))
    assert store.erase("x").result(10) == 3
    assert [body for body in bodies(store, NEXT) if isinstance(body, Tombstone)] == [
        Tombstone(ORIGIN, ((1, 1),), "erasure", "2027-01-01T00:00:00Z"),
        Tombstone(NEXT, ((1, 1),), "erasure", "2027-01-01T00:00:00Z"),
    ]
    assert isinstance(bodies(store, "news.example/courrier/test/2026")[-1], Tombstone)
    assert_verified(store)


def test_pruning_empties_a_log_that_is_over(store: Store, clock: list[float]) -> None:
    """Its records go, what it says about itself stays, and so do its leaves and checkpoint."""
    put(store, *(a_record(number) for number in range(300)))
    clock[0] = NEW_YEAR
    before = head_of(store)
    assert store.prune(ORIGIN).result(30) == 300
    assert [row.kind for row in store.rows(ORIGIN)] == ["opened"]
    assert bodies(store, NEXT)[-1] == Tombstone(ORIGIN, ((1, 300),), "retention", log_time(NEW_YEAR))
    assert head_of(store) == before
    assert len(store.leaves(ORIGIN, 0, 301)) == 301
    assert (store.count(), store.prune(ORIGIN).result(10)) == (0, 0)
    assert_verified(store)


@pytest.mark.parametrize("origin", [ORIGIN, "nowhere"])
def test_the_current_log_is_never_pruned(store: Store, origin: str) -> None:
    """Nor one that is not there."""
    put(store, a_record(1))
    with pytest.raises(StoreError, match=r"current log|no log"):
        store.prune(origin).result(10)
    assert store.count() == 1


def test_a_snapshot_stays_as_it_was(store: Store) -> None:
    """A verification that takes minutes sees one state, and hinders nobody."""
    put(store, *(a_record(number, subject="x" if number < 3 else "y") for number in range(600)))
    with store.snapshot() as source:
        assert store.submit(a_record(1000), key="new").result(10).index == 601
        assert [head.size for head in source.logs()] == [601]
        assert [row.index for row in source.rows(ORIGIN)] == list(range(601))
        assert len(source.leaves(ORIGIN, 500, 700)) == 101
        assert_verified(source)
    assert head_of(store).size == 602


def test_a_signer_that_fails_leaves_the_log_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the commit had begun: rows, erasures, a new year."""
    put(store, a_record(1, subject="x"))
    before = (store.logs(), list(store.rows(ORIGIN)))

    def refuse(*_: object) -> bytes:
        raise StoreError("no key")

    with monkeypatch.context() as patched:
        patched.setattr(TestSigner, "checkpoint", refuse)
        attempts = [store.submit(a_record(2, at="2027-06-01T00:00:00Z"), key="k"), store.erase("x")]
        for attempt in attempts:
            with pytest.raises(StoreError, match="no key"):
                attempt.result(10)
    assert (store.logs(), list(store.rows(ORIGIN))) == before
    put(store, a_record(3))
    assert_verified(store)


def steps(seed: int) -> list[tuple[str, int, int]]:
    """Return a random life of a store: what is done, to whom, and how many seconds later."""
    chance = random.Random(seed)
    kinds = ["submit"] * 8 + ["again", "erase", "prune", "key"]
    return [
        (chance.choice(kinds), chance.randrange(12), chance.choice([0, 1, -5, 86_400 * 90]))
        for _ in range(120)
    ]


def live(store: Store, clock: list[float], life: Sequence[tuple[str, int, int]]) -> list[object]:
    """Do to a store what a life says; return all answers and, in the end, all rows without their salts."""
    answers: list[object] = []
    heads: list[LogHead] = []
    for number, (kind, who, later) in enumerate(life):
        clock[0] += later
        answers.append(_do(store, kind, who, number, log_time(clock[0])))
        heads += store.logs()
    assert_verified(store)
    assert_one_history(store, heads)
    rows = [row for head in store.logs() for row in store.rows(head.origin)]
    return [*answers, *((row.origin, row.index, row.kind, row.code, row.key, row.subject_id) for row in rows)]


def _do(store: Store, kind: str, who: int, number: int, at: str) -> object:
    try:
        if kind in ("submit", "again"):
            key = f"key-{number if kind == 'submit' else who}"
            entry = store.submit(a_record(number, subject=f"subject-{who}", at=at), key=key).result(10)
            return entry.origin, entry.index, entry.code, entry.duplicate
        if kind == "erase":
            return store.erase(f"subject-{who}").result(10)
        if kind == "prune":
            return store.prune(f"news.example/gazette/test/{2026 + who % 4}").result(10)
        return store.append(*SITE, "key", _announcement).result(10).index
    except StoreError as error:
        return str(error)


def _announcement(origin: str, at: str) -> bytes:
    return key_body(origin, at, TestSigner([2]).verifiers(origin)[0])


@pytest.mark.parametrize("seed", range(3))
def test_a_random_life_is_the_same_in_every_store(store: Store, clock: list[float], seed: int) -> None:
    """Years pass, clocks go back, subjects leave: every head ever seen is a beginning of the last one."""
    own_clock = [NOW]
    memory = MemoryStore(TestSigner(), clock=lambda: own_clock[0])
    memory.begin(*SITE).result(10)
    assert live(store, clock, steps(seed)) == live(memory, own_clock, steps(seed))
