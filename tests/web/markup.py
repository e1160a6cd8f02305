"""Reads our own pages as a browser does: elements with their attributes and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "path", "img"})


@dataclass
class Element:
    """An element, the text inside it and the elements that it stands in."""

    tag: str
    attributes: dict[str, str]
    inside: tuple[str, ...]
    text: str = ""


@dataclass
class _Reader(HTMLParser):
    found: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, attrs)
        inside = tuple(element.tag for element in self.open)
        element = Element(tag, {name: value or "" for name, value in attrs}, inside)
        self.found.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open[-1].tag == tag, (self.open[-1].tag, tag)
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data


def elements(markup: bytes | str) -> list[Element]:
    """Return every element; markup that is not well nested fails."""
    reader = _Reader()
    reader.feed(markup if isinstance(markup, str) else markup.decode())
    reader.close()
    assert reader.open == []
    return reader.found


def named(markup: bytes | str, tag: str, **attributes: str) -> list[Element]:
    """Return the elements of a tag that have these attributes (``_`` stands for ``-``)."""
    wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
    return [
        element
        for element in elements(markup)
        if element.tag == tag and wanted.items() <= element.attributes.items()
    ]


def fields(markup: bytes | str) -> dict[str, str]:
    """Return what the form would send: hidden fields and checked switches."""
    inputs = [element.attributes for element in elements(markup) if element.tag == "input"]
    return {
        each["name"]: each.get("value", "on")
        for each in inputs
        if each["type"] == "hidden" or "checked" in each
    }
