"""Neutralises what a page may not load, in the page's own bytes: nothing else in them changes."""

from bandeau.enforcement.html.edits import Edit, undo
from bandeau.enforcement.html.encodings import Charset, charset_of
from bandeau.enforcement.html.memo import Memo
from bandeau.enforcement.html.opening import html_attributes, is_amp
from bandeau.enforcement.html.rewriter import Rewriter, Rewritten, rewrite
from bandeau.enforcement.html.rules import KEEP, Inserts, Met, PageRules, Verdict

__all__ = [
    "KEEP",
    "Charset",
    "Edit",
    "Inserts",
    "Memo",
    "Met",
    "PageRules",
    "Rewriter",
    "Rewritten",
    "Verdict",
    "charset_of",
    "html_attributes",
    "is_amp",
    "rewrite",
    "undo",
]
