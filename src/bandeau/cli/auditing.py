"""How ``bandeau audit`` carries an audit out: sites, browser, evidence, ledger."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import click

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.partial import Partial
from bandeau.audit.recording import Recording, Visit, load
from bandeau.audit.report.bundle import (
    EVIDENCE,
    RECORDING,
    check_bundle,
    log_bundle,
    read_pictures,
    write_bundle,
)
from bandeau.audit.report.report import Baseline, Report, make_report, read_baseline
from bandeau.audit.report.words import visible
from bandeau.audit.scenarios import parse
from bandeau.audit.serverside import ledger_side
from bandeau.audit.standin import stand_in
from bandeau.cli.progress import Progress
from bandeau.cli.settings import Settings
from bandeau.cli.staging import header, login, storage_state
from bandeau.errors import AuditError, BandeauError, KeyFileError, StoreError
from bandeau.policyfile import Loaded, load_file
from bandeau.site import Site

#: What may stand between the slashes: names, in whatever script, and addresses.
_HOST = re.compile(r"[^\s/?#<>\"'|\\^%]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of the command line, as they were given."""

    urls: tuple[str, ...]
    sites: Path | None
    sitemap: bool
    choices: str
    max_pages: int
    jobs: int
    repeat: int
    baseline: Path | None
    resume: bool
    output: Path | None
    http_auth: str
    header: tuple[str, ...]
    storage_state: Path | None
    generic: bool
    allow_private: bool
    insecure: bool
    allow_advertising: bool
    compare_ledger: bool
    no_ledger: bool
    axe: Path | None
    browser: str


@dataclass(frozen=True, slots=True)
class Target:
    """One site to audit, and what it is judged by; ``folder`` is where its evidence goes."""

    urls: tuple[str, ...]
    loaded: Loaded
    declared: bool
    folder: Path | None

    @property
    def name(self) -> str:
        """What a summary calls it."""
        return urlsplit(self.urls[0]).netloc


def targets(settings: Settings, wanted: Wanted) -> list[Target]:
    """Return the sites that are meant: the policy's own, or one for each host where there is no policy.

    Raises:
        click.UsageError: no address is given, or something that is none.
        PolicyError: the policy has mistakes, or is missing and ``--generic`` was not given.
    """
    urls = (*(_address(url, url) for url in wanted.urls), *_listed(wanted.sites))
    if not urls:
        raise click.UsageError("give the address of a site, or a file of addresses with -f")
    if Path(settings.policy).exists() or not wanted.generic:
        return [Target(urls, load_file(settings.policy), True, wanted.output)]
    by_host: dict[str, list[str]] = {}
    for url in urls:
        by_host.setdefault(urlsplit(url).netloc, []).append(url)
    several = len(by_host) > 1
    return [
        Target(
            tuple(found),
            stand_in(found[0]),
            False,
            wanted.output / host.replace(":", "-") if wanted.output and several else wanted.output,
        )
        for host, found in by_host.items()
    ]


def _listed(path: Path | None) -> Iterator[str]:
    """Yield the addresses of a file: one to a line, ``#`` begins a remark."""
    lines = path.read_text(encoding="utf-8").splitlines() if path else []
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if text:
            yield _address(text, f"{path}, line {number}: {text}")


def _address(text: str, named: str) -> str:
    """Return an address; ``https://`` stands before it where nothing does."""
    url = text if "://" in text else f"https://{text}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(parts.hostname or ""):
        raise click.UsageError(f"{visible(named)}: this is not the address of a site")
    return url


def audit(settings: Settings, wanted: Wanted, target: Target) -> Report:
    """Audit one site, write its evidence, sign and log it where keys and store are at hand.

    Raises:
        BandeauError: what the surroundings lack.
    """
    baseline = _baseline(wanted)
    site = _site(settings, wanted) if target.declared else None
    try:
        recording = _record(settings, wanted, target, site)
        report = _report(target, recording, baseline)
        if target.folder is not None:
            _keep(settings, target.folder, report, site)
    finally:
        if site is not None:
            site.close()
    return report


def judge_again(settings: Settings, wanted: Wanted, folder: Path) -> Report:
    """Judge the recording of an evidence folder, with the policy at hand or the one that lies in it.

    Raises:
        AuditError: there is no evidence in it, or it was changed.
    """
    faults = check_bundle(folder)
    if faults:
        told = ", ".join(f"{fault.name}: {fault.what}" for fault in faults)
        raise AuditError(f"the evidence in {folder} is not as it was written ({told})")
    recording = load((folder / RECORDING).read_bytes())
    if recording.policy_digest:
        policy = Path(settings.policy)
        loaded = load_file(policy if policy.exists() else folder / "policy.toml")
    else:
        loaded = stand_in(recording.urls[0])
    target = Target(recording.urls, loaded, bool(recording.policy_digest), folder)
    report = _report(target, recording, _baseline(wanted))
    if wanted.output is not None:
        if (folder / EVIDENCE).is_dir() and wanted.output.resolve() != folder.resolve():
            shutil.copytree(folder / EVIDENCE, wanted.output / EVIDENCE, dirs_exist_ok=True)
        _keep(settings, wanted.output, report, None)
    return report


def _record(settings: Settings, wanted: Wanted, target: Target, site: Site | None) -> Recording:
    options = _options(wanted, target, site)
    partial = Partial(target.folder, options) if target.folder is not None else None
    done = partial.visits() if partial and wanted.resume else ()
    if partial:
        partial.begin(done)
        if done:
            settings.say(f"{target.name}: going on after {len(done)} visits")
    progress = Progress(settings, f"{target.name}: ", "visits")

    def on_visit(visit: Visit) -> None:
        progress.add(1)
        if settings.verbose:
            settings.say(f"{visit.scenario}: {visit.outcome}{f', {visit.reason}' if visit.reason else ''}")
        if partial:
            partial.add(visit)

    try:
        salt = partial.salt if partial else b""
        recording = audit_site(replace(options, done=done, salt=salt), on_visit=on_visit)
    finally:
        progress.end()
    if partial:
        partial.end()
    return recording


def _options(wanted: Wanted, target: Target, site: Site | None) -> AuditOptions:
    policy = target.loaded.policy if target.declared else None
    try:
        return AuditOptions(
            urls=target.urls,
            policy=policy,
            scenarios=parse(wanted.choices, policy) if wanted.choices else (),
            max_pages=wanted.max_pages,
            sitemap=wanted.sitemap,
            jobs=wanted.jobs,
            repeat=wanted.repeat,
            stop_advertising=not wanted.allow_advertising,
            allow_private=wanted.allow_private,
            insecure=wanted.insecure,
            generic=wanted.generic,
            http_auth=login(wanted.http_auth),
            headers=tuple(header(text) for text in wanted.header),
            storage_state=storage_state(wanted.storage_state),
            evidence=target.folder / EVIDENCE if target.folder else None,
            axe=wanted.axe.read_text(encoding="utf-8") if wanted.axe else "",
            executable=wanted.browser,
            server_side=ledger_side(site) if site is not None and wanted.compare_ledger else None,
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _site(settings: Settings, wanted: Wanted) -> Site | None:
    """Open the site's keys and store, where they are at hand; without them the evidence stands for itself.

    Raises:
        BandeauError: they are not, and the ledger is to be compared.
    """
    if wanted.no_ledger and not wanted.compare_ledger:
        return None
    if wanted.output is None and not wanted.compare_ledger:
        return None
    try:
        return Site.open(settings.policy)
    except (KeyFileError, StoreError) as error:
        if wanted.compare_ledger:
            raise
        settings.say(f"the evidence is neither signed nor logged: {error}")
        return None


def _baseline(wanted: Wanted) -> Baseline | None:
    return read_baseline(wanted.baseline.read_bytes()) if wanted.baseline else None


def _report(target: Target, recording: Recording, baseline: Baseline | None) -> Report:
    names = {
        file.name: file.digest
        for visit in recording.visits
        for file in visit.files
        if file.kind == "screenshot"
    }
    pictures = read_pictures(target.folder, names) if target.folder is not None else {}
    return make_report(
        recording, target.loaded, declared=target.declared, baseline=baseline, pictures=pictures
    )


def _keep(settings: Settings, folder: Path, report: Report, site: Site | None) -> None:
    manifest = write_bundle(folder, report, signer=site.signer if site is not None else None)
    settings.say(f"evidence in {folder}: {len(manifest.files)} files, root {manifest.root}")
    if site is None:
        return
    try:
        entry = log_bundle(manifest, report, site.store)
    except BandeauError as error:
        settings.say(f"signed, and not logged: {error}")
    else:
        settings.say(f"signed, and logged as entry {entry.index} of {entry.origin}")


def summary(reports: Sequence[tuple[Target, Report]]) -> str:
    """Return one line for each of several sites: verdict, errors, doubts, the worst finding."""
    width = max(len(target.name) for target, _ in reports)
    lines = [f"{'site':<{width}}  verdict       errors  doubts  first finding"]
    for target, report in reports:
        found = report.judgement
        errors = [finding for finding in found.findings if finding.level == "error"]
        first = next(iter((*errors, *found.doubts)), None)
        told = visible(f"{first.code} {first.message}") if first else ""
        counts = f"{len(errors):>6}  {len(found.doubts):>6}"
        lines.append(f"{target.name:<{width}}  {found.verdict:<12}  {counts}  {told}".rstrip())
    return "\n".join(lines)
