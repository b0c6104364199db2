"""Addresses of voting and of the voter's own board."""

from django.urls import include, path

from lumenboard.pages.boards import my_board

urlpatterns = [
    path("vote/mine", my_board.my_board),
    path("", include("arena.parity.urls")),
    path("", include("arena.voting.urls")),
]
