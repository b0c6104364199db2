"""Addresses of the home page, boards, competitions and search."""

from django.urls import path

from lumenboard.pages import boards, home, search

urlpatterns = [
    path("", home.home),
    path("leaderboards", boards.index),
    path("leaderboards/<str:key>", boards.board),
    path("competitions/<str:public_id>", boards.competition),
    path("search", search.search),
]
