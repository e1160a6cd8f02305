"""Telling another server to erase: a signed call in the form of Standard Webhooks.

The signature is HMAC-SHA256 over ``id.timestamp.body`` (standard-webhooks/spec, "Signature scheme"), once
for each secret of the file, so that a secret can be exchanged without losing a call. Only a 2xx answer
acknowledges.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import socket
import threading
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from bandeau.errors import KeyFileError, WebhookError
from bandeau.ledger.outbox import Owed
from bandeau.profiles.connection import connection_to
from bandeau.storage.durable import sync_folder, write_all

PREFIX = "whsec_"
#: Each wait for the other server, and the whole call, in seconds.
WAIT_SECONDS, CALL_SECONDS = 10.0, 20.0
_MOST_BYTES = 8192
_MOST_SECRETS = 10


def create_secret(path: Path) -> str:
    """Create the file of secrets; return the secret, which the other server needs too.

    Raises:
        FileExistsError: there is one; it is left alone.
    """
    text = PREFIX + b64encode(secrets.token_bytes(32)).decode()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    write_all(descriptor, f"{text}\n".encode(), mode=0o600)
    sync_folder(path.parent)
    return text


def read_secrets(path: Path) -> list[bytes]:
    """Read the secrets, one in each line; the first is the newest.

    Raises:
        KeyFileError: there is none; the text names the command that creates it.
    """
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST_BYTES).decode("ascii").split()
        found = [b64decode(line.removeprefix(PREFIX), validate=True) for line in lines[:_MOST_SECRETS]]
    except FileNotFoundError as error:
        raise KeyFileError(f"{path}: not there; create it with: bandeau profiles secret") from error
    except (OSError, ValueError, Error) as error:
        raise KeyFileError(f"{path}: no secrets of webhooks, one {PREFIX}… in each line: {error}") from error
    if not found or any(len(each) < 24 for each in found):
        raise KeyFileError(f"{path}: holds no secret of 24 bytes or more")
    return found


def signed(id_: str, at: int, body: bytes, keys: list[bytes]) -> dict[str, str]:
    """Return the headers that sign a call.

    >>> key = b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    >>> body = b'{"test": 2432232314}'
    >>> signed("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [key])["webhook-signature"]
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    text = f"{id_}.{at}.".encode() + body
    signatures = [b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode() for key in keys]
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(at),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }


def body_of(owed: Owed, *, profile: str, site_id: str, environment: str) -> bytes:
    """Return what the other server is told."""
    value = {
        "type": "profile.withdrawn",
        "site": site_id,
        "environment": environment,
        "profile": profile,
        "purpose": owed.purpose_id,
        "subject_id": owed.subject_id,
        "account": owed.account,
        "cookies": dict(owed.cookies),
        "withdrawn_at": int(owed.at),
    }
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False) -> None:
    """Send a call; return when it was acknowledged.

    No redirect is followed, no proxy used. The name is looked up once, and the very address that was
    checked is connected to, so that no second answer of the name's server leads elsewhere.

    Raises:
        WebhookError: it was not acknowledged, or leads to an address that the open internet does not have.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    given = {"content-type": "application/json", "user-agent": "bandeau", "connection": "close", **headers}
    try:
        connection = connection_to(parts, timeout=WAIT_SECONDS, private=private)
        status = _within(CALL_SECONDS, connection, lambda: _answered(connection, path, body, given))
    except (OSError, HTTPException, ValueError) as error:
        raise WebhookError(f"{parts.hostname}: {error or type(error).__name__}") from error
    if not 200 <= status < 300:
        raise WebhookError(f"{parts.hostname} answered {status}")


def _answered(connection: HTTPConnection, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    connection.request("POST", path, body, dict(headers))
    return connection.getresponse().status


def _within(seconds: float, connection: HTTPConnection, call: Callable[[], int]) -> int:
    """Cut a call off that takes too long as a whole: a server may send a byte now and then for ever."""
    timer = threading.Timer(seconds, _cut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        return call()
    finally:
        timer.cancel()
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):  # it ended by itself at the same moment
        connection.sock.shutdown(socket.SHUT_RDWR)
