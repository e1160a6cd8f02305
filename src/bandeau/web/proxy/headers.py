"""Which headers go on, which stay, and which are written anew."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
RawHeaders = list[tuple[bytes, bytes]]

#: Set in the scope of a request that came through a proxy that the operator trusts.
TRUSTED = "bandeau.trusted"
#: They belong to one connection and are never handed on (RFC 9110 §7.6.1).
HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"proxy-authenticate", b"proxy-authorization", b"proxy-connection"}
    | {b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
#: A client may not name these away: they say what is asked, and by whom.
_MEANT = frozenset(
    {b"host", b"cookie", b"content-length", b"content-type", b"authorization", b"origin", b"sec-gpc"}
)
#: Written anew for every request.
_OURS = frozenset(
    {b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port", b"forwarded"}
    | {b"x-real-ip", b"accept-encoding", b"expect"}
)
#: What servers and frameworks believe of a proxy; a client that says so of itself is not believed.
#: `Proxy` becomes HTTP_PROXY in a CGI environment (CVE-2016-5385).
_CLAIMS = frozenset(
    {b"x-forwarded-server", b"x-forwarded-ssl", b"x-forwarded-scheme", b"x-forwarded-prefix"}
    | {b"x-forwarded", b"x-forwarded-path", b"x-forwarded-uri", b"x-forwarded-method", b"x-scheme"}
    | {
        b"x-original-url",
        b"x-original-uri",
        b"x-original-host",
        b"x-rewrite-url",
        b"x-host",
        b"x-script-name",
    }
    | {b"x-client-ip", b"x-cluster-client-ip", b"x-originating-ip", b"x-remote-ip", b"x-remote-addr"}
    | {b"true-client-ip", b"cf-connecting-ip", b"fastly-client-ip", b"x-azure-clientip", b"front-end-https"}
    | {b"proxy", b"x-url-scheme", b"x-http-host-override", b"client-ip", b"via-proxy"}
)
_FROM_TRUSTED = HOP_BY_HOP | _OURS
_FROM_READER = _FROM_TRUSTED | _CLAIMS
# An underscore is a hyphen to CGI and WSGI, so `X_Forwarded_For` is the same header once it is there.
_NEVER_UNDERSCORED = _FROM_READER | _MEANT
#: What these ask for is passed on untouched, so it may come compressed; a page could not be rewritten then.
_UNTOUCHED = frozenset({b"style", b"script", b"image", b"font", b"audio", b"video", b"track", b"manifest"})


def request_headers(scope: Scope, *, upgrades: bool) -> RawHeaders:
    """Return the headers for the upstream; ``upgrades`` asks it for a WebSocket."""
    headers: RawHeaders = scope["headers"]
    dropped = _FROM_TRUSTED if scope.get(TRUSTED) else _FROM_READER
    named = _named(headers) - _MEANT
    kept = [
        pair
        for pair in headers
        if pair[0] not in dropped
        and pair[0] not in named
        and (b"_" not in pair[0] or pair[0].replace(b"_", b"-") not in _NEVER_UNDERSCORED)
    ]
    kept.append((b"accept-encoding", _encodings(headers)))
    if upgrades:
        kept += [(b"connection", b"upgrade"), (b"upgrade", b"websocket")]
    return kept + _forwarded(scope, headers)


def response_headers(headers: RawHeaders) -> RawHeaders:
    """Return the headers of an answer that may go on to the reader."""
    named = _named(headers)
    return [pair for pair in headers if pair[0] not in HOP_BY_HOP and pair[0] not in named]


def first(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> bytes:
    """Return the first value of a header (lower-case name), or nothing."""
    for key, value in headers:
        if key == name:
            return value
    return b""


def tokens(headers: RawHeaders, name: bytes) -> set[bytes]:
    """Return the words of a header that is a list, in lower case."""
    return {word.strip().lower() for key, value in headers if key == name for word in value.split(b",")}


def _named(headers: RawHeaders) -> set[bytes]:
    return tokens(headers, b"connection")


def _encodings(headers: RawHeaders) -> bytes:
    asked = first(headers, b"accept-encoding")
    return asked if asked and first(headers, b"sec-fetch-dest") in _UNTOUCHED else b"identity"


def _forwarded(scope: Scope, headers: RawHeaders) -> RawHeaders:
    """Tell the upstream who asked for what, by the scope alone: it holds what is believed."""
    host, scheme = first(headers, b"host"), scope["scheme"].encode()
    client = scope.get("client")
    said = [(b"x-forwarded-proto", scheme), (b"x-forwarded-host", host)]
    if not client:
        return said
    address = client[0].encode("latin-1")
    node = b'"[%b]"' % address if b":" in address else address  # RFC 7239 §6
    quoted = b'"%b"' % host.replace(b"\\", b"").replace(b'"', b"")
    said += [(b"x-forwarded-for", address), (b"x-real-ip", address)]
    return [*said, (b"forwarded", b"for=%b;host=%b;proto=%b" % (node, quoted, scheme))]
