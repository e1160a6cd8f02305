"""Whose choice it is: told by Django's own session, and by nothing that a reader can make up."""

from __future__ import annotations

from typing import Any

import pytest

from bandeau.core.request import RequestHead


def head(cookie: str) -> RequestHead:
    """Return the head of a choice."""
    headers = (("cookie", cookie),) if cookie else ()
    return RequestHead("POST", "https", "testserver", "/bandeau/choices", headers=headers)


def test_a_session_tells_the_account(client: Any) -> None:
    """While it lasts."""
    from django.contrib.auth import get_user_model

    from bandeau.web.django.accounts import signed_in

    reader = get_user_model().objects.create_user("lectrice", password="une-longue-phrase")
    client.force_login(reader, "django.contrib.auth.backends.ModelBackend")
    session = client.cookies["sessionid"].value
    assert signed_in(head(f"a=b; sessionid={session}; c=d")) == str(reader.pk)
    reader.set_password("une-autre-phrase")
    reader.save()
    assert signed_in(head(f"sessionid={session}")) == ""


@pytest.mark.parametrize("cookie", ["", "sessionid=", "sessionid=unknown", "other=1"])
def test_nobody_is_nobody(client: Any, cookie: str) -> None:
    """Without a session that the server knows."""
    from bandeau.web.django.accounts import signed_in

    assert signed_in(head(cookie)) == ""
