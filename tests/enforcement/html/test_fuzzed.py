"""Bytes that a fuzzer finds by looking at which branches they take."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.enforcement.html import fuzzed

#: How long the fuzzer looks, in seconds.
SECONDS = int(os.environ.get("BANDEAU_FUZZ_SECONDS", "600"))


def test_every_page_of_the_corpus_can_be_undone_in_any_pieces(tmp_path: Path) -> None:
    """What the fuzzer begins with holds."""
    assert fuzzed.write_corpus(tmp_path) > 250
    for file in tmp_path.iterdir():
        fuzzed.check(file.read_bytes()[:20_000])


def test_a_rewriter_that_loses_a_byte_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the check fails where something is lost."""
    feed = fuzzed.Rewriter.feed
    monkeypatch.setattr(fuzzed.Rewriter, "feed", lambda self, chunk: feed(self, chunk.replace(b"\v", b"")))
    with pytest.raises(AssertionError):
        fuzzed.check(b"\0<p>a\vb</p>")


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 300)
def test_the_fuzzer_finds_nothing(tmp_path: Path) -> None:
    """Guided by coverage from the corpus on, for some minutes."""
    limits = [f"-max_total_time={SECONDS}", "-max_len=4096", "-timeout=20", f"-artifact_prefix={tmp_path}/"]
    command = [sys.executable, "-m", "tests.enforcement.html.fuzzed", str(tmp_path / "corpus"), *limits]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    print("\n".join(done.stderr.splitlines()[-3:]))
    assert done.returncode == 0, done.stderr[-4000:]
    assert int(re.findall(r"Done (\d+) runs", done.stderr)[-1]) > SECONDS
