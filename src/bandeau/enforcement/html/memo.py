"""Keeps rewritten pages, within a number of bytes, for the next reader with the same choice."""

from collections import OrderedDict

from bandeau.enforcement.html.rewriter import Rewritten

_Key = tuple[bytes, int, int, str]
# What the dictionary, the tuple and the object cost beside the two bodies; a rough figure.
_OVERHEAD = 500


class Memo:
    """Least recently used pages, keyed by their very bytes, the revision and the choice.

    The key holds the body itself, not a digest: Python's hash finds the place and the comparison
    that follows makes a mix-up of two pages impossible, for less than a digest would cost.
    Not safe to share between threads without a lock.
    """

    __slots__ = ("_bytes", "_max_bytes", "_pages")

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._pages: OrderedDict[_Key, Rewritten] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pages)

    @property
    def bytes_held(self) -> int:
        """The size of all that is kept, never above the limit."""
        return self._bytes

    def get(self, body: bytes, revision: int, choice: int, extra: str = "") -> Rewritten | None:
        """Returns what this very body became for this choice, None when it is not known.

        `extra` stands for all else that the page depends on: host, path, language, nonce.
        """
        key = (body, revision, choice, extra)
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
        return page

    def put(self, body: bytes, revision: int, choice: int, extra: str, page: Rewritten) -> None:
        """Keeps a page and drops the ones that nobody asked for longest; too large a page is not kept."""
        size = _size(body, page)
        if size > self._max_bytes:
            return
        key = (body, revision, choice, extra)
        old = self._pages.pop(key, None)
        self._bytes += size - (_size(body, old) if old else 0)
        self._pages[key] = page
        while self._bytes > self._max_bytes:
            (dropped, *_), lost = self._pages.popitem(last=False)
            self._bytes -= _size(dropped, lost)

    def clear(self) -> None:
        """Forgets every page, as after a change of the policy."""
        self._pages.clear()
        self._bytes = 0


def _size(body: bytes, page: Rewritten) -> int:
    return len(body) + len(page.body) + _OVERHEAD
