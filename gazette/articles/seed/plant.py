"""Fills an empty newspaper with its demonstration articles.  Running it again changes nothing."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from wagtail.models import Page, Site

from articles.models import ArticleAuthor, ArticlePage, Author, FrontPage, Picture, SectionPage
from articles.seed.scenes import draw
from articles.seed.script import Part, Script, scripts
from readers.models import Comment

SECTIONS = (
    ("environnement", "Environnement", "L’eau, la terre, le climat du pays d’Orle."),
    ("culture", "Culture", "Scènes, livres et mémoires."),
    ("economie", "Économie", "Ceux qui fabriquent, vendent et transforment."),
    ("sciences", "Sciences", "Comprendre ce que mesurent les chercheurs."),
    ("vie-locale", "Vie locale", "La ville, les services, les décisions."),
    ("sport", "Sport", "Les clubs et celles et ceux qui les font."),
)
#: Every size that a template or the editors' interface asks for: made now, so that nobody waits for them.
RENDITIONS = ("fill-480x300", "fill-1200x675", "width-800", "max-165x165")
READERS = (("Odile", "Odile_du_Pont"), ("Bastien", "bastien.v"), ("Fatou", "Fatou34"))
COMMENTS = (
    (
        "Merci pour ce reportage. Je passe là tous les matins sans avoir compris ce que l’on y faisait.",
        0,
    ),
    ("Il manque à mon avis le point de vue de ceux qui vivent juste à côté.", 1),
    ("Très beau papier. Une suite dans un an, pour voir ce qu’il en est ?", 2),
)


@transaction.atomic
def plant(*, report: Any = None) -> bool:
    """Makes sections, articles, pictures and a few comments; tells whether there was anything to do."""
    if FrontPage.objects.exists():
        return False
    front = _front_page()
    sections = {slug: _section(front, slug, title, summary) for slug, title, summary in SECTIONS}
    written = scripts()
    pictures = _pictures(written, report)
    pages = {script.slug: _article(sections[script.field("section")], script, pictures) for script in written}
    for script in written:
        _fill(pages[script.slug], script, pictures, pages)
    _comments([pages[script.slug] for script in written])
    return True


def _front_page() -> FrontPage:
    root = Page.get_first_root_node()
    Page.objects.filter(depth=2).exclude(pk=root.pk).delete()  # Wagtail's welcome page
    root = Page.objects.get(pk=root.pk)
    front = root.add_child(instance=FrontPage(title="La Gazette", slug="une"))
    Site.objects.update_or_create(
        is_default_site=True,
        defaults={"hostname": "localhost", "port": 80, "root_page": front, "site_name": "La Gazette"},
    )
    return front


def _section(front: FrontPage, slug: str, title: str, summary: str) -> SectionPage:
    return front.add_child(instance=SectionPage(title=title, slug=slug, summary=summary, show_in_menus=True))


def _pictures(written: list[Script], report: Any) -> dict[str, Picture]:
    wanted: dict[str, str] = {}
    for script in written:
        wanted |= {name: alt for name, alt in script.scenes.items() if name not in wanted}
    return {name: _picture(name, alt, report) for name, alt in wanted.items()}


def _picture(name: str, alt: str, report: Any) -> Picture:
    if report:
        report(name)
    file = io.BytesIO()
    draw(name).save(file, "JPEG", quality=88, optimize=True, progressive=True)
    picture = Picture(
        title=name.capitalize(),
        description=alt,
        credit="Atelier graphique",
        source="La Gazette",
        file=ImageFile(file, name=f"{name}.jpg"),
    )
    picture.save()
    picture.get_renditions(*RENDITIONS)
    return picture


def _article(section: SectionPage, script: Script, pictures: dict[str, Picture]) -> ArticlePage:
    published = timezone.now() - timedelta(hours=int(script.field("hours")))
    page = ArticlePage(
        title=script.field("title"),
        slug=script.slug,
        kicker=script.field("kicker"),
        standfirst=script.field("standfirst"),
        published_at=published,
        picture=pictures[script.field("picture")],
        caption=script.field("caption"),
        comments_mode="locked" if script.field("comments") else "open",
    )
    for name, role in script.authors:
        author, _ = Author.objects.get_or_create(name=name)
        page.signatures.add(ArticleAuthor(author=author, role=role))
    page.topics.add(*script.topics)
    return section.add_child(instance=page)


def _fill(
    page: ArticlePage, script: Script, pictures: dict[str, Picture], pages: dict[str, ArticlePage]
) -> None:
    page.body = [_block(part, pictures, pages) for part in script.parts]
    page.save()
    page.save_revision().publish()


def _block(part: Part, pictures: dict[str, Picture], pages: dict[str, ArticlePage]) -> tuple[str, Any]:
    if part.kind == "photo":
        return "picture", {"picture": pictures[part.texts[0]], "caption": part.texts[1]}
    if part.kind == "quote":
        return "quote", {"words": part.texts[0], "who": part.texts[1]}
    if part.kind == "video":
        return "video", dict(zip(("video", "title", "duration"), part.texts, strict=True))
    if part.kind == "lire":
        return "read_also", {"pages": [pages[slug] for slug in part.texts]}
    return part.kind, part.texts[0]


def _comments(pages: list[ArticlePage]) -> None:
    model = get_user_model()
    readers = [model.objects.create_user(name, first_name=first) for first, name in READERS]
    for page in (pages[0], pages[3], pages[10]):
        Comment.objects.bulk_create(
            Comment(article=page, author=readers[who], text=text) for text, who in COMMENTS
        )
