"""Addresses of voting on parity pairs. None names a board: whoever votes does not know which model it is."""

from django.urls import path

from arena.parity.battle_kind import PARITY
from arena.voting import views as voting
from arena.voting.battle_images import battle_image

KIND = {"kind": PARITY}
urlpatterns = [
    path("vote/parity", voting.vote, KIND),
    path("vote/parity/<uuid:battle>", voting.battle_page, KIND),
    path("vote/parity/<uuid:battle>/vote", voting.cast, KIND),
    path("vote/parity/<uuid:battle>/undo", voting.undo, KIND),
    path("vote/parity/<uuid:battle>/reveal", voting.reveal, KIND),
    path("vote/parity/<uuid:battle>/skip", voting.skip, KIND),
    path("vote/parity/<uuid:battle>/report", voting.report, KIND),
    path("vote/parity/<uuid:battle>/void", voting.void, KIND),
    path("vote/parity/<uuid:battle>/<str:side>", battle_image, KIND),
]
