"""The site that specimens stand in: two pages for each, around them Bandeau, around that what was tampered with."""

from __future__ import annotations

import re
import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from typing import Any

from bandeau.core.consent import Consent
from bandeau.core.cookie import subject_cookie_name
from bandeau.enforcement.visit import Visit

from .log import Log
from .policy import HOST
from .specimen import Answer, Edit, Specimen, When

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Where the pages are on which several specimens stand together.
TOGETHER = "together"
_CROWD = 16
HTML = "text/html; charset=utf-8"
_PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">{head}</head>
<body><main><h1>{title}</h1>
<p>Les hêtres ont pris leurs couleurs d’automne et le marché couvert rouvre samedi, avec ses pommes et ses noix.</p>
{body}</main><div style="height:2600px"></div><p id="end">Fin de la page.</p></body></html>"""


_NO_GUARD = Edit(where="page", old=r'<script src="/bandeau/g\.[^>]*></script>', new="")


class ZooSite:
    """The application: it knows nothing of consent beyond what a specimen's ``when`` asks."""

    def __init__(self, specimens: Sequence[Specimen], log: Log, *, udp: int) -> None:
        self._specimens = {specimen.name: specimen for specimen in specimens}
        self._crowds = crowds(specimens)
        self._log = log
        self._udp = udp
        self._once_granted: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._log.passed(scope["path"])
        answer = self._answer(scope["path"], scope["bandeau"], _tag(scope))
        await send_answer(answer, scope, send)

    def _answer(self, path: str, visit: Visit, tag: str) -> Answer:
        name, _, rest = path.removeprefix("/").partition("/")
        specimen = self._specimens.get(name)
        if path == "/":
            return Answer(body=self._front(), type=HTML)
        if path == "/sitemap.xml":
            return Answer(body=self._sitemap(), type="application/xml")
        if path == "/vie-privee/":
            return _page("Vie privée", "", "<p>Ce que nous faisons de vos données.</p>")
        number, _, below = rest.partition("/")
        if name == TOGETHER and number.isdecimal():
            return self._pages(self._crowds[int(number)], f"/{name}/{number}", visit, first=not below)
        if specimen is None:
            return Answer(status=404, body="rien")
        return self._of(specimen, rest, visit, tag)

    def _of(self, specimen: Specimen, rest: str, visit: Visit, tag: str) -> Answer:
        own = specimen.own.get(rest)
        if own is not None:
            headers = tuple((name, specimen.fill(value).replace("%ID%", tag)) for name, value in own.headers)
            return Answer(
                body=specimen.fill(own.body, udp=self._udp), type=own.type, status=own.status, headers=headers
            )
        if rest not in ("", "more/"):
            return Answer(body="ok")
        return self._pages((specimen,), specimen.path, visit, first=not rest)

    def _pages(self, specimens: Sequence[Specimen], path: str, visit: Visit, *, first: bool) -> Answer:
        """Return a page with what some specimens plant for this reader."""
        head, body = "", f"<p><a href='{path}/more/'>La suite</a></p>"
        headers: list[tuple[str, str]] = []
        for specimen in specimens:
            if not self._is_meant(specimen, visit):
                continue
            if specimen.profiles:
                self._log.made_profile(specimen.path, subject_of(visit))
            own = specimen.head if first or not specimen.second else ""
            head += specimen.fill(own, udp=self._udp)
            body += specimen.fill(specimen.body if first else specimen.second or specimen.body, udp=self._udp)
            headers += [(name, specimen.fill(value)) for name, value in specimen.headers]
        title = path.removeprefix("/").replace("-", " ").capitalize()
        return Answer(body=_page(title, head, body).body, type=HTML, headers=tuple(headers))

    def _is_meant(self, specimen: Specimen, visit: Visit) -> bool:
        known = visit.known if isinstance(visit.known, Consent) else None
        granted = known is not None and bool(known.granted or known.service_granted)
        subject = subject_of(visit)
        if granted:
            self._once_granted.add(subject)
        refused = known is not None and not granted
        before = subject in self._once_granted
        match specimen.when:
            case When.REFUSED:
                return refused and not before
            case When.WITHDRAWN:
                return refused and before
            case When.GRANTED | When.PARTLY:
                return granted and visit.decide(specimen.purpose).allowed == (specimen.when is When.GRANTED)
            case When.GPC:
                return known is None and visit.signals.gpc
        return True

    def _front(self) -> str:
        items = "".join(f'<li><a href="/{name}/">{name}</a></li>' for name in self._specimens)
        return _page("Le Papier", "", f"<ul>{items}</ul>").body

    def _sitemap(self) -> str:
        pages = ["", *(f"{name}/{rest}" for name in self._specimens for rest in ("", "more/"))]
        places = "".join(f"<url><loc>https://{HOST}/{page}</loc></url>" for page in pages)
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>'


def crowds(specimens: Sequence[Specimen]) -> list[list[Specimen]]:
    """Return those that stand on one page together, for a tour that is quick; the bare ones by themselves."""
    found: list[list[Specimen]] = []
    for bare in (False, True):
        some = [specimen for specimen in specimens if specimen.bare is bare]
        found += [some[start : start + _CROWD] for start in range(0, len(some), _CROWD)]
    return found


def subject_of(visit: Visit) -> str:
    """Return the random name by which the site knows a reader who chose."""
    return dict(visit.cookies).get(subject_cookie_name(visit.policy.site), "")


class Tampered:
    """Stands before Bandeau and changes what it sends, as the specimens' edits say."""

    def __init__(self, app: Application, specimens: Sequence[Specimen]) -> None:
        self._app = app
        self._edits = tuple(edit for specimen in specimens for edit in specimen.edits)
        self._bare = tuple(specimen.path + "/" for specimen in specimens if specimen.bare)
        self._bare += tuple(
            f"/{TOGETHER}/{number}/" for number, crowd in enumerate(crowds(specimens)) if crowd[0].bare
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._edits and not scope["path"].startswith(self._bare):
            await self._app(scope, receive, send)
            return
        plain = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        body = await _whole(receive)
        sent = _Sent()
        await self._app({**scope, "headers": plain}, _once(body), sent)
        await self._send(scope, body.decode("latin-1"), sent, send)

    async def _send(self, scope: Scope, posted: str, sent: _Sent, send: Send) -> None:
        edits = [edit for edit in self._edits if _has_action(edit.action, posted)]
        dropped = {b"content-length"}
        if scope["path"].startswith(self._bare):
            edits.append(_NO_GUARD)
            dropped.add(b"content-security-policy")
        headers, kind = [], ""
        for name, value in sent.headers:
            text = value.decode("latin-1")
            if name == b"content-type":
                kind = text
            if name == b"set-cookie":
                text = _changed(text, edits, {"set-cookie"})
            if text and name not in dropped:
                headers.append((name, text.encode("latin-1")))
        text = _changed(sent.body.decode("utf-8", "surrogateescape"), edits, _places(scope["path"], kind))
        await send({"type": "http.response.start", "status": sent.status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode("utf-8", "surrogateescape")})


class _Sent:
    """Holds an answer back until it is whole."""

    def __init__(self) -> None:
        self.status, self.body = 200, b""
        self.headers: list[tuple[bytes, bytes]] = []

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


def _tag(scope: Scope) -> str:
    sent = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
    return sent.strip('"') or secrets.token_hex(8)


def _places(path: str, kind: str) -> set[str]:
    if path.startswith("/bandeau/panel/"):
        return {"panel"}
    if path == "/bandeau/choices":
        return {"settings"}
    if "javascript" in kind and path.startswith("/bandeau/"):
        return {"script"}
    return {"page"} if kind.startswith("text/html") and not path.startswith("/bandeau/") else set()


def _changed(text: str, edits: Iterable[Edit], places: set[str]) -> str:
    for edit in edits:
        if edit.where in places:
            text = re.sub(edit.old, edit.new, text, flags=re.DOTALL)
    return text


def _has_action(action: str, posted: str) -> bool:
    return not action or re.search(rf'action["=:\s]+{action}\b', posted) is not None


async def _whole(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


def _once(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def _page(title: str, head: str, body: str) -> Answer:
    return Answer(body=_PAGE.format(title=title, head=head, body=body), type=HTML)


async def send_answer(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer, without its body to HEAD."""
    encoding = "latin-1" if answer.type.startswith("image/gif") else "utf-8"
    headers = [("content-type", answer.type), *answer.headers]
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    body = b"" if scope["method"] == "HEAD" or answer.status == 204 else answer.body.encode(encoding)
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
