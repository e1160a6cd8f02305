"""What is kept as evidence holds no secret."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path

import pytest

from bandeau.audit.collect.evidence import keep, keep_netlog, redacted


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("Cookie: sid=secret; theme=secret", "Cookie: sid=[6]; theme=[6]"),
        ("cookie: sid=sec=ret", "cookie: sid=[7]"),
        ("Set-Cookie: sid=secret; Path=/; Max-Age=60", "Set-Cookie: sid=[6]; Path=/; Max-Age=60"),
        ("Authorization: Basic secret", "Authorization: [12]"),
        ("X-Staging: secret", "X-Staging: [6]"),
        ("Accept: */*", "Accept: */*"),
        (":method: GET", ":method: GET"),
        ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK"),
    ],
)
def test_headers_keep_their_names_and_lengths(line: str, left: str) -> None:
    """Of cookies the attributes too: those are what is judged."""
    secret = frozenset({"cookie", "set-cookie", "authorization", "x-staging"})

    assert redacted({"headers": [line]}, secret) == {"headers": [left]}


def test_headers_are_found_wherever_they_stand() -> None:
    """In lists, in mappings, inside of others."""
    found = redacted(
        {"a": [{"request_headers": {"headers": ["Cookie: a=bcd"]}}], "headers": {"cookie": "a=bc"}}
    )

    assert found == {
        "a": [{"request_headers": {"headers": ["Cookie: a=[3]"]}}],
        "headers": {"cookie": "a=[2]"},
    }


def test_a_cookie_in_the_store_keeps_its_name() -> None:
    """And what is named ``value`` elsewhere is left alone."""
    cookie = {"name": "sid", "domain": "site.test", "value": "secret"}

    assert redacted({"params": cookie, "value": "kept"}) == {
        "params": {"name": "sid", "domain": "site.test", "value": "[6]"},
        "value": "kept",
    }


def test_a_netlog_is_kept_without_secrets(tmp_path: Path) -> None:
    """The same log gives the same bytes."""
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"events": [{"params": {"headers": ["Cookie: a=secret", "X-Own: secret"]}}]}))
    kept = [keep_netlog(tmp_path / folder, "log.gz", path, frozenset({"X-Own"})) for folder in ("one", "two")]
    data = gzip.decompress((tmp_path / "one" / "log.gz").read_bytes())

    assert b"secret" not in data
    assert b"X-Own: [6]" in data
    assert kept[0] == kept[1]


def test_a_netlog_that_is_cut_off_is_kept_as_far_as_it_goes(tmp_path: Path) -> None:
    """A busy machine loses its tail now and then, and nothing of what came before."""
    event = json.dumps({"params": {"headers": ["Cookie: a=secret"]}})
    (tmp_path / "cut").write_text('{"constants": {},\n"events": [\n' + f"{event},\n{event},\n" + event[:20])
    kept = keep_netlog(tmp_path, "log.gz", tmp_path / "cut")
    found = json.loads(gzip.decompress((tmp_path / "log.gz").read_bytes()))

    assert kept is not None
    assert [each["params"]["headers"] for each in found["events"]] == [["Cookie: a=[6]"]] * 2


def test_a_netlog_that_cannot_be_read_is_not_kept(tmp_path: Path) -> None:
    """It might hold what nobody could take out of it."""
    (tmp_path / "cut").write_text('{"events": [{"params": {"headers": ["Cookie: a=secret"')

    assert keep_netlog(tmp_path / "kept", "log.gz", tmp_path / "cut") is None
    assert keep_netlog(tmp_path / "kept", "log.gz", tmp_path / "nothing") is None
    assert not (tmp_path / "kept").exists()


def test_a_file_is_named_safely_and_has_a_digest(tmp_path: Path) -> None:
    """No name of a scenario leads out of the folder."""
    kept = keep(tmp_path, "only:../../x y.png", b"data", "choice")

    assert kept.name == "only_.._.._x_y.png"
    assert (tmp_path / kept.name).read_bytes() == b"data"
    assert kept.digest == "sha256:" + hashlib.sha256(b"data").hexdigest()
