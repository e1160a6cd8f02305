"""Character references as the HTML tokenizer reads them, which is not how `html.unescape` does."""

import re
from html.entities import html5

# WHATWG HTML §13.2.5.72 ff. A name is read as far as letters and digits go; the table then decides.
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]++)|([0-9]++));?|([a-zA-Z][a-zA-Z0-9]*+;?))")
_LEGACY = {name: text for name, text in html5.items() if not name.endswith(";")}
_LONGEST_LEGACY = max(map(len, _LEGACY))
# §13.2.5.80: the numbers 0x80–0x9F mean what windows-1252 puts there.
_C1 = {n: bytes([n]).decode("cp1252") for n in range(0x80, 0xA0) if n not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}


def decode_attribute(text: str) -> str:
    """Decodes an attribute's value: `&gtm_auth=` stays what it is, `&amp;` does not.

    >>> decode_attribute("?id=1&gtm_auth=2&amp;copy=3&copy")
    '?id=1&gtm_auth=2&copy=3©'
    """
    if "&" not in text:
        return text
    return _REFERENCE.sub(_in_attribute, text)


def decode_text(text: str) -> str:
    """Decodes text between tags, where a name without semicolon counts whatever follows it."""
    if "&" not in text:
        return text
    return _REFERENCE.sub(_in_text, text)


def decode_mapped(raw: bytes, encoding: str) -> tuple[bytes, list[tuple[int, int]]]:
    """Decodes an attribute's value in bytes; the pairs say where each part of the result stood.

    A pair (decoded, original) starts a stretch of equal bytes, or one reference.
    """
    parts: list[bytes] = []
    pairs = [(0, 0)]
    done = size = 0
    # latin-1 keeps offsets; no reference holds a byte above 0x7F, and "&", "#" and ";" are never
    # the second byte of a character in the encodings that are rewritten (see encodings.py).
    text = raw.decode("latin-1")
    for match in _REFERENCE.finditer(text):
        literal, decoded = raw[done : match.start()], _in_attribute(match).encode(encoding, "replace")
        parts += [literal, decoded]
        pairs.append((size + len(literal), match.start()))
        size += len(literal) + len(decoded)
        done = match.end()
        pairs.append((size, done))
    parts.append(raw[done:])
    return b"".join(parts), pairs


def _in_attribute(match: re.Match[str]) -> str:
    name = match.group(3)
    if name is None:
        return _numeric(match)
    if name in html5:
        if name.endswith(";") or not match.string.startswith("=", match.end()):
            return html5[name]
        return match.group()
    # A shorter known name is followed by a letter or digit here, so it does not count.
    return match.group()


def _in_text(match: re.Match[str]) -> str:
    name = match.group(3)
    if name is None:
        return _numeric(match)
    if name in html5:
        return html5[name]
    for length in range(min(len(name), _LONGEST_LEGACY), 1, -1):
        if name[:length] in _LEGACY:
            return _LEGACY[name[:length]] + name[length:]
    return match.group()


def _numeric(match: re.Match[str]) -> str:
    digits, base = (match.group(1), 16) if match.group(1) else (match.group(2), 10)
    digits = digits.lstrip("0")
    # int() of thousands of digits is refused or slow; eight are more than any code point has.
    number = int(digits or "0", base) if len(digits) <= 8 else 0
    if number in _C1:
        return _C1[number]
    if number == 0 or number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
        return "\ufffd"
    return chr(number)
