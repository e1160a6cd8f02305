"""`bandeau verify`: receipts and exported logs, with nothing but the file, a key and what others kept."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bandeau.cli.visible import visible
from bandeau.ledger.note import SigningKey
from tests.cli.ledger_site import choose, opened, write_policy
from tests.cli.run import run

Capsys = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A receipt, an exported log of 301 entries, its keys and a checkpoint that somebody kept."""
    folder = tmp_path_factory.mktemp("site")
    write_policy(folder)
    command = [sys.executable, "-m", "bandeau"]
    subprocess.run([*command, "ledger", "init"], cwd=folder, check=True, capture_output=True)
    code = choose(folder, [f"{number:022}" for number in range(300)])[4]
    with opened(folder) as site:
        row = site.store.kept(code)
        assert row
        (folder / "receipt.json").write_bytes(site.receipt(row).to_json())
    done = subprocess.run([*command, "ledger", "checkpoint"], cwd=folder, check=True, capture_output=True)
    (folder / "kept.checkpoint").write_bytes(done.stdout)
    subprocess.run(
        [*command, "ledger", "export", "--logs", "audit"], cwd=folder, check=True, capture_output=True
    )
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what an auditor was given, in an otherwise empty folder."""
    for name in ("receipt.json", "kept.checkpoint"):
        shutil.copy(made / name, tmp_path)
    shutil.copytree(made / "audit", tmp_path / "audit")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def key_of(folder: Path) -> str:
    """Return the publisher's key."""
    return (folder / "audit" / "keys").read_text().strip()


def test_receipt_says_against_what_it_was_checked(folder: Path, capsys: Capsys) -> None:
    """The key in the receipt is a first look; a key from elsewhere is a proof."""
    alone = run(capsys, "verify", "receipt.json")
    assert (alone.code, alone.out.splitlines()[0]) == (0, "ok: receipt.json: stated key")
    assert "the key that the" in alone.out
    trusted = run(capsys, "verify", "receipt.json", "--key", key_of(folder))
    assert (trusted.code, trusted.out.splitlines()[0]) == (0, "ok: receipt.json: trusted key")
    assert "allowed  audience" in trusted.out
    value = json.loads(run(capsys, "verify", "receipt.json", "--key", key_of(folder), "--json").out)
    assert (value["holds"], value["index"], value["size"]) == (True, 5, 301)


def test_forged_receipt_exits_with_one_and_says_why(folder: Path, capsys: Capsys) -> None:
    """In words and in JSON; a good one beside it does not hide it."""
    file = json.loads((folder / "receipt.json").read_text())
    file["record"]["purposes"]["ads"] = True
    (folder / "forged.json").write_text(json.dumps(file))
    result = run(capsys, "verify", "forged.json", "receipt.json")
    assert result.code == 1
    assert result.out.startswith("NOT OK: forged.json: ")
    assert "ok: receipt.json" in result.out
    value = json.loads(run(capsys, "verify", "forged.json", "--json").out)
    assert (value["holds"], value["file"]) == (False, "forged.json")


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"[]", b"{}", b"x" * 600_000])
def test_file_that_is_no_receipt_does_not_hold(folder: Path, capsys: Capsys, content: bytes) -> None:
    """No traceback, whatever it is."""
    (folder / "file").write_bytes(content)
    result = run(capsys, "verify", "file")
    assert (result.code, result.out.startswith("NOT OK: file: ")) == (1, True)


def test_wrong_uses_are_told(folder: Path, capsys: Capsys) -> None:
    """Nothing to verify, a log without a key, a mixture, a file that is not there."""
    for arguments in (
        [],
        ["audit/2026"],
        ["receipt.json", "audit/2026"],
        ["nowhere"],
        ["audit", "--key", key_of(folder)],
    ):
        result = run(capsys, "verify", *arguments)
        assert result.code in (2, 3), arguments
        assert result.err


def test_log_says_against_what_it_was_checked(folder: Path, capsys: Capsys) -> None:
    """Without an anchor it is the publisher's word; a kept checkpoint or receipt makes it published."""
    log = ["verify", "audit/2026", "--key", key_of(folder)]
    assert run(capsys, *log).out.splitlines()[0] == "ok: self-attested"
    for anchor in ("kept.checkpoint", "receipt.json"):
        result = run(capsys, *log, "--against", anchor)
        assert (result.code, result.out.splitlines()[0]) == (0, "ok: published")
    other = SigningKey(key_of(folder).partition("+")[0], b"o" * 32).verifier
    assert run(capsys, "verify", "audit/2026", "--key", str(other)).code == 1


def _rows(folder: Path) -> tuple[Path, list[str]]:
    path = folder / "audit" / "2026" / "rows.jsonl"
    return path, path.read_text().splitlines(keepends=True)


def _edit_row(folder: Path) -> None:
    path, lines = _rows(folder)
    lines[5] = lines[5].replace('\\"ads\\":false', '\\"ads\\":true')
    path.write_text("".join(lines))


def _delete_row(folder: Path) -> None:
    path, lines = _rows(folder)
    path.write_text("".join(lines[:5] + lines[6:]))


def _exchange_rows(folder: Path) -> None:
    path, lines = _rows(folder)
    first, second = (json.loads(line) for line in lines[5:7])
    first["index"], second["index"] = second["index"], first["index"]
    path.write_text("".join([*lines[:5], json.dumps(second) + "\n", json.dumps(first) + "\n", *lines[7:]]))


def _change_leaf(folder: Path) -> None:
    path = folder / "audit" / "2026" / "tile" / "entries" / "000"
    data = bytearray(path.read_bytes())
    data[5 * 35 + 10] ^= 1
    path.write_bytes(data)


def _cut_leaves(folder: Path) -> None:
    (folder / "audit" / "2026" / "tile" / "entries" / "001.p" / "45").unlink()


def _lose_signature(folder: Path) -> None:
    path = folder / "audit" / "2026" / "checkpoint"
    path.write_text(path.read_text().replace("\n301\n", "\n300\n"))


ATTACKS: dict[str, tuple[Callable[[Path], None], str]] = {
    "edited": (_edit_row, "edited"),
    "deleted": (_delete_row, "deleted"),
    "reordered": (_exchange_rows, "reordered"),
    "a leaf changed": (_change_leaf, "forked"),
    "leaves lost": (_cut_leaves, "shortened"),
    "another size": (_lose_signature, "damaged"),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_tampered_export_is_found_by_both_programs(folder: Path, capsys: Capsys, what: str) -> None:
    """Ours names the kind; the stand-alone file, run without Bandeau, refuses it too."""
    attack, kind = ATTACKS[what]
    attack(folder)
    ours = run(capsys, "verify", "audit/2026", "--key", key_of(folder), "--against", "receipt.json", "--json")
    assert ours.code == 1
    assert kind in {finding["kind"] for finding in json.loads(ours.out)["findings"]}
    (folder / "alone.py").write_text(run(capsys, "verify", "--standalone").out)
    alone = subprocess.run(
        [sys.executable, "-I", "alone.py", "log", "audit/2026", "--key", key_of(folder)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (alone.returncode, alone.stdout.splitlines()[-1]) == (1, "DOES NOT HOLD")


@pytest.mark.parametrize(
    "line", ["nonsense", "{}", '{"index": -1, "salt": "", "body": "{}"}', '{"index": 5}']
)
def test_row_that_cannot_be_read_is_named(folder: Path, capsys: Capsys, line: str) -> None:
    """With the file and the line."""
    path, lines = _rows(folder)
    path.write_text("".join([*lines[:5], line + "\n", *lines[6:]]))
    result = run(capsys, "verify", "audit/2026", "--key", key_of(folder))
    assert result.code == 1
    assert "rows.jsonl:6: this is no row of a log." in result.out
    assert "Entry 5 " in result.out  # it is missed, and the others were verified all the same


def test_texts_of_others_cannot_pass_for_lines_of_ours() -> None:
    """Ends of lines, escapes and turns of direction are shown as what they are."""
    assert visible("é\n\x1b[8m\u202eok") == "é\\n\\x1b[8m\\u202eok"
