"""A site that makes profiles, and what its readers send."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bandeau.policyfile import load
from bandeau.site import Site
from bandeau.storage.keyfile import create_keyfile
from bandeau.storage.sqlite import SqliteStore

POLICY = """
version = 1
revision = 1

[site]
id = "journal"
environment = "test"
name = "Le Journal"
url = "https://www.journal.example"
hosts = ["www.journal.example"]
languages = ["fr"]
privacy_url = "/vie-privee"

[controller]
name = "Le Journal SA"
contact = "donnees@journal.example"

[proof]
store = "sqlite:///proof.db"
publish = ["checkpoints"]

[enforce]
mode = "enforce"

[purposes.technical]
bit = 0
necessary = true
title.fr = "Fonctionnement du site"
summary.fr = "Session et sécurité."
detail.fr = "Ces cookies gardent votre connexion ouverte."

[purposes.reading]
bit = 1
profiles = true
title.fr = "Lectures"
summary.fr = "Retenir les articles que vous ouvrez."
detail.fr = "Un cookie relie ce navigateur à la liste des articles ouverts."
profiles_text.fr = "Le profil contient la liste des articles ouverts."

[[services]]
id = "session"
purpose = "technical"
basis = "exempt"
exempt_reason = "authentication"
kind = "storage"
trackers = [{ name = "sessionid", max_age = "14 days" }]

[[services]]
id = "history"
purpose = "reading"
kind = "storage"
trackers = [{ name = "lecture", max_age = "90 days" }]

[[profiles]]
name = "readings"
title = "Vos lectures"
purpose = "reading"
holds.fr = "La liste des articles ouverts."
retention = "90 days"
"""
ACCOUNT = POLICY + 'scope = "account"\n'


def site_in_memory(policy: str = POLICY, *, clock: Callable[[], float] = lambda: 1_795_420_800.0) -> Site:
    """Return a site that keeps nothing."""
    return Site.in_memory(load(policy).policy, clock=clock)


def site_in(folder: Path, policy: str = POLICY) -> Site:
    """Create a site in a folder, with keys and store, and open it."""
    from bandeau.policyfile import load_file
    from bandeau.site import signer_of
    from bandeau.storage.keyfile import KeyFile

    path = folder / "bandeau.toml"
    path.write_text(policy)
    create_keyfile(folder / "bandeau.keys")
    loaded = load_file(path).policy
    store = SqliteStore.create(folder / "proof.db", signer_of(loaded, KeyFile(folder / "bandeau.keys").keys))
    store.begin("journal", "test").result(10)
    store.close()
    return Site.open(path)
