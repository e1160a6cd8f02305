"""The webhooks that a policy declares, as erasers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from bandeau.core.policy import Policy
from bandeau.core.profile import Profile, Webhook
from bandeau.ledger.outbox import Owed
from bandeau.profiles.webhook import body_of, post, read_secrets, signed
from bandeau.profiles.withdrawal import Eraser


def declared_erasers(policy: Policy, folder: Path, now: Callable[[], float]) -> Iterator[Eraser]:
    """Yield one for each webhook; its name stays when its address changes.

    Args:
        folder: where the file of secrets is looked for.
        now: returns seconds since 1970, for the timestamp of the signature.
    """
    for profile in policy.profiles:
        if profile.webhook is not None:
            erase = partial(_tell, policy, profile, profile.webhook, folder, now)
            yield Eraser(profile.purpose, f"webhook:{profile.name}", erase, remote=True)


def check_secrets(policy: Policy, folder: Path) -> None:
    """Check, when a site starts, that each webhook can be signed.

    Raises:
        KeyFileError: with the command that creates what is missing.
    """
    for profile in policy.profiles:
        if profile.webhook is not None:
            read_secrets(folder / profile.webhook.secret)


def _tell(
    policy: Policy, profile: Profile, webhook: Webhook, folder: Path, now: Callable[[], float], owed: Owed
) -> None:
    site = policy.site
    body = body_of(owed, profile=profile.name, site_id=site.id, environment=site.environment)
    # Read at each call: a secret may be exchanged while the site runs.
    headers = signed(owed.id, int(now()), body, read_secrets(folder / webhook.secret))
    post(webhook.url, body, headers, private=webhook.private)
