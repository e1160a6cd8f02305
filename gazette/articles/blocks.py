"""What an article's body is made of."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from wagtail import blocks
from wagtail.images.blocks import ImageChooserBlock

TEXT_FEATURES = ["bold", "italic", "link", "ol", "ul"]


class PictureBlock(blocks.StructBlock):
    """A picture with the caption it has here; credit and source come with the picture."""

    picture = ImageChooserBlock(label="photo")
    caption = blocks.CharBlock(label="légende", required=False, max_length=400)

    class Meta:
        icon = "image"
        label = "photo"
        template = "articles/blocks/picture.html"


class QuoteBlock(blocks.StructBlock):
    """Somebody's words, with who said them."""

    words = blocks.TextBlock(label="citation")
    who = blocks.CharBlock(label="auteur", required=False, max_length=200)

    class Meta:
        icon = "openquote"
        label = "citation"
        template = "articles/blocks/quote.html"


class VideoBlock(blocks.StructBlock):
    """A video of a third party, by its identifier: no call to its host is made while rendering."""

    video = blocks.RegexBlock(regex=r"^[A-Za-z0-9_-]{6,20}$", label="identifiant de la vidéo")
    title = blocks.CharBlock(label="titre", max_length=200)
    duration = blocks.CharBlock(label="durée", required=False, max_length=20)

    def get_context(self, value: Any, parent_context: dict[str, Any] | None = None) -> dict[str, Any]:
        """Adds the player's host."""
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        return {**context, "player": settings.VENDORS.get("youtube", "")}

    class Meta:
        icon = "media"
        label = "vidéo"
        template = "articles/blocks/video.html"


class ReadAlsoBlock(blocks.StructBlock):
    """Articles the desk recommends at this point of the text."""

    pages = blocks.ListBlock(blocks.PageChooserBlock(page_type="articles.ArticlePage"), label="articles")

    class Meta:
        icon = "link"
        label = "lire aussi"
        template = "articles/blocks/read_also.html"


class BodyBlock(blocks.StreamBlock):
    """The body of an article."""

    paragraph = blocks.RichTextBlock(label="paragraphe", features=TEXT_FEATURES)
    subheading = blocks.CharBlock(
        label="intertitre", max_length=120, icon="title", template="articles/blocks/subheading.html"
    )
    picture = PictureBlock()
    quote = QuoteBlock()
    video = VideoBlock()
    read_also = ReadAlsoBlock()

    class Meta:
        required = False
