"""What a site's own tests need: choices, a frozen clock, a site in memory, an audit in pytest.

The fixture ``bandeau_mount`` of the pytest plugin puts an application on loopback and asserts that it
obeys: ``bandeau_mount(app, policy="bandeau.toml").obeys("refuse")``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bandeau.testing.clock import FrozenClock
    from bandeau.testing.local import choice, local_site
    from bandeau.testing.mounted import Mounted, mount

__all__ = ["FrozenClock", "Mounted", "choice", "local_site", "mount"]

_WHERE = {
    "FrozenClock": "bandeau.testing.clock",
    "Mounted": "bandeau.testing.mounted",
    "choice": "bandeau.testing.local",
    "local_site": "bandeau.testing.local",
    "mount": "bandeau.testing.mounted",
}


def __getattr__(name: str) -> object:
    # pytest loads the plugin in every run of every project that has Bandeau installed: until a test asks
    # for something, nothing else is imported.
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_WHERE[name]), name)
