"""Where each key and value of a TOML text stands, found even in a text that is not TOML.

``tomllib`` gives values without places. This scanner gives places without values: it follows the
grammar only as far as it must to know which path a line speaks of, and skips what it does not
understand up to the end of the line.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

from bandeau.policyfile.problem import Span

#: One step into the data: a key, or an index into an array.
Path = tuple[str | int, ...]

#: Deeper than any policy; ``tomllib`` recurses, so what is deeper is never handed to it.
MAX_DEPTH = 16

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_SPACE = re.compile(r"[ \t]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SCALAR = re.compile(r"[^,\]\}#\n\r]*")


class _Lost(Exception):
    """The text left the grammar; the scanner goes on at the next line."""


@dataclass(slots=True)
class Positions:
    """The places of a text, by path."""

    text: str
    keys: dict[Path, tuple[int, int]] = field(default_factory=dict)
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    statements: list[tuple[int, int]] = field(default_factory=list)
    #: Keys that were given a value before: the offset of the key, and the path.
    repeats: dict[int, Path] = field(default_factory=dict)
    too_deep: tuple[int, int] | None = None
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(found.end() for found in re.finditer("\n", self.text))]

    def value(self, path: Path) -> Span:
        """Return the place of a value, or of what is nearest above it."""
        return self._nearest(path, self.values)

    def key(self, path: Path) -> Span:
        """Return the place of a key or table header, or of what is nearest above it."""
        return self._nearest(path, self.keys)

    def _nearest(self, path: Path, first: dict[Path, tuple[int, int]]) -> Span:
        for length in range(len(path), 0, -1):
            part = path[:length]
            place = (first if length == len(path) else self.keys).get(part) or self.keys.get(part)
            place = place or self.values.get(part)
            if place is not None:
                return self.span(*place)
        return Span()

    def span(self, start: int, end: int) -> Span:
        """Turn two offsets into lines and columns."""
        line, column = self._locate(start)
        end_line, end_column = self._locate(max(end, start + 1))
        return Span(line, column, end_line, end_column)

    def offset(self, line: int, column: int) -> int:
        """Turn a line and column into an offset that lies within the text."""
        start = self._starts[min(max(line, 1), len(self._starts)) - 1]
        return min(start + max(column, 1) - 1, len(self.text))

    def line(self, number: int) -> str:
        """Return a line without its end."""
        if not 1 <= number <= len(self._starts):
            return ""
        start = self._starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : None if end < 0 else end].rstrip("\r")

    def _locate(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def scan(text: str) -> Positions:
    """Return the places of all keys and values; never raises."""
    return _Scanner(text).run()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.table: Path = ()
        self.rows: dict[Path, int] = {}
        self.found = Positions(text)

    def run(self) -> Positions:
        while True:
            self.skip(_BLANK)
            if self.at >= len(self.text):
                return self.found
            start = self.at
            try:
                if self.text[self.at] == "[":
                    self.header()
                else:
                    self.pair(self.table, 0)
            except _Lost:
                pass
            self.to_line_end()
            self.found.statements.append((start, self.at))

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self.at = found.end()

    def to_line_end(self) -> None:
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def peek(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def expect(self, text: str) -> None:
        if not self.peek(text):
            raise _Lost
        self.at += len(text)

    def header(self) -> None:
        start = self.at
        is_row = self.peek("[[")
        self.at += 2 if is_row else 1
        names = [name for name, _, _ in self.dotted()]
        self.expect("]]" if is_row else "]")
        path: Path = ()
        for index, name in enumerate(names):
            path = (*path, name)
            if index < len(names) - 1 and path in self.rows:
                path = (*path, self.rows[path])
        if is_row:
            self.found.keys.setdefault(path, (start, self.at))
            self.rows[path] = self.rows.get(path, -1) + 1
            path = (*path, self.rows[path])
        elif path in self.rows:
            path = (*path, self.rows[path])
        self.table = path
        self.found.keys.setdefault(path, (start, self.at))

    def dotted(self) -> list[tuple[str, int, int]]:
        """Read ``a."b".c``: each name with its place."""
        parts = []
        while True:
            self.skip(_SPACE)
            start = self.at
            parts.append((self.name(), start, self.at))
            if len(parts) > MAX_DEPTH:
                self.too_deep(start)
            self.skip(_SPACE)
            if not self.peek("."):
                return parts
            self.at += 1

    def name(self) -> str:
        for pattern in (_BARE, _BASIC, _LITERAL):
            found = pattern.match(self.text, self.at)
            if found is not None:
                self.at = found.end()
                return _decode_name(found[0])
        raise _Lost

    def pair(self, table: Path, depth: int) -> None:
        parts = self.dotted()
        path = table
        for name, start, end in parts:
            path = (*path, name)
            self.found.keys.setdefault(path, (start, end))
        if path in self.found.values:
            self.found.repeats[parts[0][1]] = path
        self.expect("=")
        self.skip(_SPACE)
        self.value(path, depth)
        self.skip(_SPACE)

    def value(self, path: Path, depth: int) -> None:
        start = self.at
        if depth > MAX_DEPTH:
            self.too_deep(start)
        if self.peek("["):
            self.array(path, depth)
        elif self.peek("{"):
            self.inline_table(path, depth)
        elif not self.string():
            self.skip(_SCALAR)
            self.at = start + len(self.text[start : self.at].rstrip())
            if self.at == start:
                raise _Lost
        self.found.values.setdefault(path, (start, self.at))

    def string(self) -> bool:
        for quotes in ('"""', "'''"):
            if self.peek(quotes):
                end = self.text.find(quotes, self.at + 3)
                while end > 0 and quotes == '"""' and self.text[end - 1] == "\\":
                    end = self.text.find(quotes, end + 1)
                if end < 0:
                    raise _Lost
                self.at = end + 3
                while self.peek(quotes[0]):
                    self.at += 1
                return True
        if not self.peek('"') and not self.peek("'"):
            return False
        found = (_BASIC if self.peek('"') else _LITERAL).match(self.text, self.at)
        if found is None:
            raise _Lost
        self.at = found.end()
        return True

    def array(self, path: Path, depth: int) -> None:
        self.at += 1
        index = 0
        while True:
            self.skip(_BLANK)
            if self.peek("]"):
                self.at += 1
                return
            self.value((*path, index), depth + 1)
            index += 1
            self.skip(_BLANK)
            if not self.peek("]"):
                self.expect(",")

    def inline_table(self, path: Path, depth: int) -> None:
        self.at += 1
        while True:
            self.skip(_BLANK)
            if self.peek("}"):
                self.at += 1
                return
            self.pair(path, depth + 1)
            self.skip(_BLANK)
            if not self.peek("}"):
                self.expect(",")

    def too_deep(self, start: int) -> None:
        if self.found.too_deep is None:
            self.found.too_deep = (start, start + 1)
        raise _Lost


def _decode_name(raw: str) -> str:
    if raw[0] not in "\"'":
        return raw
    try:
        return str(tomllib.loads(f"k = {raw}")["k"])
    except ValueError:
        return raw[1:-1]
