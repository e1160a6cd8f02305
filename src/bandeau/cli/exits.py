"""Exit codes: the same for every verb."""

from __future__ import annotations

CLEAN = 0
FINDINGS = 1
#: Wrong usage, or a command that needs a policy met an invalid one.
INVALID = 2
#: What the machine lacks: a file, a port, a browser.
ENVIRONMENT = 3
#: An audit that saw no breach, and not everything either: it is never clean.
INCOMPLETE = 4
