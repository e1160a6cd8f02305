"""A stand-in for the policy of a site that has declared nothing: what the catalogue knows needs consent."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from publicsuffixlist import PublicSuffixList

from bandeau.errors import AuditError
from bandeau.policyfile import Loaded, load
from bandeau.policyfile.catalogue import BUNDLED

FILENAME = "catalogue"
_SUFFIXES = PublicSuffixList()
_HEAD = """\
version = 1
revision = 1

[site]
id = "site-{id}"
environment = "{environment}"
name = "{host}"
url = "{scheme}://{host}"
hosts = [{hosts}]
languages = ["en"]
privacy_url = "/"

[controller]
name = "{host}"
contact = "/"

[enforce]
mode = "report"

[purposes.necessary]
bit = 0
necessary = true
title.en = "Necessary"
summary.en = "What the site cannot do without."
detail.en = "Nothing of it is known: this site has declared nothing."

[purposes.consent]
bit = 1
title.en = "What needs consent"
summary.en = "Services that are known to need consent."
detail.en = "The services of the catalogue, of whatever purpose."

[choice]
honour_gpc = ["consent"]
"""


def stand_in(url: str) -> Loaded:
    """Return the policy that a site without one is judged by.

    Its hosts are those below the registrable domain of the URL, its services all of the catalogue. What
    the catalogue does not know is neither declared nor undeclared: nobody has declared anything.

    Raises:
        AuditError: the URL names no host.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    if not host:
        raise AuditError(f"{url!r} names no host")
    domain = "" if _is_address(host) else _SUFFIXES.privatesuffix(host) or ""
    name = f"[{host}]" if ":" in host else host
    hosts = dict.fromkeys((host, domain, f"*.{domain}") if domain else (name,))
    head = _HEAD.format(
        id=re.sub("[^a-z0-9]+", "-", domain or host).strip("-")[:50],
        environment="production" if parts.scheme == "https" else "development",
        scheme=parts.scheme,
        host=name if parts.port is None else f"{name}:{parts.port}",
        hosts=", ".join(f'"{each}"' for each in hosts),
    )
    return load(head + "".join(_service(name) for name in BUNDLED.names()), filename=FILENAME)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _service(name: str) -> str:
    version = BUNDLED.versions(name)[-1]
    return f'\n[[services]]\nuse = "{name}@{version}"\npurpose = "consent"\nbasis = "consent"\n'
