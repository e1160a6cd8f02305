"""What only a WSGI server does: write(), exc_info, close(), late heads."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from typing import Any
from wsgiref.validate import validator

import pytest

from bandeau.enforcement.visit import Visit
from bandeau.web.wsgi import BandeauMiddleware
from tests.web.gateway.case import HELD_TAG, METER_TAG, PAGE
from tests.web.gateway.fakes import gateway

HTML = [("Content-Type", "text/html")]


class Server:
    """A server as PEP 3333 describes it."""

    def __init__(
        self, app: Any, path: str = "/", method: str = "GET", sent: bytes = b"", **more: Any
    ) -> None:
        self.starts: list[tuple[str, list[tuple[str, str]]]] = []
        self.body = b""
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "HTTP_HOST": "paper.example",
            "SERVER_NAME": "paper.example",
            "SERVER_PORT": "443",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(sent)),
            "wsgi.url_scheme": "https",
            "wsgi.input": io.BytesIO(sent),
            "wsgi.errors": io.StringIO(),
            "wsgi.version": (1, 0),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **more,
        }
        result = app(environ, self.start)
        try:
            for piece in result:
                self.body += piece
        finally:
            if hasattr(result, "close"):
                result.close()

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """Take a head."""
        if self.starts and exc_info is None:
            raise AssertionError("started twice")
        self.starts.append((status, headers))
        return self.write

    def write(self, data: bytes) -> None:
        """Take bytes by the old way."""
        self.body += data


def wrapped(app: Any) -> BandeauMiddleware:
    """Return the middleware around an application."""
    return BandeauMiddleware(app, gateway=gateway())


def test_the_application_finds_the_visit() -> None:
    """In the environment."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["bandeau"])
        start_response("200 OK", HTML)
        return [PAGE]

    server = Server(wrapped(app))
    assert isinstance(seen[0], Visit)
    assert HELD_TAG.encode() in server.body


def test_a_validator_finds_nothing_to_object() -> None:
    """Towards the server, for pages and for what passes."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        kind = "text/html" if environ["PATH_INFO"] == "/" else "text/plain"
        start_response("200 OK", [("Content-Type", kind)])
        return [PAGE[:40], PAGE[40:]]

    outer = validator(wrapped(app))  # type: ignore[arg-type]
    assert HELD_TAG.encode() in Server(outer).body
    assert Server(outer, "/text").body == PAGE


def test_bytes_that_are_written_are_rewritten() -> None:
    """The old way of sending, mixed with the new."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        write = start_response("200 OK", HTML)
        for start in range(0, len(PAGE) - 50, 9):
            write(PAGE[start : min(start + 9, len(PAGE) - 50)])
        return [PAGE[-50:]]

    server = Server(wrapped(app))
    assert HELD_TAG.encode() in server.body
    assert METER_TAG.encode() not in server.body
    assert len(server.starts) == 1


def test_bytes_that_are_written_to_a_picture_pass() -> None:
    """Nothing is held back of what is no page."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "image/png")])(b"ab")
        return [b"cd"]

    assert Server(wrapped(app)).body == b"abcd"


def test_the_iterable_of_the_application_is_closed() -> None:
    """However the response ends."""
    closed: list[str] = []

    class Body:
        def __init__(self, name: str, pieces: list[Any]) -> None:
            self.name, self.pieces = name, pieces

        def __iter__(self) -> Iterator[bytes]:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                yield piece

        def close(self) -> None:
            closed.append(self.name)

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response(
            "200 OK", HTML if environ["PATH_INFO"] != "/picture" else [("Content-Type", "image/png")]
        )
        return Body(
            environ["PATH_INFO"],
            [b"<p>" * 800, *([RuntimeError("died")] if environ["PATH_INFO"] == "/die" else [])],
        )

    Server(wrapped(app))
    Server(wrapped(app), "/picture")
    with pytest.raises(RuntimeError, match="died"):
        Server(wrapped(app), "/die")
    assert closed == ["/", "/picture", "/die"]


def test_no_half_of_a_tag_gets_out_when_the_application_fails() -> None:
    """What was held back stays back."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield b"<!doctype html><html><head></head><body><p>a<script src='https://me"
        raise RuntimeError("died")

    server = Server.__new__(Server)
    server.starts, server.body = [], b""
    with pytest.raises(RuntimeError, match="died"):
        server.__init__(wrapped(app))  # type: ignore[misc]
    assert server.body.endswith(b"<p>a")


def test_a_head_may_come_late() -> None:
    """A generator calls start_response when it is first asked."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield PAGE

    assert HELD_TAG.encode() in Server(wrapped(app)).body


def test_a_head_may_be_replaced_until_it_is_sent() -> None:
    """An error page takes the place of a page that failed."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", HTML)
        try:
            raise ValueError("late")
        except ValueError:
            start_response("500 Oops", HTML, sys.exc_info())
        return [b"<p>error"]

    server = Server(wrapped(app))
    assert [status for status, _ in server.starts] == ["500 Oops"]
    assert b"<p>error" in server.body


def test_a_head_that_is_gone_cannot_be_replaced() -> None:
    """PEP 3333: the error is raised again."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", HTML)
        yield PAGE
        try:
            raise ValueError("too late")
        except ValueError:
            start_response("500 Oops", HTML, sys.exc_info())

    with pytest.raises(ValueError, match="too late"):
        Server(wrapped(app))


def test_mistakes_of_the_application_are_named() -> None:
    """A second head, or none."""

    def twice(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", HTML)
        start_response("200 OK", HTML)
        return []

    with pytest.raises(AssertionError, match="twice"):
        Server(wrapped(twice))
    with pytest.raises(AssertionError, match="before start_response"):
        Server(wrapped(lambda environ, start_response: [b"x"]))


def test_our_own_addresses_never_reach_the_application() -> None:
    """Bodies are read up to one byte beyond their limit; answers may wait for the store."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        raise AssertionError("reached")

    server = Server(wrapped(app), "/bandeau/choices", "POST", b"ab")
    assert (server.starts[0][0], server.body) == ("200 OK", b"POST /bandeau/choices ab")
    assert Server(wrapped(app), "/bandeau/choices", "POST", b"x" * 500).starts[0][0].startswith("413")
    assert Server(wrapped(app), "/bandeau/slow", "POST", b"row").body == b"kept row"
    assert Server(wrapped(app), "/bandeau/choices", "HEAD").body == b""
    chunked = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert Server(wrapped(app), "/bandeau/choices", "POST", b"ab", **chunked).body.endswith(b"choices ab")
    assert Server(wrapped(app), "/bandeau/choices", "POST", b"x", CONTENT_LENGTH="none").body.endswith(
        b"choices "
    )


def test_server_that_gives_no_write_is_started_once() -> None:
    """asgiref's bridge to ASGI, for one."""

    class Bridge(Server):
        def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            super().start(status, headers, exc_info)

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", HTML)
        return [PAGE[:20], PAGE[20:]]

    server = Bridge(wrapped(app))
    assert (len(server.starts), HELD_TAG.encode() in server.body) == (1, True)


def test_paths_are_read_as_utf_8() -> None:
    """PEP 3333 hands them over as latin-1."""
    seen: list[Any] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["PATH_INFO"])
        start_response("204 No Content", [])
        return []

    Server(wrapped(app), "/été".encode().decode("latin-1"), SCRIPT_NAME="/app")
    assert seen == ["/été".encode().decode("latin-1")]
