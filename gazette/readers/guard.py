"""The guard of the reading profile: without its reader's consent, the code that opens it fails."""

from __future__ import annotations

from bandeau.web.profiles import guard

LECTURES = guard("lectures")
