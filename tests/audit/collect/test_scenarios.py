"""Each scenario, played on a site that runs Bandeau: what was chosen, what was seen, what the site knows of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bandeau.audit.collect import AuditOptions, audit_site
from bandeau.audit.observation import CookieHeld, Request, ServerFact
from bandeau.audit.recording import Button, Recording, Visit
from bandeau.audit.scenarios import parse

from .newsstand import SECOND, URL, Stand

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[3] / "widget/node_modules/axe-core/axe.min.js"
CHOICES = "none,refuse,accept,only:audience,all-but:audience,gpc,withdraw,bfcache,no-js,expired,guard-blocked"
READ_ON = ["reloaded", "second-page", "left"]


@dataclass
class Run:
    """An audit and what surrounded it."""

    recording: Recording
    stand: Stand
    folder: Path
    order: list[str]
    cookies: list[Mapping[str, Mapping[str, str]]] = field(default_factory=list)

    def visit(self, scenario: str) -> Visit:
        """Return the visit of a scenario."""
        return next(visit for visit in self.recording.visits if visit.scenario == scenario)

    def third_parties(self, scenario: str) -> set[str]:
        """Return the hosts that a visit's requests left for, those apart that the audit stopped."""
        return {
            urlsplit(fact.url).hostname or ""
            for fact in self.visit(scenario).observations
            if isinstance(fact, Request) and fact.url.partition("?")[0].count(".example") and went_out(fact)
        }


def went_out(request: Request) -> bool:
    """Tell whether a request left the browser."""
    return not (request.blocked_by or request.stopped or request.from_cache)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Audit the stand in every kind of scenario, once."""
    with Stand(tmp_path_factory.mktemp("stand")).open() as stand:
        folder = tmp_path_factory.mktemp("evidence")
        held: list[Mapping[str, Mapping[str, str]]] = []

        def server_side(cookies: Mapping[str, Mapping[str, str]]) -> Sequence[ServerFact]:
            held.append(cookies)
            return (ServerFact(step="left", at_ms=0, kind="record", facts={"event": "given"}),)

        order: list[str] = []
        options = AuditOptions(
            urls=(URL,),
            policy=stand.policy,
            scenarios=parse(CHOICES, stand.policy),
            resolver_rules=stand.resolver_rules,
            insecure=True,
            allow_private=True,
            evidence=folder,
            axe=AXE.read_text(),
            server_side=server_side,
            move_server_clock=stand.move_clock,
        )
        recording = audit_site(options, on_visit=lambda visit: order.append(visit.scenario))
        yield Run(recording, stand, folder, order, held)


def test_every_scenario_is_played_to_its_end(run: Run) -> None:
    """No visit is left without a verdict, and the NetLog of each is whole."""
    assert {visit.scenario: (visit.outcome, visit.reason) for visit in run.recording.visits} == dict.fromkeys(
        CHOICES.split(","), ("ok", "")
    )
    assert run.recording.completeness.whole


@pytest.mark.parametrize(
    ("scenario", "steps"),
    [
        ("none", ["arrived", "before-choice", *READ_ON]),
        ("refuse", ["arrived", "choice", "after-choice", *READ_ON]),
        ("accept", ["arrived", "choice", "after-choice", *READ_ON]),
        ("only:audience", ["arrived", "choice", "after-choice", *READ_ON]),
        ("gpc", ["arrived", "before-choice", *READ_ON]),
        (
            "withdraw",
            [
                "arrived",
                "choice",
                "after-choice",
                "reloaded",
                "withdrawn",
                "withdrawn-reloaded",
                "second-page",
                "left",
            ],
        ),
        ("bfcache", ["arrived", "choice", "after-choice", "second-page", "withdrawn", "back", "left"]),
        ("no-js", ["arrived", "choice", "after-choice", *READ_ON]),
        ("expired", ["arrived", "choice", "after-choice", "reloaded", "later", "second-page", "left"]),
        ("guard-blocked", ["arrived", "before-choice", *READ_ON]),
    ],
)
def test_the_steps_of_a_scenario(run: Run, scenario: str, steps: list[str]) -> None:
    """Each reloads after the choice, and reads two pages."""
    visit = run.visit(scenario)

    assert [step.name for step in visit.steps] == steps
    assert {step.url for step in visit.steps} >= {URL, SECOND}


def test_choices_are_made_by_the_mouse_and_by_keys(run: Run) -> None:
    """In the real panel, and every one of them took."""
    made = [choice for visit in run.recording.visits for choice in visit.choices]

    assert {choice.how for choice in made} == {"click", "key"}
    assert all(choice.confirmed for choice in made)


@pytest.mark.parametrize(
    ("scenario", "granted"),
    [
        ("refuse", [()]),
        ("accept", [("ads", "audience")]),
        ("only:audience", [("audience",)]),
        ("all-but:audience", [("ads",)]),
        ("withdraw", [("ads", "audience"), ()]),
        ("none", []),
    ],
)
def test_what_was_chosen_stands_in_the_recording(
    run: Run, scenario: str, granted: list[tuple[str, ...]]
) -> None:
    """In the order in which it was chosen."""
    assert [choice.granted for choice in run.visit(scenario).choices] == granted


def test_the_site_recorded_as_many_choices_as_were_made(run: Run) -> None:
    """Nothing was chosen behind the panel's back, and nobody chose by looking around."""
    made = sum(len(visit.choices) for visit in run.recording.visits)

    assert run.stand.site.store.count() == made


@pytest.mark.parametrize("scenario", ["none", "refuse", "no-js", "guard-blocked"])
def test_where_nothing_is_allowed_nothing_is_called(run: Run, scenario: str) -> None:
    """Bandeau holds it back, and the recording shows that nothing left."""
    assert run.third_parties(scenario) == set()


@pytest.mark.parametrize("scenario", ["accept", "only:audience", "withdraw", "bfcache", "expired"])
def test_where_it_is_allowed_it_is_seen(run: Run, scenario: str) -> None:
    """The positive control of the test before."""
    assert "meter.example" in run.third_parties(scenario)


def test_advertising_is_recorded_and_stopped(run: Run) -> None:
    """No server of an advertiser heard of the audit, also where only a path tells that it is one."""
    asked = [fact for fact in run.visit("accept").observations if isinstance(fact, Request)]
    stopped = {fact.url for fact in asked if fact.stopped}

    assert stopped == {"https://ad.example/ad.js", "https://mixed.example/ads/pixel.gif"}
    assert any(fact.url == "https://mixed.example/count/pixel.gif" and went_out(fact) for fact in asked)
    assert not [hit for hit in run.stand.stage.hits if "ad.example" in hit.url or "/ads/" in hit.url]


def test_the_gpc_signal_goes_with_every_request_and_into_the_page(run: Run) -> None:
    """And with none of any other scenario."""
    sent = {
        visit.scenario: {f.gpc_sent for f in visit.observations if isinstance(f, Request) and went_out(f)}
        for visit in run.recording.visits
    }

    assert sent.pop("gpc") == {True}
    assert set().union(*sent.values()) == {False}
    assert run.visit("gpc").steps[0].gpc is True


def test_after_a_withdrawal_nothing_is_called(run: Run) -> None:
    """Neither on the page, nor after its reload, nor on the next."""
    over = {"withdrawn", "withdrawn-reloaded", "second-page", "left"}
    called = [
        fact
        for fact in run.visit("withdraw").observations
        if isinstance(fact, Request) and ".example" in fact.url and fact.step in over and went_out(fact)
    ]

    assert not called


def test_a_page_is_brought_back_as_it_was_left(run: Run) -> None:
    """Going back asks no server for the page."""
    documents = [
        fact
        for fact in run.visit("bfcache").observations
        if isinstance(fact, Request) and fact.type == "document" and fact.step == "back"
    ]

    assert not [fact for fact in documents if fact.url == URL]


def test_a_choice_that_ended_is_asked_for_again(run: Run) -> None:
    """Its cookie is gone, as it would be by then, and the page asks."""
    visit = run.visit("expired")
    held = {f.name for f in visit.observations if isinstance(f, CookieHeld) and f.step == "later"}

    assert next(step for step in visit.steps if step.name == "later").panel_shown is True
    assert not held & {"__Host-bd", "_meter"}


def test_the_site_whose_clock_moves_is_visited_alone(run: Run) -> None:
    """Everybody else would live in its future; afterwards the clock is right again."""
    assert run.order[-1] == "expired"
    assert run.stand.days == 0


def test_the_guard_is_really_blocked(run: Run) -> None:
    """It was asked for, and the audit kept it away."""
    guard = [
        fact
        for fact in run.visit("guard-blocked").observations
        if isinstance(fact, Request) and urlsplit(fact.url).path.startswith("/bandeau/g.")
    ]

    assert guard
    assert all(fact.stopped for fact in guard)
    assert not any(fact.stopped for fact in run.visit("none").observations if isinstance(fact, Request))


def test_the_canary_sings(run: Run) -> None:
    """All that browsers hide was shown by this one."""
    canary = run.recording.canary

    assert canary.sung
    assert canary.unload_beacon
    assert canary.cross_site_cookie


def button(run: Run, role: str, layer: int = 1) -> Button:
    """Return a button of the panel."""
    panel = run.visit("none").panel
    assert panel is not None
    return next(each for each in panel.buttons if each.role == role and each.layer == layer)


def test_the_panel_is_measured(run: Run) -> None:
    """Both buttons alike, reached by the keyboard, seen when they have the focus, legible."""
    accept, refuse = button(run, "accept"), button(run, "refuse")

    assert (accept.rect[2:], accept.font_size, accept.colour) == (
        refuse.rect[2:],
        refuse.font_size,
        refuse.colour,
    )
    assert refuse.tabs is not None
    assert refuse.focus_visible
    assert refuse.contrast > 4.5
    assert refuse.clicks == accept.clicks == 1
    assert button(run, "withdraw", 2).clicks == 2
    assert button(run, "entry").shape == "a"


def test_the_switches_are_read_before_anybody_touches_them(run: Run) -> None:
    """Nothing is on."""
    panel = run.visit("none").panel
    assert panel is not None

    assert [switch.purpose for switch in panel.switches] == ["audience", "ads"]
    assert panel.prechecked == ()
    assert panel.purposes_shown == ("audience", "ads")
    assert panel.vendors_link_status == 200


def test_the_accessibility_checker_ran_in_the_panel(run: Run) -> None:
    """Its version says so, and it found nothing."""
    panel = run.visit("none").panel
    assert panel is not None

    assert panel.axe_version.startswith("4.")
    assert panel.axe == ()


def test_evidence_is_kept_and_named_in_the_recording(run: Run) -> None:
    """A picture before and after each click, the panel's markup and tree; each with its digest."""
    files = [file for visit in run.recording.visits for file in visit.files]
    kinds = {file.kind for file in files}

    assert kinds == {"screenshot", "dom", "accessibility", "netlog"}
    assert len({file.name for file in files}) == len(files)
    for file in files:
        data = (run.folder / file.name).read_bytes()
        assert file.digest == "sha256:" + hashlib.sha256(data).hexdigest()


def test_the_servers_side_is_asked_with_the_cookies_of_the_visit(run: Run) -> None:
    """Which never reach the recording."""
    subjects = {
        cookies["left"]["__Host-bdid"] for cookies in run.cookies if "__Host-bdid" in cookies.get("left", {})
    }

    assert len(subjects) >= 5
    assert any(isinstance(fact, ServerFact) for fact in run.visit("refuse").observations)
    text = run.recording.visits.__repr__()
    assert not [subject for subject in subjects if subject in text]


def test_the_same_pages_are_read_in_every_scenario(run: Run) -> None:
    """The sample is chosen once."""
    assert run.recording.pages == (URL, SECOND)
    assert run.recording.pages_known == 2


def test_what_was_done_before_is_not_done_again(run: Run) -> None:
    """A resumed run takes over what it is given, and makes the rest."""
    scenarios = parse("none,refuse", run.stand.policy)
    done = run.visit("none")
    made: list[str] = []
    options = AuditOptions(
        urls=(URL,),
        policy=run.stand.policy,
        scenarios=scenarios,
        resolver_rules=run.stand.resolver_rules,
        insecure=True,
        allow_private=True,
        done=(done,),
    )
    recording = audit_site(options, on_visit=lambda visit: made.append(visit.scenario))

    assert recording.visits[0] == done
    assert set(made) == {"refuse"}
