"""Requests to addresses that the policy names: bounded in time and size, no redirect followed."""

from __future__ import annotations

from http.client import HTTPException
from typing import IO
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from bandeau.errors import PublishingError

#: No answer for that long, while connecting or between two bytes, is none.
TIMEOUT_SECONDS = 10.0
_MAX_ANSWER = 256 * 1024


def send(method: str, url: str, body: bytes, content_type: str) -> tuple[int, bytes]:
    """Send a request; return status and body of the answer, whatever the status is.

    Raises:
        PublishingError: nothing answers, or the answer is too long.
    """
    headers = {"Content-Type": content_type, "User-Agent": "bandeau"}
    request = Request(url, data=body, headers=headers, method=method)  # noqa: S310 (https, by BND601 and BND605)
    try:
        answer = _opener().open(request, timeout=TIMEOUT_SECONDS)
        if answer is None:
            raise PublishingError(f"{url}: not an address of the web")
        with answer:
            return _read(answer, url)
    except (OSError, HTTPException, ValueError) as error:
        raise PublishingError(f"{url}: {error}") from error


def _opener() -> OpenerDirector:
    """Return an opener without the handlers of redirects, files and FTP."""
    opener = OpenerDirector()
    for handler in (ProxyHandler(), HTTPHandler(), HTTPSHandler()):
        opener.add_handler(handler)
    return opener


def _read(answer: IO[bytes], url: str) -> tuple[int, bytes]:
    body = answer.read(_MAX_ANSWER + 1)
    if len(body) > _MAX_ANSWER:
        raise PublishingError(f"{url}: an answer of more than {_MAX_ANSWER} bytes")
    return int(getattr(answer, "status", 0)), body
