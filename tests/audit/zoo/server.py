"""The zoo's server: the site and all third parties under their own names, on one port of this machine."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import uvicorn

from bandeau.audit.observation import ServerFact
from bandeau.audit.serverside import ledger_side
from bandeau.core.cookie import subject_cookie_name
from bandeau.core.policy import Mode
from bandeau.policyfile import Loaded
from bandeau.site import Site
from bandeau.web.asgi import BandeauMiddleware
from tests.e2e.certificates import write_certificate

from .log import Hit, Log
from .policy import CLOAK, HOST, judged_by, runs_under
from .site import TOGETHER, Receive, Scope, Send, Tampered, ZooSite, crowds, send_answer
from .specimen import GIF, Answer, Specimen

_BY_ENDING = {
    "js": Answer(body="globalThis.thirdParty=1", type="text/javascript"),
    "css": Answer(body="p{color:#123}", type="text/css"),
    "gif": Answer(body=GIF, type="image/gif"),
    "html": Answer(body="<!doctype html><title>third party</title>", type="text/html"),
    "json": Answer(body="{}", type="application/json"),
    "events": Answer(body="data: x\n\n", type="text/event-stream"),
}


class Zoo:
    """One site at a time, with the specimens that it is told to show. Use as a context manager.

    ``policy`` is what they are judged by, ``log`` what the servers saw, ``resolver_rules`` is the value of
    Chromium's ``--host-resolver-rules`` under which all names lead here.
    """

    def __init__(self, directory: Path) -> None:
        self.log = Log()
        self.host, self.cloak, self.url = HOST, CLOAK, f"https://{HOST}"
        self._days = 0
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", 0))
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._server = uvicorn.Server(self._config(write_certificate(directory)))
        self._threads = [
            threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]}, daemon=True),
            threading.Thread(target=self._count_datagrams, daemon=True),
        ]
        self.show(())

    def show(self, specimens: Sequence[Specimen], *, mode: Mode = Mode.ENFORCE) -> None:
        """Replace the whole site by one with these specimens; ``mode`` is how far Bandeau goes there."""
        policy = runs_under(specimens)
        policy = replace(policy, enforce=replace(policy.enforce, mode=mode))
        self._days = 0
        self.specimens = tuple(specimens)
        self.policy: Loaded = judged_by(specimens)
        self.site = Site.in_memory(policy, clock=lambda: time.time() + self._days * 86_400)
        inside = ZooSite(specimens, self.log, udp=self._udp.getsockname()[1])
        self._inside = Tampered(BandeauMiddleware(inside, site=self.site), specimens)
        self.log.forget()

    def __enter__(self) -> Zoo:
        for thread in self._threads:
            thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            if time.monotonic() > deadline:
                raise TimeoutError("the zoo did not open")
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        for thread in self._threads:
            thread.join(10)
        self._udp.close()
        self._listener.close()
        self.site.close()

    @property
    def resolver_rules(self) -> str:
        """Every name leads here, whatever its port."""
        return f"MAP * 127.0.0.1:{self.port}, EXCLUDE 127.0.0.1"

    def move_clock(self, days: int) -> None:
        """Let the site live some days later than its readers."""
        self._days = days

    def told(self, held: Mapping[str, Mapping[str, str]]) -> list[ServerFact]:
        """What the site's own side says of a visit: its ledger, and the profiles that it made."""
        subjects = {
            cookies.get(subject_cookie_name(self.policy.policy.site), "") for cookies in held.values()
        }
        purposes = {specimen.path: specimen.purpose for specimen in self.specimens}
        profiles = [
            ServerFact(step=list(held)[-1], at_ms=0, kind="profile", facts={"purpose": purposes[path]})
            for path, subject in self.log.profiles
            if subject and subject in subjects
        ]
        return [*ledger_side(self.site)(held), *profiles]

    async def resolve(self, name: str, _port: int) -> tuple[list[str], str]:
        """Stand in for DNS: every name is this machine's, and the cloak is an alias of who hides there."""
        hidden = next((specimen.host for specimen in self.specimens if specimen.name == "cname"), "")
        return ["127.0.0.1"], hidden if name == self.cloak else ""

    def together(self) -> list[str]:
        """The addresses of the pages on which several specimens stand together, each with its second."""
        first = [f"{self.url}/{TOGETHER}/{number}/" for number in range(len(crowds(self.specimens)))]
        return [address + rest for address in first for rest in ("", "more/")]

    def page(self, specimen: Specimen) -> str:
        """The address of a specimen's first page."""
        return f"{self.url}{specimen.path}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request to whichever name."""
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        host = headers.get("host", "").partition(":")[0]
        path = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
        self.log.received(Hit(host, scope["method"], path, scope["query_string"].decode("latin-1"), headers))
        if host == HOST:
            await self._inside(scope, receive, send)
        else:
            await send_answer(self._third_party(host, path, headers), scope, send)

    def _third_party(self, host: str, path: str, headers: dict[str, str]) -> Answer:
        for specimen in self.specimens:
            if host.endswith(specimen.host):
                found = specimen.answers.get(path)
                if found is not None:
                    return _with_cors(_filled(found, specimen), headers)
        ending = path.rpartition(".")[2]
        return _with_cors(_BY_ENDING.get(ending, Answer(body="ok")), headers)

    def _config(self, pem: Path) -> uvicorn.Config:
        config = uvicorn.Config(
            self,
            log_level="critical",
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=1,
            ssl_certfile=str(pem),
        )
        config.load()
        assert config.ssl is not None
        config.ssl.sni_callback = self._note_hello
        return config

    def _note_hello(self, _socket: object, name: str | None, _context: ssl.SSLContext) -> None:
        if name is not None:
            self.log.connected(name)

    def _count_datagrams(self) -> None:
        self._udp.settimeout(0.2)
        while not self._server.should_exit:
            with suppress(TimeoutError):
                self._udp.recvfrom(2048)
                self.log.got_datagram()


def _filled(answer: Answer, specimen: Specimen) -> Answer:
    headers = tuple((name, specimen.fill(value)) for name, value in answer.headers)
    return Answer(body=specimen.fill(answer.body), type=answer.type, status=answer.status, headers=headers)


def _with_cors(answer: Answer, headers: dict[str, str]) -> Answer:
    origin = headers.get("origin", "")
    more = [("Access-Control-Allow-Origin", origin or "*"), ("Cache-Control", "no-store")]
    more += [("Access-Control-Allow-Headers", "*")]
    if origin:
        more.append(("Access-Control-Allow-Credentials", "true"))
    return Answer(body=answer.body, type=answer.type, status=answer.status, headers=(*answer.headers, *more))
