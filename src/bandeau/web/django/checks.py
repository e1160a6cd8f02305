"""System checks: each mistake has an id, its place and a hint; ``SILENCED_SYSTEM_CHECKS`` knows them.

The policy's own rules keep their numbers: BND204 is ``bandeau.E204``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from bandeau.core.policy import Policy
from bandeau.errors import BandeauError, PolicyError
from bandeau.policyfile import Level, Loaded, Problem, load_file
from bandeau.policyfile.checks.integration import is_loopback
from bandeau.web.django.middleware import BandeauMiddleware
from bandeau.web.django.names import needs_of_project, needs_of_settings, needs_of_templates
from bandeau.web.django.running import site
from bandeau.web.django.settings import BandeauSettings, read_settings

TAG = "bandeau"
#: What may stand before Bandeau: they compress, redirect, or compare what is finished.
BEFORE = frozenset(
    {
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "corsheaders.middleware.CorsMiddleware",
    }
)
#: What must not stand before it, and why.
BEHIND = {
    "django.contrib.sessions.middleware.SessionMiddleware": "its cookies would pass unseen",
    "django.middleware.csrf.CsrfViewMiddleware": "its cookies would pass unseen",
    "django.middleware.locale.LocaleMiddleware": "its cookies would pass unseen",
    "django.contrib.messages.middleware.MessageMiddleware": "its cookies would pass unseen",
    "django.middleware.cache.UpdateCacheMiddleware": "it would keep pages that were made for one reader",
    "whitenoise.middleware.WhiteNoiseMiddleware": "its files would come without the policy that closes them",
    "csp.middleware.CSPMiddleware": "the site's policy and Bandeau's would not be brought together",
    "django.middleware.csp.ContentSecurityPolicyMiddleware": (
        "the site's policy and Bandeau's would not be brought together"
    ),
}
_Messages = Iterator[checks.CheckMessage]


def register_all() -> None:
    """Register every check."""
    for check in (check_settings, check_middleware, check_policy, check_names):
        checks.register(check, TAG)
    checks.register(check_deployment, TAG, deploy=True)


def check_settings(**_: Any) -> list[checks.CheckMessage]:
    """E001 to E003: the settings themselves."""
    return [
        checks.Error(each.message, hint=each.hint, id=f"bandeau.{each.code}")
        for each in read_settings().mistakes
    ]


def check_middleware(**_: Any) -> list[checks.CheckMessage]:
    """E004, E005 and W006: the middleware is there, in the right place."""
    listed = list(settings.MIDDLEWARE)
    own = [index for index, path in enumerate(listed) if _is_ours(path)]
    if not own:
        hint = 'Put "bandeau.web.django.middleware.BandeauMiddleware" first in MIDDLEWARE.'
        return [checks.Error("MIDDLEWARE lacks Bandeau's", hint=hint, id="bandeau.E004")]
    return [message for path in listed[: own[0]] for message in _before(path)]


def _is_ours(path: str) -> bool:
    found = _imported(path)
    return isinstance(found, type) and issubclass(found, BandeauMiddleware)


def _imported(path: str) -> Any:
    try:
        return import_string(path)
    except ImportError:
        return None  # Django says so itself when it starts


def _before(path: str) -> _Messages:
    ancestors = getattr(_imported(path), "__mro__", ())
    names = {path, *(f"{each.__module__}.{each.__qualname__}" for each in ancestors)}
    wrong = next((why for name, why in BEHIND.items() if name in names), "")
    if wrong:
        hint = "Put Bandeau's middleware before it."
        yield checks.Error(
            f"{path} stands before Bandeau's middleware: {wrong}", hint=hint, id="bandeau.E005"
        )
    elif not names & BEFORE:
        hint = "Put Bandeau's middleware before it, unless it only compresses or redirects."
        message = f"{path} stands before Bandeau's middleware: what it sets passes unseen"
        yield checks.Warning(message, hint=hint, id="bandeau.W006")


def check_policy(**_: Any) -> list[checks.CheckMessage]:
    """E1xx to W4xx: the policy file, with the numbers of its rules and its lines."""
    found = read_settings()
    if found.policy is None:
        return []
    try:
        problems: tuple[object, ...] = load_file(found.policy).warnings
    except PolicyError as error:
        problems = error.problems
    return [_told(problem) for problem in problems if isinstance(problem, Problem)]


def _told(problem: Problem) -> checks.CheckMessage:
    made: Callable[..., checks.CheckMessage] = (
        checks.Error if problem.level is Level.ERROR else checks.Warning
    )
    place = f"{problem.filename}:{problem.line}:{problem.column}"
    number = problem.code.removeprefix("BND")
    id = f"bandeau.{'E' if problem.level is Level.ERROR else 'W'}{number}"
    note = f" ({problem.note})" if problem.note else ""
    return made(f"{place}: {problem.message}{note}", hint=problem.help or None, id=id)


def check_names(**_: Any) -> list[checks.CheckMessage]:
    """E007 and E008: what views, templates and ON_WITHDRAW name is declared."""
    found = read_settings()
    policy = _policy(found)
    if policy is None:
        return []
    hint = "Name a purpose or service of the policy, or declare it."
    messages = [
        checks.Error(each.problem(policy), hint=hint, id="bandeau.E007")
        for each in dict.fromkeys((*needs_of_project(), *needs_of_templates()))
        if each.problem(policy)
    ]
    purposes = {purpose.id for purpose in policy.purposes}
    messages += [
        checks.Error(
            each.problem(policy) or f"{each.place}: {each.subject_id!r} is no purpose",
            hint="Name a purpose of the policy.",
            id="bandeau.E008",
        )
        for each in needs_of_settings()
        if each.subject_id not in purposes
    ]
    return messages


def check_deployment(**_: Any) -> list[checks.CheckMessage]:
    """W009 and E010: what a production site needs besides."""
    found = read_settings()
    policy = _policy(found)
    if policy is None:
        return []
    messages: list[checks.CheckMessage] = []
    if not policy.site.secure and not is_loopback(policy.site.url):
        hint = f'Serve it over https, and write site.url = "https:{policy.site.url.partition(":")[2]}".'
        message = f"the reader's choice travels in an insecure cookie: site.url is {policy.site.url}"
        messages.append(checks.Warning(message, hint=hint, id="bandeau.W009"))
    try:
        site()
    except (BandeauError, ImproperlyConfigured) as error:
        hint = "See what the message names; `manage.py bandeau check --ready` says the rest."
        messages.append(checks.Error(f"the site cannot be opened: {error}", hint=hint, id="bandeau.E010"))
    return messages


def _policy(found: BandeauSettings) -> Policy | None:
    """Return the policy; ``None`` where another check says why there is none."""
    if found.mistakes:
        return None
    try:
        loaded: Loaded | None = load_file(found.policy) if found.policy is not None else None
    except PolicyError:
        return None
    return loaded.policy if loaded is not None else site().policy
