"""Did you mean: the nearest known word."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that somebody probably meant.

    >>> nearest("socail", ["technical", "social"])
    'social'
    """
    by_folded = {name.lower().replace("-", "_"): name for name in known}
    # Long words are not compared: the comparison takes quadratic time.
    if len(word) > 60:
        return None
    found = get_close_matches(word.lower().replace("-", "_"), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def listing(words: Iterable[str], limit: int = 8) -> str:
    """Join words for a sentence, the first few of many.

    >>> listing(["a", "b"])
    'a, b'
    """
    words = list(words)
    more = f", … ({len(words)} in all)" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more
