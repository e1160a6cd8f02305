"""Bodies on their way: encoded bytes in, encoded bytes out, within limits."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from bandeau.enforcement.html import charset_of
from bandeau.enforcement.html.opening import html_attributes, is_amp

#: No decoded body grows larger than this many times what came (threat 13) …
MOST_RATIO = 100
#: … once it is larger than this: short repetitive pages compress well.
RATIO_FREE_BYTES = 1 << 20
#: How much of a page is looked at for its language and whether it is AMP, before its head is sent.
SNIFFED_BYTES = 2_048
_PIECE = 64 * 1024
_LEVEL = 5

_OPENING = re.compile(rb"<(?:!doctype\s|html[\s/>]|head[\s/>]|body[\s/>]|frameset[\s/>])", re.IGNORECASE)
_LANG = re.compile(rb"\s*([A-Za-z]{2,8})")
# A charset may be named anywhere in the head (HTML §13.2.3.2), so the head has to be over.
_SETTLED = re.compile(rb"</head[\s/>]|<(?:body|frameset)[\s/>]", re.IGNORECASE)


class UnreadableBody(Exception):
    """An encoded body is broken, or grows beyond the limits."""


class Body(Protocol):
    """Changes a body piece by piece; ``close`` returns the rest."""

    def feed(self, data: bytes) -> bytes:
        """Take the next bytes and return what can be sent."""

    def close(self) -> bytes:
        """End the body and return the rest."""


def slices(data: bytes) -> Iterator[bytes]:
    """Yield bytes in pieces so small that no single step over one holds the interpreter for long.

    A thread does not help while one call into the regular expression engine runs. Between two
    pieces other threads get their turn, an event loop among them.
    """
    for start in range(0, len(data), _PIECE):
        if start:
            time.sleep(0)
        yield data[start : start + _PIECE] if len(data) > _PIECE else data


class Decoder:
    """Decodes identity, gzip and deflate piece by piece; what comes out never exceeds the limits."""

    def __init__(self, encoding: str, *, most_bytes: int) -> None:
        self._encoding = "" if encoding == "identity" else encoding
        self._most_bytes = most_bytes
        self._taken = self._given = 0
        self._inflate: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded bytes; what was encoded comes in pieces of a bounded size.

        Raises:
            UnreadableBody: the bytes are not what the encoding says, or too much comes out.
        """
        if not self._encoding:
            if data:
                yield data
            return
        self._taken += len(data)
        while data:
            inflate = self._inflate or self._open(data)
            try:
                piece = inflate.decompress(data, _PIECE)
            except zlib.error as error:
                raise UnreadableBody(f"broken {self._encoding}: {error}") from error
            self._count(len(piece))
            if piece:
                yield piece
            data = inflate.unconsumed_tail
            if inflate.eof:
                # RFC 9110 §8.4.1.3: gzip members may follow each other.
                data = inflate.unused_data if self._is_gzip else b""
                self._inflate = None if data else inflate
            elif not data and not piece:
                break

    def close(self) -> None:
        """Tell that nothing follows.

        Raises:
            UnreadableBody: the end is missing.
        """
        if self._inflate is not None and not self._inflate.eof:
            raise UnreadableBody(f"the {self._encoding} body ends too early")

    @property
    def _is_gzip(self) -> bool:
        return self._encoding in ("gzip", "x-gzip")

    def _open(self, data: bytes) -> zlib._Decompress:
        if self._is_gzip:
            window = zlib.MAX_WBITS | 16
        else:
            # "deflate" is zlib, and what some servers send under that name is raw deflate.
            window = zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS
        self._inflate = zlib.decompressobj(window)
        return self._inflate

    def _count(self, size: int) -> None:
        self._given += size
        if self._given > self._most_bytes:
            raise UnreadableBody("larger than max_body_bytes when decoded")
        if self._given > RATIO_FREE_BYTES and self._given > MOST_RATIO * self._taken:
            raise UnreadableBody(f"decodes to more than {MOST_RATIO} times its size")


class Encoder:
    """Encodes what was decoded, as it had come."""

    def __init__(self, encoding: str) -> None:
        window = {"gzip": 31, "x-gzip": 31, "deflate": 15}.get(encoding)
        self._deflate = None if window is None else zlib.compressobj(_LEVEL, zlib.DEFLATED, window)

    def feed(self, data: bytes) -> bytes:
        """Encode so that the reader can show what has come so far."""
        if self._deflate is None or not data:
            return data
        return self._deflate.compress(data) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def close(self, data: bytes) -> bytes:
        """Encode the last bytes."""
        return data if self._deflate is None else self._deflate.compress(data) + self._deflate.flush()


class Recoded:
    """Changes a decoded body and encodes it again."""

    def __init__(self, decoder: Decoder, encoder: Encoder, body: Body) -> None:
        self._decoder, self._encoder, self._body = decoder, encoder, body

    def start(self, decoded: bytes) -> bytes:
        """Take bytes that the decoder gave already."""
        return self._encoder.feed(b"".join(map(self._body.feed, slices(decoded))))

    def feed(self, data: bytes) -> bytes:
        """Take the next encoded bytes."""
        pieces = chain.from_iterable(map(slices, self._decoder.feed(data)))
        return self._encoder.feed(b"".join(map(self._body.feed, pieces)))

    def close(self) -> bytes:
        """End the body."""
        self._decoder.close()
        return self._encoder.close(self._body.close())


class Commented:
    """Adds a comment at the end of a script."""

    def __init__(self, comment: bytes) -> None:
        self._comment = comment

    def feed(self, data: bytes) -> bytes:
        """Pass bytes on."""
        return data

    def close(self) -> bytes:
        """Return the comment."""
        return self._comment


class Opening:
    """What the first bytes of a page say of it."""

    def __init__(self, first: bytes, content_type: str) -> None:
        #: By all that has come: a browser looks for the charset as far as the head goes.
        self.charset = charset_of(content_type, first)
        first = first[:SNIFFED_BYTES]
        language = _LANG.match(html_attributes(first).get(b"lang", b""))
        self.language = language[1].decode().lower() if language else ""
        self.amp = is_amp(first)
        #: Whether it is a whole document, or markup that a script will put somewhere.
        self.document = bool(_OPENING.search(first))


def is_settled(first: bytes) -> bool:
    """Tell whether enough of a page has come to know what its head has to say."""
    return len(first) >= SNIFFED_BYTES or bool(_SETTLED.search(first))
