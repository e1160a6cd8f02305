"""The URLs inside attribute values, style sheets and data blocks, as a browser reads them."""

import json
import re
from collections.abc import Iterator

from can_ada import parse as _parse

_SPACES = " \t\n\f\r"
# WHATWG HTML §4.8.4.4 "parse a srcset attribute": leading white space and commas, then no white space.
_SRCSET_URL = re.compile(r"[ \t\n\f\r,]*+([^ \t\n\f\r]++)")
_SRCSET_DESCRIPTORS = re.compile(r"(?:[^,(]++|\((?:[^)]*+\)|[^)]*+\Z))*+,?")
# §4.2.5.3 "shared declarative refresh steps", with any white space: Chromium knows the vertical tab too.
_REFRESH = re.compile(
    r"\s*+(?:[0-9]++|(?=\.))[0-9.]*+(?=[;,\s])\s*+[;,]?+\s*+(?:[uU][rR][lL]\s*+=\s*+)?+(.++)", re.DOTALL
)


def candidates(text: str) -> Iterator[str]:
    """Yields the URLs of a srcset.

    >>> list(candidates("a.jpg, b.jpg 2x,c,d.jpg 3x"))
    ['a.jpg', 'b.jpg', 'c,d.jpg']
    """
    position = 0
    while match := _SRCSET_URL.match(text, position):
        url = match.group(1)
        position = match.end()
        if url.endswith(","):
            yield url.rstrip(",")
            continue
        yield url
        position = _skip_descriptors(text, position)


def _skip_descriptors(text: str, position: int) -> int:
    match = _SRCSET_DESCRIPTORS.match(text, position)
    return match.end() if match else position


def listed(text: str) -> Iterator[str]:
    """Yields the URLs of a list separated by white space, as in `ping`."""
    yield from re.split(r"[ \t\n\f\r]+", text.strip(_SPACES))


def refresh_targets(text: str) -> list[str]:
    """Returns where a refresh may lead, nothing when it reloads the page itself.

    After an opening quote the standard stops at the first quote of its kind and Chromium at the last.

    >>> refresh_targets("0; URL='https://a.example/'")
    ['https://a.example/']
    """
    match = _REFRESH.match(text)
    if not match:
        return []
    target = match.group(1)
    if target[0] not in "\"'":
        return [target]
    quote, target = target[0], target[1:]
    found = (target.partition(quote)[0], target.rpartition(quote)[0] or target)
    return [url for url in dict.fromkeys(found) if url]


# --- CSS (css-syntax-3 §4). Comments and strings are passed over, escapes are read.
_ESCAPE = r"\\(?:[0-9a-fA-F]{1,6}+(?:\r\n|[ \t\n\f\r])?+|[^\n\r\f0-9a-fA-F])"
_CSS = re.compile(
    r"/\*(?:[^*]++|\*(?!/))*+(?:\*/|\Z)"
    r"|(?P<string>\"(?:[^\"\\\n\r\f]++|\\(?:\r\n|[\s\S]))*+\"?|'(?:[^'\\\n\r\f]++|\\(?:\r\n|[\s\S]))*+'?)"
    r"|(?P<at>@(?:[-\w]|" + _ESCAPE + r")++)"
    r"|(?P<name>(?:[-\w]|" + _ESCAPE + r")++)(?P<function>\()?"
    r"|(?P<mark>[();{}])"
)
_CSS_URL = re.compile(r"[ \t\n\f\r]*+((?:[^ \t\n\f\r)\"'(\\]++|" + _ESCAPE + r")*+)[ \t\n\f\r]*+\)?")
_CSS_QUOTE_NEXT = re.compile(r"[ \t\n\f\r]*+[\"']")
_CSS_ESCAPES = re.compile(r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\n\f\r])?|(\r\n|[\n\r\f])|([\s\S])|\Z)")
_CSS_HINT = re.compile(r"url|import|image|src|cross|\\", re.I)
_URL_FUNCTIONS = frozenset(("url", "src"))
_STRING_FUNCTIONS = frozenset(("image-set", "-webkit-image-set", "image", "cross-fade", "-webkit-cross-fade"))


# What can only be understood token by token: imports, strings that are URLs, escapes in names. Behind
# the last escape of a name that matters stand fewer characters than are looked at.
_CSS_INTRICATE = re.compile(
    r"@import|@namespace|image|cross-fade|src\(|@[-\w]*+\\|\\[^\s\"'();{}]{0,30}+\s?[^\s\"'();{}]{0,30}+\(",
    re.I,
)
_CSS_PLAIN_URL = re.compile(r"[uU][rR][lL]\([ \t\n\f\r]*+(?:\"([^\"]*+)|'([^']*+)|([^)\"']*+))")


def plain_css_urls(text: str) -> list[str] | None:
    """Returns at least all URLs of a simple sheet, at little cost; None when the sheet is not simple.

    Comments and strings are not told apart, so some may be no URLs: good enough to see that none matters.
    """
    if _CSS_INTRICATE.search(text):
        return None
    return [
        _unescape(double or single or bare.strip()) for double, single, bare in _CSS_PLAIN_URL.findall(text)
    ]


def css_urls(text: str) -> Iterator[tuple[str, str]]:
    """Yields (URL, destination) for all that a style sheet may load: "style" for @import, else "image".

    Also those of rules that apply to nothing: what a sheet loads is known only when it is applied.
    """
    if not _CSS_HINT.search(text):
        return
    at, functions, position = "", [""], 0
    while match := _CSS.search(text, position):
        position = match.end()
        kind = match.lastgroup
        if kind == "at":
            at = _unescape(match.group()[1:]).lower()
        elif kind == "string":
            if at == "import" or functions[-1] in _STRING_FUNCTIONS | _URL_FUNCTIONS:
                yield _unescape(match.group()[1:].rstrip(match.group()[0])), _destination(at)
                at = "" if at == "import" else at
        elif kind == "function":
            name = _unescape(match.group("name")).lower()
            if name in _URL_FUNCTIONS and not _CSS_QUOTE_NEXT.match(text, position):
                url, position = _bare_url(text, position)
                if at != "namespace":
                    yield url, _destination(at)
                at = "" if at == "import" else at
            else:
                functions.append("" if at == "namespace" else name)
        elif kind == "mark":
            at = _after_mark(match.group(), functions, at)


def _after_mark(mark: str, functions: list[str], at: str) -> str:
    if mark == "(":
        functions.append("")
    elif mark == ")":
        if len(functions) > 1:
            functions.pop()
    else:
        del functions[1:]
        return ""
    return at


def _destination(at: str) -> str:
    return "style" if at == "import" else "font" if at == "font-face" else "image"


def _bare_url(text: str, position: int) -> tuple[str, int]:
    match = _CSS_URL.match(text, position)
    if match is None:
        return "", position
    return _unescape(match.group(1)), match.end()


def _unescape(text: str) -> str:
    return _CSS_ESCAPES.sub(_unescaped, text) if "\\" in text else text


def _unescaped(match: re.Match[str]) -> str:
    if match.group(1):
        number = int(match.group(1), 16)
        return "\ufffd" if number == 0 or number > 0x10FFFF or 0xD800 <= number < 0xE000 else chr(number)
    return match.group(3) or ""


# --- Data blocks
def import_map_urls(text: str) -> list[str] | None:
    """Returns the addresses of an import map, None when it cannot be read."""
    table = _json_object(text)
    if table is None:
        return None
    scopes = table.get("scopes")
    maps = [table.get("imports"), *(scopes.values() if isinstance(scopes, dict) else ())]
    return [v for one in maps if isinstance(one, dict) for v in one.values() if isinstance(v, str)]


def speculation_urls(text: str) -> list[str] | None:
    """Returns what speculation rules may load, None when that cannot be bounded.

    Rules on a document's links are bounded by the `href_matches` patterns that every link must meet.
    """
    table = _json_object(text)
    if table is None:
        return None
    urls: list[str] = []
    for rules in table.values():
        for rule in rules if isinstance(rules, list) else ():
            found = _rule_urls(rule) if isinstance(rule, dict) else []
            if found is None:
                return None
            urls += found
    return urls


def bundle_urls(text: str) -> list[str] | None:
    """Returns what a web bundle's script loads, None when it cannot be read."""
    table = _json_object(text)
    source = None if table is None else table.get("source")
    return None if table is None else [source] if isinstance(source, str) else []


def _rule_urls(rule: dict[str, object]) -> list[str] | None:
    listed_urls = rule.get("urls")
    if isinstance(listed_urls, list):
        return [url for url in listed_urls if isinstance(url, str)]
    if "where" in rule or rule.get("source") == "document":
        return _bounds(rule.get("where"))
    return []


def _bounds(where: object) -> list[str] | None:
    if not isinstance(where, dict):
        return None
    if "href_matches" in where:
        return _patterns(where["href_matches"])
    if isinstance(where.get("and"), list):
        # One bounded condition bounds them all.
        return next((found for part in where["and"] if (found := _bounds(part)) is not None), None)
    if isinstance(where.get("or"), list):
        parts = [_bounds(part) for part in where["or"]]
        known = [part for part in parts if part is not None]
        return [url for part in known for url in part] if len(known) == len(parts) else None
    return None


def _patterns(value: object) -> list[str] | None:
    patterns = value if isinstance(value, list) else [value]
    texts = [pattern for pattern in patterns if isinstance(pattern, str)]
    return texts if len(texts) == len(patterns) else None


def _json_object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text, object_pairs_hook=_without_duplicates)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuses a name that comes twice: which of the two counts is not the same everywhere."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name comes twice")
    return table


_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*+):")
_TRIMMED = "".join(map(chr, range(0x21)))


def resolved(url: str, base: str) -> str | None:
    """Returns the URL that `<base href>` sets, None when the browser ignores it (WHATWG HTML §4.2.3).

    >>> resolved("/\\cdn.example/a/", "https://news.example/")
    'https://cdn.example/a/'
    """
    url = re.sub(r"[\t\n\r]", "", url.strip(_TRIMMED))
    try:
        found = _parse(_joined(url, base) if base else url)
    except ValueError:
        return None
    return None if found.protocol in ("data:", "javascript:") else str(found.href)


def _joined(url: str, base: str) -> str:
    """Puts a reference behind its base, so that the parser meets an absolute URL (WHATWG URL §4.4)."""
    known = _parse(base)
    scheme = _SCHEME.match(url)
    if scheme:
        # "https:a/b" is relative when the base has the same special scheme.
        rest = url[scheme.end() :]
        same = scheme.group().lower() == known.protocol and known.protocol in ("http:", "https:")
        if not same or (rest[:1] in ("/", "\\") and rest[1:2] in ("/", "\\")):
            return url
        url = rest
    slashed = url.replace("\\", "/") if known.protocol in ("http:", "https:") else url
    origin = f"{known.protocol}//{known.host}"
    if slashed.startswith("//"):
        return known.protocol + url
    if slashed.startswith("/"):
        return origin + url
    if url.startswith(("?", "#")) or not url:
        return origin + known.pathname + (known.search if not url.startswith("?") else "") + url
    return origin + known.pathname[: known.pathname.rindex("/") + 1] + url
