"""Rules for tests: everything of other hosts is held, and inline scripts with certain marks."""

from __future__ import annotations

from dataclasses import dataclass, field

from bandeau.enforcement.html import KEEP, Inserts, Rewriter, Verdict, undo
from bandeau.enforcement.html.urls import resolved

BASE = "https://news.example/politique/article"
INSERTS = Inserts(head=b"<!--HEAD-->", body=b"<!--BODY-->", foot=b"<!--FOOT-->")
RELEASE = b"<script>bd.r()</script>"


@dataclass
class HoldOthers:
    """Remembers all that it is asked, and holds what leads to another host or carries a mark."""

    marks: frozenset[str] = frozenset({"TRACK"})
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)

    def url(self, url: str, base: str, destination: str) -> Verdict:
        """Holds other hosts; iframes get a frame of ours."""
        self.asked.append((url, base, destination))
        full = resolved(url, base)
        if (full or "").startswith(("https://news.example/", "about:")) or url.startswith("data:"):
            return KEEP
        self.held.add(url)
        return Verdict(
            hold=True, service="svc", frame="/bandeau/embed/svc?u=1&v" if "player" in url else None
        )

    def inline(self, text: str) -> Verdict:
        """Holds a script with a mark in it."""
        found = {mark for mark in self.marks if mark in text}
        self.marked |= found
        return Verdict(hold=True, service="tag") if found else KEEP


def rewritten(
    html: str | bytes,
    *,
    inserts: Inserts | None = None,
    release: bytes | None = None,
    encoding: str = "utf-8",
) -> str:
    """Rewrites a piece of markup and checks on the way that it can be undone."""
    source = html.encode() if isinstance(html, str) else html
    rewriter = Rewriter(HoldOthers(), inserts, base=BASE, release=release, record=True, encoding=encoding)
    output = rewriter.feed(source) + rewriter.close()
    assert undo(output, rewriter.edits) == source
    return output.decode(encoding, "replace")


def asked(html: str | bytes, *, encoding: str = "utf-8") -> list[str]:
    """Returns the URLs that the rules are asked about, in order, each once."""
    rules = HoldOthers()
    rewriter = Rewriter(rules, None, base=BASE, encoding=encoding)
    rewriter.feed(html.encode() if isinstance(html, str) else html)
    rewriter.close()
    return list(dict.fromkeys(url for url, _, _ in rules.asked))
