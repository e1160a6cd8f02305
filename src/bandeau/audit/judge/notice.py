"""The notice: whether refusing is as easy as accepting, in its look, its language and by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

from bandeau.audit.judge.breach import Breach, View
from bandeau.audit.judge.judgement import Kind
from bandeau.audit.recording import Button, Panel
from bandeau.core.policy import Basis

_CONTRAST = 4.5
#: "Same size" leaves room for the other word (EU-05).
_TENTH = 0.9
_BUTTONS = frozenset({"button", "input", "summary"})
_CHOOSING = ("accept", "refuse", "settings", "save", "withdraw")


def judge_notice(view: View) -> Iterator[Breach]:
    """Yield the breaches in the panel that a visit met."""
    panel = view.visit.panel
    if panel is None or not is_measured(panel):
        return
    notice = _Notice(view, panel)
    yield from notice.effort()
    yield from notice.prominence()
    yield from notice.legibility()
    yield from notice.switches()
    yield from notice.words()
    yield from notice.access()


def is_measured(panel: Panel) -> bool:
    """Tell whether a panel was looked at closely, and not only met on the way."""
    return panel.found and bool(panel.buttons)


def easiest(panel: Panel, role: str) -> Button | None:
    """Return the button of a role that a reader meets first: fewest clicks, then the upper layer."""
    found = [button for button in panel.buttons if button.role == role and button.visible]
    return min(found, key=lambda button: (button.clicks, button.layer), default=None)


class _Notice:
    def __init__(self, view: View, panel: Panel) -> None:
        self.view = view
        self.panel = panel
        self.accept = easiest(panel, "accept")
        self.refuse = easiest(panel, "refuse")

    def breach(
        self, code: str, object: str, thing: str, *, what: str = "", kind: Kind = Kind.SITE, subject: str = ""
    ) -> Breach:
        step = self.view.timeline.names[0] if self.view.timeline.names else ""
        evidence = self.view.evidence_at(step, self.panel.at_ms or 0, what or thing)
        purpose = subject if kind is Kind.PURPOSE else ""
        return Breach(code, evidence, object, thing, kind, subject, purpose)

    def effort(self) -> Iterator[Breach]:
        """Clicks, layers and kinds of control."""
        accept, refuse = self.accept, self.refuse
        if accept is not None and refuse is None and self._is_own:
            yield self.breach("BND540", "refuse", "no button refuses", what=_drawn(accept))
        if accept is not None and refuse is not None:
            if refuse.clicks > accept.clicks or refuse.layer > accept.layer:
                thing = (
                    f"{_clicks(refuse.clicks)} on layer {refuse.layer}, "
                    f"accepting takes {_clicks(accept.clicks)} on layer {accept.layer}"
                )
                yield self.breach("BND540", "refuse", thing, what=_both(accept, refuse))
            if refuse.shape not in _BUTTONS and refuse.shape != accept.shape:
                yield self.breach(
                    "BND541",
                    "refuse",
                    f"it is <{refuse.shape}>, accepting is <{accept.shape}>",
                    what=refuse.text,
                )
        withdraw = easiest(self.panel, "withdraw")
        if accept is not None and withdraw is not None and withdraw.clicks > accept.clicks + 1:
            thing = f"{_clicks(withdraw.clicks)}, accepting takes {_clicks(accept.clicks)}"
            yield self.breach("BND546", "withdraw", thing, what=withdraw.text)
        elif withdraw is None and self._is_own and self._leads_on():
            yield self.breach("BND546", "withdraw", "no button withdraws everything")

    def _leads_on(self) -> bool:
        """Tell whether the page leads to a second layer; without an entry that is what is missing."""
        roles = {button.role for button in self.panel.buttons}
        return "entry" in roles and any(button.layer > 1 for button in self.panel.buttons)

    @property
    def _is_own(self) -> bool:
        """Whether it is Bandeau's own, all of whose parts are known: what was not found is not there."""
        return self.panel.manager == "bandeau"

    def prominence(self) -> Iterator[Breach]:
        """Size, font, place and colour of refuse beside accept, where both stand on one layer."""
        accept, refuse = self.accept, self.refuse
        if accept is None or refuse is None or accept.layer != refuse.layer:
            return
        lesser = [difference for difference, holds in _lesser(accept, refuse) if holds]
        if lesser:
            yield self.breach("BND542", "refuse", ", ".join(lesser), what=_both(accept, refuse))
            return
        colours = [(b.colour, b.background) for b in (accept, refuse)]
        if colours[0] != colours[1] and all(colour for pair in colours for colour in pair):
            thing = f"{_colours(refuse)} beside {_colours(accept)}"
            yield self.breach("BND556", "refuse", thing, what=_both(accept, refuse))

    def legibility(self) -> Iterator[Breach]:
        """Contrast of what is pressed to choose."""
        for button in self.panel.buttons:
            if button.role in _CHOOSING and button.visible and self._is_pale(button):
                thing = f"“{button.text}” has a contrast of {button.contrast:.2f} to 1"
                yield self.breach("BND543", button.role, thing, what=_drawn(button))

    def _is_pale(self, button: Button) -> bool:
        """Tell whether a button is hard to read, and not only a refusal paler than its accept."""
        accept = self.accept
        weaker = button == self.refuse and accept is not None and _is_fainter(accept, button)
        return 0 < button.contrast < _CONTRAST and not weaker

    def switches(self) -> Iterator[Breach]:
        """Switches that were on although nothing had been chosen."""
        if any(choice.how == "cookie" for choice in self.view.visit.choices):
            return
        for name in self.panel.prechecked:
            purpose = self._asked(name)
            if purpose:
                yield self.breach("BND544", name, name, kind=Kind.PURPOSE, subject=purpose)

    def _asked(self, name: str) -> str:
        """Return the purpose of a switch that asks for consent; one to object with is on from the start."""
        policy = self.view.policy
        for purpose in policy.purposes:
            if purpose.id == name:
                return name if policy.asks_consent(purpose) else ""
        for service in policy.services:
            if service.id == name:
                return service.purpose if service.basis is Basis.CONSENT else ""
        # A switch of nobody's that is on before anybody touched it: somebody asks, and has answered.
        return name

    def words(self) -> Iterator[Breach]:
        """Language, purposes and recipients."""
        panel, policy = self.panel, self.view.policy
        spoken, wanted = (_primary(each) for each in (panel.language, panel.page_language))
        if spoken and wanted and spoken != wanted:
            yield self.breach("BND547", f"{spoken}:{wanted}", f"it speaks {spoken}, the page {wanted}")
        if panel.vendors_link_status is not None and panel.vendors_link_status >= 400:
            thing = f"{panel.vendors_link} answers {panel.vendors_link_status}"
            yield self.breach("BND553", "vendors", thing, what=panel.vendors_link)
        elif not panel.vendors_link and policy.vendors and self._is_own:
            yield self.breach("BND553", "vendors", "no link leads to it")
        for purpose in policy.switches() if panel.purposes_shown else ():
            if policy.asks_consent(purpose) and purpose.id not in panel.purposes_shown:
                yield self.breach("BND554", purpose.id, purpose.id, kind=Kind.PURPOSE, subject=purpose.id)

    def access(self) -> Iterator[Breach]:
        """Keyboard and the accessibility checker."""
        tried = self._is_own or any(button.tabs is not None for button in self.panel.buttons)
        for button in self.panel.buttons:
            first = button.layer == 1 and button.visible and button.role in _CHOOSING
            if first and tried and button.tabs is None:
                yield self.breach("BND548", button.role, f"the Tab key never reaches “{button.text}”")
            elif first and button.focus_visible is False:
                yield self.breach(
                    "BND548", button.role, f"“{button.text}” does not show that it has the focus"
                )
        faint = any(0 < button.contrast < _CONTRAST for button in self.panel.buttons if button.visible)
        for problem in self.panel.axe:
            if faint and problem.rule == "color-contrast":
                # The checker found what was measured already.
                continue
            what = ", ".join(problem.targets) or problem.help
            yield self.breach("BND549", problem.rule, f"{problem.rule} ({problem.help})", what=what)


def _lesser(accept: Button, refuse: Button) -> Iterator[tuple[str, bool]]:
    """Yield in how far refusing is less prominent, each with whether it is."""
    (_, _, wide, high), (_, _, width, height) = accept.rect, refuse.rect
    yield f"{width} × {height} pixels beside {wide} × {high}", width < wide * _TENTH or height < high * _TENTH
    yield (
        f"letters of {refuse.font_size:g} pixels beside {accept.font_size:g}",
        refuse.font_size < accept.font_size,
    )
    yield f"weight {refuse.font_weight} beside {accept.font_weight}", refuse.font_weight < accept.font_weight
    yield f"font {refuse.font_family}", refuse.font_family != accept.font_family
    faint = f"contrast {refuse.contrast:.2f} to 1 beside {accept.contrast:.2f} to 1"
    yield faint, accept.layer == refuse.layer and _is_fainter(accept, refuse)
    yield "below the fold, accepting is not", accept.in_viewport and not refuse.in_viewport


def _is_fainter(accept: Button, refuse: Button) -> bool:
    return 0 < refuse.contrast < _CONTRAST <= accept.contrast


def _clicks(number: int) -> str:
    return "1 click" if number == 1 else f"{number} clicks"


def _drawn(button: Button) -> str:
    _, _, width, height = button.rect
    letters = f"{button.font_size:g} px {button.font_weight}"
    return f"“{button.text}” {width} × {height}, {letters}, {_colours(button)}"


def _both(accept: Button, refuse: Button) -> str:
    return f"{_drawn(refuse)}; {_drawn(accept)}"


def _colours(button: Button) -> str:
    return f"{button.colour or '?'} on {button.background or '?'}"


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()
