"""Addresses of the home page, boards, competitions and search."""

from django.urls import path

from lumenboard.pages import (
    board_changes,
    board_charts,
    board_planner,
    board_value,
    boards,
    gallery,
    home,
    methodology,
    search,
)

urlpatterns = [
    path("", home.home),
    path("leaderboards", boards.index),
    path("leaderboards/<str:key>", boards.board),
    path("leaderboards/<str:key>/charts", board_charts.charts),
    path("leaderboards/<str:key>/changes", board_changes.changes),
    path("leaderboards/<str:key>/value", board_value.value),
    path("leaderboards/<str:key>/planner", board_planner.planner),
    path("gallery", gallery.gallery),
    path("methodology", methodology.methodology),
    path("competitions/<str:public_id>", boards.competition),
    path("search", search.search),
]
