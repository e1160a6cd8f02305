"""Takes the pictures of the documentation from La Gazette as it runs: `make screenshots`."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Browser

from bandeau.web.pictures import browser, show_first, show_panel

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"


def main() -> None:
    """Start the demonstration in a folder of its own, take the pictures, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8460)
    port = parser.parse_args().port
    with tempfile.TemporaryDirectory() as var:
        command = [sys.executable, "gazette/demo.py", "--port", str(port), "--var", var]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ})
        try:
            _wait(f"http://127.0.0.1:{port}/")
            _take_all(f"http://127.0.0.1:{port}")
        finally:
            demo.terminate()
            demo.wait(20)


def _wait(url: str) -> None:
    until = time.monotonic() + 180
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(url, timeout=10).close()
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("the demonstration did not start")


def _take_all(base: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with browser() as started:
        _first_layer(started, base)
        _panel(started, base)


def _first_layer(started: Browser, base: str) -> None:
    page = started.new_page(viewport={"width": 1280, "height": 820})
    page.goto(base)
    show_first(page)
    page.screenshot(path=IMAGES / "first-layer.png")


def _panel(started: Browser, base: str) -> None:
    page = started.new_page(viewport={"width": 1000, "height": 1000})
    page.goto(base)
    show_panel(page)
    page.locator("#bd-panel input[role=switch]").nth(1).check(force=True)
    page.mouse.move(5, 5)
    page.screenshot(path=IMAGES / "panel.png")


if __name__ == "__main__":
    main()
