"""Reads the demonstration articles: a small plain-text form, one file per article.

Lines `name: value` up to the first empty line, then paragraphs; `## ` begins a subheading, `> ` a quotation
(its author after `> — `), `[photo] scene | caption | alt`, `[video]` and `[lire] slug; slug` stand alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

TEXTS = Path(__file__).with_name("texts")


@dataclass(frozen=True, slots=True)
class Part:
    """One block of a body: its kind and its texts."""

    kind: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Script:
    """An article as it was written."""

    slug: str
    head: Mapping[str, str]
    parts: tuple[Part, ...]

    def field(self, name: str) -> str:
        """A line of the head, "" when absent."""
        return self.head.get(name, "")

    @cached_property
    def topics(self) -> list[str]:
        """What the article is about."""
        return [topic.strip() for topic in self.field("topics").split(",")]

    @cached_property
    def authors(self) -> list[tuple[str, str]]:
        """Names and parts of those who sign."""
        found = (
            re.fullmatch(r"(.+?)(?: \((\w+)\))?", name.strip()) for name in self.field("authors").split(";")
        )
        return [(match[1], match[2] or "texte") for match in found if match]

    @cached_property
    def scenes(self) -> dict[str, str]:
        """The pictures that the article shows, with what is seen on them."""
        inside = {part.texts[0]: part.texts[2] for part in self.parts if part.kind == "photo"}
        return {self.field("picture"): self.field("alt"), **inside}


def scripts() -> list[Script]:
    """All demonstration articles, the newest first."""
    read = [_read(path) for path in sorted(TEXTS.glob("*.txt"))]
    return sorted(read, key=lambda script: int(script.field("hours")))


def _read(path: Path) -> Script:
    top, _, body = path.read_text(encoding="utf-8").partition("\n\n")
    head = dict(line.split(": ", 1) for line in top.splitlines())
    return Script(path.stem, head, tuple(_parts(body, head)))


def _parts(body: str, head: Mapping[str, str]) -> Iterator[Part]:
    for block in body.strip().split("\n\n"):
        if block.startswith("## "):
            yield Part("subheading", (block[3:],))
        elif block.startswith("> "):
            words, _, who = block.partition("\n> — ")
            yield Part("quote", (words[2:], who))
        elif block.startswith("[photo] "):
            yield Part("photo", tuple(text.strip() for text in block[8:].split("|")))
        elif block == "[video]":
            yield Part("video", tuple(text.strip() for text in head["video"].split("|")))
        elif block.startswith("[lire] "):
            yield Part("lire", tuple(slug.strip() for slug in block[7:].split(";")))
        else:
            yield Part("paragraph", (f"<p>{html.escape(block, quote=False)}</p>",))
