"""The screenshots that the page shows: the notice as it was met, and each choice as it was made."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from bandeau.audit.report.cards import step_words
from bandeau.audit.report.report import Report
from bandeau.audit.report.words import scenario_label

_MOST = 8
_MEDIA = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"RIFF", "image/webp"))


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture in the page itself, and what it shows."""

    src: Markup
    text: str


def shots(report: Report) -> tuple[Shot, ...]:
    """Return some pictures of the recording, nothing twice; none where their files are not at hand."""
    found: dict[bytes, Shot] = {}
    for name, text in _candidates(report):
        data = report.pictures.get(name, b"")
        media = next((media for start, media in _MEDIA if data.startswith(start)), "")
        if media and data not in found and len(found) < _MOST:
            found[data] = Shot(Markup(f"data:{media};base64,{b64encode(data).decode()}"), text)  # noqa: S704 - base64
    return tuple(found.values())


def _candidates(report: Report) -> Iterator[tuple[str, str]]:
    tried: set[str] = set()
    for visit in report.recording.visits:
        if visit.scenario not in tried:
            tried.add(visit.scenario)
            label = scenario_label(report.loaded.policy, visit.scenario)
            for file in visit.files:
                if file.kind == "screenshot":
                    yield file.name, f"{label}: {step_words(file.step)}"
