"""What must hold for any bytes at all; run as a program it looks for bytes for which it does not.

Run: python -m tests.enforcement.html.fuzzed CORPUS [-max_total_time=SECONDS …], libFuzzer's own arguments.
The first byte says into what pieces the rest is cut and how it is encoded.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bandeau.enforcement.html import Rewriter, undo
from tests.enforcement.html.newspages import news_page
from tests.enforcement.html.rules import INSERTS, RELEASE
from tests.enforcement.html.torture import CASES, OWN, HoldAll, markup

_ENCODINGS = ("utf-8", "cp1252", "iso2022_jp", "cp932", "big5hkscs", "gb18030", "cp949", "euc_jp")


def check(data: bytes) -> None:
    """Rewrite a page in pieces: it can be undone, and comes out as if it had come whole."""
    setting, page = data[:1] or b"\0", data[1:]
    size, encoding = 1 + setting[0] % 32, _ENCODINGS[setting[0] // 32]
    pieces = _rewritten(page, size, encoding)
    assert undo(pieces[0], pieces[1].edits) == page
    assert _alike(pieces[0]) == _alike(_rewritten(page, max(1, len(page)), encoding)[0])


def _alike(output: bytes) -> bytes:
    """Return a page without what makes stray end tags comments: a whole drawing is passed at one glance."""
    return output.replace(b"<//", b"</")


def _rewritten(page: bytes, size: int, encoding: str) -> tuple[bytes, Rewriter]:
    rewriter = Rewriter(
        HoldAll(), INSERTS, base=f"http://{OWN}/page", release=RELEASE, record=True, encoding=encoding
    )
    parts = [rewriter.feed(page[at : at + size]) for at in range(0, len(page), size)]
    return b"".join([*parts, rewriter.close()]), rewriter


def write_corpus(folder: Path) -> int:
    """Write pages to begin with: the torture set and pages of newspapers; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    pages = [markup(number) for number in range(len(CASES))] + [news_page(at).body for at in range(20)]
    for number, page in enumerate(pages):
        (folder / f"{number:04}.html").write_bytes(bytes([number % 256]) + page)
    return len(pages)


def main() -> None:
    """Write the corpus and let atheris change it until something breaks or the time is over."""
    import atheris  # for Linux alone, and not needed to check the corpus

    write_corpus(Path(sys.argv[1]))
    atheris.instrument_all()
    atheris.Setup(sys.argv, check)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
