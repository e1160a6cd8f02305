"""The framework's own checks, where a command runs inside one (``manage.py bandeau doctor``)."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from bandeau.cli.diagnosis.finding import Finding, error, ok, warning


def framework() -> Iterator[Finding]:
    """Yield what Django's system checks say of Bandeau: the order of the middleware first of all."""
    conf = sys.modules.get("django.conf")
    if conf is None or not conf.settings.configured:
        return
    from django.core import checks

    found = [
        message
        for message in checks.run_checks(include_deployment_checks=True)
        if str(message.id).startswith("bandeau.")
    ]
    for message in found:
        make = error if message.level >= checks.ERROR else warning
        yield make(
            "middleware", f"{message.id}: {message.msg}", str(message.hint or "manage.py check --deploy")
        )
    if not found:
        yield ok("middleware", "Django's checks find nothing")
