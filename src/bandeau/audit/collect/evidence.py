"""Evidence: files that stand beside a recording, without values of cookies, passwords or secret headers."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path
from typing import Any, Literal

import msgspec

from bandeau.audit.collect.masking import Mask
from bandeau.audit.recording import EvidenceFile

Kind = Literal["screenshot", "dom", "accessibility", "netlog"]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_PAIR = re.compile(r"([^=;\s]+)=([^;]*)")


def keep(folder: Path, name: str, data: bytes, step: str, kind: Kind = "screenshot") -> EvidenceFile:
    """Write a file of evidence and return what the recording says of it."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / safe).write_bytes(data)
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    return EvidenceFile(name=safe, kind=kind, step=step, digest=digest)


def keep_netlog(
    folder: Path, name: str, path: Path, secret: frozenset[str] = frozenset(), mask: Mask | None = None
) -> EvidenceFile | None:
    """Write a NetLog without its secrets, packed; ``None`` where there is none that can be read.

    ``secret`` names further headers whose values nobody is to read; ``mask`` covers the values that stand
    in addresses.
    """
    try:
        log = _decoded(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return None
    data = msgspec.json.encode(redacted(log, _SECRET | {each.lower() for each in secret}))
    data = mask.text(data.decode()).encode() if mask is not None else data
    # No time of packing: the same log gives the same file.
    return keep(folder, name, gzip.compress(data, 6, mtime=0), "left", "netlog")


def _decoded(data: bytes) -> Any:
    """Read a NetLog; of one that is cut off, the events that are whole, each on a line of its own."""
    try:
        return msgspec.json.decode(data)
    except msgspec.DecodeError:
        head, _, rest = data.partition(b',\n"events": [\n')
    found = msgspec.json.decode(head + b"}")
    found["events"] = []
    for line in rest.splitlines():
        try:
            found["events"].append(msgspec.json.decode(line.removesuffix(b",")))
        except msgspec.DecodeError:
            break
    return found


def redacted(part: Any, secret: frozenset[str] = _SECRET) -> Any:
    """Return a part of a NetLog in which lengths stand for the values of cookies and secret headers.

    >>> redacted({"headers": ["Cookie: sid=abc", "Accept: */*"]})
    {'headers': ['Cookie: sid=[3]', 'Accept: */*']}
    """
    if isinstance(part, dict):
        is_cookie = "value" in part and "name" in part and "domain" in part
        return {
            name: f"[{len(str(value))}]"
            if is_cookie and name == "value"
            else _headers(value, secret)
            if name == "headers"
            else redacted(value, secret)
            for name, value in part.items()
        }
    return [redacted(each, secret) for each in part] if isinstance(part, list) else part


def _headers(lines: Any, secret: frozenset[str]) -> Any:
    if isinstance(lines, dict):
        return {name: _value(str(name), str(value), secret) for name, value in lines.items()}
    if not isinstance(lines, list):
        return redacted(lines, secret)
    return [_header(str(line), secret) for line in lines]


def _header(line: str, secret: frozenset[str]) -> str:
    # HTTP/2 has names that begin with a colon.
    at = line.find(":", 1)
    if at < 0:
        return line
    name = line[:at]
    return f"{name}: {_value(name, line[at + 1 :].strip(), secret)}"


def _value(name: str, value: str, secret: frozenset[str]) -> str:
    lowered = name.strip().lower()
    if lowered not in secret:
        return value
    if lowered == "cookie":
        return _PAIR.sub(_length, value)
    if lowered == "set-cookie":
        # Only the first pair is the cookie; the others are its attributes.
        return _PAIR.sub(_length, value, count=1)
    return f"[{len(value)}]"


def _length(found: re.Match[str]) -> str:
    return f"{found[1]}=[{len(found[2])}]"
