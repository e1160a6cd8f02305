"""The scout goes first: is the site there, which panel does it have, which pages?

What it does to the panel (opening it, pressing Tab through it, letting the accessibility checker run in it)
no scenario has to bear: it looks in a browser of its own, and nothing that it loads is judged.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from bandeau.audit.collect import pages
from bandeau.audit.collect.cdp import BrowserGone, Refused
from bandeau.audit.collect.chromium import Launch, chromium
from bandeau.audit.collect.evidence import keep
from bandeau.audit.collect.managers import Manager
from bandeau.audit.collect.options import AuditOptions
from bandeau.audit.collect.pages import Sample
from bandeau.audit.collect.reader import Reader, Stopped
from bandeau.audit.collect.sessions import Conditions
from bandeau.audit.collect.tab import Hung
from bandeau.audit.collect.watch import Watch
from bandeau.audit.recording import ARRIVED, AxeProblem, EvidenceFile, Outcome, Panel

_MOST_BYTES = 8_000_000
_MOST_SITEMAPS = 6
_LINKS = "[...document.links].slice(0, 5000).map(each => each.href)"
_AXE = """(async () => {
  %s;
  const { violations, testEngine } = await axe.run({ include: [[%s]] }, { resultTypes: ["violations"] });
  return { version: testEngine.version, found: violations.map(({ id, impact, help, nodes }) => ({
    rule: id, impact: impact || "", help, targets: nodes.slice(0, 5).map(node => node.target.join(" ")) })) };
})()"""


@dataclass(frozen=True, slots=True)
class Scouted:
    """What the scout found; ``outcome`` is not ok where nobody needs to go after it."""

    sample: Sample
    panel: Panel | None = None
    outcome: Outcome = "ok"
    reason: str = ""
    product: str = ""
    files: tuple[EvidenceFile, ...] = ()


class Scout:
    """Looks at a site before the visits; use ``scout()``."""

    def __init__(self, options: AuditOptions, watch: Watch, managers: Sequence[Manager]) -> None:
        self.options = options
        self.watch = watch
        self.reader = Reader(watch, options, managers, "panel")
        self._managers = managers
        self._axe: list[AxeProblem] = []
        self._axe_version = ""

    async def look(self) -> Scouted:
        """Open the first page, measure the panel, choose the pages."""
        await self.watch.start(self.options)
        await self.reader.begin_with()
        first = self.options.urls[0]
        arrival = await self.reader.arrive(first, ARRIVED)
        await self.reader.note(arrival)
        links = await self.watch.tab.evaluate(_LINKS) or []
        panel = await self._panel()
        sample = await self._sample(arrival.url or first, [str(link) for link in links])
        return Scouted(sample, panel, product=self.watch.browser.product, files=tuple(self.reader.files))

    async def _panel(self) -> Panel | None:
        for manager in self._managers:
            if await manager.is_asking(self.watch.tab):
                panel = await manager.measure(self.watch.tab, self._inspect)
                if panel is not None:
                    return await self._completed(panel)
        return None

    async def _completed(self, panel: Panel) -> Panel:
        status = None
        if panel.vendors_link:
            status, _ = await self._load(panel.vendors_link)
        return msgspec.structs.replace(
            panel,
            vendors_link_status=status,
            axe=tuple(sorted(self._axe, key=lambda problem: (problem.rule, problem.targets))),
            axe_version=self._axe_version,
        )

    async def _inspect(self, layer: int, selector: str) -> None:
        """Let the accessibility checker run on a layer, and keep what it looks like."""
        if self.options.axe:
            await self._examine(selector)
        if self.options.evidence is None:
            return
        tab, folder = self.watch.tab, self.options.evidence
        markup = await tab.evaluate(f"document.querySelector({json.dumps(selector)})?.outerHTML || ''") or ""
        tree = await tab.call("Accessibility.getFullAXTree")
        self.reader.files += [
            keep(folder, f"panel-{layer}.png", await tab.screenshot(), ARRIVED),
            keep(folder, f"panel-{layer}.html", str(markup).encode(), ARRIVED, "dom"),
            keep(folder, f"panel-{layer}.json", msgspec.json.encode(tree), ARRIVED, "accessibility"),
        ]

    async def _examine(self, selector: str) -> None:
        found = await self.watch.tab.evaluate(_AXE % (self.options.axe, json.dumps(selector)), seconds=20)
        if not isinstance(found, dict):
            return
        self._axe_version = str(found["version"])
        for each in found["found"]:
            problem = AxeProblem(
                rule=str(each["rule"]),
                impact=str(each["impact"]),
                help=str(each["help"]),
                targets=tuple(map(str, each["targets"])),
            )
            if problem not in self._axe:
                self._axe.append(problem)

    async def _sample(self, first: str, links: list[str]) -> Sample:
        options = self.options
        hosts = options.hosts | {urlsplit(first).hostname or ""}
        named = [first if url == options.urls[0] else url for url in options.urls]
        if len(named) >= options.max_pages and not options.sitemap:
            return Sample(tuple(dict.fromkeys(named)), len(named))
        _, text = await self._load(urljoin(first, "/robots.txt"))
        rules = pages.robots(text)
        candidates = [*links]
        if options.sitemap:
            candidates += await self._sitemap(first, text)
        elif options.max_pages > len(named):
            candidates += await self._crawl(first, links, hosts)
        return pages.choose(
            named, candidates, hosts=hosts, most=options.max_pages, rules=rules, without=options.prefix
        )

    async def _sitemap(self, first: str, robots_text: str) -> list[str]:
        named = [
            line.partition(":")[2].strip()
            for line in robots_text.splitlines()
            if line.lower().startswith("sitemap:")
        ]
        waiting, seen, found = named or [urljoin(first, "/sitemap.xml")], set[str](), list[str]()
        while waiting and len(seen) < _MOST_SITEMAPS:
            url = waiting.pop(0)
            if url in seen:
                continue
            seen.add(url)
            _, text = await self._load(url)
            nested = "<sitemapindex" in text[:2000].lower()
            (waiting if nested else found).extend(pages.locations(text))
        return found

    async def _crawl(self, first: str, links: list[str], hosts: frozenset[str]) -> list[str]:
        """Follow links, page by page, until there are enough to choose from."""
        found, read = list(links), {first}
        while len(set(found)) < self.options.max_pages * 2 and len(read) < self.options.max_pages:
            nearby = pages.choose([], found, hosts=hosts, most=len(read) + 1, rules=pages.robots(""))
            url = next((each for each in nearby.pages if each not in read), None)
            if url is None:
                break
            read.add(url)
            _, text = await self._load(url)
            found += pages.links(text, url)
        return found

    async def _load(self, url: str) -> tuple[int | None, str]:
        """Fetch an address with the browser, so that it goes the way of everything else."""
        session, connection = self.watch.tab.session, self.watch.browser.connection
        try:
            answer = await connection.call(
                "Network.loadNetworkResource",
                session.id,
                frameId=session.frame,
                url=url,
                options={"disableCache": False, "includeCredentials": False},
            )
            resource = answer["resource"]
            status = int(resource.get("httpStatusCode", 0)) or None
            handle = resource.get("stream")
            text = await self._read(session.id, handle) if handle else b""
        except (Refused, TimeoutError):
            return None, ""
        return status, text.decode("utf-8", "replace") if status == 200 else ""

    async def _read(self, session: str, handle: str) -> bytes:
        data = bytearray()
        while len(data) < _MOST_BYTES:
            part: dict[str, Any] = await self.watch.browser.connection.call(
                "IO.read", session, handle=handle, size=1 << 20
            )
            data += base64.b64decode(part["data"]) if part.get("base64Encoded") else part["data"].encode()
            if part["eof"]:
                break
        return bytes(data)


async def scout(launch: Launch, options: AuditOptions, managers: Sequence[Manager]) -> Scouted:
    """Look at a site before the visits."""
    named = Sample(tuple(dict.fromkeys(options.urls)), len(options.urls))
    outcome: Outcome = "ok"
    async with chromium(launch) as browser:
        conditions = Conditions(timezone=options.timezone, viewport=options.viewport, watch_setters=False)
        watch = Watch(browser, conditions, options.pace)
        try:
            return await Scout(options, watch, managers).look()
        except Stopped as stopped:
            outcome, reason = stopped.outcome, str(stopped)
        except Hung as hung:
            outcome, reason = "hostile", str(hung)
        except (BrowserGone, Refused, TimeoutError) as error:
            outcome, reason = "crashed", f"the browser ended while the site was looked at: {error}"
        return Scouted(named, outcome=outcome, reason=reason, product=browser.product)
