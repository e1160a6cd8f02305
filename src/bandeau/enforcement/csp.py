"""The Content-Security-Policy that lets the browser itself refuse what is not allowed.

``spec/vectors/csp.json`` binds this text and the browser part's to each other, byte for byte.
"""

from __future__ import annotations

from bandeau.core.policy import Policy, Reach, Undeclared
from bandeau.enforcement.visit import steady_services

#: What a header may weigh: with more, common proxies answer 502 (nginx: 4 kB for all headers).
BUDGET_BYTES = 3_000
ENFORCED = "content-security-policy"
REPORT_ONLY = "content-security-policy-report-only"
# default-src stands first and alone, for prefetch falls back to it. The wall restricts hosts and
# never the site's own inline code; 'strict-dynamic' would defeat a list of hosts.
_OPENING = "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:"


def always_sources(policy: Policy) -> str:
    """Return the sources that are allowed for everybody: the site itself."""
    return " ".join(["'self'", *_site_hosts(policy)])


def csp_text(policy: Policy, allowed: int) -> str:
    """Return the policy text for a set of allowed services (bits by place in ``policy.services``)."""
    chosen = [service for i, service in enumerate(policy.services) if allowed >> i & 1]
    if policy.enforce.undeclared_hosts is Undeclared.REPORT or any(s.reach is Reach.OPEN for s in chosen):
        # A list cannot say "all hosts but these": rewriter and guard hold what is declared and refused.
        sources = _anywhere(policy)
    else:
        hosts = {pattern.csp_source for service in chosen for pattern in service.hosts}
        sources = [*_site_hosts(policy), *sorted(hosts)]
    tail = "".join(f" {source}" for source in sources)
    return f"{_OPENING}{tail}; form-action 'self'{tail}"


def strictest(policy: Policy) -> str:
    """Return the text that refuses all that could ever be refused."""
    return csp_text(policy, steady_services(policy))


def header_text(policy: Policy, text: str) -> str:
    """Return a policy text as a header's value: violations are reported to this site only."""
    return f"{text}; report-uri {policy.enforce.prefix}/reports"


def longest_header(policy: Policy) -> int:
    """Return the size in bytes of the longest header this policy can lead to."""
    closed = sum(1 << i for i, service in enumerate(policy.services) if service.reach is Reach.CLOSED)
    everything = (1 << len(policy.services)) - 1
    return max(len(header_text(policy, csp_text(policy, mask))) for mask in (closed, everything))


def _site_hosts(policy: Policy) -> list[str]:
    return [pattern.csp_source for pattern in policy.site.hosts]


def _anywhere(policy: Policy) -> list[str]:
    return ["https:", "wss:"] if policy.site.secure else ["https:", "http:", "wss:", "ws:"]
