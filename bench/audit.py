"""Visits a page in less than a second of processor time, with everything captured that its servers got.

Run: python bench/audit.py [--pages N] [--jobs N]. All in one run, on the same local pages (60 requests each,
to 11 hosts over TLS; their server runs in a process of its own on the same cores): pages a minute with full
capture and a look 35 seconds ahead, without any dwell, a smoke run as in continuous integration, and another
open auditor, consentcrawl, with what each of them found of what really happened.
"""

from __future__ import annotations

import argparse
import asyncio
import ctypes
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bandeau.audit.collect import AuditOptions, Pace, audit_site
from bandeau.audit.collect.chromium import find
from bandeau.audit.observation import CookieSet, Request
from bandeau.audit.recording import Recording
from bandeau.audit.scenarios import parse
from tests.audit.collect.newsstand import URL as STAND_URL
from tests.audit.collect.newsstand import Stand
from tests.audit.collect.stage import Answer, Stage

_SET_CHILD_SUBREAPER = 36
_HOSTS = tuple(f"t{number}.example" for number in range(10))
_SCRIPT = "globalThis.n=(globalThis.n||0)+1;" + "/* some forty kilobytes of a tag */" * 1150
#: What trackers do that is easily missed: each page does all of it once.
_TRACKS = """<script>
addEventListener("pagehide", () => navigator.sendBeacon("https://t0.example/left?" + location.pathname, "x"));
setTimeout(() => { new Image().src = "https://t1.example/late.gif?" + location.pathname; }, 20000);
document.cookie = "brief=1; path=/";
setTimeout(() => { document.cookie = "brief=; path=/; max-age=0"; }, 150);
new Worker("/worker.js");
</script><iframe sandbox="allow-scripts" srcdoc="<img src=https://t2.example/sandboxed.gif>"></iframe>"""


@dataclass(frozen=True)
class Pages:
    """The pages, and where every name leads."""

    urls: tuple[str, ...]
    rules: str


def main() -> None:
    """Measure and print."""
    options = _options()
    _print_machine()
    _adopt_orphans()
    mine, theirs = multiprocessing.Pipe()
    apart = multiprocessing.get_context("spawn")
    server = apart.Process(target=_serve, args=(theirs, options.pages), daemon=True)
    server.start()
    pages = Pages(tuple(f"https://news.test/p{number}/" for number in range(options.pages)), mine.recv())
    print(f"\n{options.pages} pages, {options.jobs or 2 * (os.cpu_count() or 1)} visits at the same time\n")
    print(f"{'':<34}{'seconds':>9}{'pages/min':>11}{'CPU s/page':>12}{'captured':>18}")
    for name, pace in (("full capture, 35 s ahead", Pace()), ("without dwell", Pace(ahead_seconds=0))):
        _print_audit(name, pages, pace, options.jobs, mine)
    _print_peer(pages, mine)
    mine.send("stop")
    server.join(10)
    _print_smoke()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--pages", type=int, default=24)
    parser.add_argument("--jobs", type=int, default=0, help="visits at the same time; 0: twice the cores")
    return parser.parse_args()


def _print_machine() -> None:
    told = subprocess.run([find(), "--version"], capture_output=True, text=True, check=False)
    print(
        f"{platform.machine()}, {platform.system()}, Python {platform.python_version()}, "
        f"{told.stdout.strip()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
    )


def _serve(pipe: Connection, pages: int) -> None:
    """Serve the pages; ``forget`` starts a new page in the log, ``counted`` hands it over."""
    worker = "fetch('https://t3.example/w.json', { mode: 'no-cors' })"
    answers: dict[str, Answer | str] = {"news.test/worker.js": Answer(worker, "text/javascript")}
    for number in range(pages):
        answers[f"news.test/p{number}/"] = _page(number)
    for host in _HOSTS:
        cookie = (("Set-Cookie", "id=1; Max-Age=9999; SameSite=None; Secure"),)
        answers |= {f"{host}/tag{n}.js": Answer(_SCRIPT, "text/javascript", headers=cookie) for n in range(2)}
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder), answers) as stage:
        pipe.send(stage.resolver_rules)
        seen = 0
        while (asked := pipe.recv()) != "stop":
            hits = [str(hit) for hit in stage.hits]
            if asked == "counted":
                pipe.send(Counter(hits[seen:]))
            seen = len(hits)


def _page(number: int) -> str:
    tags = [f"https://{host}/tag{n}.js" for host in _HOSTS for n in range(2)]
    pictures = [f"https://{host}/{number}-{n}.gif" for host in _HOSTS for n in range(3)]
    pictures += [f"/own-{number}-{n}.gif" for n in range(5)]
    body = "".join(f"<script src='{url}'></script>" for url in tags)
    body += "<p>Words of a news page that say something about something.</p>" * 60
    body += "".join(f"<img src='{url}'>" for url in pictures)
    return f"<!doctype html><title>Page {number}</title><body><h1>Page</h1>{body}{_TRACKS}"


def _print_audit(name: str, pages: Pages, pace: Pace, jobs: int, server: Connection) -> None:
    """Print how long one scenario takes over all pages, and what was captured of it."""
    options = AuditOptions(
        urls=pages.urls,
        max_pages=len(pages.urls),
        scenarios=parse("none", None),
        resolver_rules=pages.rules,
        allow_private=True,
        insecure=True,
        pace=pace,
        jobs=jobs,
    )
    server.send("forget")
    began, used = time.perf_counter(), _processor_seconds()
    recording = audit_site(options)
    seconds, used = time.perf_counter() - began, _processor_seconds() - used
    server.send("counted")
    truth: Counter[str] = server.recv()
    loads = sum(step.status is not None for visit in recording.visits for step in visit.steps)
    missed = truth - _recorded(recording) - _scouted(truth)
    caught = 1 - missed.total() / truth.total()
    _print_row(f"bandeau, {name}", seconds, loads, used, f"{caught:.2%}")
    if pace.ahead_seconds:
        _print_found(recording)


def _print_row(name: str, seconds: float, loads: int, used: float, caught: str) -> None:
    each = used / max(1, loads)
    print(f"{name:<34}{seconds:>9.1f}{loads / seconds * 60:>11.0f}{each:>12.2f}{caught:>18}")


def _adopt_orphans() -> None:
    """Become the parent of what browsers leave behind (prctl(2)): its time on a processor counts, too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _processor_seconds() -> float:
    """Return the time that this process and the browsers that it ended have spent on a processor."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return sum(os.times()[:4])


def _scouted(truth: Counter[str]) -> Counter[str]:
    """Return what the scout, which is not recorded, asked for: the first page, once, and robots.txt."""
    first = (
        "/0-",
        "/own-0-",
        "/p0/",
        "/tag",
        "/worker.js",
        "/w.json",
        "/sandboxed.gif",
        "/favicon",
        "/robots",
    )
    return Counter({key for key in truth if any(part in key for part in first)})


def _recorded(recording: Recording) -> Counter[str]:
    return Counter(
        f"{fact.method} {fact.url}"
        for visit in recording.visits
        for fact in visit.observations
        if isinstance(fact, Request) and not fact.blocked_by and not fact.from_cache
    )


def _print_found(recording: Recording) -> None:
    facts = [fact for visit in recording.visits for fact in visit.observations]
    urls = {fact.url.partition("?")[0] for fact in facts if isinstance(fact, Request)}
    cookies = {fact.name for fact in facts if isinstance(fact, CookieSet) and fact.stored}
    _print_ways({name: any(part in url for url in urls) for name, part in _WAYS.items()}, cookies)


_WAYS = {
    "beacon while leaving": "/left",
    "after 20 s": "/late.gif",
    "sandboxed frame": "/sandboxed.gif",
    "worker": "/w.json",
}


def _print_ways(found: dict[str, bool], cookies: set[str]) -> None:
    ways = [*found.items(), ("third-party cookie", "id" in cookies), ("150 ms cookie", "brief" in cookies)]
    print("    found: " + (", ".join(name for name, seen in ways if seen) or "nothing"))
    print("    missed: " + (", ".join(name for name, seen in ways if not seen) or "nothing"))


def _print_peer(pages: Pages, server: Connection) -> None:
    """Print what consentcrawl makes of the same pages, four at a time in one browser."""
    try:
        from consentcrawl import crawl
    except ImportError:
        print("consentcrawl is not installed: pip install 'bandeau[bench]'")
        return
    arguments = ["--no-sandbox", "--ignore-certificate-errors", f"--host-resolver-rules={pages.rules}"]
    config = {"headless": True, "executable_path": find(), "args": arguments}
    results: list[dict[str, Any]] = []

    async def keep(found: list[dict[str, Any]]) -> None:
        results.extend(found)

    server.send("forget")
    began, used = time.perf_counter(), _processor_seconds()
    asyncio.run(crawl.crawl_batch(list(pages.urls), keep, batch_size=4, browser_config=config))
    seconds = time.perf_counter() - began
    good = [result for result in results if result["status"] == "success"]
    name = f"consentcrawl {version('consentcrawl')}"
    used = _processor_seconds() - used
    _print_row(name, seconds, len(good), used, "names hosts only")
    hosts = {host for result in good for host in result["third_party_domains_all"]}
    cookies = {cookie["name"] for result in good for cookie in result["cookies_all"]}
    told = ", ".join(sorted(cookies)) or "none"
    # It names hosts, not requests: by which way a host was asked cannot be told.
    print(f"    found: {len(hosts)} of {len(_HOSTS)} third-party hosts, cookies: {told}")


def _print_smoke() -> None:
    """Print how long a run takes as in continuous integration: three scenarios on a site with Bandeau."""
    with tempfile.TemporaryDirectory() as folder, Stand(Path(folder)).open() as stand:
        options = AuditOptions(
            urls=(STAND_URL,),
            policy=stand.policy,
            scenarios=parse("none,refuse,accept", stand.policy),
            resolver_rules=stand.resolver_rules,
            allow_private=True,
            insecure=True,
        )
        began = time.perf_counter()
        recording = audit_site(options)
        seconds = time.perf_counter() - began
        whole = audit_site(replace(options, scenarios=()))
        all_seconds = time.perf_counter() - began - seconds
    print(f"\nsmoke run (none, refuse, accept): {seconds:.1f} s, {_said(recording)}")
    print(f"all {len(whole.visits)} scenarios: {all_seconds:.1f} s, {_said(whole)}")


def _said(recording: Recording) -> str:
    bad = sorted({f"{visit.scenario}: {visit.reason}" for visit in recording.visits if visit.outcome != "ok"})
    loads = sum(step.status is not None for visit in recording.visits for step in visit.steps)
    return f"{loads} page loads, " + ("; ".join(bad) or "every visit ended well")


if __name__ == "__main__":
    main()
