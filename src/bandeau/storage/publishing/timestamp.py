"""Time stamps of a third party on a checkpoint (RFC 3161), made and read with OpenSSL."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path

from bandeau.errors import PublishingError
from bandeau.ledger.note import parse_note
from bandeau.storage.publishing.http import send

_TIMEOUT_SECONDS = 20


def stamp(url: str, note: bytes) -> bytes:
    """Return an authority's time stamp of a checkpoint: the response, in DER.

    What is stamped is the text of the note, without its signatures: a countersignature that comes
    later voids no stamp. The authority's own signature is not judged here, for that needs its
    certificate: ``openssl ts -verify`` does.

    Raises:
        PublishingError: the authority did not stamp this text.
    """
    text = parse_note(note).text.encode()
    status, reply = send("POST", url, _query(text), "application/timestamp-query")
    if status != 200:
        raise PublishingError(f"{url}: the time stamping authority answered {status}")
    if not _is_granted(reply) or hashlib.sha256(text).digest() not in reply:
        raise PublishingError(f"{url}: the time stamping authority did not stamp this checkpoint")
    return reply


def _query(text: bytes) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        query, data = Path(folder, "query"), Path(folder, "data")
        data.write_bytes(text)
        _run("-query", "-sha256", "-cert", "-data", str(data), "-out", str(query))
        return query.read_bytes()


def _is_granted(reply: bytes) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "reply")
        path.write_bytes(reply)
        return "Status: Granted." in _run("-reply", "-text", "-in", str(path))


def _run(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 (a list, no shell)
            ["openssl", "ts", *arguments],  # noqa: S607 (the OpenSSL that the operator has)
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise PublishingError("time stamps need the command openssl (apt install openssl)") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PublishingError(f"openssl ts: {error}") from error
    if done.returncode:
        raise PublishingError(f"openssl ts {arguments[0]}: {done.stderr.strip()[:500]}")
    return done.stdout
