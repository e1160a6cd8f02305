"""What the declaration does in browsers and behind servers."""

from __future__ import annotations

import re
from urllib.parse import unquote

from bandeau.core.hostpattern import HostPattern
from bandeau.core.policy import Kind, Mode, Otherwise, Reach, Service, Undeclared
from bandeau.policyfile.draft import Declared, Draft
from bandeau.policyfile.findings import Findings

#: The budget of the header (nginx refuses upstream headers above 4 kB by default).
CSP_BYTES = 3000
_MIN_INLINE = 6
_LOADED = (Kind.TAG, Kind.EMBED, Kind.PIXEL, Kind.FONTS, Kind.COLLECTOR)
_LOOPBACK = re.compile(r"(?:127\.[0-9.]+|localhost|[a-z0-9.-]+\.localhost|\[::1\])")
_BEFORE_HOST = re.compile(r"(?<!^sqlite)://[^?@]*:[^?@]+@")
#: Of libpq's parameters those that are secret.
_PASSWORDS = frozenset({"password", "sslpassword"})
# Words in the general block and hide lists of EasyList Cookie.
_HIDDEN = re.compile(r"cookie|consent|gdpr|rgpd|dsgvo|cnil|lgpd|cmp|tcf|privacy|banner", re.IGNORECASE)


def check_integration(draft: Draft, findings: Findings) -> None:
    """Report what would not work, or work less than it seems."""
    _check_address(draft, findings)
    _check_proof(draft, findings)
    _check_enforce(draft, findings)
    for service in draft.services:
        _check_service(service, findings)
    size = csp_size(draft)
    if size > CSP_BYTES:
        message = f"the policy header of a reader who allows everything holds {size} bytes"
        findings.add("BND405", ("services",), message, note=f"at most {CSP_BYTES}", on_key=True)


def csp_size(draft: Draft) -> int:
    """Estimate the longest Content-Security-Policy: every closed service allowed."""
    closed = {
        host.csp_source
        for service in draft.services
        for host in service.value.hosts
        if service.value.reach is Reach.CLOSED
    }
    sources = [host.csp_source for host in draft.site.hosts] + sorted(closed)
    fixed = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob: ; form-action 'self' "
    return len(fixed) + 2 * len(" ".join(sources))


def is_loopback(url: str) -> bool:
    """Tell whether an address leads to the machine itself."""
    host = url.partition("://")[2].rpartition(":")[0] or url.partition("://")[2]
    return bool(_LOOPBACK.fullmatch(host) or _LOOPBACK.fullmatch(url.partition("://")[2]))


def holds_password(address: str) -> bool:
    """Tell whether the address of a database holds a password: before the host, or as a parameter."""
    names = {unquote(pair.partition("=")[0]) for pair in address.partition("?")[2].split("&")}
    return bool(_BEFORE_HOST.search(address)) or not names.isdisjoint(_PASSWORDS)


def _check_address(draft: Draft, findings: Findings) -> None:
    site = draft.site
    if not site.url:
        return
    if not site.secure:
        if site.environment == "production":
            _refuse_plain_http(site.url, findings)
        elif not is_loopback(site.url):
            findings.add("BND412", ("site", "url"), f'"{site.url}" is plain http outside this machine')
    host = HostPattern.parse(site.url.partition("://")[2])
    if not any(own.matches(host.host, host.port or own.port, "/") for own in site.hosts):
        message = f'"{host}" of url is not among the hosts'
        findings.add("BND402", ("site", "hosts"), message, help=f'add "{host}" to hosts')


def _refuse_plain_http(url: str, findings: Findings) -> None:
    message = f'a production site cannot live at "{url}"'
    if is_loopback(url):
        # Nothing answers https there. Which of the two lines is wrong, the writer alone knows: no fix.
        help = 'write environment = "development" under [site], or the public https address'
        findings.add("BND401", ("site", "url"), message, help=help)
        return
    fix = f'"https{url[4:]}"'
    help = "use https  (bandeau check --fix applies it)"
    findings.add("BND401", ("site", "url"), message, help=help, fix=fix)


def _check_proof(draft: Draft, findings: Findings) -> None:
    proof, entry = draft.policy.proof, draft.root.table("proof")
    is_file = proof.store.startswith("sqlite:///") and len(proof.store) > len("sqlite:///")
    is_server = proof.store.startswith("postgresql://")
    if holds_password(proof.store):
        message = "the policy file holds the password of the database"
        findings.add("BND609", entry.at("store"), message, secret=True)
    elif not is_file and not is_server and proof.store != "memory:":
        findings.add("BND409", entry.at("store"), f'"{proof.store}" is not a store that Bandeau knows')
    if proof.store.removeprefix("sqlite:///") == proof.keys:
        findings.add("BND410", entry.at("keys"), f'keys and store are both "{proof.keys}"')
    if proof.store == "memory:" and draft.site.environment == "production":
        findings.add("BND411", entry.at("store"), "a production site keeps its records in memory")


def _check_enforce(draft: Draft, findings: Findings) -> None:
    enforce = draft.enforce
    found = _HIDDEN.search(enforce.prefix)
    if found is not None:
        message = f'block lists hide addresses with "{found[0]}", as in "{enforce.prefix}"'
        findings.add("BND406", ("enforce", "prefix"), message)
    if enforce.mode is Mode.ENFORCE and enforce.undeclared_hosts is Undeclared.REPORT:
        message = "undeclared third parties are let through, although the mode is enforce"
        findings.add("BND415", ("enforce", "undeclared_hosts"), message)


def _check_service(service: Declared[Service], findings: Findings) -> None:
    value, entry = service.value, service.entry
    if value.kind in (Kind.ADS, Kind.LOADER) and not entry.has("reach"):
        at = entry.at("kind") if entry.has("kind") else entry.path
        findings.add(
            "BND403",
            at,
            f'service "{value.id}" of kind "{value.kind}" does not say how far it reaches',
            unless=(*entry.path, "reach"),
        )
    if value.kind is Kind.EMBED and value.otherwise is Otherwise.NOTHING:
        at = entry.at("otherwise") if entry.has("otherwise") else entry.at("kind")
        findings.add(
            "BND404",
            at,
            f'embed "{value.id}" leaves a hole when it is refused',
            unless=(*entry.path, "otherwise"),
        )
    for path, text in entry.words("inline"):
        if len(text.strip()) < _MIN_INLINE:
            findings.add(
                "BND413", path, f'"{text}" is too short to tell a script by', note="at least 6 characters"
            )
    if any(findings.was_refused((*entry.path, key)) for key in ("hosts", "inline", "trackers")):
        return
    if not (value.hosts or value.inline or value.trackers):
        message = f'nothing recognises service "{value.id}": no hosts, no inline, no trackers'
        findings.add("BND414", entry.path, message, on_key=True)
    elif entry.has("kind") and value.kind in _LOADED and not value.hosts:
        findings.add("BND421", entry.at("kind"), f'service "{value.id}" of kind "{value.kind}" has no hosts')
