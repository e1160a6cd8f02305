"""Responses that bring a policy of their own."""

from __future__ import annotations

from tests.web.gateway.case import HELD_TAG, Case, Pairs
from tests.web.gateway.cases.common import EXTERNAL, PUBLIC


def csp(*policies: str) -> Pairs:
    """Return policies as headers."""
    return tuple(("content-security-policy", policy) for policy in policies)


OURS = "paper.example/bandeau/"
EXISTING = [
    Case(
        "a site policy that lets inline run stays as it is",
        headers=csp("script-src 'self' 'unsafe-inline'"),
        has=("<script>wall()</script>",),
        out={"content-security-policy": ["script-src 'self' 'unsafe-inline'", "+ours"]},
    ),
    Case(
        "a nonce is used again",
        headers=csp("script-src 'nonce-abc'"),
        out={"content-security-policy": [f"script-src 'nonce-abc' {OURS}", "+ours"]},
        has=('<script nonce="abc">wall()</script>',),
    ),
    Case(
        "a nonce is used again in release points",
        headers=(*PUBLIC, *csp("script-src 'nonce-abc' 'self'")),
        csp="none",
        has=(HELD_TAG + '<script nonce="abc">bd.r()</script>',),
    ),
    Case(
        "a nonce under strict-dynamic is used again",
        headers=(*PUBLIC, *csp("script-src 'nonce-abc' 'strict-dynamic'")),
        csp="none",
        has=('<script nonce="abc">wall()</script>',),
    ),
    Case(
        "a nonce that all policies know is used",
        headers=csp("script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"),
        has=('<script nonce="b">',),
    ),
    Case(
        "without a nonce the wall is external",
        headers=csp("default-src 'self'"),
        has=('<script src="/bandeau/w.js"></script><script>fallback()</script>',),
    ),
    Case(
        "its fallback is admitted by its hash",
        headers=csp("script-src 'self'"),
        out={
            "content-security-policy": [
                "script-src 'self' 'sha256-FL/t/prCHPV3ujNkJyY9kysNJiMKfNpgPC4mI4r6C4E='",
                "+ours",
            ]
        },
    ),
    Case(
        "a release point is admitted by its hash",
        headers=(*PUBLIC, *csp("script-src 'self'")),
        csp="none",
        has=(HELD_TAG + "<script>bd.r()</script>",),
        out={
            "content-security-policy": [
                "script-src 'self' 'sha256-FL/t/prCHPV3ujNkJyY9kysNJiMKfNpgPC4mI4r6C4E='"
                " 'sha256-mVMRmeGACO7CRCSw5KDyaRCNHV+St/nEE5DNU+ereJs='"
            ]
        },
    ),
    Case(
        "a policy by hashes makes the wall external",
        headers=csp("script-src 'unsafe-inline' 'sha256-abc='"),
        has=("/bandeau/w.js",),
    ),
    Case(
        "a policy of other hosts is made to admit our files",
        headers=csp("script-src https://cdn.example 'unsafe-inline'"),
        out={"content-security-policy": [f"script-src https://cdn.example 'unsafe-inline' {OURS}", "+ours"]},
    ),
    Case("an external wall can be asked for", policy=EXTERNAL, has=("/bandeau/w.js",)),
    Case(
        "a report-only policy forbids nothing",
        headers=(("content-security-policy-report-only", "script-src 'self'"),),
        has=("<script>wall()</script>",),
    ),
    Case(
        "several policies stay several",
        headers=csp("img-src *", "font-src *, media-src *"),
        out={"content-security-policy": ["img-src *", "font-src *, media-src *", "+ours"]},
    ),
    Case(
        "a policy in capitals",
        headers=(("Content-Security-Policy", "SCRIPT-SRC 'NONE'"),),
        has=("/bandeau/w.js",),
    ),
    Case(
        "the site's reports go to no refused host",
        headers=csp("img-src *; report-uri https://evil.example/r"),
        out={"content-security-policy": ["img-src *", "+ours"]},
    ),
    Case(
        "a policy on a picture is left alone",
        type="image/svg+xml",
        headers=csp("script-src 'none'"),
        body="same",
        csp="refuse-all",
        out={"content-security-policy": ["script-src 'none'", "+ours"]},
    ),
]
