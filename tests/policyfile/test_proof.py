"""`[proof]`: where the proof is kept, who countersigns it and where it is made known."""

from __future__ import annotations

import pytest

from bandeau.ledger.note import COSIGNATURE, SigningKey
from bandeau.policyfile import load
from tests.policyfile.samples import GOOD, codes_of, problems_of

KEY = str(SigningKey("witness.example/w1", b"w" * 32, COSIGNATURE).verifier)


def test_publishing_is_on_without_a_word_in_the_file() -> None:
    """The default is an anchor, five years and an archive."""
    proof = load(GOOD).policy.proof
    assert (proof.publish, proof.folder) == (("bandeau-checkpoints",), "bandeau-checkpoints")
    assert (proof.archive, proof.retention_days) == ("bandeau-archive", 1825)
    assert (proof.witnesses, proof.timestamp) == ((), "")


def test_everything_that_is_said_is_read() -> None:
    """Folders, addresses and repositories; witnesses with the name that their key holds."""
    text = f"""{GOOD}
[proof]
archive = "/var/lib/bandeau/archive"
publish = ["https://archive.example/bandeau/", "proof", "git:/srv/transparency"]
timestamp = "https://stamps.example/tsr"
retention = "3 years"
witnesses = [{{ key = "{KEY}", url = "https://witness.example/api" }}]
"""
    proof = load(text).policy.proof
    assert (proof.folder, len(proof.publish), proof.retention_days) == ("proof", 3, 1095)
    assert [(witness.name, witness.url) for witness in proof.witnesses] == [
        ("witness.example/w1", "https://witness.example/api")
    ]
    assert proof.timestamp == "https://stamps.example/tsr"


@pytest.mark.parametrize(
    "key",
    [
        str(SigningKey("witness.example", b"w" * 32).verifier),
        KEY.replace("w1+", "w2+"),
        KEY[:-4] + "AAA=",
        KEY.rpartition("+")[0],
        "witness.example",
        "a+00000000+====",
    ],
)
def test_key_that_could_verify_no_countersignature_is_refused(key: str) -> None:
    """A log's key, a key under another name, a damaged or an unfinished one."""
    text = f'{GOOD}\n[[proof.witnesses]]\nkey = "{key}"\nurl = "https://witness.example"\n'
    assert codes_of(text) == ["BND603"]


@pytest.mark.parametrize(
    "target", ["git:", "sftp:host/folder", "https://", "https://user@host/", "s3://bucket"]
)
def test_target_of_an_unknown_kind_is_no_folder(target: str) -> None:
    """A misspelt address must not become a folder of that name."""
    assert codes_of(f'{GOOD}\n[proof]\npublish = ["proof", "{target}"]\n') == ["BND601"]


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:9000", "[::1]:9000"])
def test_plain_http_is_for_this_machine_alone(host: str) -> None:
    """While developing, a witness and a store of checkpoints may run beside the site."""
    line = f'publish = ["proof", "http://{host}/"]\ntimestamp = "http://{host}/tsr"\n'
    assert codes_of(f"{GOOD}\n[proof]\n{line}") == []


def test_refused_list_is_no_empty_one() -> None:
    """One mistake is reported once: publish of the wrong type is not also a log without anchor."""
    assert codes_of(f"{GOOD}\n[proof]\npublish = [1]\n") == ["BND107"]
    assert problems_of(f"{GOOD}\n[proof]\npublish = []\n")[0].code == "BND602"


def test_changed_proof_changes_the_digest() -> None:
    """Each declared value is part of what a record names."""
    digests = {
        load(f"{GOOD}\n[proof]\n{line}\n").policy.digest
        for line in (
            "",
            'retention = "6 years"',
            'publish = ["a"]',
            'archive = "b"',
            'timestamp = "https://c.example"',
        )
    }
    assert len(digests) == 5


@pytest.mark.parametrize(
    "store",
    [
        "postgresql://",
        "postgresql:///bandeau?service=proof",
        "postgresql://bandeau@db.example/bandeau",
        "postgresql://bandeau@[::1]:5433/bandeau?sslmode=verify-full&passfile=/etc/bandeau/pgpass",
        "postgresql://one.example:5432,two.example:5432/bandeau",
    ],
)
def test_a_database_is_named_as_libpq_reads_it(store: str) -> None:
    """What the address leaves out is found in the environment."""
    assert load(f'{GOOD}\n[proof]\nstore = "{store}"\n').policy.proof.store == store


@pytest.mark.parametrize(
    "store",
    [
        "postgresql://bandeau:hunter2@db.example/bandeau",
        "postgresql://:hunter2@/bandeau?host=/run/postgresql",
        "postgresql://bandeau:hun/t@er2@db.example/bandeau",
        "postgresql:///bandeau?user=bandeau&password=hunter2",
        "postgresql:///bandeau?%70assword=hunter2",
        "postgresql:///bandeau?sslkey=a&sslpassword=hunter2",
        "postgres://bandeau:hunter2@db.example/bandeau",
        "mysql://bandeau:hunter2@db.example/bandeau",
    ],
)
def test_a_password_is_refused_and_never_shown(store: str) -> None:
    """Neither in the message nor in the line above the caret: reports end up in logs."""
    (problem,) = problems_of(f'{GOOD}\n[proof]\nstore = "{store}"\n')
    assert problem.code == "BND609"
    assert "er2" not in str(problem)
