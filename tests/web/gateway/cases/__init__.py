"""The corpus: each exchange runs through ASGI and through WSGI and must come out alike."""

from __future__ import annotations

from tests.web.gateway.cases.bodies import BODIES
from tests.web.gateway.cases.collectors import COLLECTORS
from tests.web.gateway.cases.conditional import CONDITIONAL
from tests.web.gateway.cases.cookies import COOKIES
from tests.web.gateway.cases.existing import EXISTING
from tests.web.gateway.cases.headers import HEADERS
from tests.web.gateway.cases.modes import MODES
from tests.web.gateway.cases.pages import PRIVATE_PAGES
from tests.web.gateway.cases.shared import SHARED_PAGES
from tests.web.gateway.cases.types import TYPES
from tests.web.gateway.cases.workers import WORKERS

CASES = [
    *PRIVATE_PAGES,
    *TYPES,
    *BODIES,
    *SHARED_PAGES,
    *EXISTING,
    *HEADERS,
    *COOKIES,
    *CONDITIONAL,
    *MODES,
    *COLLECTORS,
    *WORKERS,
]
