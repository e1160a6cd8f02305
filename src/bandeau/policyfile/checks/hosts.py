"""Host patterns: who claims which part of the web."""

from __future__ import annotations

from functools import cache

from publicsuffixlist import PublicSuffixList

from bandeau.core.hostpattern import HostPattern
from bandeau.policyfile.draft import Draft
from bandeau.policyfile.findings import Findings
from bandeau.policyfile.positions import Path


def check_hosts(draft: Draft, findings: Findings) -> None:
    """Report patterns that two services claim, that cover the site, or that cover everybody."""
    claimed: dict[HostPattern, str] = {}
    for service in draft.services:
        for path, pattern in _patterns(service.entry.words("hosts")):
            name = service.value.id
            other = claimed.setdefault(pattern, name)
            if other != name:
                findings.add("BND210", path, f'"{pattern}" belongs to service "{other}" and to "{name}"')
            if _covers_a_suffix(pattern):
                findings.add("BND416", path, f'"{pattern}" covers a whole public suffix')
            else:
                _check_against_site(pattern, path, name, draft, findings)
    for path, pattern in _patterns(draft.root.table("site").words("hosts")):
        if _covers_a_suffix(pattern):
            findings.add("BND419", path, f'"{pattern}" covers a whole public suffix')


def _patterns(words: list[tuple[Path, str]]) -> list[tuple[Path, HostPattern]]:
    found = []
    for path, text in words:
        try:
            found.append((path, HostPattern.parse(text)))
        except ValueError:
            continue  # reported while the services were built
    return found


def _check_against_site(
    pattern: HostPattern, path: Path, name: str, draft: Draft, findings: Findings
) -> None:
    if pattern.path:
        return
    for host in draft.site.hosts:
        if pattern.port and host.port and pattern.port != host.port:
            continue
        if pattern.host == host.host or (
            host.host[0] != "*" and pattern.matches(host.host, pattern.port, "/")
        ):
            message = f'service "{name}" claims "{pattern}", and with it the pages of the site'
            findings.add("BND215", path, message)
        elif host.host[0] == "*" and host.matches(pattern.host.removeprefix("*."), host.port, "/"):
            message = f'"{pattern}" of service "{name}" lies within the site\'s own "{host}"'
            findings.add("BND221", path, message)


def _covers_a_suffix(pattern: HostPattern) -> bool:
    if not pattern.host.startswith("*."):
        return False
    rest = pattern.host[2:]
    # Only the ICANN part of the list: *.github.io is many sites, and still something that one may mean.
    return "." not in rest or bool(_suffixes().is_public(rest))


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)
