"""One script for a page that never passes through Bandeau: the wall, and what brings the rest.

It can only do what a browser lets a script do: what stands in the markup is fetched before or beside it.
"""

from __future__ import annotations

import json
from base64 import b64encode
from functools import lru_cache
from hashlib import sha384

from markupsafe import escape

from bandeau.core.policy import Mode
from bandeau.enforcement.csp import strictest
from bandeau.web.pages.build import build, short_hash
from bandeau.web.pages.rendered import Rendered, WallKey

# Written while the page is parsed, guard and style sheets stand as if the server had put them there.
# The first layer comes before the guard's own listener runs, for ours was there first.
_REST = (
    '(function(d,h,f,z){if(!window.bd||bd.one)return;bd.one=1;if(d.readyState!="loading")return;d.write(h);'
    'if(f)d.addEventListener("DOMContentLoaded",function(){'
    "var t=f[d.documentElement.lang.slice(0,2).toLowerCase()]||f[z];"
    'd.body.insertAdjacentHTML("afterbegin",t[0]);d.body.insertAdjacentHTML("beforeend",t[1])})'
    "})(document,%s)"
)


@lru_cache(maxsize=4)
def single_script(rendered: Rendered) -> bytes:
    """Return the script; it says all that the policy in force says, so it changes with it."""
    mode = rendered.policy.enforce.mode
    if mode is Mode.OFF:
        return b""
    wall = rendered.wall(WallKey(mode))
    markup = f'<script src="{escape(rendered.guard_url)}" integrity="{integrity(build().guard)}"></script>'
    layers: dict[str, list[str]] | None = None
    if mode is Mode.ENFORCE:
        origin = rendered.policy.site.url.rstrip("/")
        markup += rendered.links().decode("ascii")
        layers = {
            language: [
                rendered.first(language, origin=origin, shown_gpc=False).decode("ascii"),
                rendered.foot(language, origin=origin).decode("ascii"),
            ]
            for language in rendered.languages
        }
    values = ",".join(json.dumps(value) for value in (markup, layers, rendered.languages[0]))
    return wall.rstrip(b";\n") + b";" + (_REST % values).encode("ascii")


def single_url(rendered: Rendered) -> str:
    """Return where the script is."""
    return f"{rendered.prefix}/s.{short_hash(single_script(rendered))}.js"


def script_line(rendered: Rendered) -> str:
    """Return the line for a page's head.

    A script that does not come, or is no longer the one that the line names, is no open page: the strictest
    policy is put up in its place.
    """
    policy = escape(json.dumps(strictest(rendered.policy)))
    fallback = (
        "var m=document.createElement('meta');m.httpEquiv='Content-Security-Policy';"
        f"m.content={policy};document.head.prepend(m)"
    )
    url, digest = escape(single_url(rendered)), integrity(single_script(rendered))
    return f'<script src="{url}" integrity="{digest}" onerror="{fallback}"></script>'


def integrity(data: bytes) -> str:
    """Return what a page names a file's content by (Subresource Integrity §3.1)."""
    return f"sha384-{b64encode(sha384(data).digest()).decode()}"
