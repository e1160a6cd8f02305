"""Guards of profiles: code that opens one without its reader's consent fails instead of profiling.

    readings = guard("readings")

    @readings
    def remember(article): ...

Nothing here knows a framework; every middleware says whom it answers. Asking makes the response private.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

from bandeau.core.decision import Decision, Reason
from bandeau.core.policy import Policy
from bandeau.core.profile import Profile, Scope
from bandeau.enforcement.visit import Visit
from bandeau.errors import ProfileRefused
from bandeau.policyfile.suggest import nearest
from bandeau.profiles.erasing import erasing as erasing
from bandeau.profiles.erasing import is_erasing
from bandeau.site import Site
from bandeau.web.decisions import Answering, Need, caller, current, mark

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ProfileNeed(Need):
    """A profile that code names, and where."""

    def problem(self, policy: Policy) -> str:
        """Return what is wrong with it under a policy; "" when nothing is."""
        if policy.profile(self.subject_id) is not None:
            return ""
        return f"{self.place}: {_unknown(policy, self.subject_id)}"


class Guard:
    """Stands before a declared profile.

    As a decorator it lets a function, asynchronous or not, run only where the profile may be opened.

    Made by ``guard``.
    """

    def __init__(self, name: str, *, account: Callable[[], str | None] | None, place: str) -> None:
        self.name = name
        self._account = account
        self._place = place

    def allows(self) -> Decision:
        """Tell whether the reader allows the profile, with the reason; true when allowed.

        A profile that follows accounts needs the yes of this device and the last answer of the account.
        None is opened for a page that is prefetched: its reader may never see it (WEB-05).

        Raises:
            KeyError: no profile of that name is declared; the message lists those that are.
            StoreError: the account's answers cannot be read.
        """
        found = current()
        if found is None:
            return Decision(False, Reason.UNSET)
        profile = found.visit.policy.profile(self.name)
        if profile is None:
            raise KeyError(_unknown(found.visit.policy, self.name))
        decision = found.visit.allows(profile.purpose)
        if found.visit.prefetched:
            return Decision(False, Reason.UNSET)
        if not decision or profile.scope is Scope.DEVICE:
            return decision
        return self._of_account(found, profile)

    def check(self) -> Visit | None:
        """Return the reader's visit; ``None`` to code that erases (``erasing``).

        Raises:
            ProfileRefused: the profile may not be created or read here.
            KeyError, StoreError: as ``allows``.
        """
        if is_erasing():
            return None
        decision, found = self.allows(), current()
        if decision and found is not None:
            return found.visit
        where = f"its reader's choice is {decision.reason.value}" if found else "no request is answered"
        where = "nobody sees this page yet (Sec-Purpose)" if found and found.visit.prefetched else where
        raise ProfileRefused(
            f"the profile {self.name!r} is not opened: {where}. Ask guard({self.name!r}).allows() first; "
            "to erase it: with bandeau.web.profiles.erasing()"
        )

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Guard a function.

        Raises:
            TypeError: it is a generator, which would run after the decision.
        """
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(f"{function.__qualname__} yields: guard what calls it")
        is_async = inspect.iscoroutinefunction(function)
        made = (self._asynchronous if is_async else self._plain)(function)
        return mark(cast(Callable[P, T], made), ProfileNeed(self.name, self._place))

    def _plain(self, function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        def guarded(*args: object, **kwargs: object) -> object:
            self.check()
            return function(*args, **kwargs)

        return guarded

    def _asynchronous(self, function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        async def guarded(*args: object, **kwargs: object) -> object:
            self.check()
            result = function(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result

        return guarded

    def _of_account(self, found: Answering, profile: Profile) -> Decision:
        account = (self._account() if self._account else "") or ""
        site = found.gateway.site if found.gateway else None
        if not isinstance(site, Site):
            # A test that says `with bandeau.testing.choice(…)` has no store to ask.
            return Decision(bool(account), Reason.GRANTED if account else Reason.UNSET)
        answers = site.account_answers(account) if account else {}
        if profile.purpose not in answers:
            return Decision(False, Reason.UNSET)
        said = answers[profile.purpose]
        return Decision(said, Reason.GRANTED if said else Reason.DENIED)


def guard(name: str, *, account: Callable[[], str | None] | None = None) -> Guard:
    """Return the guard of a declared profile.

    Args:
        account: of a profile that follows accounts: returns whose request this is, "" for nobody's.
    """
    return Guard(name, account=account, place=caller())


def _unknown(policy: Policy, name: str) -> str:
    declared = [profile.name for profile in policy.profiles]
    close = nearest(name, declared)
    guess = f"did you mean {close!r}? " if close else ""
    return f"no profile {name!r} is declared; {guess}declared: {', '.join(declared) or 'none'}"
