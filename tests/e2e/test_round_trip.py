"""From a site that nobody protects to one that audits green: scan, adopt, decide, enforce, audit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import tomlkit

from tests.cli.run import Result, spawn

from .demonstration import ARTICLE, PRIVATE, Paper, demonstration
from .wagtail_site import BIN, free_port, server_process

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.timeout(900)]

#: What a person says of what the scan could not know; of the rest, that an allowed service brings it in.
PURPOSES = {
    "adserver-localhost": "ads",
    "facebook-localhost": "ads",
    "gtm-localhost": "ads",
    "prebid-localhost": "ads",
    "site-storage": "ads",
    "ga4-localhost": "audience",
    "collector-mesure": "audience",
    "collector-lecture": "personalisation",
    "x-localhost": "social",
    "youtube-localhost": "social",
}
OPEN = ("gtm-localhost", "prebid-localhost")
VENDOR = '\n[vendors.firm]\nname = "A firm"\ncountry = "FR"\npolicy_url = "https://firm.example/privacy"\n'


def bandeau(folder: Path, *arguments: str | Path) -> Result:
    """Run the command line in a folder; a scan or an audit takes its time."""
    return spawn(*arguments, cwd=folder, seconds=400)


def scanned(folder: Path, paper: Paper) -> dict[str, Any]:
    """Scan the newspaper; return what was found, by id."""
    urls = [paper.url(), paper.url(ARTICLE), paper.url(PRIVATE)]
    done = bandeau(folder, "scan", *urls, "--allow-private", "--max-pages", "5", "-o", "scan.json")
    assert done.code == 0, done.out + done.err
    return {each["id"]: each for each in json.loads((folder / "scan.json").read_text())["found"]}


def decide(path: Path) -> list[str]:
    """Do what a person does with what is TODO; return what was dropped."""
    policy = tomlkit.parse(path.read_text())
    services: Any = policy["services"]
    dropped = [s["id"] for s in services if s.get("purpose") == "TODO" and s["id"] not in PURPOSES]
    for service in [each for each in services if each.get("id") in dropped]:
        services.remove(service)
    for service in services:
        if service.get("id") in PURPOSES:
            service["purpose"] = PURPOSES[service["id"]]
        if service.get("vendor") == "TODO":
            service["vendor"] = "firm"
        if service.get("id") in OPEN:
            service["reach"] = "open"
    path.write_text(tomlkit.dumps(policy) + VENDOR)
    return dropped


@contextmanager
def enforced(folder: Path, paper: Paper) -> Iterator[str]:
    """Put the proxy before the newspaper, which stays as it is, and move the policy to its address."""
    port, policy = free_port(), folder / "bandeau.toml"
    text = policy.read_text().replace(f"127.0.0.1:{paper.port}", f"127.0.0.1:{port}")
    policy.write_text(text.replace('mode = "report"', 'mode = "enforce"'))
    upstream = f"http://127.0.0.1:{paper.port}"
    command = [BIN / "bandeau", "proxy", "--upstream", upstream, "--port", str(port)]
    with server_process(command, folder, f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}"


def test_scan_adopt_enforce_audit(tmp_path: Path) -> None:
    """Nothing is refused before a person has decided; then every situation is green."""
    data, folder = tmp_path / "data", tmp_path / "policy"
    data.mkdir()
    folder.mkdir()
    with demonstration(data, BANDEAU="off") as paper:
        found = scanned(folder, paper)
        assert PURPOSES.keys() < found.keys()
        names = ("--name", "La Gazette", "--controller", "La Gazette SA", "--contact", "dpo@gazette.example")
        begun = bandeau(folder, "init", "--lang", "fr,en", "--url", paper.url().rstrip("/"), *names)
        adopted = bandeau(folder, "adopt", "scan.json", "--yes")
        assert (begun.code, adopted.code) == (0, 0), begun.err + adopted.err
        assert bandeau(folder, "check").code == 1

        dropped = decide(folder / "bandeau.toml")
        bringing = {host for name in dropped for host in found[name].get("brought_by", ())}
        assert bringing == {"gtm.localhost", "prebid.localhost"}
        checked = bandeau(folder, "check")
        assert checked.code == 0, checked.out
        with enforced(folder, paper) as url:
            pages = (url + ARTICLE, url + PRIVATE)
            audited = bandeau(folder, "audit", *pages, "--allow-private", "--compare-ledger", "-j", "2")

    assert audited.code == 0, audited.out
