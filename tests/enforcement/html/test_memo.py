"""The memo gives back what it was given, within its size."""

from __future__ import annotations

from bandeau.enforcement.html import Memo, Rewritten


def _page(text: bytes) -> Rewritten:
    return Rewritten(text, {}, visible=False)


def test_a_page_is_found_by_all_that_it_depends_on() -> None:
    """Body, revision, choice and extra: a difference in any is another page."""
    memo = Memo(10_000)
    memo.put(b"body", 1, 2, "x", _page(b"out"))
    assert memo.get(bytes(bytearray(b"body")), 1, 2, "x") == _page(b"out")
    misses = [(b"bodY", 1, 2, "x"), (b"body", 2, 2, "x"), (b"body", 1, 3, "x"), (b"body", 1, 2, "")]
    assert [memo.get(*key) for key in misses] == [None] * 4


def test_the_oldest_pages_go_when_the_bytes_are_used_up() -> None:
    """What was asked for lately stays."""
    memo = Memo(3 * 1600)
    for number in range(3):
        memo.put(b"%d" % number * 500, 1, 0, "", _page(b"o" * 500))
    assert memo.get(b"0" * 500, 1, 0) is not None
    memo.put(b"3" * 500, 1, 0, "", _page(b"o" * 500))
    assert memo.get(b"1" * 500, 1, 0) is None
    assert memo.get(b"0" * 500, 1, 0) is not None
    assert memo.bytes_held <= 3 * 1600


def test_a_page_larger_than_the_memo_is_not_kept() -> None:
    """It would only push out all others."""
    memo = Memo(1000)
    memo.put(b"x" * 2000, 1, 0, "", _page(b""))
    assert len(memo) == 0


def test_putting_a_page_again_counts_it_once() -> None:
    """And clearing forgets everything."""
    memo = Memo(10_000)
    for _ in range(3):
        memo.put(b"x" * 100, 1, 0, "", _page(b"y" * 100))
    assert (len(memo), memo.bytes_held) == (1, 700)
    memo.clear()
    assert (len(memo), memo.bytes_held) == (0, 0)
