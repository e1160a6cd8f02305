"""The file of tokens: digests alone, changed in one step."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from bandeau.errors import TokenFileError
from bandeau.storage import tokenfile
from bandeau.storage.tokenfile import TokenFile, create_token, read_tokens, revoke_token, tokenfile_path


def make(path: Path, name: str = "cms") -> tuple[str, tokenfile.Token]:
    """Make a token."""
    return create_token(
        path,
        name=name,
        environment="production",
        purposes=["audience"],
        created=date(2026, 11, 25),
        expires=date(2027, 11, 25),
    )


def test_a_token_is_found_by_its_text_alone(tmp_path: Path) -> None:
    """And by no other."""
    path = tmp_path / "tokens"
    text, kept = make(path)
    found = TokenFile(path)
    assert found.find(text) == kept
    assert found.find(text + "x") is None
    assert found.find("bdt_" + kept.id + "_" + "A" * 43) is None
    assert found.find(kept.sha256) is None


def test_the_file_holds_no_token(tmp_path: Path) -> None:
    """Who reads it can ask nothing."""
    text, _ = make(tmp_path / "tokens")
    assert text[13:] not in (tmp_path / "tokens").read_text()


def test_tokens_come_and_go(tmp_path: Path) -> None:
    """A file that is open sees it at the next look."""
    path = tmp_path / "tokens"
    opened = TokenFile(path)
    first, kept = make(path)
    second, _ = make(path, "shop")
    assert [bool(opened.find(text)) for text in (first, second)] == [True, True]
    assert revoke_token(path, kept.id)
    assert [bool(opened.find(text)) for text in (first, second)] == [False, True]
    assert not revoke_token(path, kept.id)
    assert [token.name for token in read_tokens(path)] == ["shop"]


def test_the_file_belongs_to_the_site(tmp_path: Path) -> None:
    """Root makes a token, and the site's own user reads it."""
    folder = tmp_path / "site"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, 12345, 12345)
    make(folder / "tokens")
    make(folder / "tokens", "shop")
    assert (folder / "tokens").stat().st_uid == folder.stat().st_uid
    assert (folder / "tokens").stat().st_mode & 0o777 == 0o640


def test_a_damaged_file_names_the_remedy(tmp_path: Path) -> None:
    """It is left as it is."""
    path = tmp_path / "tokens"
    path.write_text("{}")
    with pytest.raises(TokenFileError, match="bandeau tokens create"):
        make(path)
    assert path.read_text() == "{}"


def test_there_is_a_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody needs thousands."""
    monkeypatch.setattr(tokenfile, "MOST_TOKENS", 1)
    make(tmp_path / "tokens")
    with pytest.raises(TokenFileError, match="bandeau tokens revoke"):
        make(tmp_path / "tokens")


def test_the_environment_may_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it may name that of the keys."""
    assert tokenfile_path(tmp_path) == tmp_path / "bandeau.tokens"
    monkeypatch.setenv("BANDEAU_TOKENS", "/etc/bandeau/tokens")
    assert tokenfile_path(tmp_path) == Path("/etc/bandeau/tokens")
