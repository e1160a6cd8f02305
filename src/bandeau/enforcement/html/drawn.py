"""The text of a script or style inside a drawing, where it is ordinary markup and not raw."""

from bandeau.enforcement.html import scanner
from bandeau.enforcement.html.charrefs import decode_text
from bandeau.enforcement.html.foreign import Foreign


def drawn_text(source: bytes, start: int, end: int, encoding: str, around: Foreign) -> tuple[bool, int, str]:
    """Returns (whether the end was seen, how far it was read, the text up to there).

    Text of elements inside counts too, which a browser leaves out: more is read than would be run.
    """
    parts: list[str] = []
    position = start
    while position < end:
        found = source.find(b"<", position, end)
        stop = end if found < 0 else found
        parts.append(decode_text(source[position:stop].decode(encoding, "replace")))
        if found < 0:
            return False, end, "".join(parts)
        if _is_outer_tag(source, found, end, around):
            return True, found, "".join(parts)
        position = _after(source, found, end)
        if position < 0:
            return False, found, "".join(parts)
        if source.startswith(b"<![CDATA[", found):
            parts.append(source[found + 9 : position - 3].decode(encoding, "replace"))
    return False, position, "".join(parts)


def _is_outer_tag(source: bytes, position: int, end: int, around: Foreign) -> bool:
    tag = scanner.TAG.match(source, position, end)
    if tag is None:
        return False
    name = tag.group(1).lower()
    if source[position + 1] == 0x2F:
        return name in (b"script", b"style") or around.is_open(name)
    return around.makes_html(name, scanner.attributes(source, tag))


def _after(source: bytes, position: int, end: int) -> int:
    """Returns where the token at `position` ends, -1 when that is not known yet."""
    tag = scanner.TAG.match(source, position, end)
    if tag:
        return tag.end()
    mark = b"]]>" if source.startswith(b"<![CDATA[", position) else b"-->"
    if mark == b"-->" and not source.startswith(b"<!--", position):
        opening = source[position + 1 : position + 2]
        if opening not in (b"!", b"?", b"/") and not opening.isalpha():
            return position + 1 if opening else -1
        if opening.isalpha() or (opening == b"/" and source[position + 2 : position + 3].isalpha()):
            return -1
        mark = b">"
    found = source.find(mark, position, end)
    return -1 if found < 0 else found + len(mark)
