"""The rewriter: bytes in, bytes out, as they come; holds back no more than the construct at hand."""

from dataclasses import dataclass
from operator import itemgetter

from bandeau.enforcement.html.document import Document, Tally
from bandeau.enforcement.html.edits import Edit, splice
from bandeau.enforcement.html.elements import Judge
from bandeau.enforcement.html.encodings import DOUBTFUL
from bandeau.enforcement.html.rules import NOTHING_MET, Inserts, Met, PageRules

# An open construct is read again when more bytes have come. Every byte that is fed pays for reading
# this many again; what is dearer waits until the construct has grown by a quarter. Both together
# keep the time in proportion to the length, however the page is cut into pieces.
_CREDIT_PER_BYTE = 8


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A page as it is to be sent, how much was held for each service, and whether a reader misses any.

    ``met`` is for who knows the rules to fill in.
    """

    body: bytes
    held: dict[str, int]
    visible: bool
    met: Met = NOTHING_MET


class Rewriter:
    """Neutralises one page. The same bytes come out however the input is cut into chunks.

    (But for a slash in end tags that end nothing in a drawing: one that comes whole needs none.)

    Only additions are made, so that the page is what it was when they are taken out (`undo`); what
    comes when a page has ended is left out.
    Whether an AMP page is rewritten is for the caller to decide (see `is_amp`).

    Args:
        rules: what is held back.
        inserts: what the page receives, None for nothing.
        base: the URL of the document.
        release: bytes put behind the end tag of every held script that runs in the page itself.
        record: keep the list of `edits`.
        encoding: Python's name for the page's encoding (see `charset_of`).
        certain: no browser can take the page for another encoding, as its header or byte order mark
            says it. Otherwise the page ends where another encoding could make other markup of it.
    """

    def __init__(
        self,
        rules: PageRules,
        inserts: Inserts | None,
        *,
        base: str,
        release: bytes | None = None,
        record: bool = False,
        encoding: str = "utf-8",
        certain: bool = False,
    ) -> None:
        self._tally = Tally()
        self._certain, self._ended = certain, False
        self._last = b""  # the last byte that came, as a mark may come in two pieces
        self._walk = Document(Judge(rules, base, encoding), inserts, release, self._tally)
        self._open: list[bytes] = []
        self._open_size = self._tried_size = self._credit = 0
        self._edits: list[Edit] | None = [] if record else None

    @property
    def held(self) -> dict[str, int]:
        """How many elements were held back, by service."""
        return self._tally.held

    @property
    def visible(self) -> bool:
        """Whether something that a reader would have seen was held back."""
        return self._tally.visible

    @property
    def edits(self) -> list[Edit]:
        """All additions so far, in order, when `record` was asked for."""
        return self._edits or []

    def feed(self, chunk: bytes) -> bytes:
        """Takes the next bytes of the page and returns what can be sent."""
        if not chunk or self._ended:
            return self._dropped(chunk)
        end = len(chunk) if self._certain else self._doubtful(chunk)
        if end == len(chunk):
            return self._take(chunk)
        output = self._take(chunk[:end]) + self.close()
        self._ended = True
        return output + self._dropped(chunk[end:])

    def close(self) -> bytes:
        """Ends the page and returns the rest of it."""
        if self._ended:
            return b""
        return self._read(final=True) if self._open or self._walk.offset else b""

    def _doubtful(self, chunk: bytes) -> int:
        """Returns where the page could begin to mean something else in another encoding.

        That is behind the first byte of two, which may have come, and gone, in the chunk before.
        """
        last, self._last = self._last, chunk[-1:]
        if b"\x1b" not in chunk and b"\x00" not in chunk and last not in (b"\x1b", b"\x00"):
            return len(chunk)
        match = DOUBTFUL.search(last + chunk)
        return match.start() + 1 - len(last) if match else len(chunk)

    def _dropped(self, chunk: bytes) -> bytes:
        if self._edits is not None and chunk:
            self._edits.append(Edit(self._walk.offset, chunk, b""))
            self._walk.offset += len(chunk)
        return b""

    def _take(self, chunk: bytes) -> bytes:
        self._open.append(chunk)
        self._open_size += len(chunk)
        self._credit += _CREDIT_PER_BYTE * len(chunk)
        if self._tried_size and not self._is_worth_a_try(chunk):
            return b""
        return self._read(final=False)

    def _is_worth_a_try(self, chunk: bytes) -> bool:
        if self._open_size * 4 >= self._tried_size * 5:
            return True
        if b">" in chunk and self._open_size <= self._credit:
            self._credit -= self._open_size
            return True
        return False

    def _read(self, *, final: bool) -> bytes:
        source = self._open[0] if len(self._open) == 1 else b"".join(self._open)
        walk, size = self._walk, len(source)
        reached = walk.run(source, 0, size, final=final)
        if final:
            walk.finish(size)
        # What stands behind a tag may be noted before what stands in it.
        walk.insertions.sort(key=itemgetter(0))
        output = splice(source, walk.insertions, reached)
        if self._edits is not None:
            self._edits += [Edit(walk.offset + offset, b"", text) for offset, text in walk.insertions]
        walk.insertions.clear()
        walk.offset += reached
        self._open_size = self._tried_size = size - reached
        self._open = [source[reached:]] if self._open_size else []
        return output


def rewrite(
    body: bytes,
    rules: PageRules,
    inserts: Inserts | None,
    *,
    base: str,
    release: bytes | None = None,
    encoding: str = "utf-8",
    certain: bool = False,
) -> Rewritten:
    """Rewrites a whole page at once."""
    rewriter = Rewriter(rules, inserts, base=base, release=release, encoding=encoding, certain=certain)
    output = rewriter.feed(body)
    rest = rewriter.close()
    return Rewritten(output + rest if rest else output, rewriter.held, rewriter.visible)
