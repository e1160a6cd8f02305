"""The site's own policy is read for what it leaves us, and admits our files and no others."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

from bandeau.core.policy import Mode
from bandeau.core.request import RequestHead, ResponseHead
from bandeau.enforcement.csp import ENFORCED, REPORT_ONLY
from bandeau.enforcement.sitecsp import SiteCsp, admit, gate_reports, parse, script_hashes
from tests.enforcement.sample import STEADY, compiled

RULES = compiled().rules(RequestHead("GET", "https", "paper.example", "/"), STEADY, Mode.ENFORCE)
OURS = "paper.example/bandeau/"


def head(*policies: str, name: str = ENFORCED) -> ResponseHead:
    """Return a head with these policies."""
    return ResponseHead(200, [(name, policy) for policy in policies])


@pytest.mark.parametrize(
    ("policies", "inline", "nonce", "admits"),
    [
        ((), True, None, True),
        (("img-src 'self'",), True, None, True),
        (("script-src 'self' 'unsafe-inline'",), True, None, True),
        (("script-src 'self' 'UNSAFE-INLINE'",), True, None, True),
        (("default-src 'self'",), False, None, True),
        (("script-src 'self'",), False, None, True),
        (("script-src 'unsafe-inline' 'nonce-abc'",), False, "abc", True),
        (("script-src 'unsafe-inline' 'sha256-abc='",), False, None, True),
        (("script-src 'unsafe-inline' 'strict-dynamic' 'nonce-a'",), False, "a", False),
        (("script-src 'strict-dynamic' 'sha256-abc='",), False, None, False),
        (("script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"), False, "b", True),
        (("script-src 'nonce-a', script-src 'nonce-b'",), False, None, True),
        (("script-src 'nonce-a'", "default-src 'self' 'unsafe-inline'"), False, "a", True),
        (("script-src 'unsafe-inline'; script-src-elem 'nonce-e'",), False, "e", True),
        (("default-src 'none'; script-src 'unsafe-inline'",), True, None, True),
        (("script-src 'unsafe-inline'; script-src 'none'",), True, None, True),
        (("script-src 'nonce-<x>'",), False, None, True),
    ],
)
def test_what_may_run_is_read_from_all_policies(
    policies: tuple[str, ...], inline: bool, nonce: str | None, admits: bool
) -> None:
    """A nonce counts when every policy that wants one knows it."""
    found = SiteCsp.of(head(*policies))
    assert (found.inline, found.nonce, found.admits) == (inline, nonce, admits)
    assert found.restricts is bool(policies)


def test_trusted_types_are_seen() -> None:
    """Release points are sinks there."""
    assert SiteCsp.of(head("require-trusted-types-for 'script'")).trusted_types
    assert not SiteCsp.of(head("trusted-types x")).trusted_types


def test_a_report_only_policy_forbids_nothing() -> None:
    """It is only made not to complain about us."""
    found = SiteCsp.of(head("script-src 'none'", name=REPORT_ONLY))
    assert found.inline
    assert found.restricts


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("script-src 'self'", "script-src 'self' 'sha256-x'"),
        ("script-src https://cdn.example", f"script-src https://cdn.example 'sha256-x' {OURS}"),
        ("script-src 'none'", f"script-src 'sha256-x' {OURS}"),
        ("script-src 'self' 'unsafe-inline'", "script-src 'self' 'unsafe-inline'"),
        ("default-src 'self'", "default-src 'self'; script-src 'self' 'sha256-x'"),
        (
            "default-src 'none'",
            f"default-src 'none'; script-src 'sha256-x' {OURS}; style-src {OURS}; connect-src {OURS};"
            f" frame-src {OURS}",
        ),
        ("form-action 'none'", f"form-action {OURS}"),
        ("form-action *", "form-action *"),
        ("frame-src https://a.example", f"frame-src https://a.example {OURS}"),
        ("child-src https://a.example", f"child-src https://a.example {OURS}"),
        ("style-src-elem 'nonce-a'", f"style-src-elem 'nonce-a' {OURS}"),
        ("img-src 'none'; upgrade-insecure-requests", "img-src 'none'; upgrade-insecure-requests"),
        ("script-src 'SELF', connect-src 'none'", f"script-src 'SELF' 'sha256-x', connect-src {OURS}"),
    ],
)
def test_the_policy_admits_our_files_and_nothing_else(before: str, after: str) -> None:
    """Only our prefix and the hashes of our own inline scripts are added."""
    changed = head(before)
    admit(changed, OURS, ("'sha256-x'",))
    assert parse_all(changed) == [parse(text) for text in after.split(",")]


def parse_all(changed: ResponseHead) -> list[dict[str, list[str]]]:
    """Read all policies of a head."""
    return [parse(text) for value in changed.all(ENFORCED) for text in value.split(",")]


def test_what_needs_no_change_stays_byte_for_byte() -> None:
    """Also its spaces."""
    changed = head("script-src   'self'  'unsafe-inline' ;  img-src *")
    admit(changed, OURS, ())
    assert changed.first(ENFORCED) == "script-src   'self'  'unsafe-inline' ;  img-src *"


def test_hashes_are_those_of_our_inline_scripts() -> None:
    """External ones need none; each text once."""
    expected = "'sha256-" + b64encode(sha256(b"a()").digest()).decode() + "'"
    markup = (b"<script>a()</script><script src='/x.js'></script>", b"<SCRIPT nonce=1>a()</SCRIPT >", b"")
    assert script_hashes(markup) == (expected,)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("default-src 'self'; report-uri https://evil.example/r", "default-src 'self'"),
        ("default-src 'self'; report-uri /r https://evil.example/r", "default-src 'self'; report-uri /r"),
        ("report-uri /r", "report-uri /r"),
        ("img-src *, report-uri //meter.example/", "img-src *, "),
    ],
)
def test_reports_go_to_no_refused_host(before: str, after: str) -> None:
    """The site's own policy would tell a third party of this reader."""
    changed = head(before)
    gate_reports(changed, lambda url, destination: RULES.url(url, "", destination))
    assert changed.first(ENFORCED) == after
