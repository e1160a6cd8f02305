"""An application under test, on loopback: read by a real browser, judged by its own policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.judge import Finding, Judgement, Verdict, judge
from bandeau.audit.recording import Recording
from bandeau.audit.scenarios import parse
from bandeau.core.policy import Policy
from bandeau.policyfile import load_file
from bandeau.site import Site
from bandeau.testing.local import at, local_site
from bandeau.testing.serving import is_asgi, serving
from bandeau.web import asgi, wsgi

_MOST_SEEN = 3


@dataclass(frozen=True, slots=True)
class Mounted:
    """An application that answers at ``url``; ``site`` is the Bandeau around it."""

    url: str
    site: Site

    @property
    def policy(self) -> Policy:
        """The policy that it is judged by."""
        return self.site.policy

    def obeys(self, *choices: str, pages: Sequence[str] = ("/",)) -> Judgement:
        """Assert that the application keeps its word under some choices, in a real Chromium.

        Args:
            choices: as in ``bandeau audit --choices``: ``none``, ``refuse``, ``only:audience``,
                ``withdraw``, …; none stands for all that the policy needs.
            pages: paths that are read in each.

        Raises:
            AssertionError: with what was found, where and what to do; also when something could not be
                tried, for that proves nothing.
            ValueError: a choice is not known.
            BrowserMissing: there is no Chromium.
        """
        __tracebackhide__ = True
        judgement = judge(self.recording(*choices, pages=pages), self.policy)
        told = [_sentence(each) for each in (*judgement.findings, *judgement.doubts) if _counts(each)]
        assert not told, "\n".join([f"{self.url} does not obey:", *told])
        return judgement

    def recording(self, *choices: str, pages: Sequence[str] = ("/",)) -> Recording:
        """Return what the browser saw, for tests that look at it themselves."""
        urls = tuple(self.url + path for path in pages)
        options = AuditOptions(
            urls=urls,
            policy=self.policy,
            scenarios=parse(",".join(choices), self.policy) if choices else (),
            max_pages=len(urls),
            allow_private=True,
        )
        return audit_site(options)


@contextmanager
def mount(app: Any, policy: str | Path | None = None, *, site: Site | None = None) -> Iterator[Mounted]:
    """Put an application on a free port of this machine.

    Args:
        app: an ASGI or WSGI application.
        policy: the policy file; Bandeau is put around the application, enforces it there and keeps its
            records in memory.
        site: the open site of an application that has Bandeau around it already; its policy then
            stands at the new address, enforced, for as long as the application is mounted.

    Raises:
        TypeError: neither or both of policy and site are given.
        PolicyError: the file has mistakes.
    """
    if (policy is None) == (site is None):
        raise TypeError("give either the policy file or the site that the application runs with")
    if site is None:
        with _wrapped(app, load_file(policy or "").policy) as mounted:
            yield mounted
        return
    before = site.policy
    try:
        with serving(lambda url: _moved(app, site, url)) as url:
            yield Mounted(url, site)
    finally:
        site.policy = before


@contextmanager
def _wrapped(app: Any, policy: Policy) -> Iterator[Mounted]:
    opened: list[Site] = []

    def make(url: str) -> Any:
        opened.append(local_site(policy, url=url))
        middleware = asgi.BandeauMiddleware if is_asgi(app) else wsgi.BandeauMiddleware
        return middleware(app, site=opened[0])

    try:
        with serving(make) as url:
            yield Mounted(url, opened[0])
    finally:
        for each in opened:
            each.close()


def _moved(app: Any, site: Site, url: str) -> Any:
    site.policy = at(site.policy, url)
    return app


def _counts(finding: Finding) -> bool:
    return finding.level == "error" or finding.verdict is Verdict.INCONCLUSIVE


def _sentence(finding: Finding) -> str:
    seen = [f"    {each.scenario}, {each.page}: {each.what}" for each in finding.evidence[:_MOST_SEEN]]
    return "\n".join([f"{finding.code} {finding.message}", *seen, f"    {finding.remedy}"])
