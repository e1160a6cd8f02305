"""The newspaper with records on disk, as a process of its own whose disk a test can fill.

    python -m tests.e2e.full_disk_site <directory>

The first line on standard output is the port; what Bandeau logs goes to standard error.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from bandeau.core.cookie import Key, Keyring
from bandeau.site import Site
from bandeau.storage.sqlite import SqliteStore
from bandeau.web.asgi import BandeauMiddleware
from tests.storage.records import TestSigner

from .newsroom import SITE_HOST, Newsroom, news_policy
from .serving import serve


def main(directory: Path) -> None:
    """Serve until standard input is closed."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    keyring = Keyring((Key("disk", b"d" * 32),))
    policy = news_policy(f"http://{SITE_HOST}")
    store = SqliteStore.create(directory / "records.db", TestSigner())
    store.begin(policy.site.id, policy.site.environment).result()
    site = Site(policy, keyring, store)
    newsroom = Newsroom(allows=lambda scope, purpose: scope["bandeau"].allows(purpose))
    with serve(BandeauMiddleware(newsroom, site=site)) as port:
        print(port, flush=True)
        sys.stdin.read()
    site.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
