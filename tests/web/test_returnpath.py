"""A form goes back to the site, whatever it was told."""

from __future__ import annotations

import random

import can_ada
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bandeau.web.endpoints.returnpath import safe_path
from tests.web.sites import ORIGIN, Browser, header

ALPHABET = list("/\\.:@?#%&;=\t\r\n\0 \u2028\uff0f\u3002ehtpsvilx127[]|^`<>\"'")
HOSTILE = st.text(alphabet=st.sampled_from(ALPHABET), max_size=24)


def check(text: str) -> None:
    """A browser that follows the path stays on the site, and the header is one line of ASCII."""
    path = safe_path(text)
    assert path.isascii()
    assert path.isprintable()
    for base in (f"{ORIGIN}/bandeau/choices", "http://127.0.0.1:8000/bandeau/choices"):
        assert (can_ada.parse(base) + path).origin == can_ada.parse(base).origin


@given(HOSTILE | st.text(max_size=40))
@settings(max_examples=3000, deadline=None)
@example("//evil.example")
@example("/\\evil.example")
@example("/\t/evil.example")
@example("/\r\nSet-Cookie: a=b")
@example("javascript:alert(1)")
@example("https://evil.example/")
@example("\\\\evil.example")
@example("/..//evil.example")
@example("/.//evil.example")
@example("///evil.example")
def test_a_return_path_never_leaves_the_site(text: str) -> None:
    """Threat 7: open redirect and header injection."""
    check(text)


@pytest.mark.long
def test_a_million_return_paths_never_leave_the_site() -> None:
    """Threat 7, the long run: every one begins as an attack does."""
    chance = random.Random(5)
    for _ in range(1_000_000):
        check("/" + "".join(chance.choices(ALPHABET, k=chance.randrange(1, 20))))


@pytest.mark.parametrize("path", ["/", "/a", "/a/b?c=d&e=%20#f", "/~user/", "/a/[1]/", "/@handle", "/a//b"])
def test_ordinary_paths_are_kept(path: str) -> None:
    """The reader comes back to the page and place that they left."""
    assert safe_path(path) == path


@pytest.mark.parametrize(
    ("sent", "referer", "expected"),
    [
        ("", f"{ORIGIN}/articles/1?x=1", "/articles/1?x=1"),
        ("/here", f"{ORIGIN}/articles/1", "/here"),
        ("//evil.example", f"{ORIGIN}/articles/1", "/articles/1"),
        ("", "https://evil.example/articles/1", "/"),
        ("", f"{ORIGIN}//evil.example/", "/"),
        ("https://evil.example/", "", "/"),
    ],
)
def test_a_form_goes_back_to_the_page_it_came_from(sent: str, referer: str, expected: str) -> None:
    """The shared first layer cannot know its page: the browser says it."""
    answer = Browser().post_form(
        {"action": "refuse", "revision": "3", "source": "first", "return": sent}, {"referer": referer}
    )
    assert (303, expected) == (answer.status, header(answer, "location"))
