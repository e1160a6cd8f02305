"""How a scan is carried out: a browser that reads pages and presses nothing, or a yes when told so."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.scan import Scan, scan_of
from bandeau.audit.scenarios import parse
from bandeau.cli.progress import Progress
from bandeau.cli.settings import Settings
from bandeau.cli.staging import header, login, storage_state


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be scanned, and how, as it was typed."""

    urls: tuple[str, ...]
    sitemap: bool = False
    max_pages: int = 10
    jobs: int = 0
    accept: bool = False
    http_auth: str = ""
    header: tuple[str, ...] = ()
    storage_state: Path | None = None
    allow_private: bool = False
    insecure: bool = False
    browser: str = ""


def scan_site(settings: Settings, wanted: Wanted) -> Scan:
    """Read pages of a site, and return what they load and store.

    Raises:
        click.UsageError: an option is written wrong.
        BrowserMissing: there is no Chromium.
    """
    options = _options(wanted)
    progress = Progress(settings, "scan:", "visits")
    try:
        return scan_of(audit_site(options, on_visit=lambda visit: progress.add(1)))
    finally:
        progress.end()


def _options(wanted: Wanted) -> AuditOptions:
    try:
        return AuditOptions(
            urls=wanted.urls,
            scenarios=parse("none,accept" if wanted.accept else "none", None),
            max_pages=max(wanted.max_pages, len(wanted.urls)),
            sitemap=wanted.sitemap,
            jobs=wanted.jobs,
            generic=wanted.accept,
            http_auth=login(wanted.http_auth),
            headers=tuple(map(header, wanted.header)),
            storage_state=storage_state(wanted.storage_state),
            allow_private=wanted.allow_private,
            insecure=wanted.insecure,
            executable=wanted.browser,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error
