"""What a decision costs: once the cookie is parsed, and with parsing. No disk, no network.

Run: python bench/decision.py
"""

from __future__ import annotations

import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bandeau import allows
from bandeau.core.request import RequestHead
from bandeau.site import Site
from bandeau.testing import choice, local_site
from bandeau.web.decisions import answering

GAZETTE = Path(__file__).parents[1] / "gazette" / "bandeau.toml"
RUNS, CALLS = 40, 2_000
#: What a reader's browser also sends.
OTHERS = "sessionid=4f7a1c0e9d; csrftoken=Zk3; _ga=GA1.1.123456.7890; bdid=AAAAAAAAAAAAAAAAAAAAAA"


def measure(work: Callable[[], object]) -> tuple[float, float]:
    """Return median and 99th percentile, in microseconds of CPU, of RUNS times CALLS calls."""
    took = []
    for _ in range(RUNS):
        start = time.process_time()
        for _ in range(CALLS):
            work()
        took.append((time.process_time() - start) / CALLS * 1e6)
    return statistics.median(took), sorted(took)[int(RUNS * 0.99) - 1]


def report(name: str, work: Callable[[], object], bound: float) -> None:
    """Print one line beside its bound."""
    median, late = measure(work)
    print(f"{name:<44} median {median:6.2f} µs   p99 of runs {late:6.2f} µs   bound {bound:.0f} µs")


def main() -> None:
    """Measure La Gazette's policy: 5 purposes, 12 services, one reader who allowed two purposes."""
    print(f"CPU time, Python {platform.python_version()}, {platform.machine()}, {RUNS} runs of {CALLS} calls")
    site = local_site(GAZETTE)
    made = choice(site, allow=["audience", "personalisation"], refuse=["social", "ads"])
    cookie = f"{OTHERS}; " + "; ".join(f"{name}={value}" for name, value in made.items())
    head = RequestHead("GET", "http", "127.0.0.1", "/", headers=(("host", "127.0.0.1"), ("cookie", cookie)))
    with answering(site.visit(head)):
        report("a purpose, cookie parsed", lambda: allows("personalisation"), 5)
        report("a service, cookie parsed", lambda: allows("ga4"), 5)
    report("with parsing of the cookies", lambda: site.visit(head).allows("personalisation"), 30)
    with tempfile.TemporaryDirectory() as folder:
        kept = _on_disk(Path(folder))
        report("the same, site on disk (looks at its files)", lambda: kept.visit(head).allows("ads"), 30)
        kept.close()


def _on_disk(folder: Path) -> Site:
    sys.path.insert(0, str(GAZETTE.parent))
    from newspaper.ready import prepare_policy

    return Site.open(prepare_policy(folder, port=8000, standin_port=8001))


if __name__ == "__main__":
    main()
