"""Neutralises what a page may not load, in the page's own bytes: nothing else in them changes."""

from bandeau.enforcement.html.edits import Edit, undo
from bandeau.enforcement.html.encodings import encoding_of, undecodable
from bandeau.enforcement.html.memo import Memo
from bandeau.enforcement.html.rewriter import Rewriter, Rewritten, rewrite
from bandeau.enforcement.html.rules import KEEP, Inserts, PageRules, Verdict

__all__ = [
    "KEEP",
    "Edit",
    "Inserts",
    "Memo",
    "PageRules",
    "Rewriter",
    "Rewritten",
    "Verdict",
    "encoding_of",
    "rewrite",
    "undecodable",
    "undo",
]
