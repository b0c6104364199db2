"""Addresses of the home page, boards, competitions and search."""

from django.urls import path

from lumenboard.pages.boards import board, changes, charts, methodology, parity, planner, value
from lumenboard.pages.site import gallery, home, search

urlpatterns = [
    path("", home.home),
    path("leaderboards", board.index),
    path("leaderboards/parity-<str:name>", parity.parity_board),
    path("leaderboards/<str:key>", board.board),
    path("leaderboards/<str:key>/charts", charts.charts),
    path("leaderboards/<str:key>/changes", changes.changes),
    path("leaderboards/<str:key>/value", value.value),
    path("leaderboards/<str:key>/planner", planner.planner),
    path("gallery", gallery.gallery),
    path("methodology", methodology.methodology),
    path("competitions/<str:public_id>", board.competition),
    path("search", search.search),
]
