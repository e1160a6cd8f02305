"""The table of URL-bearing places in markup: element, attribute, how it is read, what it is for."""

from dataclasses import dataclass
from enum import Enum, auto


class Reading(Enum):
    """How the text of an attribute gives its URLs."""

    ONE = auto()
    SRCSET = auto()
    LIST = auto()
    CSS = auto()
    VALUES = auto()  # animated values, separated by semicolons


@dataclass(frozen=True, slots=True)
class Place:
    """One attribute that makes a browser load something."""

    attribute: bytes
    reading: Reading
    destination: str


def _one(destination: str, *attributes: bytes) -> tuple[Place, ...]:
    return tuple(Place(attribute, Reading.ONE, destination) for attribute in attributes)


STYLE = Place(b"style", Reading.CSS, "image")
# Attribution Reporting: registered by these elements with every URL of the list.
_ATTRIBUTION = Place(b"attributionsrc", Reading.LIST, "ping")
_PING = (Place(b"ping", Reading.LIST, "ping"), _ATTRIBUTION)
_BACKGROUND = _one("image", b"background")
_IMAGE = (*_one("image", b"src"), Place(b"srcset", Reading.SRCSET, "image"), _ATTRIBUTION)
_HREF = (b"href", b"xlink:href")

HTML: dict[bytes, tuple[Place, ...]] = {
    b"script": (*_one("script", b"src"), _ATTRIBUTION),
    b"img": _IMAGE,
    # The parser makes an <img> of <image> (§13.2.6.4.7); `href` in case the drawing was left too early.
    b"image": (*_IMAGE, *_one("image", *_HREF)),
    b"source": (*_one("video", b"src"), Place(b"srcset", Reading.SRCSET, "image")),
    b"iframe": _one("iframe", b"src"),
    b"frame": _one("iframe", b"src"),
    b"embed": _one("embed", b"src"),
    b"object": _one("object", b"data"),
    b"video": (*_one("video", b"src"), *_one("image", b"poster")),
    b"audio": _one("audio", b"src"),
    b"track": _one("track", b"src"),
    b"input": _one("image", b"src"),
    b"a": _PING,
    b"area": _PING,
} | dict.fromkeys(
    (b"body", b"table", b"thead", b"tbody", b"tfoot", b"tr", b"td", b"th", b"col", b"colgroup"), _BACKGROUND
)

# Presentation attributes that take url(): SVG 2 §6.6.
PAINT = tuple(
    Place(name, Reading.CSS, "image")
    for name in (b"fill", b"stroke", b"filter", b"mask", b"clip-path", b"cursor",
                 b"marker", b"marker-start", b"marker-mid", b"marker-end")
)  # fmt: skip
_ANIMATED = tuple(Place(name, Reading.VALUES, "image") for name in (b"to", b"from", b"by", b"values"))
SVG: dict[bytes, tuple[Place, ...]] = {
    b"a": (),
    b"set": _ANIMATED,
    b"animate": _ANIMATED,
}
# `src` is nothing in a drawing, but the preload scanner fetches it.
DRAWN_SOURCES = _HREF
DRAWN_SCRIPT = _one("script", *_HREF, b"src")
# Whatever else draws in SVG may refer to another file.
SVG_OTHER = _one("image", *_HREF)

# What `rel` makes of a link; a link may have several of these. All others load nothing.
LINKS = {
    b"stylesheet": "style",
    b"preload": "preload",
    b"modulepreload": "preload",
    b"prefetch": "prefetch",
    b"prerender": "prefetch",
    b"next": "prefetch",
    b"preconnect": "preconnect",
    b"dns-prefetch": "preconnect",
    b"icon": "icon",
    b"apple-touch-icon": "icon",
    b"apple-touch-icon-precomposed": "icon",
    b"apple-touch-startup-image": "icon",
    b"mask-icon": "icon",
    b"fluid-icon": "icon",
    b"manifest": "manifest",
    b"compression-dictionary": "prefetch",
    b"import": "style",
    b"subresource": "preload",
    b"search": "search",
    b"monetization": "monetization",
}
LINK_SRCSET = Place(b"imagesrcset", Reading.SRCSET, "image")

# What a reader misses when it is held back.
VISIBLE = frozenset(b"img image iframe frame embed object video audio source input use".split())

# §4.12.1 "prepare the script element": the JavaScript MIME types.
SCRIPT_TYPES = frozenset(
    b"application/ecmascript application/javascript application/x-ecmascript application/x-javascript"
    b" text/ecmascript text/javascript text/javascript1.0 text/javascript1.1 text/javascript1.2"
    b" text/javascript1.3 text/javascript1.4 text/javascript1.5 text/jscript text/livescript"
    b" text/x-ecmascript text/x-javascript module".split()
)
