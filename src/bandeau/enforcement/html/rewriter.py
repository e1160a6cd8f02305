"""The rewriter: bytes in, bytes out, as they come; holds back no more than the construct at hand."""

from dataclasses import dataclass

from bandeau.enforcement.html.document import Document, Tally
from bandeau.enforcement.html.edits import Edit, splice
from bandeau.enforcement.html.elements import Judge
from bandeau.enforcement.html.rules import Inserts, PageRules

# An open construct is read again when more bytes have come. Every byte that is fed pays for reading
# this many again; what is dearer waits until the construct has grown by a quarter. Both together
# keep the time in proportion to the length, however the page is cut into pieces.
_CREDIT_PER_BYTE = 8


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A page as it is to be sent, how much was held for each service, and whether a reader misses any."""

    body: bytes
    held: dict[str, int]
    visible: bool


class Rewriter:
    """Neutralises one page. The same bytes come out however the input is cut into chunks.

    Only additions are made, so that the page is what it was when they are taken out (`undo`).
    A page that says it is AMP passes untouched, and `amp` is True.

    Args:
        rules: what is held back.
        inserts: what the page receives, None for nothing.
        base: the URL of the document.
        release: bytes put behind the end tag of every held script that runs in the page itself.
        record: keep the list of `edits`.
        encoding: Python's name for the page's encoding (see `encoding_of`).
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
    ) -> None:
        self._tally = Tally()
        self._walk = Document(Judge(rules, base, encoding), inserts, release, self._tally)
        self._open: list[bytes] = []
        self._open_size = self._tried_size = self._credit = 0
        self._edits: list[Edit] | None = [] if record else None

    @property
    def amp(self) -> bool:
        """Whether the page declares itself AMP; it is then passed on as it is."""
        return self._walk.amp

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
        if not chunk:
            return b""
        self._open.append(chunk)
        self._open_size += len(chunk)
        self._credit += _CREDIT_PER_BYTE * len(chunk)
        if self._tried_size and not self._is_worth_a_try(chunk):
            return b""
        return self._read(final=False)

    def close(self) -> bytes:
        """Ends the page and returns the rest of it."""
        return self._read(final=True) if self._open or self._walk.offset else b""

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
        if final and not walk.amp:
            walk.finish(size)
        reached = size if walk.amp else reached
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
) -> Rewritten:
    """Rewrites a whole page at once."""
    rewriter = Rewriter(rules, inserts, base=base, release=release, encoding=encoding)
    output = rewriter.feed(body)
    rest = rewriter.close()
    return Rewritten(output + rest if rest else output, rewriter.held, rewriter.visible)
