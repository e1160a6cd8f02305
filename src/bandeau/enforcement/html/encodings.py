"""Which bodies can be read at the level of bytes, and in which encoding their URLs stand.

Why bytes are enough: every encoding of the WHATWG Encoding Standard but UTF-16, ISO-2022-JP and
"replacement" is ASCII-compatible, and what stands between tags is told apart by `< > " ' = / & ! - ?`
and white space only. The second byte of a character is 0x40–0x7E or above 0x7F in Shift_JIS, Big5, GBK
and EUC-KR, above 0xA0 in EUC-JP, and GB18030 adds the digits 0x30–0x39: none of those bytes is one of
the characters above. A broken character cannot swallow one either: the standard's decoders give an
ASCII byte that is not a valid second byte back to the stream. Letters and the backslash can be second
bytes, so names are only compared as wholes (a name that holds a byte above 0x7F is none of ours) and
CSS and scripts are decoded before they are read.
"""

import codecs
import re
from dataclasses import dataclass

from bandeau.enforcement.html import scanner

# Python's codecs where the standard's name means something else to Python.
_CODECS = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "l1": "cp1252",
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "x-cp1252": "cp1252",
    "iso-8859-9": "cp1254",
    "latin5": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "chinese": "gb18030",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "ms_kanji": "cp932",
    "windows-31j": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "korean": "cp949",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "cn-big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "windows-874": "cp874",
    "unicode-1-1-utf-8": "utf-8",
    "x-user-defined": "latin-1",
    "iso-8859-8-i": "iso8859_8",
    "logical": "iso8859_8",
    "visual": "iso8859_8",
}
# What the standard's table knows beside these, by the shape of the label.
_KNOWN = re.compile(
    r"(?:utf-?8|windows-125[0-8]|(?:x-)?cp125[0-8]|iso[-_]?8859[-_]?(?:[2-9]|1[0-6])(?:[:\w]*)"
    r"|koi8-?[ru]|koi8?|euc-jp|gb18030|big5-hkscs|ibm866|cp866|latin[2-6]|l[2-6]|euckr)\Z"
)
# The parameters of a media type as they are (MIME Sniffing §4.4) …
_PARAMETER = re.compile(r""";[\t\n\r ]*+([^;="]*+)(?:=(?:"((?:[^"\\]++|\\.)*+)"?+[^;]*+|([^;"]*+)))?+""")
# … and whatever might pass for a charset in them, or in the content of a <meta>.
_CHARSET = re.compile(r"""charset\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s;"']++))""", re.I)
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v8", b"+/v9", b"+/v+", b"+/v/")
# What no markup can do without that is read differently when the page turns out to be ISO-2022-JP
# (another character set begins with one of these; up to there it is ASCII) or UTF-16 (a tag begins
# with "<" beside a zero byte). Nothing before them means anything else in another encoding.
DOUBTFUL = re.compile(rb"\x1b[$(]|<\x00|\x00<")


@dataclass(frozen=True, slots=True)
class Charset:
    """In what a body is written.

    `codec` is Python's name, None when the body must not be touched; `label` the name that the page
    declares, "" for a guess. `certain` says that header or byte order mark decide, so that a browser
    looks no further; else it may find another declaration or guess, whatever the page seems to say
    (Chromium reads `<meta>` and `<?xml` as far as the head goes, and then the text itself).
    """

    codec: str | None
    label: str = ""
    certain: bool = False


def charset_of(content_type: str, opening: bytes) -> Charset:
    """Returns the encoding of a body by its header and all that has come of it.

    Its codec is None for UTF-16, UTF-32, ISO-2022-*, UTF-7, HZ, labels that no browser knows, and XHTML.
    The order is that of browsers (WHATWG HTML §13.2.3.2): byte order mark, header, `<meta>`. The
    latter is looked for in all of the opening: Chromium does so as long as the head goes on.
    """
    if "xhtml" in content_type.partition(";")[0].lower():
        # An XML parser reads `<script/>`, CDATA and prefixes in ways that the HTML tokenizer does not.
        return Charset(None)
    if opening.startswith(_UTF8_BOM):
        return Charset("utf-8", "utf-8", certain=True)
    if opening.startswith(_WIDE_BOMS) or b"\x00" in opening[:4]:
        return Charset(None)
    header = _in_header(content_type)
    if header and header.certain:
        return header
    # Looking for the two bytes alone costs a fiftieth of the search, and few pages hold them.
    if (b"\x1b" in opening or b"\x00" in opening) and DOUBTFUL.search(opening):
        return Charset(None)
    return header or _in_page(opening)


def _in_header(content_type: str) -> Charset | None:
    """Reads the header's charset; where it could be read in two ways, nothing is read."""
    named = {next(filter(None, found), "").strip().lower() for found in _CHARSET.findall(content_type)}
    if not named:
        return None
    values = {}
    for name, quoted, bare in reversed(_PARAMETER.findall(content_type)):
        values[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) or bare
    label = named.pop()
    codec = None if named else _codec(label)
    exact = values.get("charset", "").strip("\t\n\r ").lower() == label
    return Charset(codec, label, certain=exact and codec is not None)


def _in_page(opening: bytes) -> Charset:
    """Looks for a `<meta>` ("prescan a byte stream to determine its encoding")."""
    position = 0
    while (position := opening.find(b"<", position)) >= 0:
        tag = scanner.TAG.match(opening, position)
        mark = opening[position + 1 : position + 2]
        if tag:
            label = _in_meta(scanner.attributes(opening, tag)) if _is_meta(tag) else ""
            if label:
                return _declared_in_page(label)
            position = tag.end()
        elif opening.startswith(b"<!--", position):
            found = opening.find(b"-->", position + 2)
            position = found + 3 if found >= 0 else len(opening)
        elif mark.isalpha():
            break  # it goes on beyond what has come
        else:
            found = opening.find(b">", position) if mark in (b"!", b"/", b"?") else position
            position = found + 1 if found >= 0 else len(opening)
    return Charset("cp1252")


def _is_meta(tag: re.Match[bytes]) -> bool:
    return tag.group(1).lower() == b"meta" and not tag.group().startswith(b"</")


def _in_meta(attributes: dict[bytes, bytes]) -> str:
    label = attributes.get(b"charset", b"").decode("latin-1").strip("\t\n\f\r ")
    if not label and attributes.get(b"http-equiv", b"").lower() == b"content-type":
        found = _CHARSET.search(attributes.get(b"content", b"").decode("latin-1"))
        label = next(filter(None, found.groups()), "") if found else ""
    return label


def _declared_in_page(label: str) -> Charset:
    # A <meta> that could be read as ASCII is not UTF-16, whatever it says.
    if label.lower().startswith(("utf-16", "utf16", "ucs-2", "unicode")):
        return Charset("utf-8", "utf-8")
    codec = _codec(label)
    return Charset(codec, label.strip("\t\n\f\r ").lower() if codec else "")


def _codec(label: str) -> str | None:
    label = label.strip("\t\n\f\r ").lower()
    if label in _CODECS:
        return _CODECS[label]
    if not _KNOWN.match(label):
        return None
    try:
        return codecs.lookup(label.removeprefix("x-").partition(":")[0]).name
    except LookupError:
        return "latin-1"
