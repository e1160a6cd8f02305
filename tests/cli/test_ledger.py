"""`bandeau ledger`: what each verb prints, what it exits with, and what it refuses."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from bandeau.ledger.checkpoint import open_checkpoint
from bandeau.ledger.note import VerifierKey
from bandeau.ledger.receipt import parse_receipt
from bandeau.storage.keyfile import read_keyfile
from tests.cli.ledger_site import SUBJECTS, choose, opened, write_policy
from tests.cli.run import Result, run, spawn

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> Path:
    """Work in the folder of a site whose log has been begun."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    assert run(capsys, "ledger", "init").code == 0
    return tmp_path


def parsed(result: Result) -> dict[str, object]:
    """Return the one JSON document of a result."""
    value = json.loads(result.out)
    assert isinstance(value, dict)
    return value


def sql(folder: Path, statement: str) -> None:
    """Change the database behind everybody's back, as its operator could."""
    with sqlite3.connect(folder / "bandeau.db") as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def test_init_creates_what_is_missing_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """Keys, store, first log and first checkpoint; the second time there is nothing to say."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    first = run(capsys, "ledger", "init")
    assert (first.code, first.out) == (0, "")
    assert [line.split()[0] for line in first.err.splitlines()] == ["wrote", "wrote", "kept"]
    again = run(capsys, "ledger", "init")
    assert (again.code, again.err) == (0, "")


def test_init_adds_a_ledger_key_to_a_file_of_the_first_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys
) -> None:
    """The cookie keys stay: no reader is asked again."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    (tmp_path / "bandeau.keys").write_text(json.dumps({"keys": [{"id": "k1", "secret": "B" * 43}]}))
    assert run(capsys, "ledger", "init").code == 0
    keys = read_keyfile("bandeau.keys")
    assert ([key.id for key in keys.cookies.keys], len(keys.ledger)) == (["k1"], 1)


def test_init_does_not_replace_a_log_that_is_gone(folder: Path, capsys: Capsys) -> None:
    """A new log would look as if the old one had been rewritten: the backup must come back."""
    choose(folder)
    run(capsys, "ledger", "publish")
    for name in folder.glob("bandeau.db*"):
        name.unlink()
    result = run(capsys, "ledger", "init")
    assert result.code == 3
    assert "had 5 entries" in result.err
    assert "restore" in result.err
    assert not (folder / "bandeau.db").exists()


@pytest.mark.parametrize("verb", ["verify", "checkpoint", "publish", "stats", "init"])
def test_trial_store_has_no_ledger(folder: Path, capsys: Capsys, verb: str) -> None:
    """Nothing is kept in memory: usage, not a report of nothing."""
    write_policy(folder, 'store = "memory:"')
    result = run(capsys, "ledger", verb)
    assert result.code == 2
    assert "memory:" in result.err


@pytest.mark.parametrize("verb", ["verify", "checkpoint", "publish", "stats"])
def test_missing_store_names_the_command_that_creates_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capsys, verb: str
) -> None:
    """Exit code 3, no traceback."""
    monkeypatch.chdir(tmp_path)
    write_policy(tmp_path)
    run(capsys, "keys", "create")
    result = run(capsys, "ledger", verb)
    assert result.code == 3
    assert "bandeau init" in result.err or "bandeau ledger init" in result.err


def test_untouched_log_verifies_by_the_operators_word_alone(folder: Path, capsys: Capsys) -> None:
    """It says so, and names what would be more."""
    choose(folder)
    result = run(capsys, "ledger", "verify")
    assert result.code == 0
    assert result.out.startswith("ok: self-attested\n")
    assert "--against FOLDER" in result.out


def test_kept_checkpoint_and_receipt_make_it_published(folder: Path, tmp_path: Path, capsys: Capsys) -> None:
    """Whatever an outsider kept: a checkpoint, a receipt, a folder of both."""
    code = choose(folder)[1]
    kept = tmp_path / "outside"
    kept.mkdir()
    (kept / "a.checkpoint").write_text(run(capsys, "ledger", "checkpoint").out)
    with opened(folder) as site:
        row = site.store.kept(code)
        assert row
        (kept / "b.json").write_bytes(site.receipt(row).to_json())
    choose(folder, ["D" * 22], first=10)
    for path in (kept / "a.checkpoint", kept / "b.json", kept):
        result = run(capsys, "ledger", "verify", "--against", path)
        assert result.code == 0
        assert result.out.startswith("ok: published\n")
    report = parsed(run(capsys, "ledger", "verify", "--against", kept, "--json"))
    assert (report["holds"], report["level"], report["findings"]) == (True, "published", [])


_EDIT = "UPDATE kept SET body = CAST(replace(CAST(body AS TEXT), {}) AS BLOB) WHERE entry = 2"


_EDIT = "UPDATE kept SET body = CAST(replace(CAST(body AS TEXT), {}) AS BLOB) WHERE entry = 2"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (_EDIT.format("'refused', 'given'"), "edited"),
        (_EDIT.format('\'"at":"2\', \'"at":"1\''), "edited"),
        ("DELETE FROM kept WHERE entry = 2", "deleted"),
    ],
)
def test_tampering_is_found_with_the_record_and_what_was_done(
    folder: Path, capsys: Capsys, statement: str, kind: str
) -> None:
    """SQL in hand: each change exits with 1 and names the entry."""
    codes = choose(folder)
    sql(folder, statement)
    result = run(capsys, "ledger", "verify")
    assert result.code == 1
    assert result.out.startswith("NOT OK: ")
    assert "ntry 2" in result.out
    report = parsed(run(capsys, "ledger", "verify", "--json"))
    findings = report["findings"]
    assert isinstance(findings, list)
    assert [(each["kind"], each["index"]) for each in findings] == [(kind, 2)]
    assert findings[0]["code"] in (codes[1], None)


def test_log_that_cannot_even_be_read_is_a_finding(folder: Path, capsys: Capsys) -> None:
    """A head that fits no tree is said to be one; the reader is not sent in a circle."""
    sql(folder, "UPDATE log SET size = size + 2")
    result = run(capsys, "ledger", "verify")
    assert result.code == 1
    assert result.out.startswith("NOT OK: 1 finding\nthe log www.")
    assert "bandeau ledger verify" not in result.out
    assert parsed(run(capsys, "ledger", "verify", "--json"))["holds"] is False


def test_store_without_any_log_is_a_finding(folder: Path, capsys: Capsys) -> None:
    """Who deletes everything is not told that all is well."""
    for table in ("kept", "leaves", "log"):
        sql(folder, f"DELETE FROM {table}")
    result = run(capsys, "ledger", "verify")
    assert (result.code, result.out.splitlines()[0]) == (1, "NOT OK: 1 finding")
    assert "There is no log of" in result.out


def test_log_that_was_put_back_is_found_by_the_folder_and_by_outsiders(
    folder: Path, tmp_path: Path, capsys: Capsys
) -> None:
    """A backup is restored and the readers since then are gone: consistent in itself, and yet found."""
    choose(folder)
    shutil.copytree(folder, tmp_path / "backup")
    choose(folder, ["D" * 22], first=10)
    run(capsys, "ledger", "publish")
    (tmp_path / "kept").write_text(run(capsys, "ledger", "checkpoint").out)
    for name in folder.glob("bandeau.db*"):
        name.unlink()
    shutil.copy(tmp_path / "backup" / "bandeau.db", folder)
    for extra in (tmp_path / "backup").glob("bandeau.db-wal"):
        shutil.copy(extra, folder)
    result = run(capsys, "ledger", "verify")
    assert result.code == 1
    assert "6 leaves of" in result.out
    assert run(capsys, "ledger", "verify", "--against", tmp_path / "kept").code == 1


def test_folder_without_anchors_is_a_wrong_use(folder: Path, capsys: Capsys) -> None:
    """An empty folder must not pass for a comparison."""
    (folder / "empty").mkdir()
    result = run(capsys, "ledger", "verify", "--against", folder / "empty")
    assert result.code == 2
    assert "neither a checkpoint nor a receipt" in result.err


@pytest.mark.parametrize("option", ["--key", "--witness"])
def test_key_that_is_none_is_a_wrong_use(folder: Path, capsys: Capsys, option: str) -> None:
    """Told by the option that it was given to."""
    for text in ("nonsense", _other_kind(option)):
        result = run(capsys, "ledger", "verify", option, text)
        assert result.code == 2
        assert option in result.err


def _other_kind(option: str) -> str:
    from bandeau.ledger.note import COSIGNATURE, ED25519, SigningKey

    return str(SigningKey("w", b"w" * 32, COSIGNATURE if option == "--key" else ED25519).verifier)


def test_auditors_own_key_is_trusted_in_place_of_the_key_file(folder: Path, capsys: Capsys) -> None:
    """With another key nothing is accepted; with the published one all of it."""
    choose(folder)
    shown = parsed(run(capsys, "keys", "show", "--json"))
    verifiers = shown["verifiers"]
    assert isinstance(verifiers, list)
    assert run(capsys, "ledger", "verify", "--key", verifiers[0]).code == 0
    from bandeau.ledger.note import SigningKey

    other = SigningKey(str(shown["origin"]), b"o" * 32).verifier
    assert run(capsys, "ledger", "verify", "--key", str(other)).code == 1


def test_checkpoint_verifies_with_the_shown_keys(folder: Path, capsys: Capsys) -> None:
    """What is printed is the signed note itself, fit to be kept in a file."""
    choose(folder)
    note = run(capsys, "ledger", "checkpoint").out.encode()
    shown = parsed(run(capsys, "ledger", "checkpoint", "--json"))
    verifiers = shown["verifiers"]
    assert isinstance(verifiers, list)
    checkpoint, _ = open_checkpoint(note, [VerifierKey.parse(key) for key in verifiers])
    assert (checkpoint.size, checkpoint.origin) == (5, shown["origin"])
    missing = run(capsys, "ledger", "checkpoint", "--year", "1999")
    assert (missing.code, missing.out) == (1, "")


def test_show_prints_the_record_and_what_is_known_of_its_page(folder: Path, capsys: Capsys) -> None:
    """Every answer; and that this record names no notice that is archived."""
    code = choose(folder)[0]
    text = run(capsys, "ledger", "show", code.lower()).out
    assert f"code       {code}" in text
    assert "entry      1 of www.lagazette.example/la-gazette/production/2026" in text
    assert "allowed    audience" in text
    assert "the notice is not known" in text
    shown = parsed(run(capsys, "ledger", "show", code, "--json"))
    record = shown["record"]
    assert isinstance(record, dict)
    assert (shown["index"], record["subject_id"]) == (1, SUBJECTS[0])


@pytest.mark.parametrize(("code", "exit_code"), [("0000-0000-0000-0000", 1), ("nonsense", 2)])
def test_show_of_what_is_not_there(folder: Path, capsys: Capsys, code: str, exit_code: int) -> None:
    """An unknown code is a finding, a word that is no code a wrong use."""
    assert run(capsys, "ledger", "show", code).code == exit_code


@pytest.mark.parametrize("by", ["id", "code"])
def test_export_holds_every_stored_field_and_verifiable_receipts(
    folder: Path, capsys: Capsys, by: str
) -> None:
    """Everything of this reader, nothing of another; each receipt passes `bandeau verify`."""
    codes = choose(folder)
    whom = SUBJECTS[2] if by == "id" else codes[3]
    result = run(capsys, "ledger", "export", "--subject", whom)
    assert result.code == 0
    export = parsed(result)
    records = export["records"]
    assert isinstance(records, list)
    assert [record["code"] for record in records] == codes[2:]
    with opened(folder) as site:
        stored = site.store.kept_of_subject(SUBJECTS[2])
    fields = {"origin", "index", "kind", "code", "key", "subject_id", "salt", "body"}
    assert fields == set(type(stored[0]).__slots__)
    assert all(fields < set(record) for record in records)
    assert [json.dumps(record["body"]) for record in records] == [
        json.dumps(json.loads(row.body)) for row in stored
    ]
    assert SUBJECTS[0] not in result.out
    for record in records:
        (folder / "r.json").write_text(json.dumps(record["receipt"]))
        assert parse_receipt((folder / "r.json").read_bytes()).code == record["code"]
        assert run(capsys, "verify", folder / "r.json").code == 0


@pytest.mark.parametrize("verb", ["export", "erase"])
@pytest.mark.parametrize(
    ("whom", "exit_code"), [("Z" * 22, 1), ("0000-0000-0000-0000", 1), ("*", 2), ("A" * 21, 2)]
)
def test_nobody_is_nobody(folder: Path, capsys: Capsys, verb: str, whom: str, exit_code: int) -> None:
    """Unknown is a finding; what is neither code nor id is a wrong use; nothing is erased."""
    choose(folder)
    assert (
        run(capsys, "ledger", verb, "--subject", whom, *(["--yes"] if verb == "erase" else [])).code
        == exit_code
    )
    with opened(folder) as site:
        assert site.store.count() == 4


def test_erasure_leaves_a_tombstone_and_every_other_proof(folder: Path, capsys: Capsys) -> None:
    """Two records go with every byte; the log says so, verifies, and old receipts of others still hold."""
    codes = choose(folder)
    with opened(folder) as site:
        other = site.store.kept(codes[0])
        assert other
        (folder / "other.json").write_bytes(site.receipt(other).to_json())
    result = run(capsys, "ledger", "erase", "--subject", codes[3], "--yes")
    assert (result.code, result.out.splitlines()[0]) == (0, "erased 2 records")
    assert "what stays: entry 5 of" in result.out
    assert run(capsys, "ledger", "verify", "--against", folder / "other.json").code == 0
    assert run(capsys, "ledger", "show", codes[3]).code == 1
    left = b"".join(path.read_bytes() for path in folder.glob("bandeau.db*"))
    assert SUBJECTS[2].encode() not in left
    assert SUBJECTS[0].encode() in left


def test_erasure_asks_before_it_destroys(folder: Path, capsys: Capsys) -> None:
    """Without a terminal it needs --yes; --dry-run destroys nothing."""
    code = choose(folder)[0]
    refused = run(capsys, "ledger", "erase", "--subject", code)
    assert (refused.code, "--yes" in refused.err) == (2, True)
    look = run(capsys, "ledger", "erase", "--subject", code, "--dry-run")
    assert (look.code, look.out) == (0, "would erase 1 record\n")
    with opened(folder) as site:
        assert site.store.count() == 4
    value = parsed(run(capsys, "ledger", "erase", "--subject", code, "--yes", "--json"))
    assert value["erased"] == 1
    assert value["tombstones"] == [{"origin": "www.lagazette.example/la-gazette/production/2026", "index": 5}]


def test_exported_log_verifies_without_the_site(folder: Path, capsys: Capsys) -> None:
    """For an auditor: files, the published keys, and two programs that read them."""
    choose(folder, [f"{number:022}" for number in range(600)])
    run(capsys, "ledger", "erase", "--subject", f"{7:022}", "--yes")
    (folder / "kept").write_text(run(capsys, "ledger", "checkpoint").out)
    result = run(capsys, "ledger", "export", "--logs", "audit")
    assert (result.code, result.out) == (0, "audit/2026\n")
    key = (folder / "audit" / "keys").read_text().strip()
    ours = run(capsys, "verify", "audit/2026", "--key", key, "--against", "kept")
    assert (ours.code, ours.out.splitlines()[0]) == (0, "ok: published")
    (folder / "alone.py").write_text(run(capsys, "verify", "--standalone").out)
    command = [sys.executable, "-I", "alone.py", "log", "audit/2026", "--key", key, "--against", "kept"]
    alone = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (alone.returncode, alone.stdout.splitlines()[-1]) == (0, "HOLDS"), alone.stdout
    assert run(capsys, "ledger", "export", "--logs", "audit").code == 2


def test_every_verb_is_quiet_on_stderr_when_it_is_asked_for_data(folder: Path) -> None:
    """A process without a terminal: no progress line, no colour, one JSON document on stdout."""
    choose(folder)
    for arguments in (
        ["verify"],
        ["checkpoint"],
        ["publish"],
        ["stats"],
        ["export", "--subject", SUBJECTS[0]],
    ):
        result = spawn("ledger", *arguments, "--json", cwd=folder)
        assert (result.code, result.err) == (0, "")
        json.loads(result.out)
