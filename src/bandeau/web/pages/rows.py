"""What panel, settings page and tables say of a policy, as plain values that templates print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from bandeau.core.cookie import choice_cookie_name, subject_cookie_name
from bandeau.core.decision import Reason
from bandeau.core.policy import DAY_SECONDS, Basis, Kind, Policy, Purpose, Reach, Service, Texts, Tracker
from bandeau.enforcement.visit import Visit
from bandeau.web.pages.wording import Wording, said


@dataclass(frozen=True, slots=True)
class TrackerLine:
    """One deposit: its name, form, lifetime, whose it is and who else reads it."""

    name: str
    kind: str
    service: str
    lifetime: str
    party: str


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One of the two cookies that keep a choice: how long, and what for."""

    name: str
    lifetime: str
    use: str


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch; ``checked`` is ``None`` where nobody's state is known (the panel's fragment)."""

    name: str
    id: str
    title: str
    means: str
    checked: bool | None
    note: str = ""
    #: What stays allowed while the switch says no, when its row says so.
    but: str = ""
    #: A service that the reader can allow although its purpose is refused.
    own: bool = False


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A profile as the reader is told: its name, what it holds, how long, and whom it follows."""

    title: str
    holds: str
    kept: str
    scope: str


@dataclass(frozen=True, slots=True)
class Row:
    """One option: what it is for, its switch or the reason why it has none, and the detail."""

    id: str
    title: str
    summary: str
    profile: str
    lock: str
    lock_means: str
    main: tuple[Switch, ...]
    gpc: bool
    subs: tuple[Switch, ...]
    detail: str
    vendors: tuple[Markup, ...]
    notes: tuple[str, ...]
    delegated: tuple[str, ...]
    opens: bool
    trackers: tuple[TrackerLine, ...]
    kept: tuple[KeptLine, ...] = ()
    profiles: tuple[ProfileLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Rows:
    """All options of a form and what their switches are called in it."""

    rows: tuple[Row, ...]

    @property
    def shown(self) -> str:
        """The purposes that have a switch here, with commas."""
        return ",".join(s.id for row in self.rows for s in row.main if s.name.startswith("p."))

    @property
    def shown_services(self) -> str:
        """The services that have a switch here, with commas."""
        switches = (s for row in self.rows for s in (*row.main, *row.subs))
        return ",".join(switch.id for switch in switches if switch.name.startswith("s."))


class Describer:
    """Puts a policy into words of one language; with a visit, as it stands for that reader."""

    def __init__(self, policy: Policy, words: Wording, visit: Visit | None = None) -> None:
        self.policy = policy
        self.words = words
        self.visit = visit

    def rows(self) -> Rows:
        """Return one row per purpose, in the order of the policy."""
        return Rows(tuple(self._row(purpose) for purpose in self.policy.purposes))

    def title(self, purpose: Purpose) -> str:
        """Return a purpose's title."""
        return self._said(purpose.title) or purpose.id

    def summary(self, purpose: Purpose) -> str:
        """Return a purpose's sentence."""
        return self._said(purpose.summary)

    def service_title(self, service: Service) -> str:
        """Return a service's name."""
        return self._said(service.title) or service.id

    def vendor_name(self, service: Service) -> str:
        """Return who receives the data of a service: its vendor, or the site itself."""
        if service.vendor is None:
            return self.policy.site.controller_name or self.policy.site.name
        return self.policy.vendor(service.vendor).name

    def allowed_now(self) -> list[str]:
        """Return the titles of the purposes that are allowed to this reader by a switch."""
        return [self.title(purpose) for purpose in self.policy.switches() if self._is_on(purpose)]

    def allowed_without(self) -> list[str]:
        """Return the services that run for this reader without a consent, though not for the site's need."""
        return [
            self.service_title(service)
            for service in self.policy.services
            if service.basis is not Basis.CONSENT
            and not self.policy.purpose(service.purpose).necessary
            and self._state(service)
        ]

    def basis(self, service: Service) -> str:
        """Return on what ground a service runs."""
        if self.policy.purpose(service.purpose).necessary:
            return self.words("basis.necessary")
        reason = f"reasons.{service.exempt_reason}"
        if service.basis is Basis.EXEMPT and self.words.has(reason):
            return self.words("basis.exempt_because", reason=self.words(reason))
        return self.words(f"basis.{service.basis.value}")

    def trackers(self, purpose: Purpose) -> tuple[TrackerLine, ...]:
        """Return the trackers of a purpose, as declared."""
        return tuple(
            self._tracker(tracker, service)
            for service in self.policy.services_of(purpose.id)
            for tracker in service.trackers
        )

    def reach(self, service: Service) -> str:
        """Return what bounds the calls of a service once it is allowed."""
        return self.words("reach.framed" if _is_framed(service) else f"reach.{service.reach.value}")

    def kept(self) -> tuple[KeptLine, ...]:
        """Return the two cookies that keep a choice."""
        site, words = self.policy.site, self.words
        lifetime = words.lifetime(self.policy.remember_days * DAY_SECONDS)
        return (
            KeptLine(choice_cookie_name(site), lifetime, words("policy.choice_cookie")),
            KeptLine(subject_cookie_name(site), lifetime, words("policy.subject_cookie")),
        )

    def _technical(self) -> Purpose | None:
        return next((purpose for purpose in self.policy.purposes if purpose.necessary), None)

    def _row(self, purpose: Purpose) -> Row:
        services = self.policy.services_of(purpose.id)
        main = self._main(purpose)
        subs = tuple(self._subs(services, {switch.id for switch in main}))
        lock, lock_means = self._lock(purpose, bool(main))
        return Row(
            id=purpose.id,
            title=self.title(purpose),
            summary=self.summary(purpose),
            profile=self._profile(purpose),
            lock=lock,
            lock_means=lock_means,
            main=main,
            gpc=self._is_signalled(purpose),
            subs=subs,
            detail=self._said(purpose.detail),
            vendors=tuple(dict.fromkeys(self._service_by(service) for service in services)),
            notes=tuple(note for service in services if (note := self._note(service))),
            delegated=self._delegated(services),
            opens=self.visit is not None and any(s.note for s in subs),
            trackers=self.trackers(purpose),
            kept=self.kept() if purpose is self._technical() else (),
            profiles=tuple(self._profiles(purpose)),
        )

    def _main(self, purpose: Purpose) -> tuple[Switch, ...]:
        """Return the purpose's switch, or those of its services where consent decides nothing."""
        if purpose.necessary:
            return ()
        means = self.words("panel.profiles" if purpose.profiles else "panel.cookies")
        if self.policy.asks_consent(purpose):
            name, title, state = f"p.{purpose.id}", self.title(purpose), self._state(purpose)
            return (Switch(name, purpose.id, title, means, state, but=self._but(purpose)),)
        own = [s for s in self.policy.services_of(purpose.id) if s.bit is not None]
        return tuple(
            Switch(f"s.{s.id}", s.id, self.service_title(s), means, self._state(s), self._note(s))
            for s in own
        )

    def _own_switch(self, service: Service, means: str) -> Switch:
        title, note = self.service_title(service), self._note(service)
        own = service.basis is Basis.CONSENT
        return Switch(f"s.{service.id}", service.id, title, means, self._state(service), note, own=own)

    def _but(self, purpose: Purpose) -> str:
        """Name what can stay allowed while its purpose is refused; the band shows it when it is so."""
        subs = self._subs(self.policy.services_of(purpose.id), set())
        own = [switch for switch in subs if switch.own]
        # On the settings page of a refused purpose only those stand that are allowed.
        named = len(own) < 2 or self._state(purpose) is False
        return self.words.joined([s.title for s in own]) if named else self.words("panel.some_services")

    def _lock(self, purpose: Purpose, switchable: bool) -> tuple[str, str]:
        if switchable:
            return "", ""
        word = "panel.locked" if purpose.necessary else "panel.exempt_lock"
        return self.words(word), self.words("panel.profiles" if purpose.profiles else "panel.no_profile")

    def _subs(self, services: tuple[Service, ...], above: set[str]) -> list[Switch]:
        means = self.words("panel.service_alone")
        return [
            self._own_switch(service, means)
            for service in services
            if service.bit is not None and service.id not in above and self._can_differ(service)
        ]

    def _can_differ(self, service: Service) -> bool:
        """Tell whether a service's own switch stands in the form.

        Without script a switch cannot follow that of its purpose: where the purpose is refused
        and the service too, it would say *no* again to what the reader is about to allow.
        """
        if self.visit is None or service.basis is not Basis.CONSENT:
            return True
        allowed = self.visit.decide(service.id).allowed
        return allowed or self.visit.decide(service.purpose).allowed

    def _delegated(self, services: tuple[Service, ...]) -> tuple[str, ...]:
        opened = [self.service_title(s) for s in services if s.reach is Reach.OPEN]
        framed = [self.service_title(s) for s in services if _is_framed(s)]
        notes = (
            ("panel.delegated", "panel.delegated_many", opened),
            ("panel.framed", "panel.framed_many", framed),
        )
        return tuple(
            self.words(one if len(titles) == 1 else many, services=self.words.joined(titles))
            for one, many, titles in notes
            if titles
        )

    def _note(self, service: Service) -> str:
        if self.policy.purpose(service.purpose).necessary or service.basis is Basis.CONSENT:
            return ""
        name = self.service_title(service)
        if service.basis is Basis.OBJECTION:
            return self.words("panel.objection", service=name)
        reason = f"reasons.{service.exempt_reason}"
        said_reason = self.words(reason) if self.words.has(reason) else self.words("basis.exempt")
        note = self.words("panel.exempt", service=name, reason=said_reason)
        return note if service.bit is None else note + " " + self.words("panel.exempt_switch")

    def _profile(self, purpose: Purpose) -> str:
        if purpose.profiles:
            return self._said(purpose.profiles_text) or self.words("policy.profile_yes")
        if purpose.necessary:
            return ""
        # What a third party makes of what it receives, the site cannot know.
        partners = any(service.vendor is not None for service in self.policy.services_of(purpose.id))
        return self.words("panel.no_profile_but" if partners else "panel.no_profile_sentence")

    def _profiles(self, purpose: Purpose) -> Iterator[ProfileLine]:
        for profile in self.policy.profiles:
            if profile.purpose == purpose.id:
                title = profile.title if isinstance(profile.title, str) else self._said(profile.title)
                kept = self.words.lifetime(profile.retention_seconds)
                scope = self.words(f"scopes.{profile.scope.value}")
                yield ProfileLine(title, self._said(profile.holds), kept, scope)

    def _service_by(self, service: Service) -> Markup:
        name = self.service_title(service)
        if service.vendor is None:
            return self.words("panel.service_by", service=name, vendor=self.policy.site.name)
        vendor = self.policy.vendor(service.vendor)
        where = [self.words.country(vendor.country)] if vendor.country else []
        return self.words("panel.service_by", service=name, vendor=Markup(", ").join([vendor.name, *where]))

    def _tracker(self, tracker: Tracker, service: Service) -> TrackerLine:
        words = self.words
        # A vendor's script reads its first-party cookie too (EU-11: access, not who set it).
        if service.vendor is not None:
            party = words("tables.yes_by", vendor=self.vendor_name(service))
        else:
            party = words("tables.no" if tracker.party == "first" else "tables.yes")
        kind = words(f"kinds.{tracker.kind}") if words.has(f"kinds.{tracker.kind}") else tracker.kind
        stays = tracker.max_age_seconds is None and tracker.kind not in ("cookie", "session")
        lifetime = words("tables.until_erased") if stays else words.lifetime(tracker.max_age_seconds)
        return TrackerLine(tracker.name, kind, self.service_title(service), lifetime, party)

    def _state(self, subject: Purpose | Service) -> bool | None:
        return None if self.visit is None else self.visit.decide(subject.id).allowed

    def _is_on(self, purpose: Purpose) -> bool:
        return self.visit is not None and self.visit.decide(purpose.id).allowed

    def _is_signalled(self, purpose: Purpose) -> bool:
        """Tell whether the row speaks of GPC; the fragment always does, and hides it by CSS."""
        if self.visit is None:
            return purpose.gpc
        return purpose.gpc and self.visit.decide(purpose.id).reason is Reason.SIGNAL

    def _said(self, texts: Texts | str) -> str:
        return said(texts, self.words.language, self.policy.site.default_language)


def _is_framed(service: Service) -> bool:
    """Tell whether a service runs in a frame of its own, whose calls the site's policy does not reach."""
    return service.kind is Kind.EMBED and service.reach is Reach.CLOSED
