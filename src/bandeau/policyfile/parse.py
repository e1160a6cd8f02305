"""From text to TOML data: every syntax error that can be told apart, none twice."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

from bandeau.policyfile.findings import Findings
from bandeau.policyfile.positions import scan

MAX_BYTES = 1_000_000
_MAX_ERRORS = 20
_BARE_WORD = re.compile(r"([A-Za-z][\w.@/-]*)[ \t]*(?=[,\]\}#\r\n]|$)")
# Whole texts and comments are passed over: what is left of quotes opens a text that does not end.
_OPENING = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""|"(?!"")(?:\\.|[^"\\\n])*"|'
    r"'''(?:.|\n)*?'''|'(?!'')[^'\n]*'|#[^\n]*|(?P<open>[\"'])"
)
_CLOSE = "end it with the quote that it begins with, on the same line"
_AT = re.compile(r" ?\((?:at line (\d+), column (\d+)|at end of document)\)$")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The data of a file. ``whole`` is false when lines had to be left out."""

    data: dict[str, object]
    findings: Findings
    whole: bool


def parse(text: str, filename: str) -> Parsed:
    """Parse a text; what is wrong with it lies in the findings."""
    positions = scan(text if len(text) <= MAX_BYTES else "")
    findings = Findings(filename, positions)
    if len(text) > MAX_BYTES:
        findings.add("BND103", (), f"the file holds {len(text):,} characters, more than 1 MB")
    elif not text.isascii() and not _is_encodable(text):
        findings.add("BND102", (), "the text holds lone surrogates, which no UTF-8 file can")
    elif positions.too_deep is not None:
        findings.add_at("BND105", positions.span(*positions.too_deep), "nested deeper than any policy")
    if findings.problems:
        return Parsed({}, findings, whole=False)
    # An editor's byte order mark is no mistake of the publisher.
    text = " " + text[1:] if text.startswith("\ufeff") else text
    return _parse_with_gaps(text, findings)


def decode(raw: bytes, filename: str) -> str | Findings:
    """Decode a file's bytes, or say at which place they are not UTF-8."""
    if len(raw) > MAX_BYTES:
        findings = Findings(filename, scan(""))
        findings.add("BND103", (), f"the file holds {len(raw):,} bytes, more than 1 MB")
        return findings
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        readable = raw.decode("utf-8", "replace")
        findings = Findings(filename, scan(readable))
        start = len(raw[: error.start].decode("utf-8"))
        place = findings.positions.span(start, start + 1)
        findings.add_at(
            "BND102", place, f"byte 0x{raw[error.start]:02x} does not belong to any UTF-8 character"
        )
        return findings


def _is_encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _parse_with_gaps(text: str, findings: Findings) -> Parsed:
    """Parse; after an error leave its line out and go on, as long as the error ends with the line.

    A header or an open bracket gives meaning to the lines below it: behind such an error nothing
    more could be said honestly.
    """
    for _ in range(_MAX_ERRORS):
        try:
            return Parsed(tomllib.loads(text), findings, whole=not findings.problems)
        except tomllib.TOMLDecodeError as error:
            offset = _offset(str(error), text, findings)
            _add(str(error), offset, findings)
        except (ValueError, RecursionError) as error:
            # Numbers of more than 4300 digits; CPython refuses to convert them.
            findings.add("BND101", (), f"a value cannot be read: {type(error).__name__}")
            return Parsed({}, findings, whole=False)
        line = findings.positions.span(offset, offset + 1).line
        gap = _without_line(text, line, findings)
        if gap is None:
            return Parsed({}, findings, whole=False)
        text = gap
    return Parsed({}, findings, whole=False)


def _offset(message: str, text: str, findings: Findings) -> int:
    found = _AT.search(message)
    if found is None or found[1] is None:
        return len(text.rstrip())
    # tomllib reads \r\n as one character, which moves no line and no column.
    return findings.positions.offset(int(found[1]), int(found[2]))


def _add(message: str, offset: int, findings: Findings) -> None:
    positions = findings.positions
    place = positions.span(offset, offset + 1)
    if any(word in message for word in ("overwrite", "twice", "mutate")):
        _add_repeat(place.line, findings)
        return
    reason = _AT.sub("", message)
    opening = _unclosed(reason, offset, positions.text)
    if opening is not None:
        place = positions.span(opening, offset)
        findings.add_at("BND101", place, "not TOML: this text is not closed", help=_CLOSE)
        return
    text = f"not TOML: {reason[:1].lower()}{reason[1:]}"
    bare = _BARE_WORD.match(positions.text, offset) if "nvalid value" in message else None
    if bare is None:
        findings.add_at("BND101", place, text)
        return
    word = bare[1]
    fix = word.lower() if word.lower() in ("true", "false") else f'"{word}"'
    place = positions.span(offset, offset + len(word))
    findings.add_at("BND101", place, text, help=f"write {fix}  (bandeau check --fix applies it)", fix=fix)


def _unclosed(reason: str, offset: int, text: str) -> int | None:
    """Return where the text opens that an error of the parser found without its end."""
    at_line_end = "character" in reason and text[offset : offset + 1] in ("\r", "\n")
    at_file_end = reason in ("Unterminated string", 'Expected "\'"', "Expected \"'''\"")
    if not (at_line_end or at_file_end):
        return None
    start = 0 if at_file_end else text.rfind("\n", 0, offset) + 1
    return next((found.start() for found in _OPENING.finditer(text, start, offset) if found["open"]), None)


def _add_repeat(line: int, findings: Findings) -> None:
    """Report a key or table that was given before, with the line of the first."""
    positions = findings.positions
    for offset, path in positions.repeats.items():
        name = str(path[-1])
        place = positions.span(offset, offset + len(name))
        if place.line == line:
            note = f"the first stands on line {positions.key(path).line}"
            findings.add_at("BND104", place, f'"{name}" is written twice', note=note)
            return
    text = positions.line(line)
    start = positions.offset(line, 1 + len(text) - len(text.lstrip()))
    place = positions.span(start, start + len(text.strip()))
    findings.add_at("BND104", place, "this was declared before, in another way")


def _without_line(text: str, line: int, findings: Findings) -> str | None:
    start = findings.positions.offset(line, 1)
    end = start + len(findings.positions.line(line))
    statement = text[start:end]
    if not statement.strip() or statement.lstrip().startswith("[") or not _stands_alone(start, end, findings):
        return None
    return text[:start] + " " * (end - start) + text[end:]


def _stands_alone(start: int, end: int, findings: Findings) -> bool:
    """Tell whether a line is one statement that neither begins before it nor goes on after it."""
    statement = findings.positions.text[start:end]
    opened = sum(statement.count(bracket) for bracket in "[{") != sum(statement.count(b) for b in "]}")
    if opened or '"""' in statement or "'''" in statement:
        return False
    return any(start <= first and last <= end + 1 for first, last in findings.positions.statements)
