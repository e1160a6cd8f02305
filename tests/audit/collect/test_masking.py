"""What a reader's browser stores stands in no address: its name does, however it was written there."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from urllib.parse import quote

import pytest

from bandeau.audit.collect.evidence import keep_netlog
from bandeau.audit.collect.masking import Mask
from bandeau.audit.observation import CookieSet, Request

from .stage import Stage
from .visits import options_for, visit

VALUE = "GA1.1.8675309123.1732551234"
MASK = Mask({VALUE: "_ga", "true": "seen", "2026-11-25": "last", "a/b+c=12345": "odd"})


@pytest.mark.parametrize(
    "held",
    [
        VALUE,
        "8675309123",
        "cid=8675309123.1732551234",
        quote("a/b+c=12345", safe=""),
        base64.b64encode(VALUE.encode()).decode(),
        base64.b64encode(f'{{"id":"{VALUE}"}}'.encode()).decode(),
        base64.urlsafe_b64encode(f'{{"uid":"{VALUE}","x":1}}'.encode()).decode().rstrip("="),
    ],
)
def test_a_value_is_covered_however_it_is_written(held: str) -> None:
    """Whole, in part, escaped, or within something in base64."""
    covered = MASK.text(f"https://collect.example/hit?v={held}&page=7")

    assert held not in covered
    assert "[_ga]" in covered or "[odd]" in covered
    assert covered.endswith("&page=7")


@pytest.mark.parametrize("url", ["https://a.example/?ok=true", "https://a.example/2026-11-25/true"])
def test_what_tells_nobody_from_another_stays(url: str) -> None:
    """Words, dates and short numbers: else no address could be read."""
    assert MASK.text(url) == url


def test_addresses_of_the_pages_stay() -> None:
    """They are what everything is found by."""
    page = "https://site.example/article-8675309123"

    assert Mask({"8675309123": "last_read"}, [page]).text(page) == page


def test_names_and_hashes_stay() -> None:
    """A cookie is declared by its name, even if that is its value."""
    cookie = CookieSet(step="s", at_ms=1, name="8675309123", domain="a.example", value_hash="8675309123")
    request = Request(
        step="s", at_ms=1, url="https://a.example/8675309123", frame_chain=("https://a.example/",)
    )
    kept, masked = Mask({"8675309123": "id"}).facts([cookie, request])

    assert kept == cookie
    assert isinstance(masked, Request)
    assert (masked.url, masked.frame_chain) == ("https://a.example/[id]", ("https://a.example/",))


_PAGE = """<title>Sync</title><p>Words.<script>
document.cookie = "uid=CANARY8675309.1732551234; path=/; max-age=999";
localStorage.seat = "CANARYseat4711";
const quietly = { mode: "no-cors" };
fetch("https://sync.example/s?u=" + encodeURIComponent("CANARY8675309.1732551234"), quietly);
fetch("https://sync.example/p/1732551234", quietly);
fetch("https://sync.example/b?d=" + btoa(JSON.stringify({ uid: "CANARY8675309.1732551234" })), quietly);
fetch("https://sync.example/l?s=CANARYseat4711", quietly);
</script>"""


@pytest.mark.browser
def test_no_stored_value_reaches_recording_or_evidence(tmp_path: Path) -> None:
    """Although the servers got each of them."""
    with Stage(tmp_path, {"site.test/": _PAGE}) as stage:
        made = visit(options_for(stage, "https://site.test/", evidence=tmp_path / "evidence"))
        sent = "\n".join(hit.url for hit in stage.hits)
    netlog = gzip.decompress(next((tmp_path / "evidence").glob("*.gz")).read_bytes()).decode()
    told = "\n".join(fact.url for fact in made.observations if isinstance(fact, Request))

    assert made.outcome == "ok", made.reason
    for value in ("CANARY8675309", "1732551234", "CANARYseat4711", "U5BUlk4Njc1MzA5"):
        assert value in sent
        assert value not in repr(made.observations)
        assert value not in netlog
    assert {"https://sync.example/s?u=[uid]", "https://sync.example/l?s=[seat]"} <= set(told.splitlines())


def test_a_netlog_without_a_mask_is_kept_as_before(tmp_path: Path) -> None:
    """The control: it is the mask that covers what stands in an address."""
    log = tmp_path / "log"
    log.write_text('{"constants": {}, "events": [{"params": {"url": "https://a.example/?id=8675309123"}}]}')
    keep_netlog(tmp_path / "open", "log.gz", log)
    keep_netlog(tmp_path / "masked", "log.gz", log, mask=Mask({"8675309123": "id"}))

    assert b"8675309123" in gzip.decompress((tmp_path / "open" / "log.gz").read_bytes())
    assert b"?id=[id]" in gzip.decompress((tmp_path / "masked" / "log.gz").read_bytes())
