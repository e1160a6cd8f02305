"""Whether a post comes from the site itself: no token, no session, no shared secret needed."""

from __future__ import annotations

from functools import lru_cache

import can_ada

from bandeau.core.policy import SiteInfo
from bandeau.core.request import RequestHead


def refusal_of(head: RequestHead, site: SiteInfo) -> str:
    """Return why a post is not taken for the site's own, or nothing when it is.

    ``Origin`` decides. A page under ``Referrer-Policy: no-referrer`` sends ``Origin: null``,
    which counts only together with ``Sec-Fetch-Site: same-origin``, a header that no page can
    forge. Without ``Origin`` the same header or the ``Referer`` must speak for the post.
    """
    origins = head.all("origin")
    fetched = head.first("sec-fetch-site")
    if len(origins) > 1:
        return "The post names several origins."
    if not origins:
        return _without_origin(head, site, fetched)
    if origins[0] == "null":
        return "" if fetched == "same-origin" else "The post hides its origin (Origin: null)."
    if not is_own(origins[0], head, site) or fetched == "cross-site":
        return "The post comes from another origin."
    return ""


def is_own(url: str, head: RequestHead, site: SiteInfo) -> bool:
    """Tell whether a URL's origin is the site's, or that of the host that was asked for."""
    origin = _origin(url)
    return bool(origin) and origin in (_origin(site.url), _asked(head, site))


def own_path(url: str, head: RequestHead, site: SiteInfo) -> str:
    """Return the path and query of a URL of the host that was asked for, or nothing."""
    origin = _origin(url)
    if not origin or origin != (_asked(head, site) or _origin(site.url)):
        return ""
    parsed = can_ada.parse(url)
    return f"{parsed.pathname}{parsed.search}"


def _without_origin(head: RequestHead, site: SiteInfo, fetched: str) -> str:
    if fetched in ("same-origin", "none"):
        return ""
    if not fetched and is_own(head.first("referer"), head, site):
        return ""
    return "The post does not say where it comes from (no Origin, Sec-Fetch-Site or Referer of this site)."


def _asked(head: RequestHead, site: SiteInfo) -> str:
    """Return the origin of the host that was asked for, when the site declares that host.

    The scheme is the site's: behind a proxy the request itself may have come by plain http.
    """
    scheme = "https" if site.secure else "http"
    origin = _origin(f"{scheme}://{head.host}/")
    if not origin:
        return ""
    parsed = can_ada.parse(origin)
    port = int(parsed.port) if parsed.port else 443 if site.secure else 80
    declared = any(pattern.matches(parsed.hostname, port, "/") for pattern in site.hosts)
    return origin if declared else ""


@lru_cache(maxsize=64)  # a site's posts name few origins, each of them several times
def _origin(url: str) -> str:
    try:
        parsed = can_ada.parse(url)
    except ValueError:
        return ""
    if parsed.protocol not in ("https:", "http:") or parsed.username or parsed.password:
        return ""
    return str(parsed.origin)
