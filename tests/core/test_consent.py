"""How a choice changes what is known."""

from __future__ import annotations

from bandeau.core.consent import INVALID, Action, Choice, Consent, Event, apply_choice, event_of
from bandeau.core.decision import decide
from tests.core.test_decision import POLICY

EVERYTHING = frozenset(purpose.id for purpose in POLICY.switches())
TODAY = 20_000


def allowed(consent: Consent) -> set[str]:
    """Return the switchable purposes and own-switch services that a consent allows."""
    subjects = [*POLICY.switches(), *(s for s in POLICY.services if s.bit is not None)]
    return {subject.id for subject in subjects if decide(POLICY, consent, subject, TODAY)}


def press(action: Action, known: object = None, **fields: object) -> Consent:
    """Apply a choice made on a page of today's revision that shows everything."""
    given = {"revision": POLICY.revision, "shown": EVERYTHING, **fields}
    return apply_choice(POLICY, known, Choice(action, **given), TODAY)  # type: ignore[arg-type]


def test_refusing_refuses_everything_that_can_be_refused() -> None:
    """Nothing switchable is allowed after "refuse", objection and exempt services included."""
    assert set() == allowed(press(Action.REFUSE))


def test_accepting_allows_everything_that_was_shown() -> None:
    """Every purpose shown is allowed, and the services with their own switch follow."""
    assert EVERYTHING | {"video", "market", "counter", "survey", "quiet"} == allowed(press(Action.ACCEPT))


def test_accepting_does_not_reach_what_the_page_did_not_show() -> None:
    """An old cached page cannot say yes to a purpose that it does not know."""
    after = press(Action.ACCEPT, shown=frozenset({"audience"}), revision=2)
    assert "audience" in allowed(after)
    assert "ads" not in allowed(after)


def test_refusing_on_an_old_page_reaches_the_purposes_that_it_does_not_know() -> None:
    """Nobody refuses by halves."""
    after = press(Action.REFUSE, press(Action.ACCEPT), shown=frozenset({"audience"}), revision=2)
    assert set() == allowed(after)


def test_saving_answers_each_shown_purpose() -> None:
    """A switch that is shown and not set is a no."""
    after = press(Action.SAVE, purposes={"audience": True})
    assert {"audience"} == allowed(after) & EVERYTHING
    assert all(after.answered >> purpose.bit & 1 for purpose in POLICY.switches())


def test_saving_one_service_leaves_the_rest_as_it_was() -> None:
    """ "Always allow this video" answers for the video alone."""
    before = press(Action.REFUSE)
    after = press(
        Action.SAVE, before, shown=frozenset(), shown_services=frozenset({"video"}), services={"video": True}
    )
    assert {"video"} == allowed(after)


def test_accepting_after_a_refusal_lifts_the_refusals_of_single_services() -> None:
    """No forgotten single no stays behind a general yes."""
    assert "video" in allowed(press(Action.ACCEPT, press(Action.REFUSE)))


def test_kept_yes_keeps_the_older_revision() -> None:
    """A yes of long ago is not renewed by answering something else."""
    before = Consent(revision=3, day=TODAY - 9, answered=0b100, granted=0b100)
    after = press(Action.SAVE, before, shown=frozenset({"audience"}), purposes={"audience": True})
    assert after.revision == 3
    assert "social" not in allowed(after)


def test_untrusted_choice_counts_as_none() -> None:
    """What cannot be trusted contributes nothing to the next choice."""
    after = press(Action.SAVE, INVALID, shown=frozenset({"audience"}), purposes={})
    assert after.granted == 0


def test_page_of_the_future_is_held_to_our_revision() -> None:
    """A page cannot claim to have shown a revision that this server does not know."""
    assert POLICY.revision == press(Action.ACCEPT, revision=99).revision


def test_events_are_named_by_what_changed() -> None:
    """Given, refused, renewed and withdrawn follow from before and after."""
    yes, no = press(Action.ACCEPT), press(Action.REFUSE)
    assert event_of(None, yes) == Event.GIVEN
    assert event_of(None, no) == Event.REFUSED
    assert event_of(yes, yes) == Event.RENEWED
    assert event_of(yes, no) == Event.WITHDRAWN
    assert event_of(no, no) == Event.REFUSED
    assert event_of(no, yes) == Event.GIVEN


def test_a_refusal_that_the_reader_left_to_the_signal_is_named_so() -> None:
    """Only a refusal can be the signal's: a yes, and a yes taken back, are the reader's own."""
    yes, no = press(Action.ACCEPT), press(Action.REFUSE)
    assert event_of(None, no, left_to_signal=True) == Event.BY_SIGNAL
    assert event_of(None, yes, left_to_signal=True) == Event.GIVEN
    assert event_of(yes, no, left_to_signal=True) == Event.WITHDRAWN
