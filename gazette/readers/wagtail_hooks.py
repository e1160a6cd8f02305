"""Moderation: the desk hides or shows comments."""

from __future__ import annotations

from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet

from readers.models import Comment


class CommentViewSet(SnippetViewSet):
    """The list of comments in the editors' interface."""

    model = Comment
    icon = "comment"
    menu_label = "Commentaires"
    add_to_admin_menu = True
    list_display = ["text", "author", "article", "posted_at", "hidden"]
    list_filter = ["hidden", "article"]
    form_fields = ["hidden"]
    search_fields = ["text"]


register_snippet(CommentViewSet)
