"""A posted choice, read from a form or from JSON; whatever is not one is refused with its reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal
from urllib.parse import parse_qsl

import msgspec

from bandeau.core.consent import Action, Choice

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
#: The most bytes of a form, and of JSON, which may name what the page's scripts see.
FORM_BYTES = 8 * 1024
JSON_BYTES = 16 * 1024
_MOST_FIELDS = 300
_IDS = re.compile(r"[A-Za-z0-9._-]{1,64}")

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Ids = Annotated[list[Id], msgspec.Meta(max_length=200)]
Answers = Annotated[dict[Id, bool], msgspec.Meta(max_length=200)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{8,64}\Z")]
Revision = Annotated[int, msgspec.Meta(ge=1, le=2**31)]
Source = Literal["first", "panel", "settings", "embed"]


class Post(msgspec.Struct, frozen=True):
    """One posted choice.

    ``key`` makes sending it again harmless; ``notice`` is the digest of what the page showed;
    ``return_to`` is a form's.
    """

    action: Action
    revision: Revision
    source: Source
    shown: Ids = []
    shown_services: Ids = []
    purposes: Answers = {}
    services: Answers = {}
    language: Annotated[str, msgspec.Meta(max_length=35)] = ""
    notice: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    key: Key | None = None
    seen: Annotated[list[Annotated[str, msgspec.Meta(max_length=256)]], msgspec.Meta(max_length=200)] = []
    return_to: Annotated[str, msgspec.Meta(max_length=2048)] = ""

    def choice(self) -> Choice:
        """Return what the reader chose."""
        return Choice(
            self.action,
            self.revision,
            frozenset(self.shown),
            frozenset(self.shown_services),
            self.purposes,
            self.services,
        )


def read_json(body: bytes) -> Post:
    """Read a choice from JSON.

    Raises:
        ValueError: with a sentence that says what is wrong.
    """
    return msgspec.json.decode(body, type=Post)


def read_form(body: bytes) -> Post:
    """Read a choice from a form.

    Raises:
        ValueError: with a sentence that says what is wrong.
    """
    fields = parse_qsl(body.decode("ascii"), True, True, "utf-8", "strict", _MOST_FIELDS)
    single = dict(fields)
    if len(single) != len(fields):
        raise ValueError("A field is sent twice.")
    values: dict[str, object] = {
        "revision": _number(single.get("revision", "")),
        "shown": _ids(single.get("shown", "")),
        "shown_services": _ids(single.get("shown_services", "")),
        "purposes": _checked(single, "p."),
        "services": _checked(single, "s."),
        "return_to": single.get("return", ""),
        "key": single.get("key") or None,
    }
    values |= {name: single[name] for name in ("action", "source", "language", "notice") if name in single}
    return msgspec.convert(values, type=Post)


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise ValueError("`revision` is not a number.")
    return int(text)


def _ids(text: str) -> list[str]:
    found = [part for part in text.split(",") if part]
    if not all(_IDS.fullmatch(part) for part in found):
        raise ValueError("An id of what was shown is not an id.")
    return found


def _checked(fields: Mapping[str, str], prefix: str) -> dict[str, bool]:
    """Return what is checked: a browser sends nothing for a switch that is off."""
    return {name.removeprefix(prefix): True for name in fields if name.startswith(prefix)}
