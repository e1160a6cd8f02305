"""What a reader downloads for us stays small, and is what the sources give."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "widget"
STATIC = files("bandeau.web") / "static"
SIZES = json.loads((WIDGET / "sizes.json").read_text())
LIMITS = {name: size for name, size in SIZES.items() if name.endswith((".js", ".css"))}
# Substrings that lists of annoyances hide or block; none may stand in what a list can match.
HIDDEN_BY_LISTS = (
    "cookie",
    "consent",
    "gdpr",
    "rgpd",
    "dsgvo",
    "cnil",
    "lgpd",
    "cmp",
    "tcf",
    "privacy",
    "banner",
)


def weight(name: str) -> int:
    """Return the size of a built file as it travels."""
    return len(gzip.compress((STATIC / name).read_bytes(), 9, mtime=0))


@pytest.mark.parametrize("name", LIMITS)
def test_output_is_within_its_budget(name: str) -> None:
    """The limit of sizes.json; to raise one is a decision."""
    assert weight(name) <= LIMITS[name]


def test_what_every_page_loads_is_within_six_kilobytes() -> None:
    """Wall, guard and first stylesheet together, without the site's own table."""
    assert sum(map(weight, ("wall.js", "guard.js", "first.css"))) <= SIZES["page load"]
    assert SIZES["page load"] == 6 * 1024


def test_what_comes_once_the_reader_acts_is_within_its_budget() -> None:
    """The act and the panel's stylesheet together; the panel's markup hangs on the policy."""
    assert sum(map(weight, ("act.js", "panel.css"))) <= SIZES["on demand"]


def test_wall_is_short_enough_to_stand_in_every_page() -> None:
    """Before the site's table there are 1.6 kB of text at most."""
    before = (STATIC / "wall.js").read_text().partition('"%T%"')[0]
    assert len(before) <= 1_610


@pytest.mark.parametrize(("name", "token"), [("wall.js", '"%T%"'), ("fallback.js", '"%C%"')])
def test_placeholder_stands_once(name: str, token: str) -> None:
    """The server replaces exactly one text, and no `</script` ends the element before."""
    text = (STATIC / name).read_text()
    assert text.count(token) == 1
    assert "</script" not in text.lower()


def test_manifest_tells_the_truth() -> None:
    """The hashes that the server puts in URLs are those of the files."""
    manifest = json.loads((STATIC / "manifest.json").read_text())
    assert set(manifest) == set(LIMITS)
    for name, entry in manifest.items():
        body = (STATIC / name).read_bytes()
        assert (entry["sha256"], entry["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))


def test_names_are_not_those_that_lists_hide() -> None:
    """Classes, ids, attributes and file names stay clear of the lists' words."""
    sheets = "".join((STATIC / name).read_text() for name in ("first.css", "panel.css"))
    css = re.findall(r"[.#]([a-z][\w-]*)", sheets)
    markup = "".join(path.read_text() for path in (WIDGET / "test" / "markup").glob("*.html"))
    names = css + re.findall(r'(?:id|class|name|data-[\w-]+)="([^"]*)"', markup) + [*LIMITS]
    technical = [name for name in names if not name.startswith(("Choix", "Votre", "Appliquer"))]
    assert not [name for name in technical if any(word in name.lower() for word in HIDDEN_BY_LISTS)]


def test_lock_file_names_no_machine() -> None:
    """The lock file resolves against whichever registry npm is told to use."""
    assert "resolved" not in (WIDGET / "package-lock.json").read_text()


@pytest.fixture(scope="module")
def tools() -> Path:
    """The widget's own tools; `make test` installs them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("node is not here: the committed build is used as it is")
    if not (WIDGET / "node_modules" / "esbuild").is_dir():
        subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WIDGET, check=True, timeout=240
        )
    return Path(npm)


def test_build_gives_the_committed_bytes(tools: Path, tmp_path: Path) -> None:
    """Whoever builds gets the files that stand in the package."""
    subprocess.run(
        [tools, "run", "--silent", "build", "--", str(tmp_path)], cwd=WIDGET, check=True, timeout=120
    )
    for name in (*LIMITS, "manifest.json"):
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), name


def test_sources_pass_the_type_checker(tools: Path) -> None:
    """JSDoc types hold."""
    subprocess.run([tools, "run", "--silent", "types"], cwd=WIDGET, check=True, timeout=120)
