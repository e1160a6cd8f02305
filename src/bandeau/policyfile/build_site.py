"""The site, its controller and the way in which the policy is enforced."""

from __future__ import annotations

import re
from collections.abc import Iterable

import can_ada

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import (
    DAY_SECONDS,
    REMEMBER_DAYS,
    CacheMode,
    Enforce,
    Mode,
    ModeRule,
    Proof,
    SiteInfo,
    Undeclared,
    Wall,
    Witness,
)
from bandeau.policyfile.draft import Declared
from bandeau.policyfile.duration import parse_duration
from bandeau.policyfile.entry import Entry
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.positions import Path
from bandeau.policyfile.shape import is_id, is_language

_ORIGIN = re.compile(r"(https?)://([^/?#@\s\\]+)/?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
_MODE_PATH = re.compile(r"/[^?#*\s]*(?<=/)\*|/[^?#*\s]*")
_ADDRESS = re.compile(r"(?:[a-z]+:)?(?://)?([^/?#@\s\\\"]+)(/[^?#\s*\\\"]*)?", re.IGNORECASE)
_LOWEST_DAYS, _HIGHEST_DAYS = 1, 400
_RETENTION_DAYS = (1, 36_500)


def build_site(root: Entry, findings: Findings) -> SiteInfo:
    """Return who asks, and on which hosts."""
    site, controller = root.table("site"), root.table("controller")
    languages = _languages(site, findings)
    url = _origin(site, findings)
    default = site.text("default_language", languages[0])
    if default not in languages:
        findings.add(
            "BND212",
            site.at("default_language"),
            f'"{default}" is not among the languages: {", ".join(languages)}',
        )
    _check_ids(site, findings)
    _check_privacy_url(site, findings)
    if not root.has("controller"):
        findings.add("BND305", (), "the file has no [controller]: who asks for consent?")
    return SiteInfo(
        id=site.text("id"),
        environment=site.text("environment"),
        name=site.text("name"),
        url=url,
        hosts=_site_hosts(site, url, findings),
        default_language=default,
        languages=languages,
        privacy_url=site.text("privacy_url"),
        controller_name=controller.text("name"),
        controller_contact=controller.text("contact"),
    )


def parse_hosts(words: Iterable[tuple[Path, str]], findings: Findings) -> tuple[HostPattern, ...]:
    """Return the patterns of a list; report those that are none, with the likely meaning."""
    patterns = []
    for path, text in words:
        try:
            patterns.append(HostPattern.parse(text))
        except ValueError as error:
            fix = _bare_host(text)
            help = f'write "{fix}"  (bandeau check --fix applies it)' if fix else ""
            findings.add(
                "BND113",
                path,
                f'"{text}" is not a host pattern',
                note=str(error),
                help=help,
                fix=f'"{fix}"' if fix else None,
            )
    return tuple(patterns)


def _bare_host(text: str) -> str | None:
    """Return the pattern that was meant by an address, or by a host in another script."""
    found = _ADDRESS.fullmatch(text)
    if found is None:
        return None
    wildcard, host, path = (
        "*." if found[1].startswith("*.") else "",
        found[1].removeprefix("*."),
        found[2] or "",
    )
    try:
        # The host as browsers send it: lower case, punycode.
        host = str(can_ada.parse(f"https://{host}").host)
        bare = wildcard + host + ("" if path == "/" else f"{path}*" if path.endswith("/") else path)
        return str(HostPattern.parse(bare))
    except ValueError:
        return None


def _languages(site: Entry, findings: Findings) -> tuple[str, ...]:
    languages = []
    for path, tag in site.words("languages"):
        if is_language(tag):
            languages.append(tag)
        else:
            findings.add("BND117", path, f'"{tag}" is not a language tag')
    if languages:
        return tuple(dict.fromkeys(languages))
    tag = site.text("default_language", "fr")
    return (tag,) if is_language(tag) else ("fr",)


def _origin(site: Entry, findings: Findings) -> str:
    text = site.text("url")
    if not text:
        return ""
    found = _ORIGIN.fullmatch(text)
    try:
        host = HostPattern.parse(found[2]) if found else None
    except ValueError:
        host = None
    if found is None or host is None or host.host.startswith("*"):
        findings.add(
            "BND114",
            site.at("url"),
            f'"{text}" is not the address of a site',
            note='scheme and host alone, as in "https://www.example.com"',
            help=_address_help(text),
        )
        return ""
    return f"{found[1]}://{host}"


def _address_help(text: str) -> str:
    host = _bare_host(text)
    if host is None or host.startswith("*"):
        return 'write the scheme and the host, as in "https://www.example.com"'
    scheme = "http" if text.startswith("http:") else "https"
    return f'write "{scheme}://{host.partition("/")[0]}"'


def _site_hosts(site: Entry, url: str, findings: Findings) -> tuple[HostPattern, ...]:
    words = site.words("hosts")
    hosts = parse_hosts(words, findings)
    for path, text in words:
        if "/" in text and any(host.path and str(host) == text.lower() for host in hosts):
            findings.add("BND420", path, f'"{text}" holds a path')
    if not hosts and url:
        return (HostPattern.parse(url.partition("://")[2]),)
    return hosts


def _check_ids(site: Entry, findings: Findings) -> None:
    for key in ("id", "environment"):
        text = site.text(key)
        if text and not is_id(text):
            findings.add("BND112", site.at(key), f'"{text}" cannot be the {key} of a site')


def _check_privacy_url(site: Entry, findings: Findings) -> None:
    text = site.text("privacy_url")
    is_path = bool(re.fullmatch(r"[\w./-]+", text)) and not text.startswith("/")
    if text and not re.fullmatch(r"(/(?!/)|https?://[^/\s])[^\s\"<>\\]*", text):
        findings.add(
            "BND114",
            site.at("privacy_url"),
            f'"{text}" is not the address of a page',
            note='"/privacy" or "https://…"',
            help=f'write "/{text}" for a page of this site' if is_path else "write a path or a whole address",
        )


def build_enforce(root: Entry, findings: Findings) -> tuple[Enforce, tuple[Declared[ModeRule], ...]]:
    """Return how far enforcement goes, and its rules with their places."""
    entry = root.table("enforce")
    default = Enforce()
    prefix = entry.text("prefix", default.prefix)
    if not _PREFIX.fullmatch(prefix):
        findings.add(
            "BND115",
            entry.at("prefix"),
            f'"{prefix}" cannot be a prefix',
            note='as in "/bandeau": no slash at the end',
        )
        prefix = default.prefix
    rules = tuple(Declared(row, _mode_rule(row, findings)) for row in entry.rows("rules"))
    enforce = Enforce(
        mode=Mode(entry.text("mode", default.mode)),
        rules=tuple(rule.value for rule in rules),
        undeclared_hosts=Undeclared(entry.text("undeclared_hosts", default.undeclared_hosts)),
        undeclared_cookies=Undeclared(entry.text("undeclared_cookies", default.undeclared_cookies)),
        cache=CacheMode(entry.text("cache", default.cache)),
        wall=Wall(entry.text("wall", default.wall)),
        prefix=prefix,
        max_body_bytes=entry.number("max_body_bytes", default.max_body_bytes),
    )
    return enforce, rules


def _mode_rule(row: Entry, findings: Findings) -> ModeRule:
    path = row.text("path", "/*")
    if not _MODE_PATH.fullmatch(path):
        findings.add("BND115", row.at("path"), f'"{path}" is not a path')
        path = "/*"
    host = None
    if row.has("host"):
        patterns = parse_hosts([(row.at("host"), row.text("host"))], findings)
        if patterns and (patterns[0].port or patterns[0].path):
            findings.add(
                "BND113",
                row.at("host"),
                f'"{patterns[0]}" must be a host alone',
                note="no port; the path has its own key",
            )
        host = patterns[0].host if patterns else None
    return ModeRule(mode=Mode(row.text("mode", Mode.REPORT)), host=host, path=path)


def build_remember(root: Entry, findings: Findings) -> int:
    """Return how many days a choice stands."""
    choice = root.table("choice")
    return _days(choice, "remember", REMEMBER_DAYS, (_LOWEST_DAYS, _HIGHEST_DAYS), findings)


def build_proof(root: Entry, findings: Findings) -> Proof:
    """Return where records and keys are kept, and where the log is made known."""
    entry, default = root.table("proof"), Proof()
    publish = tuple(text for _, text in entry.words("publish"))
    return Proof(
        store=entry.text("store", default.store),
        keys=entry.text("keys", default.keys),
        archive=entry.text("archive", default.archive),
        publish=publish if entry.has("publish") else default.publish,
        witnesses=tuple(Witness(row.text("key"), row.text("url")) for row in entry.rows("witnesses")),
        timestamp=entry.text("timestamp"),
        retention_days=_days(entry, "retention", default.retention_days, _RETENTION_DAYS, findings),
        budget=entry.number("budget", default.budget),
    )


def _days(entry: Entry, key: str, default: int, bounds: tuple[int, int], findings: Findings) -> int:
    """Return a duration in days, the default when it is absent or was refused."""
    if not entry.has(key):
        return default
    text, (low, high) = entry.text(key), bounds
    seconds = parse_duration(text)
    if seconds is None:
        findings.add("BND110", entry.at(key), f'"{text}" is not a duration', note='as in "6 months"')
        return default
    days = seconds // DAY_SECONDS
    if not low <= days <= high:
        findings.add("BND111", entry.at(key), f'"{text}" is {days} days', note=f"{low} to {high} days")
        return default
    return days
