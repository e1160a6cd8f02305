"""Policy: what the publisher declares, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from bandeau.core.hostpattern import HostPattern
from bandeau.core.profile import Profile

DAY_SECONDS = 86_400
#: Accept and refuse last equally: six months (standards EU-13).
REMEMBER_DAYS = 182
#: How long records are kept: the five years of civil actions in France (Code civil, art. 2224).
RETENTION_DAYS = 1825

Texts = Mapping[str, str]


class Basis(StrEnum):
    """Why a service may run: it sits on the service, not on the purpose."""

    CONSENT = "consent"
    EXEMPT = "exempt"
    OBJECTION = "objection"


class Kind(StrEnum):
    """What a service is in a page."""

    TAG = "tag"
    EMBED = "embed"
    LOADER = "loader"
    COLLECTOR = "collector"
    FONTS = "fonts"
    PIXEL = "pixel"
    ADS = "ads"
    WIDGET = "widget"
    STORAGE = "storage"


class Reach(StrEnum):
    """``open``: once allowed, its calls may go anywhere over https (delegated, not enforced)."""

    CLOSED = "closed"
    OPEN = "open"


class Otherwise(StrEnum):
    """What a refusal shows in the place of the service."""

    NOTHING = "nothing"
    PLACEHOLDER = "placeholder"
    HOUSE = "house"
    CONTEXTUAL = "contextual"


class Mode(StrEnum):
    """How far Bandeau goes on a host and path."""

    OFF = "off"
    REPORT = "report"
    ENFORCE = "enforce"


class CacheMode(StrEnum):
    """Which responses are the same for everybody; ``auto`` reads ``Cache-Control``."""

    AUTO = "auto"
    SHARED = "shared"
    PRIVATE = "private"


class Undeclared(StrEnum):
    """What happens to a host or cookie that nobody declared."""

    BLOCK = "block"
    REPORT = "report"


class Wall(StrEnum):
    """Whether the wall may stand in the page itself."""

    AUTO = "auto"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Tracker:
    """One deposit on the reader's device: a cookie, a storage key, a database, a cache."""

    name: str
    kind: str = "cookie"
    max_age_seconds: int | None = None
    party: str = "first"
    domain: str | None = None
    path: str = "/"
    partitioned: bool = False
    http_only: bool = False

    def matches(self, name: str) -> bool:
        """Tell whether a name is meant; ``*`` at the end stands for anything."""
        if self.name.endswith("*"):
            return name.startswith(self.name[:-1])
        return name == self.name


@dataclass(frozen=True, slots=True)
class Vendor:
    """The organisation that receives data."""

    id: str
    name: str
    country: str = ""
    policy_url: str = ""
    since: int = 1


@dataclass(frozen=True, slots=True)
class Purpose:
    """Why: what the reader switches on or off. ``bit`` is permanent and never reused."""

    id: str
    bit: int
    title: Texts
    summary: Texts = field(default_factory=dict)
    detail: Texts = field(default_factory=dict)
    profiles_text: Texts = field(default_factory=dict)
    necessary: bool = False
    profiles: bool = False
    gpc: bool = False
    since: int = 1
    material_since: int = 1


@dataclass(frozen=True, slots=True)
class Service:
    """A thing of a vendor in a page: a tag, a player, a collector."""

    id: str
    purpose: str
    title: Texts | str = ""
    basis: Basis = Basis.CONSENT
    exempt_reason: str | None = None
    kind: Kind = Kind.TAG
    hosts: tuple[HostPattern, ...] = ()
    inline: tuple[str, ...] = ()
    trackers: tuple[Tracker, ...] = ()
    vendor: str | None = None
    otherwise: Otherwise = Otherwise.NOTHING
    reach: Reach = Reach.CLOSED
    bit: int | None = None
    since: int = 1


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """Who asks, and on which hosts."""

    id: str
    environment: str
    name: str
    url: str
    hosts: tuple[HostPattern, ...]
    default_language: str = "fr"
    languages: tuple[str, ...] = ("fr",)
    privacy_url: str = ""
    controller_name: str = ""
    controller_contact: str = ""

    @property
    def context(self) -> str:
        """The words that bind a cookie or record to this site and environment."""
        return f"{self.id}|{self.environment}"

    def declares(self, host: str) -> bool:
        """Tell whether the value of a ``Host`` header names one of the site's hosts."""
        name, _, port = host.lower().rpartition(":") if not host.endswith("]") else (host, "", "")
        name, port = (name, port) if name else (host.lower(), "")
        if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
            return False
        number = int(port) if port else 443 if self.secure else 80
        return any(pattern.matches(name, number, "/") for pattern in self.hosts)

    @property
    def secure(self) -> bool:
        """Whether the site is served over https."""
        return self.url.startswith("https:")


@dataclass(frozen=True, slots=True)
class ModeRule:
    """A mode for a host and path; of several rules the first that matches stands."""

    mode: Mode
    host: str | None = None
    path: str = "/*"

    def matches(self, host: str, path: str) -> bool:
        """Tell whether a request is meant (host without port, lower case)."""
        if self.host is not None and not HostPattern(self.host).matches(host, None, "/"):
            return False
        return HostPattern("x", None, "" if self.path == "/*" else self.path).matches("x", None, path)


@dataclass(frozen=True, slots=True)
class Enforce:
    """How the policy is enforced."""

    mode: Mode = Mode.REPORT
    rules: tuple[ModeRule, ...] = ()
    undeclared_hosts: Undeclared = Undeclared.BLOCK
    undeclared_cookies: Undeclared = Undeclared.REPORT
    cache: CacheMode = CacheMode.AUTO
    wall: Wall = Wall.AUTO
    prefix: str = "/bandeau"
    max_body_bytes: int = 16 * 1024 * 1024

    def mode_for(self, host: str, path: str) -> Mode:
        """Return the mode of a request."""
        for rule in self.rules:
            if rule.matches(host, path):
                return rule.mode
        return self.mode


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody else's server that countersigns the log: its verifier key and where it is asked."""

    key: str
    url: str

    @property
    def name(self) -> str:
        """The name that stands in its key."""
        return self.key.partition("+")[0]


@dataclass(frozen=True, slots=True)
class Proof:
    """Where records, signing keys and what was shown are kept, and where the log is made known.

    ``publish`` holds folders, https addresses and ``git:`` repositories; the first folder also
    keeps what witnesses and the time stamping authority answer.
    """

    store: str = "sqlite:///bandeau.db"
    keys: str = "bandeau.keys"
    archive: str = "bandeau-archive"
    publish: tuple[str, ...] = ("bandeau-checkpoints",)
    witnesses: tuple[Witness, ...] = ()
    timestamp: str = ""
    retention_days: int = RETENTION_DAYS
    #: Choices a second that are recorded at most, averaged over an hour.
    budget: int = 100

    @property
    def folder(self) -> str:
        """The first folder of ``publish``; ``""`` when there is none."""
        return next((target for target in self.publish if is_folder(target)), "")


def is_folder(target: str) -> bool:
    """Tell whether a target of ``publish`` is a folder: neither an address nor a repository."""
    return ":" not in target


@dataclass(frozen=True)
class Policy:
    """The whole declaration, versioned (``revision``) and hashed (``digest``)."""

    revision: int
    site: SiteInfo
    purposes: tuple[Purpose, ...]
    services: tuple[Service, ...] = ()
    vendors: tuple[Vendor, ...] = ()
    enforce: Enforce = Enforce()
    proof: Proof = Proof()
    remember_days: int = REMEMBER_DAYS
    digest: str = ""
    profiles: tuple[Profile, ...] = ()

    def purpose(self, purpose_id: str) -> Purpose:
        """Return a purpose; KeyError when it is not declared."""
        return self._purposes[purpose_id]

    def service(self, service_id: str) -> Service:
        """Return a service; KeyError when it is not declared."""
        return self._services[service_id]

    def vendor(self, vendor_id: str) -> Vendor:
        """Return a vendor; KeyError when it is not declared."""
        return self._vendors[vendor_id]

    def profile(self, name: str) -> Profile | None:
        """Return the profile of that name; ``None`` when there is none."""
        return next((profile for profile in self.profiles if profile.name == name), None)

    def subject(self, subject_id: str) -> Purpose | Service | None:
        """Return the purpose or service of that name; ``None`` when there is none."""
        return self._subjects.get(subject_id)

    def services_of(self, purpose_id: str) -> tuple[Service, ...]:
        """Return the services of a purpose, as declared."""
        return tuple(service for service in self.services if service.purpose == purpose_id)

    def switches(self) -> tuple[Purpose, ...]:
        """Return the purposes that the reader can switch: all but the necessary ones."""
        return tuple(purpose for purpose in self.purposes if not purpose.necessary)

    def yes_since(self, purpose: Purpose) -> int:
        """Return the oldest revision whose *yes* to this purpose still stands.

        A new vendor or service, or a material change of the words, voids an older yes; an
        older no stands for its whole term (design, "Asking again").
        """
        return self._yes_since[purpose.id]

    def own_yes_since(self, service: Service) -> int:
        """Return the oldest revision whose *yes* to this service alone still stands."""
        vendor_since = self.vendor(service.vendor).since if service.vendor else 1
        return max(service.since, vendor_since, self.purpose(service.purpose).material_since)

    def asks_consent(self, purpose: Purpose) -> bool:
        """Tell whether the purpose holds a service that needs consent, or no service at all."""
        return self._asks_consent[purpose.id]

    @cached_property
    def _purposes(self) -> dict[str, Purpose]:
        return {purpose.id: purpose for purpose in self.purposes}

    @cached_property
    def _services(self) -> dict[str, Service]:
        return {service.id: service for service in self.services}

    @cached_property
    def _subjects(self) -> dict[str, Purpose | Service]:
        return {**self._services, **self._purposes}

    @cached_property
    def _vendors(self) -> dict[str, Vendor]:
        return {vendor.id: vendor for vendor in self.vendors}

    @cached_property
    def _yes_since(self) -> dict[str, int]:
        return {purpose.id: self._count_yes_since(purpose) for purpose in self.purposes}

    def _count_yes_since(self, purpose: Purpose) -> int:
        consented = [s for s in self.services_of(purpose.id) if s.basis is Basis.CONSENT]
        vendors = [self._vendors[s.vendor].since for s in consented if s.vendor in self._vendors]
        return max([purpose.since, purpose.material_since, *vendors, *(s.since for s in consented)])

    @cached_property
    def _asks_consent(self) -> dict[str, bool]:
        return {
            purpose.id: not purpose.necessary
            and (
                not self.services_of(purpose.id)
                or any(service.basis is Basis.CONSENT for service in self.services_of(purpose.id))
            )
            for purpose in self.purposes
        }
