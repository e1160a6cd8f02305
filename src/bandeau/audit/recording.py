"""Recording: everything that an audit saw, as values that are written, read, judged and reported.

A recording holds facts and no opinion: the judge reads it with a policy, reports read it with the
judgement, and it can be judged again years later. Times are milliseconds since the visit began; what was
observed is in ``observation``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from bandeau.audit.observation import Observation, Value
from bandeau.errors import AuditError

SCHEMA = "bandeau-recording-1"

#: What a step of a visit is called; further pages are ``page-3``, ``page-4`` and so on.
ARRIVED, BEFORE_CHOICE, CHOICE, AFTER_CHOICE = "arrived", "before-choice", "choice", "after-choice"
RELOADED, SECOND_PAGE, LEFT = "reloaded", "second-page", "left"
#: Steps that only some scenarios have.
WITHDRAWN, WITHDRAWN_RELOADED, BACK, LATER = "withdrawn", "withdrawn-reloaded", "back", "later"

Outcome = Literal[
    "ok",
    "unreachable",  # no answer, or an error of the server
    "refused-address",  # it leads to an address that is not visited without --allow-private
    "challenge",  # a page against robots came instead
    "panel-not-found",
    "choice-not-taken",  # the button was pressed and nothing shows that it took
    "timeout",
    "hostile",  # the page hindered the visit: endless dialogs, redirects, a hung renderer, too much memory
    "crashed",
]


class Step(Value, frozen=True, kw_only=True):
    """A step of a visit: its name, the page it was on, when it began, and what the page was then.

    ``panel_shown`` tells whether a consent panel asked at the end of the step, ``gpc`` what
    ``navigator.globalPrivacyControl`` said, ``covered`` that something lay over the page.
    ``quiet`` tells that the page came to rest before the time allowed was over, ``cut`` that it had not
    even loaded by then and was stopped: what it would have done next was not seen.
    """

    name: str
    at_ms: int
    url: str = ""
    status: int | None = None
    title: str = ""
    language: str = ""
    text_length: int = 0
    panel_shown: bool | None = None
    covered: bool = False
    gpc: bool | None = None
    entry: Button | None = None
    quiet: bool = True
    cut: bool = False


class Button(Value, frozen=True, kw_only=True):
    """A control of the panel, or the permanent entry to it, as a reader meets it.

    ``layer`` counts from 1. ``clicks`` counts all that are needed from the page to this choice.
    ``tabs`` counts presses of Tab from the start of the page; ``None``: the keyboard never reached it.
    ``rect`` is x, y, width, height in CSS pixels. ``shape`` is the element: button, a, input, ….
    Colours are ``#rrggbb`` as drawn, after transparency; ``contrast`` is WCAG's ratio.
    """

    role: Literal["accept", "refuse", "settings", "save", "withdraw", "close", "entry"]
    text: str
    layer: int = 1
    clicks: int = 1
    tabs: int | None = None
    shape: str = "button"
    rect: tuple[int, int, int, int] = (0, 0, 0, 0)
    visible: bool = True
    in_viewport: bool = True
    font_size: float = 0.0
    font_weight: int = 400
    font_family: str = ""
    colour: str = ""
    background: str = ""
    border: str = ""
    contrast: float = 0.0
    focus_visible: bool | None = None


class Switch(Value, frozen=True, kw_only=True):
    """A switch of the panel as it stood when the panel was first opened."""

    purpose: str
    text: str = ""
    checked: bool = False
    service: str = ""
    disabled: bool = False


class AxeProblem(Value, frozen=True, kw_only=True):
    """A fault that the accessibility checker found in the panel."""

    rule: str
    impact: str = ""
    help: str = ""
    targets: tuple[str, ...] = ()


class Panel(Value, frozen=True, kw_only=True):
    """The consent panel that a visit met."""

    found: bool
    #: ``bandeau``, or the name of another consent manager.
    manager: str = ""
    language: str = ""
    page_language: str = ""
    at_ms: int | None = None
    buttons: tuple[Button, ...] = ()
    switches: tuple[Switch, ...] = ()
    purposes_shown: tuple[str, ...] = ()
    vendors_link: str = ""
    vendors_link_status: int | None = None
    accessible_name: str = ""
    covers_page: bool = False
    axe: tuple[AxeProblem, ...] = ()
    axe_version: str = ""

    @property
    def prechecked(self) -> tuple[str, ...]:
        """The purposes, or services, whose switch was on before anybody touched it."""
        return tuple(s.service or s.purpose for s in self.switches if s.checked and not s.disabled)


class ChoiceMade(Value, frozen=True, kw_only=True):
    """How a choice was made: by a real click, by keys, or by the cookie that such a choice gave.

    ``action`` is refuse, accept, save or withdraw; ``granted`` what it asked for. ``confirmed`` tells
    that the browser's state shows it took.
    """

    action: str
    how: Literal["click", "key", "cookie", "form"]
    step: str = CHOICE
    granted: tuple[str, ...] = ()
    confirmed: bool = False
    cookie: str = ""


class EvidenceFile(Value, frozen=True, kw_only=True):
    """A file of the evidence folder, by its name below it."""

    name: str
    kind: Literal["screenshot", "dom", "accessibility", "netlog"]
    step: str = ""
    digest: str = ""


class Completeness(Value, frozen=True, kw_only=True):
    """How much of what the browser's network stack logged its events showed too.

    ``netlog`` counts the requests in the NetLog, ``events`` those of them that an event told of,
    ``ratio`` is their quotient; ``missed`` holds the others, which are recorded as observations with
    ``source`` ``netlog``. ``whole`` is false when the NetLog could not be read to its end.
    """

    netlog: int = 0
    events: int = 0
    ratio: float = 1.0
    missed: tuple[str, ...] = ()
    whole: bool = True


class Visit(Value, frozen=True, kw_only=True):
    """One reader with an empty profile, from arriving to leaving, in one scenario."""

    scenario: str
    number: int
    url: str
    outcome: Outcome
    final_url: str = ""
    status: int | None = None
    #: What happened where ``outcome`` is not ok, in words.
    reason: str = ""
    repeat: int = 0
    steps: tuple[Step, ...] = ()
    choices: tuple[ChoiceMade, ...] = ()
    panel: Panel | None = None
    files: tuple[EvidenceFile, ...] = ()
    completeness: Completeness = Completeness()
    observations: tuple[Observation, ...] = ()

    def seen(self, *kinds: type[msgspec.Struct]) -> tuple[Observation, ...]:
        """Return the observations of some kinds, in their order."""
        return tuple(fact for fact in self.observations if isinstance(fact, kinds))


class Canary(Value, frozen=True, kw_only=True):
    """Whether this browser would have shown what browsers hide; ``None`` when it was not tried.

    The canary is a page of the auditor's own that sets a cookie across sites, sends a beacon while it
    is being left and sets a cookie for 150 ms: where one of them is missed, the audit proves nothing.
    """

    cross_site_cookie: bool | None = None
    unload_beacon: bool | None = None
    transient_cookie: bool | None = None
    sandboxed_frame: bool | None = None

    @property
    def sung(self) -> bool:
        """Whether everything that was tried was seen, and anything was tried at all."""
        tried = (self.cross_site_cookie, self.unload_beacon, self.transient_cookie, self.sandboxed_frame)
        return any(tried) and False not in tried


class Tool(Value, frozen=True, kw_only=True):
    """What made the recording."""

    name: str = "bandeau"
    version: str = ""
    browser: str = ""
    browser_version: str = ""


class Recording(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one audit saw.

    ``started`` is UTC, RFC 3339. ``policy_digest`` is that of the policy whose scenarios were visited,
    ``""`` without one. ``pages`` are the sample: every page that was visited, in its order;
    ``pages_known`` counts those that the sample was taken from.
    """

    tool: Tool
    started: str
    urls: tuple[str, ...]
    visits: tuple[Visit, ...]
    canary: Canary = Canary()
    completeness: Completeness = Completeness()
    policy_digest: str = ""
    pages: tuple[str, ...] = ()
    pages_known: int = 0
    options: dict[str, bool | int | float | str | list[str]] = msgspec.field(default_factory=dict)
    schema: str = SCHEMA


def total(parts: Iterable[Completeness]) -> Completeness:
    """Return the completeness of several visits together."""
    known = tuple(parts)
    netlog, events = sum(p.netlog for p in known), sum(p.events for p in known)
    return Completeness(
        netlog=netlog,
        events=events,
        ratio=round(events / netlog, 4) if netlog else 1.0,
        missed=tuple(sorted({url for part in known for url in part.missed})),
        whole=all(part.whole for part in known),
    )


def dump(recording: Recording) -> bytes:
    """Return the JSON of a recording: equal recordings give equal bytes."""
    return _ENCODER.encode(recording)


def load(data: bytes) -> Recording:
    """Read a recording.

    Raises:
        AuditError: it is no recording, or one of another schema.
    """
    try:
        recording = _DECODER.decode(data)
    except msgspec.DecodeError as error:
        raise AuditError(f"This is no recording of an audit: {error}") from error
    if recording.schema != SCHEMA:
        raise AuditError(f"The recording is of schema {recording.schema!r}; this version reads {SCHEMA!r}.")
    return recording


_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(Recording)
