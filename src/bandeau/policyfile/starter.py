"""A first policy file: complete, in report mode, and clean by its own rules."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bandeau.policyfile.checks.integration import is_loopback
from bandeau.policyfile.entry import Entry

_KEYS = ("title", "summary", "detail", "profiles_text")
_DEFAULT_URL = "http://127.0.0.1:8000"
LANGUAGES = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Starter:
    """What is known of the site at the start."""

    preset: str = "news"
    languages: Sequence[str] = ("fr",)
    url: str = _DEFAULT_URL
    name: str = ""
    controller: str = "TODO"
    contact: str = "TODO"


@cache
def _data() -> Entry:
    text = Path(__file__).with_name("starter.toml").read_text(encoding="utf-8")
    return Entry((), tomllib.loads(text))


def presets() -> tuple[str, ...]:
    """Return the kinds of site for which there are purposes."""
    return tuple(_data().table("presets").data)


def starter_text(starter: Starter) -> str:
    """Return the text of a first policy file."""
    url = starter.url.rstrip("/")
    wanted = {name for _, name in _data().table("presets").words(starter.preset)}
    purposes = [(name, entry) for name, entry in _data().tables("purposes") if name in wanted]
    parts = [
        _head(starter, url, purposes),
        *(_purpose(name, entry, starter.languages) for name, entry in purposes),
    ]
    return "\n".join([*parts, _TAIL])


def _head(starter: Starter, url: str, purposes: list[tuple[str, Entry]]) -> str:
    host = url.partition("://")[2]
    local = is_loopback(url)
    hosts = [host, host.replace("127.0.0.1", "localhost")] if local and "127.0.0.1" in host else [host]
    honoured = [name for name, entry in purposes if entry.flag("gpc")]
    lines = [
        "# Why this site asks, who receives data, what is loaded and stored. Check it with: bandeau check",
        "version = 1",
        "# Raise it with every change that readers must be asked about again.",
        "revision = 1",
        "",
        "[site]",
        f"id = {_quote(_slug(starter.name or host, local=local))}",
        f'environment = "{"development" if local else "production"}"',
        f"name = {_quote(starter.name or host)}",
        f"url = {_quote(url)}",
        f"hosts = {_list(hosts)}",
        f"default_language = {_quote(starter.languages[0])}",
        f"languages = {_list(starter.languages)}",
        "",
        "[controller]",
        f"name = {_quote(starter.controller)}",
        f"contact = {_quote(starter.contact)}",
        "",
        "[choice]",
        'remember = "6 months"',
        f"honour_gpc = {_list(honoured)}",
        "",
        "[proof]",
        'store = "sqlite:///bandeau.db"',
        'keys = "bandeau.keys"',
        "# Who can change the log here can change that folder too: add a place that is not yours alone.",
        'publish = ["bandeau-checkpoints"]',
        "",
        "[enforce]",
        '# Says what would be blocked; bandeau check --ready says what is left to do before "enforce".',
        'mode = "report"',
        "",
    ]
    return "\n".join(lines)


def _purpose(name: str, entry: Entry, languages: Sequence[str]) -> str:
    return "\n".join([f"[purposes.{name}]", *_purpose_lines(entry, languages), ""])


def _purpose_lines(entry: Entry, languages: Sequence[str]) -> Iterator[str]:
    yield f"bit = {entry.number('bit', 0)}"
    for flag in ("necessary", "profiles"):
        if entry.flag(flag):
            yield f"{flag} = true"
    for key in _KEYS:
        for language in languages:
            if language in entry.texts(key):
                yield f"{key}.{language} = {_quote(entry.texts(key)[language])}"


_TAIL = """\
# Services: what the pages load and store. From the catalogue, with its version:
#
# [[services]]
# use = "youtube@1"
# purpose = "social"
#
# or by hand:
#
# [[services]]
# id = "session"
# purpose = "technical"
# basis = "exempt"
# exempt_reason = "authentication"
# kind = "storage"
# trackers = [{ name = "sessionid", max_age = "14 days", http_only = true }]
"""


def _slug(name: str, *, local: bool) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower().removeprefix("www."))
    if not words or (local and words[0].isdigit()):
        return "site"
    slug = "-".join(words)[:64].strip("-")
    return slug if slug[0].isalpha() else f"site-{slug}"[:64]


def _quote(text: str) -> str:
    # JSON escapes are TOML escapes, but for U+007F, which TOML refuses bare.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(words: Sequence[str]) -> str:
    return f"[{', '.join(_quote(word) for word in words)}]"
