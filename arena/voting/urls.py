"""Addresses of voting."""

from django.urls import path

from arena.voting import views as voting
from arena.voting.battle_images import battle_image

urlpatterns = [
    path("vote", voting.vote),
    path("vote/<str:within>", voting.vote),
    path("battles/<uuid:battle>", voting.battle_page),
    path("battles/<uuid:battle>/vote", voting.cast),
    path("battles/<uuid:battle>/undo", voting.undo),
    path("battles/<uuid:battle>/reveal", voting.reveal),
    path("battles/<uuid:battle>/skip", voting.skip),
    path("battles/<uuid:battle>/report", voting.report),
    path("battles/<uuid:battle>/void", voting.void),
    path("battles/<uuid:battle>/<str:side>", battle_image),
]
