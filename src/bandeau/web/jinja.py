"""What Jinja templates may call, in any framework: ``bandeau()``, ``allows("social")``, the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup

from bandeau.web.decisions import current


def allows(subject_id: str) -> bool:
    """Tell whether a purpose or service is allowed; who cannot be asked has allowed nothing.

    ``{% if allows("social") %}…{% else %}…{% endif %}`` makes the response private.

    Raises:
        KeyError: nothing of that name is declared; the message lists what is.
    """
    found = current()
    return found is not None and found.visit.allows(subject_id).allowed


def bandeau(language: str = "") -> Markup:
    """Return the permanent links: to the settings and to the tables. The same for every reader."""
    found = current()
    gateway = found.gateway if found else None
    return Markup(gateway.pages.links(language)) if gateway else Markup("")  # noqa: S704 - escaped there


def bandeau_policy_table(language: str = "") -> Markup:
    """Return what the policy declares: purposes, services, trackers, vendors."""
    found = current()
    gateway = found.gateway if found else None
    return Markup(gateway.pages.policy_tables(language)) if gateway else Markup("")  # noqa: S704 - escaped there


#: For ``environment.globals.update(GLOBALS)``.
GLOBALS: Mapping[str, Callable[..., object]] = {
    "allows": allows,
    "bandeau": bandeau,
    "bandeau_policy_table": bandeau_policy_table,
}
