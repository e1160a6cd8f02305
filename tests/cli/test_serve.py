"""`bandeau serve` shows the panel as readers will see it, at the address where it listens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx

from bandeau.site import Site

BANDEAU = Path(sys.executable).parent / "bandeau"


def test_first_layer_is_shown_even_in_report_mode_and_nothing_is_recorded(tmp_path: Path) -> None:
    """Straight after `init`: the layer is there, its form answers here, the publisher's store stays empty."""
    subprocess.run([BANDEAU, "init", "--lang", "fr"], cwd=tmp_path, check=True, capture_output=True)
    command = [BANDEAU, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        address = process.stderr.readline().split()[2]
        page = httpx.get(address).text
        answer = httpx.post(f"{address}/bandeau/choices", json=REFUSAL, headers={"Origin": address})
        process.terminate()
    assert f'action="{address}/bandeau/choices"' in page
    assert answer.status_code == 200
    site = Site.open(tmp_path / "bandeau.toml")
    assert site.store.count() == 0
    site.close()


REFUSAL = {"action": "refuse", "shown": ["audience"], "revision": 1, "source": "first", "language": "fr"}
