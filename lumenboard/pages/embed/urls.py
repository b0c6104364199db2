"""Addresses that stand on other people's pages, and what programs look for at a site."""

from django.urls import path

from lumenboard.pages.embed import views as embeds
from lumenboard.pages.site.site_index import robots, site_map

urlpatterns = [
    path("embed/<str:key>", embeds.frame),
    path("embed/<str:key>/badge.svg", embeds.badge),
    path("embed/<str:key>/picture.png", embeds.picture),
    path("leaderboards/<str:key>/changes.atom", embeds.feed),
    path("oembed", embeds.oembed),
    path("sitemap.xml", site_map),
    path("robots.txt", robots),
]
