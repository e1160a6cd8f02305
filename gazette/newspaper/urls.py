"""Addresses of La Gazette."""

from __future__ import annotations

from django.conf import settings
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from articles import views as articles
from audience import views as audience
from newspaper.files import media
from readers import views as readers

urlpatterns = [
    path("redaction/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    path("media/<path:path>", media, name="media"),
    path("compte/", readers.account, name="account"),
    path("compte/", include("allauth.account.urls")),
    path("commenter/<int:article_id>/", readers.comment, name="comment"),
    path("lecture/<int:article_id>/", readers.reading, name="reading"),
    path("pour-vous/", readers.for_you, name="for_you"),
    path("mesure/<int:page_id>/", audience.measure, name="measure"),
    path("mesure/<int:page_id>.gif", audience.measure_pixel, name="measure_pixel"),
    path("confidentialite/", articles.privacy, name="privacy"),
    path("mentions-legales/", articles.legal, name="legal"),
    path("robots.txt", articles.robots, name="robots"),
    path("favicon.ico", articles.favicon, name="favicon"),
]
if settings.STANDIN_PORT:
    urlpatterns += [
        path("proof", audience.proof, name="proof"),
        path("proof/reset", audience.proof_reset, name="proof_reset"),
    ]
urlpatterns += [path("", include(wagtail_urls))]
