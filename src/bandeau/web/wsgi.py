"""Bandeau around a WSGI application; imports no framework, gives the same bytes as ``web.asgi``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from http.client import responses
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bandeau.core.request import RequestHead, Response
from bandeau.site import Site
from bandeau.web.decisions import answering, within
from bandeau.web.gateway.assembly import open_gateway
from bandeau.web.gateway.engine import Gateway, Passage
from bandeau.web.gateway.outgoing import Outgoing

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

_ExcInfo = Any


class BandeauMiddleware:
    """Enforces a policy around an application.

    The visit of each request stands at ``environ["bandeau"]``:
    ``environ["bandeau"].allows("personalisation")``.

    Args:
        policy: the policy file; keys and store are found by it.
        site: a site that is open already, in place of ``policy``.
    """

    def __init__(
        self,
        app: WSGIApplication,
        policy: str | Path | None = None,
        site: Site | None = None,
        *,
        gateway: Gateway | None = None,
    ) -> None:
        self.app = app
        self.gateway = gateway or open_gateway(policy, site)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        head = _head(environ)
        if self.gateway.owns(head):
            return self._own(head, environ, start_response)
        passage = self.gateway.pass_on(head)
        if isinstance(passage, Response):
            return _send_whole(passage, head, start_response)
        _change(environ, passage)
        sender = _Sender(passage, start_response)
        with answering(passage.visit, self.gateway):
            result = self.app(environ, sender.start_response)
        return sender.body(result)

    def _own(self, head: RequestHead, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        body = _read_body(environ, self.gateway.endpoints.body_limit(head))
        answer = self.gateway.answer(head, body)
        if not isinstance(answer, Response):
            answer = answer.answer()
        return _send_whole(answer, head, start)


class _Sender:
    """Stands between the application's answer and the server."""

    def __init__(self, passage: Passage, start_response: StartResponse) -> None:
        self._passage, self._start_response = passage, start_response
        self._outgoing: Outgoing | None = None
        self._reason = ""
        self._exc_info: _ExcInfo = None
        self._started = False
        self._server_write: Callable[[bytes], object] | None = None  # some servers give none (asgiref)

    def start_response(
        self, status: str, headers: list[tuple[str, str]], exc_info: _ExcInfo = None
    ) -> Callable[[bytes], object]:
        """Take the application's head; PEP 3333 lets it be replaced until it has been sent."""
        if self._outgoing is not None and exc_info is None:
            raise AssertionError("start_response was called twice without exc_info")
        if self._started and exc_info is not None:
            raise exc_info[1].with_traceback(exc_info[2])
        code, _, self._reason = status.partition(" ")
        self._exc_info = exc_info
        self._outgoing = self._passage.respond(int(code), list(headers))
        return self._write

    def body(self, result: Iterable[bytes]) -> Iterable[bytes]:
        """Return what the server iterates; it closes the application's iterable."""
        outgoing = self._outgoing
        if outgoing is not None and outgoing.passes:
            # As it is, so that servers keep their own ways with files (wsgi.file_wrapper).
            self._start()
            return result
        return _Closing(self._changed(result), result)

    def _changed(self, result: Iterable[bytes]) -> Iterator[bytes]:
        whole = isinstance(result, (list, tuple)) and len(result) == 1
        sent_last = False
        for data in within(self._passage.visit, self._passage.gateway, result):
            # An application may call start_response as late as here.
            outgoing = self._need()
            output = outgoing.feed(data, last=whole)
            sent_last = whole
            self._start()
            if output:
                yield output
        if not sent_last:
            rest = self._need().close()
            self._start()
            if rest:
                yield rest

    def _write(self, data: bytes) -> None:
        output = self._need().feed(data)
        self._start()
        if output and self._server_write is not None:
            self._server_write(output)

    def _need(self) -> Outgoing:
        if self._outgoing is None:
            raise AssertionError("the application gave a body before start_response")
        return self._outgoing

    def _start(self) -> None:
        outgoing = self._need()
        if self._started or not outgoing.ready:
            return
        self._started = True
        status = f"{outgoing.head.status} {self._reason}"
        arguments = (self._exc_info,) if self._exc_info else ()
        self._exc_info = None
        self._server_write = self._start_response(status, outgoing.head.headers, *arguments)


class _Closing:
    """Iterates one thing and closes another, as PEP 3333 asks of middleware."""

    def __init__(self, pieces: Iterator[bytes], result: Iterable[bytes]) -> None:
        self._pieces, self._result = pieces, result

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def close(self) -> None:
        """Close the application's iterable."""
        close = getattr(self._result, "close", None)
        if close is not None:
            close()


def environ_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the request headers of an environment, or of what is made like one."""
    headers = [
        (key[5:].replace("_", "-").lower(), value)
        for key, value in environ.items()
        if key.startswith("HTTP_")
    ]
    for key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(key):
            headers.append((key.replace("_", "-").lower(), environ[key]))
    return headers


def _head(environ: WSGIEnvironment) -> RequestHead:
    raw = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    return RequestHead(
        method=environ["REQUEST_METHOD"],
        scheme=environ.get("wsgi.url_scheme", "http"),
        host=environ.get("HTTP_HOST") or f"{environ.get('SERVER_NAME', '')}:{environ.get('SERVER_PORT', '')}",
        path=raw.encode("latin-1").decode("utf-8", "replace") or "/",
        query=environ.get("QUERY_STRING", ""),
        headers=tuple(environ_headers(environ)),
        client=environ.get("REMOTE_ADDR", ""),
    )


def _change(environ: WSGIEnvironment, passage: Passage) -> None:
    environ["bandeau"] = passage.visit
    for name, value in passage.changes.items():
        key = "HTTP_" + name.upper().replace("-", "_")
        if value is None:
            environ.pop(key, None)
        else:
            environ[key] = value


def _read_body(environ: WSGIEnvironment, limit: int) -> bytes:
    """Read a body, one byte beyond the limit at most, so that what is too large can be told."""
    length = environ.get("CONTENT_LENGTH") or "0"
    stream: InputStream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):  # a body without a length that the server delimits
        return stream.read(limit + 1)
    return stream.read(min(int(length), limit + 1)) if length.isdecimal() else b""


def _send_whole(response: Response, head: RequestHead, start_response: StartResponse) -> list[bytes]:
    phrase = responses.get(response.status, "Unknown")
    start_response(f"{response.status} {phrase}", list(response.headers))
    return [] if head.method == "HEAD" else [response.body]
