"""The requests of a recording as an HTTP archive (HAR 1.2), without any body or value."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from bandeau.audit.observation import Request
from bandeau.audit.recording import Recording, Visit
from bandeau.core.canonical import Json


def as_har(recording: Recording) -> str:
    """Return the archive: a page for each visit, an entry for each request."""
    log: dict[str, Json] = {
        "version": "1.2",
        "creator": {"name": "bandeau audit", "version": recording.tool.version},
        "browser": {"name": recording.tool.browser, "version": recording.tool.browser_version},
        "pages": [_page(recording, visit) for visit in recording.visits],
        "entries": [
            _entry(recording, visit, fact)
            for visit in recording.visits
            for fact in visit.observations
            if isinstance(fact, Request)
        ],
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1).encode("utf-8", "replace").decode() + "\n"


def _page(recording: Recording, visit: Visit) -> dict[str, Json]:
    return {
        "id": _name(visit),
        "startedDateTime": _at(recording, 0),
        "title": f"{visit.scenario}: {visit.url}",
        "pageTimings": {},
    }


def _entry(recording: Recording, visit: Visit, fact: Request) -> dict[str, Json]:
    time = (fact.ended_ms - fact.at_ms) if fact.ended_ms is not None else -1
    blocked = f"blocked by {fact.blocked_by}" if fact.blocked_by else ""
    notes = (fact.type, fact.step, blocked, "stopped" if fact.stopped else "")
    return {
        "pageref": _name(visit),
        "startedDateTime": _at(recording, fact.at_ms),
        "time": max(time, 0),
        "request": {
            "method": fact.method,
            "url": fact.url,
            "httpVersion": "",
            # Names alone: what they held is nobody's business, and the recording has no place for it.
            "cookies": [{"name": cookie.name, "value": ""} for cookie in fact.cookies_sent],
            "headers": [{"name": "referer", "value": fact.referrer}] if fact.referrer else [],
            "queryString": [],
            "headersSize": -1,
            "bodySize": fact.request_bytes,
        },
        "response": {
            "status": fact.status or 0,
            "statusText": fact.error,
            "httpVersion": "",
            "cookies": [],
            "headers": [{"name": name, "value": value} for name, value in fact.headers],
            "content": {"size": -1, "mimeType": fact.content_type},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
        },
        "cache": {},
        "timings": {"send": 0, "wait": max(time, 0), "receive": 0},
        "serverIPAddress": fact.address,
        "comment": ", ".join(filter(None, notes)),
    }


def _name(visit: Visit) -> str:
    return f"visit-{visit.number}-{visit.repeat}"


def _at(recording: Recording, milliseconds: int) -> str:
    """Return a time of a visit, counted from the audit's own beginning: the one time that is known."""
    started = datetime.fromisoformat(recording.started)
    return (started + timedelta(milliseconds=milliseconds)).isoformat(timespec="milliseconds")
