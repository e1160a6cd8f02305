"""Global Privacy Control: the browser's own refusal of sale, sharing and targeting."""

from __future__ import annotations

from collections.abc import Iterable


def decode_gpc(values: Iterable[str]) -> bool:
    """Tell whether ``Sec-GPC`` is sent: only the exact value ``1`` counts, any of several will do.

    Source: W3C Global Privacy Control, "The Sec-GPC Header Field"; rule GPC-01.
    """
    return any(value.strip() == "1" for value in values)
