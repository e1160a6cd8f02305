"""The witness protocol: each status of the specification, and that no fork is ever cosigned."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bandeau.errors import MalformedEvidence, ProofError
from bandeau.ledger.checkpoint import Checkpoint
from bandeau.ledger.note import Signature, SigningKey, parse_note
from bandeau.ledger.proofs import consistency_proof
from bandeau.ledger.tree import MAX_SIZE
from bandeau.ledger.witness import SIZE_TYPE, Answer, Witness, read_answer, request_body, size_of_conflict
from tests.ledger.reference import leaf, mth, read
from tests.ledger.test_checkpoint import KEY, ORIGIN
from tests.ledger.test_cosignature import AT, SECOND, WITNESS

OTHER_KEY = SigningKey(ORIGIN, bytes(range(5, 37)))
NEW = Witness(WITNESS, {ORIGIN: (KEY.verifier,)}, {})


def at_size(size: int) -> Checkpoint:
    """Return the checkpoint of the honest log."""
    return Checkpoint(ORIGIN, size, mth(0, size))


def signed(size: int) -> bytes:
    """Return it signed."""
    return at_size(size).signed([KEY])


def proof(old: int, new: int) -> list[bytes]:
    """Return the proof of growth."""
    return consistency_proof(old, new, read) if old else []


def having_seen(size: int) -> Witness:
    """Return a witness that cosigned this size last."""
    return replace(NEW, latest={ORIGIN: at_size(size)})


def ask(witness: Witness, old: int, hashes: list[bytes], checkpoint: bytes) -> Answer:
    """Send a request that must not change the witness unless it cosigns; return the answer."""
    answer, after = witness.add_checkpoint(request_body(old, hashes, checkpoint), AT)
    assert (after is witness) == (answer.status != 200)
    return answer


def test_200_a_log_seen_for_the_first_time_is_cosigned() -> None:
    answer, after = NEW.add_checkpoint(request_body(0, [], signed(5)), AT)

    note, cosignatures = read_answer(signed(5), answer.status, answer.body.encode(), [WITNESS.verifier])
    assert [(each.witness, each.timestamp) for each in cosignatures] == [(WITNESS.verifier, AT)]
    assert [each.name for each in parse_note(note).signatures] == [ORIGIN, WITNESS.verifier.name]
    assert after.latest == {ORIGIN: at_size(5)}


def test_200_a_log_that_grew_is_cosigned() -> None:
    answer, after = having_seen(5).add_checkpoint(request_body(5, proof(5, 12), signed(12)), AT)

    assert (answer.status, after.latest[ORIGIN]) == (200, at_size(12))


def test_200_the_same_checkpoint_is_cosigned_again_with_a_new_time() -> None:
    answer, after = having_seen(5).add_checkpoint(request_body(5, [], signed(5)), AT + 7)

    assert read_answer(signed(5), 200, answer.body.encode(), [WITNESS.verifier])[1][0].timestamp == AT + 7
    assert after.latest == {ORIGIN: at_size(5)}


def test_200_an_empty_log_is_cosigned() -> None:
    assert ask(NEW, 0, [], signed(0)).status == 200


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"\n\n",
        b"old 5\n",
        b"old 05\n\n" + signed(5),
        b"old -1\n\n" + signed(5),
        b"old x\n\n" + signed(5),
        b"new 5\n\n" + signed(5),
        b"old 5\r\n\n" + signed(5),
        b"old 5\nAAAA\n\n" + signed(5),
        b"old 5\n!\n\n" + signed(5),
        b"old 5\n\xff\n\n" + signed(5),
        b"old 5\n\nno note",
        b"old 5\n\n\n" + signed(5),
        b"old 5\n\n" + signed(5).replace(b"5\n", b"05\n"),
        request_body(5, [bytes(32)] * 64, signed(500)),
        request_body(5, [], signed(5)) + b" ",
        b"old %d\n\n" % (MAX_SIZE + 1) + signed(5),
        b"old 5\n\n" + b"t" * 10_000_000,
    ],
)
def test_400_what_is_no_request(request_: bytes) -> None:
    answer, after = having_seen(5).add_checkpoint(request_, AT)

    assert (answer.status, after) == (400, having_seen(5))


def test_400_an_old_size_above_the_checkpoints() -> None:
    assert ask(having_seen(6), 6, [], signed(5)).status == 400


def test_404_a_log_that_the_witness_does_not_know() -> None:
    elsewhere = SigningKey("elsewhere.example/log", bytes(32))
    checkpoint = Checkpoint("elsewhere.example/log", 1, leaf(0)).signed([elsewhere])

    assert ask(NEW, 0, [], checkpoint).status == 404


@pytest.mark.parametrize("size", [5, 6])
def test_403_a_checkpoint_that_no_trusted_key_signed(size: int) -> None:
    """The signature is judged before the size is told: strangers learn nothing."""
    assert ask(having_seen(5), 0, [], at_size(size).signed([OTHER_KEY])).status == 403


def test_403_a_checkpoint_changed_after_it_was_signed() -> None:
    changed = parse_note(signed(5))
    forged = replace(changed, text=at_size(6).text()).to_bytes()

    assert ask(having_seen(5), 5, proof(5, 6), forged).status == 403


@pytest.mark.parametrize("old", [0, 4, 6])
def test_409_an_old_size_that_is_not_the_last_one_and_the_size_that_is(old: int) -> None:
    answer = ask(having_seen(5), old, proof(old, 12), signed(12))

    assert answer == Answer(409, "5\n", SIZE_TYPE)
    assert size_of_conflict(answer.body.encode()) == 5


def test_409_before_the_first_time_the_size_is_zero() -> None:
    assert ask(NEW, 3, proof(3, 5), signed(5)) == Answer(409, "0\n", SIZE_TYPE)


@pytest.mark.parametrize(
    "hashes", [[], proof(5, 12)[:-1], [*proof(5, 12), leaf(0)], proof(4, 12), proof(5, 12)[::-1]]
)
def test_422_a_proof_that_does_not_show_growth(hashes: list[bytes]) -> None:
    assert ask(having_seen(5), 5, hashes, signed(12)).status == 422


def test_422_a_fork_whatever_the_proof_says() -> None:
    forked = Checkpoint(ORIGIN, 12, mth(100, 112)).signed([KEY])

    assert ask(having_seen(5), 5, proof(5, 12), forked).status == 422


def test_422_another_root_at_the_same_size() -> None:
    """Two signed checkpoints that contradict each other are the proof that the log cheats."""
    forked = Checkpoint(ORIGIN, 5, mth(100, 105)).signed([KEY])

    assert ask(having_seen(5), 5, [], forked).status == 422


@pytest.mark.parametrize(("old", "hashes"), [(0, [leaf(0)]), (5, [leaf(0)])])
def test_422_a_proof_where_none_is_needed(old: int, hashes: list[bytes]) -> None:
    assert ask(having_seen(5) if old else NEW, old, hashes, signed(5)).status == 422


def test_422_an_empty_log_with_another_root() -> None:
    assert ask(NEW, 0, [], Checkpoint(ORIGIN, 0, leaf(0)).signed([KEY])).status == 422


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.sampled_from([0, 1000])), max_size=30))
def test_whatever_is_asked_a_witness_cosigns_one_history_that_only_grows(
    requests: list[tuple[int, int, int]],
) -> None:
    """A log with its key in hand asks at random, with a second history of its own at leaf 1000."""
    witness, cosigned = NEW, [(0, 0)]
    for old, new, first in requests:
        checkpoint = Checkpoint(ORIGIN, new, mth(first, first + new))
        proof_ = [mth(first + a, first + b) for a, b in places(old, new)] if 0 < old <= new else []
        answer, witness = witness.add_checkpoint(request_body(old, proof_, checkpoint.signed([KEY])), AT)
        if answer.status == 200:
            cosigned.append((new, first))

    assert [size for size, _ in cosigned] == sorted(size for size, _ in cosigned)
    assert len({first for size, first in cosigned if size}) <= 1


def places(old: int, new: int) -> list[tuple[int, int]]:
    """Return which leaves each hash of a consistency proof stands for."""
    spans = {mth(a, b): (a, b) for a in range(new) for b in range(a + 1, new + 1)}
    return [spans[each] for each in proof(old, new)]


@given(
    st.binary(max_size=300)
    | st.builds(lambda n, junk: b"old %d\n\n" % n + junk, st.integers(), st.binary(max_size=99))
)
def test_any_request_is_answered(request_: bytes) -> None:
    assert NEW.add_checkpoint(request_, AT)[0].status == 400


@pytest.mark.parametrize("status", [400, 403, 404, 409, 422, 500])
def test_an_answer_that_is_no_cosignature_adds_nothing(status: int) -> None:
    with pytest.raises(ProofError, match=str(status)):
        read_answer(signed(5), status, b"", [WITNESS.verifier])


def test_lines_of_other_witnesses_are_not_taken_over() -> None:
    lines = [
        replace(NEW, signer=each).add_checkpoint(request_body(0, [], signed(5)), AT)[0].body
        for each in (SECOND, WITNESS)
    ]

    note, _ = read_answer(signed(5), 200, "".join(lines).encode(), [WITNESS.verifier])
    assert [each.name for each in parse_note(note).signatures] == [ORIGIN, WITNESS.verifier.name]


def test_the_same_answer_twice_adds_one_line() -> None:
    body = ask(NEW, 0, [], signed(5)).body.encode()
    once, _ = read_answer(signed(5), 200, body, [WITNESS.verifier])

    assert read_answer(once, 200, body, [WITNESS.verifier])[0] == once


def test_an_answer_without_a_trusted_witness_is_refused() -> None:
    body = ask(NEW, 0, [], signed(5)).body.encode()

    with pytest.raises(ProofError, match="no trusted witness"):
        read_answer(signed(5), 200, body, [SECOND.verifier])


def test_a_cosignature_of_another_checkpoint_is_refused() -> None:
    body = ask(NEW, 0, [], signed(6)).body.encode()

    with pytest.raises(ProofError, match="wrong"):
        read_answer(signed(5), 200, body, [WITNESS.verifier])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"\xff\n",
        b"no line\n",
        b"n" * 300_000 + b"\n",
        Signature("a", b"1234", b"5").line().encode()[:-1],
    ],
)
def test_an_answer_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        read_answer(signed(5), 200, body, [WITNESS.verifier])


@pytest.mark.parametrize(
    "body", [b"", b"5", b"05\n", b"-5\n", b"five\n", b"5\n\n", b"\xff\n", b"%d\n" % (MAX_SIZE + 1)]
)
def test_a_conflict_without_a_size_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedEvidence):
        size_of_conflict(body)
