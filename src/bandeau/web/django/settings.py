"""``BANDEAU = {…}`` of a Django project, read and judged in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from bandeau.policyfile.suggest import nearest
from bandeau.site import AccountOf, Handler, Site

#: The keys, and what each holds.
KEYS = {
    "POLICY": "the path of the policy file",
    "SITE": "in place of POLICY: what returns an open site, or its dotted path",
    "ON_WITHDRAW": "by purpose: what erases its profiles, or its dotted path",
    "ACCOUNT_OF": "what tells the account of a request, or its dotted path",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with the settings, and what to do."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class BandeauSettings:
    """The settings that are used, and every mistake in them."""

    policy: Path | None = None
    site: Callable[[], Site] | None = None
    on_withdraw: Mapping[str, Handler] = field(default_factory=dict)
    account_of: AccountOf | None = None
    mistakes: tuple[Mistake, ...] = ()

    def must_be_right(self) -> BandeauSettings:
        """Return the settings.

        Raises:
            ImproperlyConfigured: with every mistake.
        """
        if self.mistakes:
            told = [f"{each.message}. {each.hint}" for each in self.mistakes]
            raise ImproperlyConfigured("\n".join(told))
        return self


def read_settings() -> BandeauSettings:
    """Read ``settings.BANDEAU`` as it is now."""
    given = getattr(settings, "BANDEAU", None)
    if not isinstance(given, Mapping):
        hint = 'Write: BANDEAU = {"POLICY": BASE_DIR / "bandeau.toml"}'
        return BandeauSettings(mistakes=(Mistake("E001", "there are no settings BANDEAU = {…}", hint),))
    mistakes = [_unknown(key) for key in given if key not in KEYS]
    policy, site = given.get("POLICY"), given.get("SITE")
    if (policy is None) == (site is None):
        hint = 'Give either "POLICY", the path of bandeau.toml, or "SITE", what returns an open site.'
        mistakes.append(Mistake("E002", "BANDEAU names " + ("two sites" if policy else "no site"), hint))
    if policy is not None and not isinstance(policy, (str, Path)):
        mistakes.append(_wrong("POLICY", policy, 'Write: "POLICY": BASE_DIR / "bandeau.toml"'))
        policy = None
    return BandeauSettings(
        Path(policy) if policy is not None else None,
        _callable("SITE", site, mistakes),
        _handlers(given.get("ON_WITHDRAW", {}), mistakes),
        _callable("ACCOUNT_OF", given.get("ACCOUNT_OF"), mistakes),
        tuple(mistakes),
    )


def _unknown(key: object) -> Mistake:
    close = nearest(str(key).upper(), KEYS)
    known = "; ".join(f"{name}: {what}" for name, what in KEYS.items())
    hint = f"Did you mean {close!r}? " if close else ""
    return Mistake("E001", f"BANDEAU has no key {key!r}", f"{hint}The keys are {known}.")


def _wrong(key: str, value: object, hint: str) -> Mistake:
    return Mistake(
        "E003", f"BANDEAU[{key!r}] is {type(value).__name__}, not {KEYS[key.partition('.')[0]]}", hint
    )


def _handlers(given: object, mistakes: list[Mistake]) -> dict[str, Handler]:
    if not isinstance(given, Mapping):
        mistakes.append(_wrong("ON_WITHDRAW", given, 'Write: {"personalisation": "readers.profiles.erase"}'))
        return {}
    found = {str(name): _callable("ON_WITHDRAW", value, mistakes) for name, value in given.items()}
    return {name: handler for name, handler in found.items() if handler is not None}


def _callable(key: str, value: Any, mistakes: list[Mistake]) -> Any:
    """Return what a setting names; ``None``, and a mistake, when there is nothing."""
    if value is None:
        return None
    try:
        found = import_string(value) if isinstance(value, str) else value
    except ImportError as error:
        hint = "Write the dotted path of a function: module.function"
        mistakes.append(Mistake("E003", f"BANDEAU[{key!r}]: {error}", hint))
        return None
    if callable(found):
        return found
    mistakes.append(_wrong(key, value, "Name a function."))
    return None
