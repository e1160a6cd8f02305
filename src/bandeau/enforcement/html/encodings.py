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
_PARAMETER = re.compile(r"""charset[\t\n\f\r ]*=[\t\n\f\r ]*(?:"([^"]*)"|'([^']*)'|([^\s;"']+))""", re.I)
_META = re.compile(
    rb"<meta[\t\n\f\r /][^>]*?charset[\t\n\f\r ]*=[\t\n\f\r ]*[\"']?[\t\n\f\r ]*([^\s\"'>/;]+)", re.I
)
_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff", b"+/v8", b"+/v9", b"+/v+", b"+/v/")
_PRESCAN = 1024


def encoding_of(content_type: str, first_bytes: bytes) -> str | None:
    """Returns the Python codec for the body's text, None when the body must not be touched.

    The order is that of browsers: byte order mark, header, `<meta>` in the first 1,024 bytes.
    """
    if first_bytes.startswith(_UTF8_BOM):
        return "utf-8"
    if first_bytes.startswith(_WIDE_BOMS) or b"\x00" in first_bytes[:4]:
        return None
    header = _PARAMETER.search(content_type)
    if header:
        return _codec(next(filter(None, header.groups()), ""))
    meta = _META.search(first_bytes[:_PRESCAN])
    if meta:
        return _declared_in_page(meta.group(1).decode("latin-1"))
    # Undeclared, Chromium guesses, and ISO-2022-JP is among its guesses.
    return None if re.search(rb"\x1b[$(]", first_bytes) else "cp1252"


def undecodable(content_type: str, first_bytes: bytes) -> bool:
    """Tells whether the body has to be left as it is (and to be served with the refuse-all policy).

    That is so for UTF-16, UTF-32, ISO-2022-*, UTF-7, HZ, labels that no browser knows, and XHTML:
    an XML parser reads `<script/>`, CDATA and prefixes in ways that the HTML tokenizer does not.
    """
    if "xhtml" in content_type.partition(";")[0].lower():
        return True
    return encoding_of(content_type, first_bytes) is None


def _declared_in_page(label: str) -> str | None:
    # WHATWG HTML §13.2.3.2: a <meta> that could be read as ASCII is not UTF-16, whatever it says.
    if label.lower().startswith(("utf-16", "utf16", "ucs-2", "unicode")):
        return "utf-8"
    return _codec(label)


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
