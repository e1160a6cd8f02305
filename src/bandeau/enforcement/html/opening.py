"""What the start tag of a page's `<html>` says, before anything of the page is sent."""

import re

from bandeau.enforcement.html import scanner
from bandeau.enforcement.html.elements import Attributes

_AMP = frozenset(name.encode() for name in ("amp", "⚡", "amp4ads", "⚡4ads", "amp4email", "⚡4email"))
# What may stand before it (WHATWG HTML §13.2.6.4.1 ff.): white space, comments, a doctype, and what the
# tokenizer makes comments of.
_BEFORE = re.compile(
    rb"(?:\xef\xbb\xbf)?+(?:[ \t\n\f\r]++|<!---?>|<!--[\s\S]*?--!?>|<(?:!(?!--)|\?|/(?![A-Za-z]))[^>]*+>)*+"
)


def html_attributes(opening: bytes) -> Attributes:
    """Returns the attributes of a page's `<html>`, as they are written.

    Nothing when the tag is not there, when it has not come whole, or when markup stands before it.
    """
    before = _BEFORE.match(opening)
    tag = scanner.TAG.match(opening, before.end() if before else 0)
    if tag is None or tag.group().startswith(b"</") or tag.group(1).lower() != b"html":
        return {}
    return scanner.attributes(opening, tag)


def is_amp(opening: bytes) -> bool:
    """Tells whether the first bytes of a page declare it AMP.

    In doubt it is not: a page that is taken for an ordinary one is rewritten, which leaks nothing.
    """
    return not _AMP.isdisjoint(html_attributes(opening))
