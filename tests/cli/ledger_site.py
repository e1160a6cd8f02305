"""A site in a folder, with choices in its log, for the ledger's commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from bandeau.policyfile import load_file
from bandeau.policyfile.starter import Starter, starter_text
from bandeau.site import Site, signer_of
from bandeau.storage.keyfile import KeyFile
from bandeau.storage.sqlite import SqliteStore
from tests.storage.records import a_record

URL = "https://www.lagazette.example"
#: The third reader chose twice.
SUBJECTS = ("A" * 22, "B" * 22, "C" * 22, "C" * 22)


def write_policy(folder: Path, more: str = "") -> Path:
    """Write a policy; ``more`` stands under ``[proof]``, in the place of a line with the same key."""
    text = starter_text(
        Starter(url=URL, name="La Gazette", controller="La Gazette SA", contact="dpo@a.example")
    )
    path = folder / "bandeau.toml"
    key = more.partition(" ")[0]
    lines = [line for line in text.splitlines() if not (key and line.startswith(f"{key} = "))]
    path.write_text("\n".join(lines).replace("[proof]\n", f"[proof]\n{more}\n"), encoding="utf-8")
    return path


@contextmanager
def opened(folder: Path) -> Iterator[Site]:
    """Open the site of a folder for a while."""
    site = Site.open(folder / "bandeau.toml")
    try:
        yield site
    finally:
        site.close()


def choose(folder: Path, subjects: Sequence[str] = SUBJECTS, first: int = 0) -> list[str]:
    """Record a choice of each subject; return the codes."""
    with opened(folder) as site:
        own = site.policy.site
        codes = []
        for number, subject in enumerate(subjects, first):
            record = replace(
                a_record(number, subject=subject),
                site_id=own.id,
                environment=own.environment,
                at=site.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                purposes={"audience": number % 2 == 0, "ads": False},
            )
            codes.append(site.store.submit(record, key=f"key-{number}").result().code)
    return codes


def begin_in(folder: Path, year: int, day: datetime | None = None) -> None:
    """Begin the site's log in a past year, with three records of one day, of June when none is given."""
    policy = load_file(folder / "bandeau.toml").policy
    signer = signer_of(policy, KeyFile(folder / "bandeau.keys").keys)
    noon = day or datetime(year, 6, 1, 12, tzinfo=UTC)
    store = SqliteStore.create(folder / "bandeau.db", signer, clock=noon.timestamp)
    store.begin(policy.site.id, policy.site.environment).result()
    for number in range(900, 903):
        record = replace(
            a_record(number),
            site_id=policy.site.id,
            environment=policy.site.environment,
            at=noon.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        store.submit(record, key=f"key-{number}").result()
    store.close()
