"""The reverse proxy: puts Bandeau before a site of any make."""

from __future__ import annotations

from bandeau.web.proxy.application import ReverseProxy as ReverseProxy
