"""What stands in the zoo: a site with one planted breach, or its clean twin, as a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from .rules import Rule

GIF = (
    "GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00,"
    "\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)


def script(text: str) -> str:
    """Return an inline script in a scope of its own, so that several may stand on one page."""
    return f"<script>{{{text}}}</script>"


class When(StrEnum):
    """For which readers the page carries the planted markup."""

    ALWAYS = "always"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    PARTLY = "partly"
    GPC = "gpc"


class Leak(StrEnum):
    """How the site disobeys the policy that it is judged by."""

    #: It does not: what comes of the markup is up to Bandeau.
    NONE = "none"
    #: It runs under a policy that calls the specimen's services exempt.
    EXEMPT = "exempt"
    #: The same, and the policy that it is judged by does not know them.
    UNDECLARED = "undeclared"
    #: It runs under a policy that does not know them: a collector is then just another address.
    FORGOTTEN = "forgotten"


class Truth(StrEnum):
    """Where the control sees that the breach happened."""

    #: The specimen's host received a request.
    HIT = "hit"
    #: The site itself received a request below the specimen's own path that ends in ``/hit``.
    OWN_HIT = "own-hit"
    #: The application behind Bandeau received such a request.
    PASSED_ON = "passed-on"
    #: Somebody connected to the specimen's host, with or without a request.
    CONNECTED = "connected"
    #: A datagram arrived.
    DATAGRAM = "datagram"
    #: A request, to whomever, carried the specimen's cookie.
    SENT_COOKIE = "sent-cookie"
    #: A storage area, a database, a cache or the cookie jar holds something of the specimen's name.
    HELD = "held"
    #: The JavaScript expression ``shows`` is true in the page before any choice, or after it.
    SHOWN = "shown"
    SHOWN_AFTER = "shown-after"
    #: A later request carried the entity tag that the first answer brought.
    OWN_TAG = "own-tag"
    #: The site recorded a choice.
    RECORD = "record"
    #: The site made a profile of the reader.
    PROFILE = "profile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answers at one path; ``%ID%`` in a header is a number of this reader's alone."""

    body: str = ""
    type: str = "text/plain"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A change of what Bandeau sends, as a template or a server in front of it might make.

    ``old`` is a regular expression; ``where`` is ``page``, ``panel``, ``settings``, ``set-cookie`` or
    ``script``. ``action`` limits it to the answer to one choice.
    """

    where: str
    old: str
    new: str
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Specimen:
    """One site of the zoo.

    In every text ``@@`` stands for the specimen's third party, ``##`` for the name of its tracker,
    ``~~`` for its own path, ``%UDP%`` for the port that counts datagrams.

    ``scenarios`` are those in which the breach happens; a twin is judged in them too. ``rule`` and
    ``purpose`` are what the judge must say; ``rule`` is ``None`` for a twin. ``declares`` are lines of
    TOML in the specimen's service, ``more`` further tables. ``alone``: the breach is one of the whole
    site, so no other specimen may stand there. ``bare``: its pages lost the policy header and the guard
    on their way. ``opens``: it shows once the panel is open. ``slow``: milliseconds until it happens.
    """

    name: str
    what: str
    rule: Rule | None = None
    purpose: str = "ads"
    finding_purpose: str | None = None
    scenarios: tuple[str, ...] = ("none",)
    head: str = ""
    body: str = ""
    second: str = ""
    when: When = When.ALWAYS
    leak: Leak = Leak.EXEMPT
    truth: Truth = Truth.HIT
    shows: str = ""
    declares: str = 'kind = "tag"\nhosts = ["@@"]'
    more: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    own: Mapping[str, Answer] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    bare: bool = False
    alone: bool = False
    opens: bool = False
    profiles: bool = False
    slow: int = 0

    @property
    def host(self) -> str:
        """The specimen's third party."""
        return f"cdn.{self.name}.example"

    @property
    def tracker(self) -> str:
        """The name of what it stores."""
        return "_" + self.name.replace("-", "_")

    @property
    def path(self) -> str:
        """Where its pages are, without the last slash."""
        return f"/{self.name}"

    @property
    def is_breach(self) -> bool:
        """Whether something is planted here, and not its clean twin."""
        return self.rule is not None

    @property
    def blamed(self) -> str | None:
        """The purpose that the finding must name; none for what nobody declared."""
        return None if self.leak is Leak.UNDECLARED else self.finding_purpose or self.purpose

    def fill(self, text: str, *, udp: int = 0) -> str:
        """Put the specimen's own names into a text."""
        named = text.replace("@@", self.host).replace("##", self.tracker).replace("~~", self.path)
        return named.replace("%UDP%", str(udp))
