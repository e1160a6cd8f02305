"""Just enough HTTP/1.1 for the stand-in: read a request, write an answer, end a WebSocket politely."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

LONGEST_HEAD = 64 * 1024
LONGEST_BODY = 1024 * 1024
KEPT_BODY = 2_000

REASONS = {
    101: "Switching Protocols",
    200: "OK",
    204: "No Content",
    302: "Found",
    400: "Bad Request",
    404: "Not Found",
}


class BadRequest(Exception):
    """The client sent something that is not an HTTP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request, its header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    def header(self, name: str) -> str:
        """The value of a header, "" when absent."""
        return self.headers.get(name, "")

    @property
    def host(self) -> str:
        """The host name asked for, in lower case and without the port."""
        return urlsplit("//" + self.header("host")).hostname or ""

    def field(self, name: str) -> str:
        """The first value of a query field, "" when absent."""
        return parse_qs(self.query).get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response before the headers that every answer carries."""

    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """Reads one request; None when the client hung up between two requests."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as end:
        if end.partial.strip():
            raise BadRequest from end
        return None
    except asyncio.LimitOverrunError as end:
        raise BadRequest from end
    method, target, headers = _parse_head(head.decode("latin-1"))
    body = await _read_body(reader, headers)
    try:
        parts = urlsplit(target)
    except ValueError as error:
        raise BadRequest from error
    return Request(method, parts.path or "/", parts.query, headers, body)


def _parse_head(head: str) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.strip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequest
    pairs = (line.partition(":") for line in lines)
    return words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in pairs}


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return await _read_chunks(reader)
    text = headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > LONGEST_BODY:
        raise BadRequest
    return await reader.readexactly(int(text))


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while True:
        try:
            size = int((await reader.readline()).split(b";")[0], 16)
        except ValueError as error:
            raise BadRequest from error
        if size < 0 or len(body) + size > LONGEST_BODY:
            raise BadRequest
        body += await reader.readexactly(size)
        await reader.readline()
        if size == 0:
            return body


def write_answer(answer: Answer, *, head_only: bool, extra: Mapping[str, str]) -> bytes:
    """The bytes of an answer on a connection that stays open."""
    headers = {**extra, **answer.headers}
    if answer.status not in (101, 204):
        headers |= {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
    lines = [f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'OK')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if head_only else head + answer.body


def websocket_answer(key: str) -> tuple[Answer, bytes]:
    """The acceptance of a WebSocket (RFC 6455 §4.2.2) and the frame that closes it (§5.5.1)."""
    digest = hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest()  # noqa: S324
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(digest).decode(),
    }
    return Answer(status=101, headers=headers), b"\x88\x02\x03\xe8"
