"""``{% load bandeau %}``: the permanent links, what a purpose shows, the tables of the policy."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from bandeau.web.decisions import Need, current
from bandeau.web.django.running import known_policy

register = template.Library()


@register.simple_tag
def bandeau() -> SafeString:
    """Show the permanent links: to the settings and to the tables. The same for every reader."""
    return _part("links")


@register.simple_tag
def bandeau_policy_table() -> SafeString:
    """Show what the policy declares: purposes, services, trackers, vendors. The same for every reader."""
    return _part("policy_tables")


@register.tag
def purpose(parser: Any, token: Any) -> template.Node:
    """Show one thing where a purpose or service is allowed, another where it is not.

    ``{% purpose "social" %}…{% else %}…{% endpurpose %}`` makes the response private.
    """
    words = token.split_contents()
    if len(words) != 2:
        raise template.TemplateSyntaxError(f'{words[0]} takes one name: {{% {words[0]} "social" %}}')
    _must_be_declared(words[1])
    _must_not_be_cached(parser, words[1])
    shown = parser.parse(("else", "endpurpose"))
    other = None
    if parser.next_token().contents == "else":
        other = parser.parse(("endpurpose",))
        parser.delete_first_token()
    return PurposeNode(parser.compile_filter(words[1]), shown, other)


class PurposeNode(template.Node):
    """One of two pieces of a template, by the reader's choice."""

    child_nodelists = ("shown", "other")

    def __init__(self, name: Any, shown: template.NodeList, other: template.NodeList | None) -> None:
        self.name, self.shown = name, shown
        self.other = other if other is not None else template.NodeList()

    def render(self, context: template.Context) -> str:
        """Return the piece; who cannot be asked has allowed nothing."""
        found = current()
        allowed = found is not None and found.visit.allows(str(self.name.resolve(context)))
        return str((self.shown if allowed else self.other).render(context))


def _part(name: str) -> SafeString:
    found = current()
    if found is None or found.gateway is None:
        return SafeString("")
    text = getattr(found.gateway.pages, name)(get_language() or "")
    return mark_safe(text)  # noqa: S308 - made by Bandeau's own templates, which escape


def _must_be_declared(word: str) -> None:
    policy = known_policy()
    if policy is None or word[0] not in "\"'":
        return
    problem = Need(word[1:-1], "{% purpose %}").problem(policy)
    if problem:
        raise template.TemplateSyntaxError(problem)


def _must_not_be_cached(parser: Any, word: str) -> None:
    """Refuse to stand inside ``{% cache %}``, which would show one reader's piece to all."""
    if any(command == "cache" for command, _ in parser.command_stack):
        raise template.TemplateSyntaxError(
            f"{{% purpose {word} %}} stands in {{% cache %}}, which would keep it for every reader: "
            "put {% cache %} inside {% purpose %}"
        )
