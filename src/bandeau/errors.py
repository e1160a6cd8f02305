"""Every error that Bandeau raises on purpose, in one tree.

    BandeauError
    ├── PolicyError          the policy file has mistakes (all of them, with places and remedies)
    ├── KeyFileError         the signing keys are missing or unreadable
    ├── TokenFileError       the tokens of other back ends are unreadable
    ├── StoreError           the store of records
    │   ├── StoreMissing         it has not been created yet
    │   ├── StoreUnavailable     it cannot commit now; nothing was acknowledged
    │   │   └── ClockRefused         the clock is a year or more after the log
    │   └── StoreDamaged         what it holds cannot be trusted
    ├── LedgerError          the tamper-evident log
    │   ├── MalformedEvidence    a note, proof, tile or receipt is not of the form that its standard gives it
    │   └── ProofError           it is of that form, and does not show what it should
    ├── PublishingError      a checkpoint could not be made known outside
    ├── AuditError           an audit could not be carried out, or its recording not be read
    │   └── BrowserMissing       there is no Chromium, or it does not start
    ├── WebhookError         another server did not acknowledge an erasure
    ├── ProfileRefused       a profile may not be opened: its reader has not allowed it
    └── MissingExtra         an optional dependency is not installed

Misuse of the Python API raises the built-in ``ValueError``, ``TypeError`` or ``KeyError``.
"""

from __future__ import annotations

from collections.abc import Sequence


class BandeauError(Exception):
    """The root: catch it to catch everything that Bandeau raises on purpose."""


class PolicyError(BandeauError):
    """The policy file has mistakes; ``problems`` holds all of them, sorted by line."""

    def __init__(self, problems: Sequence[object]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class KeyFileError(BandeauError):
    """The signing keys cannot be used; the text names the command that mends it."""


class TokenFileError(BandeauError):
    """The tokens of other back ends cannot be used; the text names the command that mends it."""


class StoreError(BandeauError):
    """The store of records failed."""


class StoreMissing(StoreError):
    """The store does not exist; the text names the command that creates it."""


class StoreUnavailable(StoreError):
    """The store could not commit in time; nothing was acknowledged, so try again."""


class ClockRefused(StoreUnavailable):
    """The clock is a year or more after a log's last entry, so it may be wrong; nothing was acknowledged."""


class StoreDamaged(StoreError):
    """The store holds something that it never wrote; it must not be served."""


class LedgerError(BandeauError):
    """Evidence of the tamper-evident log is not accepted; the text says what is wrong with it."""


class MalformedEvidence(LedgerError):
    """A note, checkpoint, proof, tile or receipt cannot be read."""


class ProofError(LedgerError):
    """A proof or signature does not show what it is said to show."""


class PublishingError(BandeauError):
    """A checkpoint could not be published, stamped or countersigned; the text says where and why."""


class AuditError(BandeauError):
    """An audit cannot be carried out, or a recording of one cannot be read."""


class BrowserMissing(AuditError):
    """No Chromium was found, or it does not start; the text says where it was looked for, and the remedy."""


class WebhookError(BandeauError):
    """Another server did not acknowledge that it has erased a profile; the text says why."""


class ProfileRefused(BandeauError):
    """A profile may not be created or read here: its reader has not allowed it, or there is no reader."""


class MissingExtra(BandeauError):
    """An optional dependency is absent; the text is the command that installs it."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs: pip install 'bandeau[{extra}]'")
